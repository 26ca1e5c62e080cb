"""The shopper's card: who they are, how they feel, their proven orders, and what may be done about them."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from actions import wording
from bot.console import moods, times
from bot.console.names import LOOKS, chinese_or_uyghur, named
from bot.console.opened import Opened
from bot.console.rows import CHANNELS
from bot.console.words import LANGUAGES, Words
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.masking import mask_address, mask_name, mask_phone, phones_in
from shop import database
from shop.errors import Refused
from shop.identity import orders_of
from shop.models import Order, ReturnRequest, ReturnStatus
from shop.orders import plan_cancel
from shop.rules import RECEIVED, ShopRules
from shop.shops import rules_for
from shop.tracking import Parcel, track

SHOWN_ORDERS = 10
SHOWN_MOODS = 40

_MOODS = text(
    """
    SELECT emotion, intensity FROM (
        SELECT seq, emotion, intensity FROM message
        WHERE conversation_id = :id AND sender = 'shopper' AND emotion IS NOT NULL
        ORDER BY seq DESC LIMIT :limit) latest ORDER BY seq
    """
)
_PAST = text(
    """
    SELECT (SELECT count(*) FROM conversation WHERE contact_id = :contact) AS conversations,
           (SELECT score FROM rating WHERE conversation_id = :id ORDER BY at DESC LIMIT 1) AS rating,
           (SELECT created_at FROM contact WHERE id = :contact) AS since
    """
)

_WRITTEN = text(
    """
    SELECT h.callback ->> 'phone' AS words FROM handover h
    WHERE h.conversation_id = :id AND h.callback IS NOT NULL
    UNION ALL
    SELECT words FROM (
        SELECT m.text AS words FROM message m
        WHERE m.conversation_id = :id AND m.sender = 'shopper' AND m.text ~ '1[3-9][0-9]'
        ORDER BY m.seq DESC LIMIT :limit) latest
    """
)
SHOWN_NUMBERS = 5


@dataclass(frozen=True)
class ShownParcel:
    carrier: str
    number: str
    status: str
    look: str
    at: datetime | None
    last: str
    expected: str


@dataclass(frozen=True)
class ShownReturn:
    id: int
    kind: str
    status: str
    look: str
    amount: Decimal
    at: datetime
    reason: str
    photos: list[str]
    open: bool


@dataclass(frozen=True)
class ShownOrder:
    number: str
    status: str
    look: str
    at: datetime
    total: Decimal
    due: Decimal
    items: list[dict[str, str]]
    parcels: list[ShownParcel]
    returns: list[ShownReturn]
    refunds: list[dict[str, Any]]
    may_cancel: bool
    may_return: bool


@dataclass(frozen=True)
class Card:
    name: str
    phone: str
    address: str
    written: list[str]  # phones in the messages and wishes to be called: of use where no order has one
    masked: bool
    channel_word: str
    language_word: str
    since: datetime
    conversations: int
    rating: int | None
    moods: list[int]
    mood: int
    mood_word: str
    mood_points: str
    mood_told: str
    shown: str  # the order that is unfolded
    orders: list[ShownOrder] = field(default_factory=list)


async def read_card(
    session: AsyncSession,
    who: Who,
    opened: Opened,
    ours: Words,
    *,
    whole: bool = False,
    shown: str = "",
) -> Card:
    """`whole`: personal data unmasked, which takes the right and is written down."""
    conversation = uuid.UUID(opened.id)
    if whole:
        who.must(Right.unmask)
        await note_act(session, who, "unmask", f"conversation {opened.id}")
    orders = await orders_of(session, shop_id=who.shop_id, contact_id=opened.contact, limit=SHOWN_ORDERS)
    rules = await rules_for(session, who.shop_id)
    felt = (await session.execute(_MOODS, {"id": conversation, "limit": SHOWN_MOODS})).all()
    past = (await session.execute(_PAST, {"id": conversation, "contact": opened.contact})).one()
    numbers = await _written(session, conversation, whole)
    steps = [moods.step_of(row.emotion, row.intensity) for row in felt]
    last = felt[-1] if felt else None
    buyer = orders[0] if orders else None
    return Card(
        **_person(buyer, opened, whole),
        written=numbers,
        masked=not whole and (buyer is not None or bool(numbers)),
        channel_word=ours.gettext(CHANNELS[opened.channel]),
        language_word=LANGUAGES.get(opened.language, ""),
        since=past.since,
        conversations=past.conversations,
        rating=past.rating,
        moods=steps,
        mood=steps[-1] if steps else 0,
        mood_word=moods.word_of(last.emotion if last else None, ours),
        mood_points=moods.curve(steps) if steps else "",
        mood_told=", ".join(moods.word_of(row.emotion, ours) for row in felt[-5:]),
        shown=_shown(shown, opened, orders),
        orders=[_order(order, opened, rules, ours) for order in orders],
    )


def _shown(shown: str, opened: Opened, orders: list[Order]) -> str:
    """What was acted on, else what the handover is about, if it is among them."""
    wanted = shown or (opened.handover.order if opened.handover else "")
    return wanted if any(order.order_number == wanted for order in orders) else ""


def _person(buyer: Order | None, opened: Opened, whole: bool) -> dict[str, Any]:
    if buyer is None:
        return {"name": opened.name, "phone": "", "address": ""}
    if whole:
        return {"name": buyer.buyer_name, "phone": buyer.buyer_phone, "address": buyer.address}
    return {
        "name": mask_name(buyer.buyer_name),
        "phone": mask_phone(buyer.buyer_phone),
        "address": mask_address(buyer.address),
    }


async def _written(session: AsyncSession, conversation: uuid.UUID, whole: bool) -> list[str]:
    rows = await session.scalars(_WRITTEN, {"id": conversation, "limit": SHOWN_MOODS})
    numbers = dict.fromkeys(number for words in rows for number in phones_in(words))
    return [number if whole else mask_phone(number) for number in list(numbers)[:SHOWN_NUMBERS]]


def _order(order: Order, opened: Opened, rules: ShopRules, ours: Words) -> ShownOrder:
    language = chinese_or_uyghur(ours)
    return ShownOrder(
        number=order.order_number,
        status=named(order.status, ours),
        look=LOOKS.get(order.status, ""),
        at=order.ordered_at,
        total=order.total,
        due=order.amount_due,
        items=[
            {"name": wording.item_name(item, language), "count": f"× {item.quantity}"} for item in order.items
        ],
        parcels=[_parcel(parcel, ours) for parcel in track(order)],
        returns=[_return(request, opened, ours) for request in order.returns],
        refunds=[{"amount": one.amount, "status": named(one.status, ours)} for one in order.refunds],
        may_cancel=_may_cancel(order, rules),
        may_return=order.status in RECEIVED,
    )


def _may_cancel(order: Order, rules: ShopRules) -> bool:
    try:
        plan_cancel(order, rules, database.now())
    except Refused:
        return False
    return True


def _parcel(parcel: Parcel, ours: Words) -> ShownParcel:
    expected = ""
    if parcel.estimate is not None:
        latest = parcel.estimate.latest
        day = times.date_word(latest, ours)
        expected = ours.gettext("Expected by {day}").format(day=day)
    if parcel.stuck_since is not None:
        expected = ours.gettext("No movement for {time}").format(time=times.waited(parcel.stuck_since, ours))
    return ShownParcel(
        carrier=parcel.carrier,
        number=parcel.tracking_number,
        status=named(parcel.status, ours) if parcel.status else ours.gettext("No word from the carrier yet"),
        look=LOOKS.get(parcel.status, "") if parcel.status else "",
        at=parcel.last.at if parcel.last else None,
        last=parcel.last.description if parcel.last else "",
        expected=expected,
    )


def _return(request: ReturnRequest, opened: Opened, ours: Words) -> ShownReturn:
    return ShownReturn(
        id=request.id,
        kind=named(request.kind, ours),
        status=named(request.status, ours),
        look=LOOKS.get(request.status, ""),
        amount=request.amount,
        at=request.created_at,
        reason=request.reason,
        photos=[f"/inbox/{opened.id}/pictures/{photo}" for photo in request.photos],
        open=request.status is ReturnStatus.requested,
    )
