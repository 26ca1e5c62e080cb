"""The inbox's dialogs and what they do to orders: shop decides what may be, each act is logged."""

import uuid
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from actions import wording
from bot.api.asking import Desk
from bot.console.asking import signed_in
from bot.console.card import read_card
from bot.console.forms import Field
from bot.console.inbox import fragment
from bot.console.names import chinese_or_uyghur, named
from bot.console.opened import read_head
from bot.console.page import render
from bot.console.told import Told
from bot.console.words import LANGUAGES, Words, words
from bot.errors import Problem
from bot.models import Message, Sender
from bot.staff import accounts
from bot.staff.access import Right, Who
from bot.support import shoppers
from bot.support.moves import Result
from shop.database import now, transaction
from shop.identity import order_of
from shop.models import Order, ReturnKind, ReturnStatus
from shop.orders import plan_cancel
from shop.shops import rules_for

routes = APIRouter(include_in_schema=False, route_class=Told, prefix="/inbox/{conversation}")

Agent = Annotated[Who, Depends(signed_in(Right.answer))]
Trusted = Annotated[Who, Depends(signed_in(Right.unmask))]
Number = Annotated[str, Query(max_length=64)]


def _(word: str) -> str:
    return word


RESULTS = {
    Result.solved: _("Solved"),
    Result.unsolved: _("Not solved: nothing could be done"),
    Result.no_answer: _("The shopper did not come back"),
    Result.spam: _("Spam"),
}


# ---- Dialogs ----


@routes.get("/dialogs/{name}")
async def dialog(
    who: Agent,
    desk: Desk,
    conversation: uuid.UUID,
    name: str,
    order: Number = "",
    request: Annotated[int, Query(alias="request", ge=0)] = 0,
) -> HTMLResponse:
    ours = words(who.language)
    async with desk.single() as session:
        head = await read_head(session, who, conversation, ours)
        match name:
            case "release" | "requeue" | "transfer" | "close":
                values = await _move(session, who, name, ours)
            case "cancel" | "return" | "approve" | "reject":
                found = await order_of(
                    session, shop_id=who.shop_id, contact_id=head.contact, order_number=order
                )
                values = await _on_order(session, who, name, found, request, ours)
            case _:
                raise Problem(404, "not_found", "no such dialog")
    action = values.pop("action", f"/inbox/{conversation}/{name}").format(c=conversation)
    context = {"target": "#card", "swap": "innerHTML", "look": "", "impossible": False, "sentences": []}
    return fragment(
        render("inbox/dialog.html", ours.language, who, what=name, action=action, **{**context, **values})
    )


async def _move(session: AsyncSession, who: Who, name: str, ours: Words) -> dict[str, Any]:
    word = ours.gettext
    if name == "release":
        return {"heading": word("Give back to the bot"), "go": word("Give back"), "swap": "none"}
    if name == "requeue":
        return {"heading": word("Back into the queue"), "go": word("Put it back"), "swap": "none"}
    if name == "close":
        results = [(result.value, word(told)) for result, told in RESULTS.items()]
        return {
            "heading": word("End the conversation"),
            "go": word("End it"),
            "results": results,
            "swap": "none",
        }
    colleagues = [
        {"id": one.id, "name": one.name, "told": _told(one, ours)}
        for one in await accounts.members(session, who)
        if one.id != who.staff_id and not one.disabled
    ]
    return {
        "heading": word("Pass on to a colleague"),
        "go": word("Pass on"),
        "colleagues": colleagues,
        "impossible": not colleagues,
        "swap": "none",
    }


def _told(one: accounts.Member, ours: Words) -> str:
    here = one.seen_at is not None and (now() - one.seen_at).total_seconds() < 120 and one.available
    spoken = " · ".join(LANGUAGES[code] for code in one.languages if code in LANGUAGES)
    return f"{spoken} · {ours.gettext('here') if here else ours.gettext('away')}"


async def _on_order(
    session: AsyncSession, who: Who, name: str, order: Order, request: int, ours: Words
) -> dict[str, Any]:
    word, number = ours.gettext, order.order_number
    if name == "cancel":
        plan = plan_cancel(order, await rules_for(session, who.shop_id), now())
        back = word("The buyer gets back {amount}.").format(amount=f"¥{plan.refund:.2f}")
        return {
            "heading": word("Cancel the order"),
            "go": word("Cancel the order"),
            "look": "danger",
            "sentences": [word("Order {number} will not be sent.").format(number=number), back],
            "action": f"/inbox/{{c}}/orders/{number}/cancel?key={_key()}",
        }
    if name == "return":
        return {
            "heading": word("Open a return"),
            "go": word("Open it"),
            "kinds": [(kind.value, named(kind, ours)) for kind in ReturnKind],
            "goods": _goods(order, ours),
            "action": f"/inbox/{{c}}/orders/{number}/return?key={_key()}",
        }
    return _decision(name, order, request, ours)


def _decision(name: str, order: Order, request: int, ours: Words) -> dict[str, Any]:
    """Yes or no to what was asked for."""
    word, number = ours.gettext, order.order_number
    asked = next((one for one in order.returns if one.id == request), None)
    if asked is None:
        raise Problem(404, "not_found", "no such request")
    told = f"{named(asked.kind, ours)} · {number}"
    values = {
        "sentences": [told, asked.reason],
        "action": f"/inbox/{{c}}/orders/{number}/returns/{request}/{name}?key={_key()}",
    }
    if name == "reject":
        return {**values, "heading": word("Reject"), "go": word("Reject"), "look": "danger"}
    pays = asked.kind is not ReturnKind.exchange
    return {
        **values,
        "heading": word("Approve"),
        "go": word("Approve"),
        "pays": pays,
        "amount": f"{asked.amount:.2f}",
    }


def _goods(order: Order, ours: Words) -> list[dict[str, Any]]:
    """The order's goods, and how many of each are in no request yet."""
    void = (ReturnStatus.rejected, ReturnStatus.withdrawn)
    asked: dict[int, int] = {}
    for request in order.returns:
        if request.status not in void:
            for item in request.items:
                asked[item.order_item_id] = asked.get(item.order_item_id, 0) + item.quantity
    return [
        {
            "id": item.id,
            "name": wording.item_name(item, chinese_or_uyghur(ours)),
            "left": item.quantity - asked.get(item.id, 0),
        }
        for item in order.items
    ]


def _key() -> str:
    return uuid.uuid4().hex


# ---- What they do ----

Key = Annotated[str, Query(pattern=r"^[0-9a-f]{32}$")]


@routes.post("/orders/{number}/cancel")
async def cancel_order(
    who: Agent, desk: Desk, conversation: uuid.UUID, number: str, key: Key
) -> HTMLResponse:
    ours = words(who.language)
    async with transaction(desk.sessions) as session:
        await shoppers.cancel_order(session, who, conversation, number, key=key)
        return await _card(session, who, conversation, number, ours.gettext("The order is cancelled."))


@routes.post("/orders/{number}/return")
async def ask_return(
    request: Request,
    who: Agent,
    desk: Desk,
    conversation: uuid.UUID,
    number: str,
    key: Key,
    kind: Annotated[ReturnKind, Form()],
    reason: Field,
    quality: Field = "",
) -> HTMLResponse:
    ours = words(who.language)
    form = await request.form()
    wanted = {
        int(name[5:]): int(str(value))
        for name, value in form.items()
        if name.startswith("item-") and name[5:].isdecimal() and str(value).isdecimal() and str(value) != "0"
    }
    async with transaction(desk.sessions) as session:
        await shoppers.ask_return(
            session,
            who,
            conversation,
            number,
            kind=kind,
            items=wanted,
            reason=reason,
            for_quality=bool(quality) or kind is ReturnKind.damage_claim,
            photos=await _photos(session, conversation) if kind is ReturnKind.damage_claim else None,
            key=key,
        )
        return await _card(session, who, conversation, number, ours.gettext("The return is open."))


async def _photos(session: AsyncSession, conversation: uuid.UUID) -> list[str]:
    """A claim opened by staff goes with the last pictures the shopper sent here."""
    query = (
        select(Message.attachment_id)
        .where(Message.conversation_id == conversation, Message.sender == Sender.shopper)
        .where(Message.attachment_id.is_not(None))
        .order_by(Message.seq.desc())
        .limit(6)
    )
    return [str(photo) for photo in await session.scalars(query)]


@routes.post("/orders/{number}/returns/{request}/approve")
async def approve(
    who: Agent,
    desk: Desk,
    conversation: uuid.UUID,
    number: str,
    request: int,
    key: Key,
    amount: Field = "",
) -> HTMLResponse:
    ours, found = words(who.language), _amount(amount)
    async with transaction(desk.sessions) as session:
        await shoppers.decide(
            session, who, conversation, number, request, approve=True, amount=found, key=key
        )
        return await _card(session, who, conversation, number, ours.gettext("Approved."))


@routes.post("/orders/{number}/returns/{request}/reject")
async def reject(
    who: Agent, desk: Desk, conversation: uuid.UUID, number: str, request: int, key: Key, reason: Field
) -> HTMLResponse:
    ours = words(who.language)
    async with transaction(desk.sessions) as session:
        await shoppers.decide(
            session, who, conversation, number, request, approve=False, reason=reason, key=key
        )
        return await _card(session, who, conversation, number, ours.gettext("Rejected."))


@routes.post("/unmask")
async def unmask(who: Trusted, desk: Desk, conversation: uuid.UUID) -> HTMLResponse:
    async with transaction(desk.sessions) as session:
        return await _card(session, who, conversation, "", "", whole=True)


async def _card(
    session: AsyncSession, who: Who, conversation: uuid.UUID, number: str, said: str, whole: bool = False
) -> HTMLResponse:
    ours = words(who.language)
    head = await read_head(session, who, conversation, ours)
    card = await read_card(session, who, head, ours, whole=whole, shown=number)
    html = render("inbox/card.html", ours.language, who, opened=head, card=card, may_act=True, said=said)
    return fragment(html)


def _amount(given: str) -> Decimal | None:
    try:
        return Decimal(given.strip()) if given.strip() else None
    except InvalidOperation:
        raise Problem(422, "bad_number", "the amount is no number", "amount") from None
