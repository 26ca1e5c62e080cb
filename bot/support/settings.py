"""What an owner sets: the shop's rules, its assistant's voice, its name. It counts from the next message."""

import json
from typing import Any

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible
from shop.models import Shop
from shop.rules import ShopRules

_SET = text("UPDATE shop SET settings = settings || CAST(:patch AS jsonb) WHERE id = :id")


async def shop_of(session: AsyncSession, who: Who) -> Shop:
    who.must(Right.manage)
    return await session.get_one(Shop, who.shop_id, populate_existing=True)


async def change_settings(session: AsyncSession, who: Who, patch: dict[str, Any]) -> None:
    """Set these, leave the others. Raises Impossible with the field that is wrong."""
    shop = await shop_of(session, who)
    try:
        rules = ShopRules.model_validate({**shop.settings, **patch})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Impossible("unreadable", first["msg"].removeprefix("Value error, "), field, 422) from None
    kept = {name: rules.model_dump(mode="json")[name] for name in patch}
    await session.execute(_SET, {"id": who.shop_id, "patch": json.dumps(kept, ensure_ascii=False)})
    await note_act(session, who, "change_settings", " ".join(sorted(kept)))


async def rename_shop(session: AsyncSession, who: Who, names: dict[str, str]) -> None:
    """Raises Impossible where both are empty."""
    shop = await shop_of(session, who)
    given = {language: name for language, name in names.items() if name}
    if not given:
        raise Impossible("bad_name", "a name is needed", "shop_zh", 422)
    if given != shop.name:
        shop.name = given
        await note_act(session, who, "rename_shop")
