"""How long a file of orders takes, and how much memory: `python -m bench.order_import [LINES]`.

On an embedded PostgreSQL of its own; CSV and XLSX, the same file a second time, and resident memory.
"""

import asyncio
import csv
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from bot.database import migrate, server
from bot.orders.files import begin_import
from bot.orders.models import OrderImport
from bot.orders.taking import run_import
from bot.settings import Settings
from shop.database import Sessions, connect, transaction
from shop.models import Shop
from shop.order_sheet import CONTRACT
from shop.tables import write_xlsx


def rows(lines: int) -> Iterator[dict[str, str]]:
    """Five lines to three orders, of as many buyers."""
    for line in range(lines):
        order = line * 3 // 5
        yield {
            "order_number": f"2026{order:012}",
            "ordered_at": f"2026-10-{order % 28 + 1:02} {order % 24:02}:30:00",
            "status": ("paid", "shipped", "delivered", "completed")[order % 4],
            "buyer_name": f"买家{order}",
            "buyer_phone": f"13{order % 10**9:09}",
            "address": f"新疆喀什地区喀什市解放北路{order % 500}号",
            "sku": f"SKU-{line}",
            "product": f"和田红枣 {line % 7}号 500克",
            "quantity": str(line % 5 + 1),
            "unit_price": f"{line % 90 + 9}.90",
            "carrier": "圆通速递" if order % 4 else "",
            "tracking_number": f"YT{order:013}" if order % 4 else "",
            "shipped_at": f"2026-10-{order % 28 + 1:02} 20:00:00" if order % 4 else "",
            "delivered_at": "2026-11-01 12:00:00" if order % 4 > 1 else "",
        }


def write_files(folder: Path, lines: int) -> tuple[Path, Path]:
    plain, book = folder / "orders.csv", folder / "orders.xlsx"
    with plain.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, CONTRACT)
        writer.writeheader()
        writer.writerows(rows(lines))
    with book.open("wb") as binary:
        write_xlsx(binary, CONTRACT, rows(lines))
    return plain, book


async def bring(sessions: Sessions, shop_id: int, path: Path) -> OrderImport:
    async with transaction(sessions) as session:
        one = await begin_import(session, None, shop_id, path, path.name)
    begun = time.perf_counter()
    await run_import(sessions, one.id)
    taken = time.perf_counter() - begun
    async with transaction(sessions) as session:
        one = await session.get_one(OrderImport, one.id)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{path.name}: {one.lines} lines, {one.orders} orders: {one.added} added, {one.changed} changed, "
        f"{one.bad} bad, {one.state}, {taken:.1f} s; peak {peak} MB",
        flush=True,
    )
    return one


async def measure(url: str, folder: Path, lines: int) -> None:
    engine, sessions = connect(url, pool_size=2)
    plain, book = await asyncio.to_thread(write_files, folder, lines)
    async with transaction(sessions) as session:
        shops = [Shop(slug=f"bench-{kind}", name={"zh": "测试"}, settings={}) for kind in ("csv", "xlsx")]
        session.add_all(shops)
    for path, shop in ((plain, shops[0]), (plain, shops[0]), (book, shops[1]), (book, shops[0])):
        await bring(sessions, shop.id, path)
    await engine.dispose()


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with server(Settings(karwan_data=folder / "data", database_url="")) as database:
            migrate(database.url)
            asyncio.run(measure(database.url, folder, lines))


if __name__ == "__main__":
    main()
