"""What the inbox does: moves, answers, notes, marks. Each calls the API's own function."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.api.asking import Desk
from bot.channels.pictures import MAX_BYTES, NotAPicture, reencode
from bot.console import lines
from bot.console.asking import signed_in
from bot.console.forms import Field
from bot.console.inbox import fragment, lines_html
from bot.console.lines import Reader
from bot.console.opened import read_head
from bot.console.page import render
from bot.console.told import Told
from bot.console.words import words
from bot.errors import Problem
from bot.staff import accounts
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.support import canned, moves, replies
from bot.support import opened as marks
from bot.support.desk import Support
from bot.support.models import CannedReply
from bot.support.resend import send_again
from bot.support.translation import Untranslated, translate_answer, translate_message
from shop.database import transaction
from shop.identity import orders_of
from shop.models import Shop

routes = APIRouter(include_in_schema=False, route_class=Told, prefix="/inbox/{conversation}")

Reading = Annotated[Who, Depends(signed_in(Right.read))]
Agent = Annotated[Who, Depends(signed_in(Right.answer))]
Seq = Annotated[int, Form(ge=0, le=2**31 - 1)]
ClientId = Annotated[str, Form(min_length=1, max_length=100, pattern=r"^[\w-]+$")]

DONE = Response(status_code=204)


# ---- Whose it is ----


@routes.post("/claim")
async def claim(who: Agent, desk: Desk, conversation: uuid.UUID) -> HTMLResponse:
    async with transaction(desk.sessions) as session:
        await moves.claim(session, who, conversation)
        return await _head(session, who, conversation)


@routes.post("/release")
async def release(who: Agent, desk: Desk, conversation: uuid.UUID, note: Field = "") -> HTMLResponse:
    async with transaction(desk.sessions) as session:
        await moves.release(session, who, conversation, note=note)
        await _note(session, who, conversation, note)
        return await _head(session, who, conversation)


@routes.post("/requeue")
async def requeue(who: Agent, desk: Desk, conversation: uuid.UUID, note: Field = "") -> HTMLResponse:
    async with transaction(desk.sessions) as session:
        await moves.requeue(session, who, conversation)
        await _note(session, who, conversation, note)
        return await _head(session, who, conversation)


@routes.post("/transfer")
async def transfer(
    who: Agent, desk: Desk, conversation: uuid.UUID, agent: Annotated[int, Form()], note: Field = ""
) -> HTMLResponse:
    async with transaction(desk.sessions) as session:
        await moves.transfer(session, who, conversation, agent)
        one = await accounts.member(session, who, agent)
        word = words(who.language).gettext("Passed on to {name}").format(name=one.name)
        await _note(session, who, conversation, f"{word}: {note}" if note.strip() else word, [agent])
        return await _head(session, who, conversation)


@routes.post("/close")
async def close(
    who: Agent,
    desk: Desk,
    conversation: uuid.UUID,
    result: Annotated[moves.Result, Form()] = moves.Result.solved,
    note: Field = "",
) -> HTMLResponse:
    async with transaction(desk.sessions) as session:
        await _note(session, who, conversation, note)
        await moves.close(session, who, conversation, result=result)
        return await _head(session, who, conversation)


async def _head(session: AsyncSession, who: Who, conversation: uuid.UUID) -> HTMLResponse:
    """The parts that say whose it is, to be put in their places at once."""
    ours = words(who.language)
    head = await read_head(session, who, conversation, ours)
    names = ("inbox/head.html", "inbox/why.html", "inbox/seat.html")
    html = "".join(render(name, ours.language, who, opened=head) for name in names)
    return fragment(html.replace(" data-part", ' data-part hx-swap-oob="true"'))


async def _note(
    session: AsyncSession, who: Who, conversation: uuid.UUID, note: str, mentions: list[int] | None = None
) -> None:
    if note.strip():
        await replies.add_note(session, who, conversation, words=note, mentions=mentions)


# ---- What is written ----


@routes.post("/messages")
async def reply(
    who: Agent,
    desk: Desk,
    conversation: uuid.UUID,
    client_id: ClientId,
    text: Field,
    seen: Seq,
    original: Field = "",
) -> HTMLResponse:
    async with transaction(desk.sessions) as session:
        said = await replies.reply(
            session,
            who,
            conversation,
            words=text,
            client_id=client_id,
            seen=seen,
            original=original or None,
        )
    return await _line(desk, who, conversation, said.seq)


@routes.post("/messages/images")
async def reply_with_picture(
    who: Agent,
    desk: Desk,
    conversation: uuid.UUID,
    client_id: ClientId,
    seen: Seq,
    file: Annotated[UploadFile, File()],
) -> HTMLResponse:
    async with desk.single() as session:
        await moves.moment(session, who, conversation)
    content = await file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Problem(413, "too_large", "a picture has at most 10 MB", "file")
    try:
        picture = await reencode(content)
    except NotAPicture as error:
        raise Problem(422, "not_a_picture", str(error), "file") from None
    async with transaction(desk.sessions) as session:
        said = await replies.reply(
            session, who, conversation, words="", client_id=client_id, seen=seen, picture=picture
        )
    return await _line(desk, who, conversation, said.seq)


@routes.post("/messages/{seq}/again")
async def again(who: Agent, desk: Desk, conversation: uuid.UUID, seq: int) -> Response:
    async with transaction(desk.sessions) as session:
        await send_again(session, who, conversation, seq)
    return DONE


@routes.post("/notes")
async def note(who: Agent, desk: Desk, conversation: uuid.UUID, text: Field) -> HTMLResponse:
    async with transaction(desk.sessions) as session:
        colleagues = await accounts.members(session, who)
        named = [one.id for one in colleagues if f"@{one.name}" in text]
        made = await replies.add_note(session, who, conversation, words=text, mentions=named[:20])
        reader = Reader(words(who.language), "")
        shown = await lines.these(session, conversation, reader, notes=[made.id])
    return fragment(lines_html(who, shown))


async def _line(desk: Support, who: Who, conversation: uuid.UUID, seq: int) -> HTMLResponse:
    reader = Reader(words(who.language), "", desk.translator is not None)
    async with desk.single() as session:
        shown = await lines.these(session, conversation, reader, seqs=[seq])
    return fragment(lines_html(who, shown))


# ---- Around it ----


@routes.post("/read")
async def read(who: Reading, desk: Desk, conversation: uuid.UUID, seq: Seq) -> Response:
    async with transaction(desk.sessions) as session:
        await marks.mark_read(session, who, conversation, seq)
    return DONE


@routes.post("/typing")
async def typing(who: Agent, desk: Desk, conversation: uuid.UUID) -> Response:
    async with desk.single() as session:
        await moves.moment(session, who, conversation)
    await desk.presence.tell(who, conversation, typing=True)
    return DONE


@routes.get("/ready")
async def ready_answers(who: Reading, desk: Desk, conversation: uuid.UUID) -> JSONResponse:
    """Ready answers filled in for this conversation, and the colleagues' names."""
    ours = words(who.language)
    async with transaction(desk.sessions) as session:
        head = await read_head(session, who, conversation, ours)
        answers = await canned.list_canned(session, who)
        colleagues = await accounts.members(session, who)
        orders = await orders_of(session, shop_id=who.shop_id, contact_id=head.contact, limit=1)
        shop = await session.scalar(select(Shop.name).where(Shop.id == who.shop_id)) or {}
        if orders and any("{name}" in text for answer in answers for text in answer.text.values()):
            await note_act(session, who, "unmask", f"conversation {conversation}", by="ready answers")
    order = orders[0] if orders else None
    values = {
        "name": order.buyer_name if order else "",
        "order": order.order_number if order else "",
        "agent": who.name,
        "shop": shop.get(head.language) or next(iter(shop.values()), ""),
    }
    offered = [_offered(answer, head.language, values) for answer in answers]
    return JSONResponse({"replies": offered, "colleagues": [one.name for one in colleagues]})


def _offered(answer: CannedReply, language: str, values: dict[str, str]) -> dict[str, str]:
    """In the conversation's language where there is a text in it, else in the other."""
    spoken = language if language in answer.text else next(iter(answer.text))
    text = canned.fill_in(answer.text[spoken], values)
    return {"shortcut": answer.shortcut, "text": text, "language": spoken}


# ---- Translation ----


@routes.get("/messages/{seq}/translation")
async def message_translation(who: Reading, desk: Desk, conversation: uuid.UUID, seq: int) -> HTMLResponse:
    """The message's line again, with what a machine made of it."""
    ours = words(who.language)
    async with transaction(desk.sessions) as session:
        head = await read_head(session, who, conversation, ours)
        if desk.translator is None:
            raise Untranslated
        await translate_message(session, who, desk.translator, conversation, seq, ours.language)
        shown = await lines.these(session, conversation, Reader(ours, head.name, True), seqs=[seq])
    return fragment(lines_html(who, shown))


@routes.post("/translation")
async def answer_translation(who: Agent, desk: Desk, conversation: uuid.UUID, text: Field) -> JSONResponse:
    async with desk.single() as session:
        await moves.moment(session, who, conversation)
        if desk.translator is None:
            raise Untranslated
        made = await translate_answer(session, who, desk.translator, conversation, text)
    return JSONResponse({"text": made})
