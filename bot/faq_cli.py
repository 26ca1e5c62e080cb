"""`karwan faq …`: FAQs in and out of files."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.database import server
from bot.faqs import import_file
from bot.settings import Failed, settings
from knowledge.entries import Editor, Wanted, list_entries
from knowledge.tables import NAMES, line_of
from shop.database import connect
from shop.shops import shop_by_slug
from shop.tables import TableRefused, csv_lines, write_xlsx

app = typer.Typer(help="FAQs: what the bot answers.", no_args_is_help=True)

Shop = Annotated[str, typer.Option(help="the shop whose FAQs they are")]


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX")],
    shop: Shop,
    dry_run: Annotated[bool, typer.Option(help="only say what it would do")] = False,
    whole: Annotated[bool, typer.Option(help="take nothing where one line is refused")] = False,
) -> None:
    """Add and change entries from a table; bad lines are named, the others taken."""
    if not file.is_file():
        raise Failed(f"there is no file {file}")
    with server(settings()) as database:
        asyncio.run(_import(database.url, shop, file, dry_run, "all" if whole else "lines"))


@app.command("export")
def export_command(file: Annotated[Path, typer.Argument(help="to write: .csv or .xlsx")], shop: Shop) -> None:
    """Write all entries into a table that can be imported again."""
    with server(settings()) as database:
        _write(file, asyncio.run(_export(database.url, shop)))


async def _import(url: str, slug: str, file: Path, dry_run: bool, mode: str) -> None:
    engine, sessions = connect(url, pool_size=1)
    try:
        async with sessions() as session:
            shop = await shop_by_slug(session, slug)
        if shop is None:
            raise Failed(f"there is no shop {slug!r}")
        editor = Editor(shop.id, None, "karwan faq import")
        report = await import_file(
            sessions,
            editor,
            file,
            dry_run=dry_run,
            mode=mode,
            progress=_bar if sys.stderr.isatty() else _quiet,
        )
    except TableRefused as refused:
        raise Failed(f"{file.name}: {refused}") from None
    finally:
        await engine.dispose()
    for line in report["lines"]:
        if line["outcome"] == "refused":
            print(f"line {line['line']}: {line['error']['message']}")
    counts = ", ".join(f"{report[name]} {name}" for name in ("added", "changed", "unchanged", "refused"))
    print(counts if report["applied"] or not report["refused"] or dry_run else f"nothing was taken: {counts}")


def _bar(_: str, done: int, total: int) -> None:
    filled = 30 * done // max(total, 1)
    print(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{total}", end="", file=sys.stderr, flush=True)
    if done == total:
        print(file=sys.stderr)


def _quiet(*_: object) -> None:
    pass


async def _export(url: str, slug: str) -> list[dict[str, str]]:
    engine, sessions = connect(url, pool_size=1)
    try:
        async with sessions() as session:
            shop = await shop_by_slug(session, slug)
            if shop is None:
                raise Failed(f"there is no shop {slug!r}")
            found, _ = await list_entries(session, shop.id, Wanted(limit=1_000_000))
            lines = [line_of(entry) for entry in found]
    finally:
        await engine.dispose()
    return lines


def _write(file: Path, lines: list[dict[str, str]]) -> None:
    try:
        if file.suffix.lower() == ".xlsx":
            with file.open("wb") as book:
                write_xlsx(book, NAMES, lines)
        else:
            file.write_text("".join(csv_lines(NAMES, lines)), encoding="utf-8", newline="")
    except OSError as error:
        raise Failed(f"cannot write {file} ({error.strerror})") from None
    print(f"{len(lines)} entries")
