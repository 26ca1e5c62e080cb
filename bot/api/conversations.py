"""Conversations for staff: the list, one of them, who has it, answers and notes."""

import uuid
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.api.asking import Desk, may
from bot.models import Mode
from bot.staff.access import Right, Who
from bot.staff.audit import note_look
from bot.support import moves, opened, reading, replies
from shop.database import transaction

routes = APIRouter(prefix="/conversations", tags=["conversations"])

Reader = Annotated[Who, Depends(may(Right.read))]
Agent = Annotated[Who, Depends(may(Right.answer))]
Epoch = Annotated[int | None, Field(ge=0, le=2**31 - 1, description="act only if it is still the same")]


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore")


@routes.get("")
async def list_conversations(
    desk: Desk,
    who: Reader,
    state: Mode | None = None,
    mine: bool = False,
    language: Literal["zh", "ug"] | None = None,
    channel: Annotated[str | None, Query(max_length=20)] = None,
    emotion: Annotated[str | None, Query(max_length=20)] = None,
    search: Annotated[str | None, Query(max_length=100)] = None,
    after: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=reading.MOST)] = 50,
) -> dict[str, Any]:
    """`after` of an answer gives the next page; it is null at the end. `number` is where /events goes on."""
    wanted = reading.Wanted(
        state=state, mine=mine, language=language, channel=channel, emotion=emotion, search=search
    )
    async with desk.single() as session:
        number = await desk.feed.number()
        page = await reading.list_conversations(session, who, wanted, after=after, limit=limit)
        return {"items": page.items, "after": page.after, "number": number}


@routes.get("/{conversation}")
async def open_conversation(
    desk: Desk, who: Reader, conversation: uuid.UUID, before: Annotated[int | None, Query(ge=1)] = None
) -> dict[str, Any]:
    """`before`: messages older than that seq; without it the latest, with everything around them."""
    number = await desk.feed.number()
    async with desk.single() as session:
        shown = await opened.open_conversation(session, who, conversation, before=before)
        if before is None:
            await note_look(session, who, f"conversation {conversation}")
    return {**shown, "number": number}


class Move(Body):
    epoch: Epoch = None


class Release(Move):
    note: Annotated[str, Field(max_length=500)] = ""


class Transfer(Move):
    agent: int


class Close(Move):
    result: moves.Result = moves.Result.solved


def _told(moment: moves.Moment) -> dict[str, Any]:
    return {
        "id": str(moment.conversation),
        "state": moment.mode,
        "epoch": moment.epoch,
        "owner": moment.owner_id,
    }


@routes.post("/{conversation}/claim")
async def claim(desk: Desk, who: Agent, conversation: uuid.UUID, given: Move | None = None) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return _told(await moves.claim(session, who, conversation, epoch=(given or Move()).epoch))


@routes.post("/{conversation}/release")
async def release(
    desk: Desk, who: Agent, conversation: uuid.UUID, given: Release | None = None
) -> dict[str, Any]:
    given = given or Release()
    async with transaction(desk.sessions) as session:
        return _told(await moves.release(session, who, conversation, note=given.note, epoch=given.epoch))


@routes.post("/{conversation}/requeue")
async def requeue(
    desk: Desk, who: Agent, conversation: uuid.UUID, given: Move | None = None
) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return _told(await moves.requeue(session, who, conversation, epoch=(given or Move()).epoch))


@routes.post("/{conversation}/transfer")
async def transfer(desk: Desk, who: Agent, conversation: uuid.UUID, given: Transfer) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return _told(await moves.transfer(session, who, conversation, given.agent, epoch=given.epoch))


@routes.post("/{conversation}/close")
async def close(
    desk: Desk, who: Agent, conversation: uuid.UUID, given: Close | None = None
) -> dict[str, Any]:
    given = given or Close()
    async with transaction(desk.sessions) as session:
        return _told(await moves.close(session, who, conversation, result=given.result, epoch=given.epoch))


class Answer(Body):
    text: Annotated[str, Field(min_length=1)]
    client_id: Annotated[str, Field(min_length=1, max_length=100)]
    epoch: Epoch = None
    seen: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None


@routes.post("/{conversation}/messages", status_code=201)
async def reply(desk: Desk, who: Agent, conversation: uuid.UUID, given: Answer) -> dict[str, Any]:
    """The first answer takes the conversation. `seen`: 409 `outdated` if the shopper has written after it."""
    async with transaction(desk.sessions) as session:
        said = await replies.reply(
            session,
            who,
            conversation,
            words=given.text,
            client_id=given.client_id,
            epoch=given.epoch,
            seen=given.seen,
        )
    return asdict(said)


class NewNote(Body):
    text: Annotated[str, Field(min_length=1)]
    mentions: Annotated[list[int], Field(max_length=20)] = []


@routes.post("/{conversation}/notes", status_code=201)
async def add_note(desk: Desk, who: Agent, conversation: uuid.UUID, given: NewNote) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        note = await replies.add_note(session, who, conversation, words=given.text, mentions=given.mentions)
        return {"id": note.id, "text": note.text, "mentions": note.mentions, "at": note.at.isoformat()}


class Seen(Body):
    seq: Annotated[int, Field(ge=0, le=2**31 - 1)]


@routes.post("/{conversation}/read")
async def mark_read(desk: Desk, who: Reader, conversation: uuid.UUID, given: Seen) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return {"seq": await opened.mark_read(session, who, conversation, given.seq)}


class Looking(Body):
    looking: bool = True
    typing: bool = False


@routes.post("/{conversation}/presence")
async def look(desk: Desk, who: Reader, conversation: uuid.UUID, given: Looking) -> dict[str, Any]:
    """That the asker looks at it and types; say it again within fifteen seconds. Who else does is told."""
    async with desk.single() as session:
        await moves.moment(session, who, conversation)
    await desk.presence.tell(who, conversation, looking=given.looking, typing=given.typing)
    return {"here": [asdict(sign) for sign in desk.presence.at(conversation)]}


@routes.get("/{conversation}/images/{picture}", response_class=Response)
async def show_picture(desk: Desk, who: Reader, conversation: uuid.UUID, picture: uuid.UUID) -> Response:
    async with desk.single() as session:
        content, kind = await opened.picture_of(session, who, conversation, picture)
    return Response(content, media_type=kind, headers={"Cache-Control": "private, max-age=86400"})


Unmasker = Annotated[Who, Depends(may(Right.unmask))]


@routes.post("/{conversation}/unmask")
async def unmask(desk: Desk, who: Unmasker, conversation: uuid.UUID) -> dict[str, Any]:
    """The conversation with personal data whole. That the asker saw it is logged."""
    async with transaction(desk.sessions) as session:
        return await opened.unmask(session, who, conversation)
