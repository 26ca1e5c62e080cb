"""`karwan orders import` and `karwan shop create`: whoever can run them may do anything."""

import asyncio
import re
import sys
from pathlib import Path

from bot.console.file_words import fault_told, line_told
from bot.console.words import words
from bot.orders.files import begin_import, problems
from bot.orders.models import ImportState, OrderImport
from bot.orders.taking import run_import
from bot.settings import Failed
from bot.staff.errors import Impossible
from shop.database import Sessions, connect, transaction
from shop.models import Shop
from shop.shops import shop_by_slug

SHOWN = 50  # bad lines
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_English = words("en")


def import_file(url: str, path: Path, slug: str) -> str:
    """The lines to print at its end. Raises Failed."""
    if not path.is_file():
        raise Failed(f"there is no file {path}")

    async def run() -> str:
        engine, sessions = connect(url, pool_size=2)
        try:
            return await _import(sessions, path, slug)
        finally:
            await engine.dispose()

    return asyncio.run(run())


async def _import(sessions: Sessions, path: Path, slug: str) -> str:
    async with transaction(sessions) as session:
        shop = await shop_by_slug(session, slug)
        if shop is None:
            raise Failed(f"there is no shop {slug!r}")
        try:
            number = (await begin_import(session, None, shop.id, path, path.name)).id
        except Impossible as refused:
            raise Failed(str(refused)) from None
    await run_import(sessions, number, _progress)
    print(file=sys.stderr)
    async with transaction(sessions) as session:
        one = await session.get_one(OrderImport, number)
        bad = await problems(session, one, SHOWN)
    if one.state is ImportState.refused:
        fault = one.fault or {}
        raise Failed(f"nothing was taken: {fault_told(fault['code'], fault['facts'], _English)}")
    told = [f"line {line.line}: {line_told(line.code, line.field, line.facts, _English)}" for line in bad]
    if one.bad > len(bad):
        told.append(f"… and {one.bad - len(bad)} more bad lines")
    same = one.taken - one.added - one.changed
    told.append(
        f"{one.lines} lines, {one.bad} bad; {one.taken} orders: {one.added} added, {one.changed} changed,"
        f" {same} as they were"
    )
    return "\n".join(told)


def _progress(one: OrderImport) -> None:
    told = f"{one.taken} of {one.orders} orders" if one.orders else f"{one.lines} lines read"
    print(f"\r{told}   ", end="", file=sys.stderr, flush=True)


def create_shop(url: str, slug: str, names: dict[str, str]) -> str:
    """A line to print. Raises Failed."""
    if not _SLUG.fullmatch(slug):
        raise Failed(
            "the shop's short name has small letters, digits and -, 40 at most: it stands in addresses"
        )
    given = {language: name.strip() for language, name in names.items() if name.strip()}
    if not given:
        raise Failed("a name is needed: --name, in Chinese, or --name-ug, in Uyghur")

    async def run() -> str:
        engine, sessions = connect(url, pool_size=1)
        try:
            async with transaction(sessions) as session:
                if await shop_by_slug(session, slug):
                    raise Failed(f"there is a shop {slug!r} already")
                session.add(Shop(slug=slug, name=given, settings={}))
        finally:
            await engine.dispose()
        return (
            f"the shop {slug} is there. Its owner: "
            f"karwan staff create --shop {slug} --role owner --email … --name …"
        )

    return asyncio.run(run())
