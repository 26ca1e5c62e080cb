"""The shopper of a conversation as staff see them, and what staff may do with their orders. All of it logged.

Staff reach an order only through the conversation of a contact that has proved it, as the bot does.
"""

import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible, NotFound
from bot.staff.masking import mask_address, mask_name, mask_phone
from bot.support.reading import conversation_row
from shop.decisions import BadAmount, decide_return
from shop.errors import NotProven, Refused, ShopError
from shop.identity import orders_of
from shop.models import Order, Refund, ReturnKind, ReturnRequest, Shipment
from shop.orders import cancel
from shop.returns import open_return

_CUSTOMERS = text(
    """
    SELECT k.id, k.name, k.phone, p.at FROM proof p JOIN customer k ON k.id = p.customer_id
    WHERE p.contact_id = :contact AND k.shop_id = :shop ORDER BY p.at DESC
    """
)
_OTHERS = text(
    """
    SELECT count(*) AS conversations, min(created_at) AS since FROM conversation
    WHERE contact_id = :contact AND shop_id = :shop
    """
)


async def shopper_of(
    session: AsyncSession, who: Who, contact: uuid.UUID, *, masked: bool = True
) -> dict[str, Any]:
    """{"shopper": {…}, "orders": […]}: who they have proved to be, and those customers' orders."""
    who.must(Right.read)
    values = {"contact": contact, "shop": who.shop_id}
    customers = (await session.execute(_CUSTOMERS, values)).mappings().all()
    others = (await session.execute(_OTHERS, values)).mappings().one()
    orders = await orders_of(session, shop_id=who.shop_id, contact_id=contact, limit=20) if customers else []
    return {
        "shopper": {
            "contact": str(contact),
            "since": others["since"].isoformat(),
            "conversations": others["conversations"],
            "customers": [
                {
                    "id": one["id"],
                    "name": mask_name(one["name"]) if masked else one["name"],
                    "phone": mask_phone(one["phone"]) if masked else one["phone"],
                }
                for one in customers
            ],
        },
        "orders": [_order(order, masked) for order in orders],
    }


def _order(order: Order, masked: bool) -> dict[str, Any]:
    return {
        "number": order.order_number,
        "status": order.status,
        "ordered_at": order.ordered_at.isoformat(),
        "total": str(order.total),
        "buyer": mask_name(order.buyer_name) if masked else order.buyer_name,
        "phone": mask_phone(order.buyer_phone) if masked else order.buyer_phone,
        "address": mask_address(order.address) if masked else order.address,
        "items": [
            {
                "id": item.id,
                "sku": item.sku,
                "name": item.product.name if item.product else {"zh": item.name},
                "variant": item.product.variant if item.product else {},
                "quantity": item.quantity,
                "unit_price": str(item.unit_price),
            }
            for item in order.items
        ],
        "parcels": [_parcel(parcel) for parcel in order.shipments],
        "returns": [_request(request) for request in order.returns],
        "refunds": [_refund(refund) for refund in order.refunds],
    }


def _parcel(parcel: Shipment) -> dict[str, Any]:
    last = parcel.events[-1] if parcel.events else None
    return {
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "shipped_at": parcel.shipped_at.isoformat(),
        "delivered_at": parcel.delivered_at.isoformat() if parcel.delivered_at else None,
        "last": {"at": last.at.isoformat(), "status": last.status, "place": last.place} if last else None,
    }


def _request(request: ReturnRequest) -> dict[str, Any]:
    return {
        "id": request.id,
        "kind": request.kind,
        "status": request.status,
        "reason": request.reason,
        "amount": str(request.amount),
        "photos": request.photos,
        "at": request.created_at.isoformat(),
    }


def _refund(refund: Refund) -> dict[str, Any]:
    paid = refund.paid_at.isoformat() if refund.paid_at else None
    return {"amount": str(refund.amount), "status": refund.status, "paid_at": paid}


async def cancel_order(
    session: AsyncSession, who: Who, conversation: uuid.UUID, order_number: str, *, key: str
) -> dict[str, Any]:
    """By the shop's rules, as for a shopper. `key`: the page's own, so that a double click does it once."""

    async def act(contact: uuid.UUID) -> dict[str, Any]:
        plan = await cancel(
            session, shop_id=who.shop_id, contact_id=contact, order_number=order_number, key=_key(who, key)
        )
        return {"refund": str(plan.refund)}

    return await _act(session, who, conversation, "cancel_order", order_number, act)


async def ask_return(
    session: AsyncSession,
    who: Who,
    conversation: uuid.UUID,
    order_number: str,
    *,
    kind: ReturnKind,
    items: dict[int, int] | None,
    reason: str,
    for_quality: bool,
    damaged_share: Decimal | None = None,
    photos: list[str] | None = None,
    key: str,
) -> dict[str, Any]:
    """Open a return, exchange or claim for the shopper; `items`: ids and counts, all of them if None."""

    async def act(contact: uuid.UUID) -> dict[str, Any]:
        await _check_photos(session, conversation, photos or [])
        request = await open_return(
            session,
            shop_id=who.shop_id,
            contact_id=contact,
            order_number=order_number,
            kind=kind,
            items=items,
            reason=reason,
            for_quality=for_quality,
            damaged_share=damaged_share,
            photos=photos or (),
            key=_key(who, key),
        )
        return _request(request)

    return await _act(session, who, conversation, "open_return", order_number, act)


async def decide(
    session: AsyncSession,
    who: Who,
    conversation: uuid.UUID,
    order_number: str,
    request: int,
    *,
    approve: bool,
    amount: Decimal | None = None,
    reason: str = "",
    key: str,
) -> dict[str, Any]:
    """Approve or reject a return, exchange or claim; `amount` is what staff found right."""

    async def act(contact: uuid.UUID) -> dict[str, Any]:
        decision = await decide_return(
            session,
            shop_id=who.shop_id,
            contact_id=contact,
            order_number=order_number,
            request_id=request,
            approve=approve,
            amount=amount,
            reason=reason,
            key=_key(who, key),
        )
        return {"id": request, "status": decision.status, "paid": str(decision.amount)}

    name = "approve_return" if approve else "reject_return"
    return await _act(session, who, conversation, name, f"{order_number} request {request}", act)


async def _act(
    session: AsyncSession,
    who: Who,
    conversation: uuid.UUID,
    name: str,
    subject: str,
    act: Callable[[uuid.UUID], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Do it for the conversation's shopper and write it down. Raises NotFound, or Impossible with the rule's
    own code, and then nothing was changed."""
    who.must(Right.answer)
    row = await conversation_row(session, who, conversation)
    try:
        done = await act(row["contact_id"])
    except NotProven:
        raise NotFound("this shopper has proved no such order") from None
    except Refused as refused:
        raise Impossible(refused.reason.value, "a rule says no") from None
    except BadAmount as error:
        raise Impossible("bad_amount", str(error), "amount", 422) from None
    except ShopError as error:
        raise Impossible("impossible", str(error)) from None
    except ValueError:
        raise Impossible("key_used", "that key was used for something else", "key") from None
    await note_act(session, who, name, f"order {subject}", conversation=str(conversation))
    return done


async def _check_photos(session: AsyncSession, conversation: uuid.UUID, photos: list[str]) -> None:
    """Only pictures of this conversation prove anything. Raises NotFound."""
    known = text("SELECT id::text FROM attachment WHERE conversation_id = :id AND id::text = ANY(:photos)")
    found = await session.scalars(known, {"id": conversation, "photos": photos})
    if set(found) != set(photos):
        raise NotFound("there is no such picture here")


def _key(who: Who, key: str) -> str:
    return f"staff {who.staff_id} {key}"[:200]
