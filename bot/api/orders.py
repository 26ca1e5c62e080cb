"""What staff do with the orders of a conversation's shopper. Logged, by the shop's rules, once per key."""

import uuid
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from bot.api.asking import Desk, may
from bot.staff.access import Right, Who
from bot.support import shoppers
from shop.database import transaction
from shop.models import ReturnKind

routes = APIRouter(prefix="/conversations/{conversation}/orders/{order_number}", tags=["conversations"])

Agent = Annotated[Who, Depends(may(Right.answer))]


class Act(BaseModel):
    model_config = ConfigDict(extra="ignore")
    key: Annotated[str, Field(min_length=1, max_length=100, description="the same key does it once")]


class Return(Act):
    kind: ReturnKind
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    items: dict[int, Annotated[int, Field(ge=1, le=10_000)]] | None = None  # all of them where it is left out
    for_quality: bool = False
    damaged_share: Annotated[Decimal, Field(gt=0, le=1)] | None = None
    photos: Annotated[list[str], Field(max_length=20)] = []


class Decision(Act):
    approve: bool


@routes.post("/cancel")
async def cancel(
    desk: Desk, who: Agent, conversation: uuid.UUID, order_number: str, given: Act
) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return await shoppers.cancel_order(session, who, conversation, order_number, key=given.key)


@routes.post("/returns", status_code=201)
async def open_return(
    desk: Desk, who: Agent, conversation: uuid.UUID, order_number: str, given: Return
) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return await shoppers.ask_return(session, who, conversation, order_number, **given.model_dump())


@routes.post("/returns/{request}/decision")
async def decide(
    desk: Desk, who: Agent, conversation: uuid.UUID, order_number: str, request: int, given: Decision
) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return await shoppers.decide(
            session, who, conversation, order_number, request, approve=given.approve, key=given.key
        )
