"""The rules of law and shop: who may return, exchange, claim, cancel and change what, and until when.

Pure functions over loaded orders. They return nothing when it is allowed and raise Refused, with what can
be done instead, when it is not.

The law behind them:
- 《消费者权益保护法》第25条: what is bought online may go back within seven days without a reason, except
  goods made to order, fresh and perishable goods, opened digital goods, newspapers and periodicals. The
  buyer pays that freight unless the shop takes it on.
- 《消费者权益保护法》第24条: goods that are not what they should be go back at the shop's cost, whatever
  they are. That claim always remains: after our window a person looks at it, it is never simply denied.
- 《网络购买商品七日无理由退货暂行办法》§6 repeats the exceptions; §7 lets a shop exclude further classes only
  where the buyer confirmed it for that very purchase. We store no such confirmations, so nothing else is
  excluded. Its seven days begin on the day after the goods were signed for (§10), so they end at 24:00
  of the seventh day, in China.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shop.errors import Alternative, Reason, Refused
from shop.models import Category, Order, OrderItem, OrderStatus, Payer
from shop.moments import china_date, last_second, utc
from shop.service import Service

NOT_WITHOUT_REASON = {
    Category.fresh: Reason.goods_perishable,
    Category.frozen_meat: Reason.goods_perishable,
    Category.custom_made: Reason.goods_custom,
    Category.digital: Reason.goods_digital,
    Category.newspaper: Reason.goods_newspaper,
}
"""《消费者权益保护法》第25条 (一)-(四). Dried fruit, nuts, honey and textiles may go back."""


class Changeable(StrEnum):
    """What of an order a shopper may change before it is shipped."""

    address = "address"
    recipient = "recipient"
    phone = "phone"
    variant = "variant"
    quantity = "quantity"


class Voice(BaseModel):
    """How the shop's assistant introduces itself, by language; "" leaves it to the assistant."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: dict[str, str] = {}
    greeting: dict[str, str] = {}  # what it is and that a person can be had is always said after it


class ShopRules(BaseModel):
    """What a shop decides for itself. It may be kinder than the law, never harder: hence the lower bounds."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # a shop has settings that are no rules, too

    return_window_days: int = Field(default=7, ge=7, le=365)  # without a reason, counted by China's days
    quality_window_days: int = Field(default=30, ge=7, le=3650)  # later, a person decides
    damage_window_hours: int = Field(default=48, ge=1, le=720)  # from the moment of receipt
    damage_needs_photo: bool = True
    damage_share: Decimal = Field(default=Decimal(1), gt=0, le=1)  # of the damaged part's price is paid
    no_reason_freight_payer: Payer = Payer.buyer
    exchange_freight_payer: Payer = Payer.buyer  # of an exchange without a quality problem
    ship_within_hours: int = Field(default=48, ge=1, le=720)  # promised, from the order on
    invoice_allowed: bool = True  # False: a person makes out invoices
    voice: Voice = Voice()
    first_language: Literal["zh", "ug"] = "zh"  # spoken until the shopper's own is known
    service: Service = Service()  # when people answer, and how


def may_return(
    order: Order, items: Sequence[OrderItem], *, for_quality: bool, rules: ShopRules, now: datetime
) -> None:
    """Goods back, money back. Raises Refused."""
    _must_be_received(order, Alternative.cancel_order, _after_delivery(items, for_quality))
    _may_send_back(order, items, for_quality, rules, now)


def may_exchange(
    order: Order, items: Sequence[OrderItem], *, for_quality: bool, rules: ShopRules, now: datetime
) -> None:
    """Goods back, other goods out: ruled as a return, for the law says nothing of its own. Raises Refused."""
    _must_be_received(order, Alternative.change_order, Alternative.wait_delivery)
    _may_send_back(order, items, for_quality, rules, now)


def may_claim_damage(order: Order, *, rules: ShopRules, now: datetime) -> None:
    """Goods stay, money for the damaged part (坏果包赔): any goods, in the shop's window. Raises Refused."""
    _must_be_received(order, Alternative.cancel_order, Alternative.wait_delivery)
    deadline = damage_deadline(order, rules)
    if deadline and utc(now) >= deadline:
        raise Refused(
            Reason.claim_window_passed,
            _quality_or_person(order, rules, now),
            {"deadline": deadline, "hours": rules.damage_window_hours},
        )


def may_cancel(order: Order, *, rules: ShopRules, now: datetime) -> None:
    """Only what no courier has yet. Raises Refused."""
    if order.status is OrderStatus.cancelled:
        raise Refused(Reason.already_cancelled, Alternative.check_refund)
    if order.status in RECEIVED:
        raise Refused(Reason.already_delivered, _best_after_delivery(order, order.items, rules, now))
    if has_shipped(order):
        free = _all_may_go_back(order.items)
        raise Refused(
            Reason.already_shipped, Alternative.refuse_or_return if free else Alternative.talk_to_human
        )


def may_change(
    order: Order, field: Changeable, *, items: Sequence[OrderItem], rules: ShopRules, now: datetime
) -> None:
    """Only before it is shipped. `items`: what a change of variant or quantity is about. Raises Refused."""
    of_goods = field in (Changeable.variant, Changeable.quantity)
    if order.status is OrderStatus.cancelled:
        raise Refused(Reason.already_cancelled, Alternative.order_again)
    if not has_shipped(order):
        return
    if order.status in RECEIVED:
        instead = _best_after_delivery(order, items, rules, now) if of_goods else Alternative.talk_to_human
        raise Refused(Reason.already_delivered, instead)
    # A courier can often still be told another address, but only by a person.
    exchangeable = of_goods and _all_may_go_back(items)
    raise Refused(Reason.already_shipped, Alternative.exchange if exchangeable else Alternative.talk_to_human)


# Where an order stands

RECEIVED: Collection[OrderStatus] = (OrderStatus.delivered, OrderStatus.completed)


def has_shipped(order: Order) -> bool:
    """Whether a courier has any of it; a parcel counts even where nobody moved the order's status."""
    return order.status in (OrderStatus.shipped, *RECEIVED) or bool(order.shipments)


def received_at(order: Order) -> datetime | None:
    """When the buyer got the goods: of several parcels, the last one signed for so far. None: not known."""
    parcels = [shipment.delivered_at for shipment in order.shipments if shipment.delivered_at]
    return order.delivered_at or max(parcels, default=None)


def return_deadline(order: Order, rules: ShopRules, *, for_quality: bool) -> datetime | None:
    """The last second of the window's last day in China. None: nobody knows when the goods came."""
    day = _last_day(order, rules, for_quality)
    return last_second(day) if day else None


def damage_deadline(order: Order, rules: ShopRules) -> datetime | None:
    """The first moment that is too late. None: nobody knows when the goods came."""
    received = received_at(order)
    return utc(received) + timedelta(hours=rules.damage_window_hours) if received else None


# What can be done instead


def _best_after_delivery(
    order: Order, items: Sequence[OrderItem], rules: ShopRules, now: datetime
) -> Alternative:
    """The easiest way still open to somebody who has the goods and does not want them."""
    if _all_may_go_back(items) and not _window_passed(order, rules, False, now):
        return Alternative.open_return
    return _claim_or_quality(order, rules, now)


def _claim_or_quality(order: Order, rules: ShopRules, now: datetime) -> Alternative:
    deadline = damage_deadline(order, rules)
    if deadline is None or utc(now) < deadline:
        return Alternative.damage_claim
    return _quality_or_person(order, rules, now)


def _quality_or_person(order: Order, rules: ShopRules, now: datetime) -> Alternative:
    """What remains when the easier ways are closed: naming a defect, and after that window a person."""
    late = _window_passed(order, rules, True, now)
    return Alternative.talk_to_human if late else Alternative.quality_return


def _after_delivery(items: Sequence[OrderItem], for_quality: bool) -> Alternative:
    """For goods still on their way."""
    if for_quality or _all_may_go_back(items):
        return Alternative.open_return_after_delivery
    return Alternative.wait_delivery


# Parts of the rules


def _must_be_received(order: Order, before_shipping: Alternative, on_its_way: Alternative) -> None:
    """At least one parcel of it. Without any record of receipt, the order's status decides."""
    if order.status is OrderStatus.cancelled:
        raise Refused(Reason.already_cancelled, Alternative.check_refund)
    if order.status in RECEIVED or received_at(order):
        return
    if has_shipped(order):
        raise Refused(Reason.not_delivered_yet, on_its_way)
    if order.status is OrderStatus.pending_payment:
        raise Refused(Reason.not_paid, before_shipping)
    raise Refused(Reason.not_delivered_yet, before_shipping)


def _may_send_back(
    order: Order, items: Sequence[OrderItem], for_quality: bool, rules: ShopRules, now: datetime
) -> None:
    if not for_quality:
        for item in items:
            if reason := _excluded(item):
                raise Refused(reason, _claim_or_quality(order, rules, now), {"item": item.name})
    deadline = return_deadline(order, rules, for_quality=for_quality)
    if deadline and _window_passed(order, rules, for_quality, now):
        days = rules.quality_window_days if for_quality else rules.return_window_days
        raise Refused(
            Reason.window_passed, _quality_or_person(order, rules, now), {"deadline": deadline, "days": days}
        )


def _excluded(item: OrderItem) -> Reason | None:
    """Goods that are no longer in the catalogue count as returnable: an exception needs its ground."""
    return NOT_WITHOUT_REASON.get(item.product.category) if item.product else None


def _all_may_go_back(items: Sequence[OrderItem]) -> bool:
    return not any(_excluded(item) for item in items)


def _last_day(order: Order, rules: ShopRules, for_quality: bool) -> date | None:
    """The window's last day in China; the day of receipt is not counted."""
    received = received_at(order)
    days = rules.quality_window_days if for_quality else rules.return_window_days
    return china_date(received) + timedelta(days=days) if received else None


def _window_passed(order: Order, rules: ShopRules, for_quality: bool, now: datetime) -> bool:
    """Where nobody knows when the goods came, no window is held against the buyer: the shop looks at it."""
    day = _last_day(order, rules, for_quality)
    return day is not None and china_date(now) > day
