"""A parcel that goes back to the shop unclaimed: somebody has to decide about the buyer's money."""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import (
    Order,
    OrderItem,
    OrderStatus,
    ReturnItem,
    ReturnKind,
    ReturnRequest,
    Shipment,
    TrackingEvent,
    TrackingStatus,
)

REASON = "快递退回，买家未签收"  # no shopper wrote it: staff read it in the inbox


async def open_for_decision(session: AsyncSession, order: Order) -> None:
    """Once all parcels of an order that was never signed for go back, open a return that the shop decides.

    The order stays as it is until then. Nothing is opened where a return was asked for already.
    """
    if order.status is not OrderStatus.shipped or await _still_coming(session, order):
        return
    asked = select(func.count()).where(ReturnRequest.order_id == order.id)
    if await session.scalar(asked):
        return
    items = list(await session.scalars(select(OrderItem).where(OrderItem.order_id == order.id)))
    goods = sum((item.unit_price * item.quantity for item in items), Decimal(0))
    session.add(
        ReturnRequest(
            order_id=order.id,
            kind=ReturnKind.return_,
            reason=REASON,
            amount=max(goods + order.freight - order.amount_due, Decimal(0)),
            items=[ReturnItem(order_item_id=item.id, quantity=item.quantity) for item in items],
        )
    )
    await session.flush()


async def _still_coming(session: AsyncSession, order: Order) -> bool:
    """Whether a parcel has been signed for, or is not known to go back."""
    back = select(TrackingEvent.id).where(
        TrackingEvent.shipment_id == Shipment.id, TrackingEvent.status == TrackingStatus.returned
    )
    others = select(func.count()).where(
        Shipment.order_id == order.id, Shipment.delivered_at.is_not(None) | ~back.exists()
    )
    return bool(await session.scalar(others))
