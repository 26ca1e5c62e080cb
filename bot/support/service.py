"""The shop's hours, targets and queue rules: read and changed by its owner."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible
from shop.service import Service
from shop.shops import rules_for

_SET = text(
    "UPDATE shop SET settings = jsonb_set(settings, '{service}', CAST(:service AS jsonb)) WHERE id = :id"
)


async def service_of(session: AsyncSession, who: Who) -> Service:
    who.must(Right.read)
    return (await rules_for(session, who.shop_id)).service


async def set_service(session: AsyncSession, who: Who, wanted: dict[str, Any]) -> Service:
    """All of it anew. Raises Impossible with the field that is wrong."""
    who.must(Right.manage)
    try:
        service = Service.model_validate(wanted)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Impossible("unreadable", first["msg"].removeprefix("Value error, "), field, 422) from None
    await session.execute(_SET, {"id": who.shop_id, "service": service.model_dump_json()})
    await note_act(session, who, "set_service")
    return service
