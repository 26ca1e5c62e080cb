"""What is wrong with an order that comes in, and its fields' names, in the reader's language."""

from bot.console.words import Words
from shop.order_fields import Trouble


def _(word: str) -> str:
    return word


TROUBLES = {
    Trouble.missing: _("This is missing."),
    Trouble.too_long: _("This is too long."),
    Trouble.bad_number: _("This is no number of an order or a parcel."),
    Trouble.mangled: _(
        "The spreadsheet has rounded this number and its last digits are lost. Format the column as text and"
        " enter it again."
    ),
    Trouble.bad_time: _("This is no date. Write it as 2026-11-20 14:30:00."),
    Trouble.bad_status: _("This status is not known. Write for example paid, shipped or delivered."),
    Trouble.bad_phone: _("This is no phone number."),
    Trouble.bad_quantity: _("This is no quantity from 1 to 99999."),
    Trouble.bad_price: _("This is no price in yuan with at most two decimals."),
    Trouble.duplicate: _("The same goods of this order are there twice."),
    Trouble.contradicts: _("Another line of the same order says otherwise."),
    Trouble.before_order: _("This is before the day of the order."),
}
FIELDS = {
    "order_number": _("Order number"),
    "ordered_at": _("Ordered at"),
    "status": _("Status"),
    "buyer_name": _("Recipient"),
    "buyer_phone": _("Phone"),
    "address": _("Address"),
    "sku": _("Article number"),
    "product": _("Goods"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "carrier": _("Carrier"),
    "tracking_number": _("Waybill number"),
    "shipped_at": _("Sent at"),
    "delivered_at": _("Delivered at"),
    "freight": _("Freight"),
    "items": _("Goods"),
    "shipments": _("Parcels"),
}


def trouble_told(trouble: str, ours: Words) -> str:
    return ours.gettext(TROUBLES[Trouble(trouble)])


def field_named(field: str, ours: Words) -> str:
    return ours.gettext(FIELDS[field]) if field in FIELDS else field
