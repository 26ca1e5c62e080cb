"""Being at work: available or away, the numbers at the top, ready answers, the shop's hours and targets."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.api.asking import Desk, may
from bot.staff.access import Right, Who
from bot.support import attendance, canned, reading, service
from bot.support.models import CannedReply
from bot.support.queue import assign
from shop.database import transaction

routes = APIRouter(tags=["work"])

Reader = Annotated[Who, Depends(may(Right.read))]
Agent = Annotated[Who, Depends(may(Right.answer))]
Manager = Annotated[Who, Depends(may(Right.manage))]


class Attendance(BaseModel):
    model_config = ConfigDict(extra="ignore")
    available: bool


@routes.put("/me/attendance")
async def attend(desk: Desk, who: Agent, given: Attendance) -> dict[str, Any]:
    """Away: what waits on the asker returns to the queue; `returned` says how many."""
    async with transaction(desk.sessions) as session:
        returned = await attendance.set_available(session, who, given.available)
    await assign(desk.sessions, who.shop_id)
    return {"available": given.available, "returned": returned}


@routes.get("/counts")
async def counts(desk: Desk, who: Reader) -> dict[str, int]:
    async with desk.single() as session:
        return (await reading.count(session, who)).by(who)


class Draft(BaseModel):
    model_config = ConfigDict(extra="ignore")
    shortcut: Annotated[str, Field(max_length=40)]
    text: dict[Literal["zh", "ug"], Annotated[str, Field(max_length=canned.LONGEST)]]

    def draft(self) -> canned.Draft:
        return canned.Draft(self.shortcut, {str(language): words for language, words in self.text.items()})


def _canned(one: CannedReply) -> dict[str, Any]:
    return {"id": one.id, "shortcut": one.shortcut, "text": one.text}


@routes.get("/canned")
async def list_canned(desk: Desk, who: Reader) -> dict[str, Any]:
    async with desk.single() as session:
        items = [_canned(one) for one in await canned.list_canned(session, who)]
    return {"items": items, "placeholders": canned.PLACEHOLDERS}


@routes.post("/canned", status_code=201)
async def add_canned(desk: Desk, who: Agent, given: Draft) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return _canned(await canned.add_canned(session, who, given.draft()))


@routes.put("/canned/{number}")
async def change_canned(desk: Desk, who: Agent, number: int, given: Draft) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return _canned(await canned.change_canned(session, who, number, given.draft()))


@routes.delete("/canned/{number}", status_code=204)
async def remove_canned(desk: Desk, who: Agent, number: int) -> Response:
    async with transaction(desk.sessions) as session:
        await canned.remove_canned(session, who, number)
    return Response(status_code=204)


@routes.get("/service")
async def read_service(desk: Desk, who: Reader) -> dict[str, Any]:
    """Business hours and holidays (China's time), targets in minutes of opening time, the queue's rules."""
    async with desk.single() as session:
        return (await service.service_of(session, who)).model_dump(mode="json")


@routes.put("/service")
async def set_service(desk: Desk, who: Manager, given: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return (await service.set_service(session, who, given)).model_dump(mode="json")
