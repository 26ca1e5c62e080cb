"""What the command line does with staff: whoever can run it may do anything, so no rights are asked."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.settings import Failed
from bot.staff import passwords
from bot.staff.accounts import create_staff
from bot.staff.errors import StaffError
from bot.staff.models import LoginFailure, Role, Staff
from bot.staff.sessions import end_sessions
from bot.vault import hash_of
from shop.database import connect, transaction
from shop.shops import shop_by_slug


def create(url: str, slug: str, email: str, name: str, role: str, password: str) -> str:
    """A line to print. Raises Failed."""
    if password == "-":  # noqa: S105 - none: it comes on standard input
        password = sys.stdin.readline().rstrip("\n")
    chosen = password or passwords.generate()

    async def act(session: AsyncSession) -> str:
        shop = await shop_by_slug(session, slug)
        if shop is None:
            raise Failed(f"there is no shop {slug!r}")
        known = await session.scalar(select(Staff.id).where(Staff.email == email.strip().lower()))
        staff = await create_staff(
            session, shop=shop, email=email, name=name, password=chosen, role=Role(role)
        )
        if known:
            return f"{staff.email} now works for {slug} too, with the password they have"
        return f"{staff.email}  {chosen}" if not password else f"{staff.email} can log in"

    return _run(url, act)


def new_password(url: str, email: str) -> str:
    """A line to print. Raises Failed."""

    async def act(session: AsyncSession) -> str:
        staff = await session.scalar(select(Staff).where(Staff.email == email.strip().lower()))
        if staff is None:
            raise Failed("nobody logs in with that address")
        password = passwords.generate()
        staff.password_hash, staff.must_change_password = await passwords.hash_of(password), True
        staff.totp_secret = staff.totp_since = None
        await end_sessions(session, staff.id)
        await session.execute(delete(LoginFailure).where(LoginFailure.email_hash == hash_of(staff.email)))
        return f"{staff.email}  {password}"

    return _run(url, act)


def _run(url: str, act: Callable[[AsyncSession], Awaitable[str]]) -> str:
    async def run() -> str:
        engine, sessions = connect(url, pool_size=1)
        try:
            async with transaction(sessions) as session:
                return await act(session)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except (StaffError, passwords.WeakPassword) as error:
        raise Failed(str(error)) from None
