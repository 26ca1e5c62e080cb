"""What the account pages share: form fields, and changes of one's own account."""

from typing import Annotated

from fastapi import Form

from bot.console.told import told
from bot.console.words import words
from bot.staff.access import Who
from bot.staff.accounts import change_password
from bot.staff.errors import StaffError
from bot.staff.models import Staff
from bot.staff.passwords import WeakPassword
from bot.support.desk import Support
from shop.database import transaction

Field = Annotated[str, Form(max_length=4_000)]


async def change_own_password(desk: Support, who: Who, old: str, new: str, again: str) -> dict[str, str]:
    """What is wrong, by field; nothing: it is done."""
    ours = words(who.language)
    if new != again:
        return {"again": ours.gettext("The two are not the same.")}
    try:
        async with transaction(desk.sessions) as session:
            await change_password(session, who, old, new)
    except WeakPassword as error:
        return {"new": told(error, ours)}
    except StaffError as error:
        return {"old": told(error, ours)}
    return {}


async def set_language(desk: Support, who: Who, language: str) -> None:
    async with transaction(desk.sessions) as session:
        (await session.get_one(Staff, who.staff_id)).language = language
