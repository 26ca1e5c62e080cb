"""Invoices (发票): a wish, one an order; the shop makes them out."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.errors import Alternative, Reason, Refused
from shop.identity import order_of
from shop.models import Invoice, Order, OrderStatus
from shop.numbers import check_tax_number
from shop.operations import done_before, record
from shop.shops import rules_for


@dataclass(frozen=True)
class _Wished:
    invoice_id: int


async def request_invoice(
    session: AsyncSession,
    *,
    shop_id: int,
    contact_id: uuid.UUID,
    order_number: str,
    title: str,
    tax_number: str | None,
    key: str,
) -> Invoice:
    """Asks for an invoice, or corrects a wish that has not been met yet. Raises NotProven, Refused."""
    order = await order_of(
        session, shop_id=shop_id, contact_id=contact_id, order_number=order_number, lock=True
    )
    if done := await done_before(session, _Wished, order, "invoice", key):
        return await session.get_one(Invoice, done.invoice_id)
    invoice = await plan_invoice(session, order)
    title, number = _title(title), _tax_number(tax_number)
    if invoice is None:
        invoice = Invoice(order_id=order.id)
        session.add(invoice)
    invoice.title, invoice.tax_number = title, number
    await session.flush()
    await record(session, order, "invoice", key, _Wished(invoice.id))
    return invoice


async def plan_invoice(session: AsyncSession, order: Order) -> Invoice | None:
    """The wish that is there already and can be corrected, if any. Raises Refused where none can be met."""
    if not (await rules_for(session, order.shop_id)).invoice_allowed:
        raise Refused(Reason.no_invoice, Alternative.talk_to_human)
    _may_have_invoice(order)
    invoice = await session.scalar(select(Invoice).where(Invoice.order_id == order.id))
    if invoice is not None and invoice.issued_at:
        raise Refused(Reason.already_invoiced, Alternative.talk_to_human, {"issued_at": invoice.issued_at})
    return invoice


def _may_have_invoice(order: Order) -> None:
    if order.status is OrderStatus.cancelled:
        raise Refused(Reason.already_cancelled, Alternative.order_again)
    if order.status is OrderStatus.pending_payment:
        raise Refused(Reason.not_paid, Alternative.pay)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 1 <= len(title) <= 100 or not any(letter.isalpha() for letter in title):
        raise Refused(Reason.bad_title)
    return title


def _tax_number(text: str | None) -> str | None:
    """None or blank for a person; a company's must be a real number."""
    if text is None or not text.strip():
        return None
    number = check_tax_number(text)
    if number is None:
        raise Refused(Reason.bad_tax_number)
    return number
