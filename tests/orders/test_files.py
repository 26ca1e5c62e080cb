"""Files of orders, as sellers have them: our own format, platforms' exports, and what goes wrong."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from bot.orders import files
from bot.orders.files import begin_import, problems
from bot.orders.models import ImportLine, ImportPart, ImportState, OrderImport
from bot.orders.taking import run_import
from shop.database import Sessions, transaction
from shop.models import Order, OrderStatus, Shop
from shop.order_sheet import CONTRACT
from tests.orders.orders import an_order
from tests.shop.factories import store_shop

Lines = list[dict[str, Any]]


class Importer:
    """A shop that gets files."""

    def __init__(self, sessions: Sessions, shop: Shop, folder: Path) -> None:
        self.sessions, self.shop, self.folder = sessions, shop, folder

    async def begin(self, content: bytes, *, ask: bool = False) -> OrderImport:
        path = self.folder / "orders"
        path.write_bytes(content)
        async with transaction(self.sessions) as session:
            return await begin_import(session, None, self.shop.id, path, "orders", ask=ask)

    async def bring(self, content: bytes, *, ask: bool = False) -> OrderImport:
        one = await self.begin(content, ask=ask)
        await run_import(self.sessions, one.id)
        return await self.look(one)

    async def look(self, one: OrderImport) -> OrderImport:
        async with transaction(self.sessions) as session:
            return await session.get_one(OrderImport, one.id, populate_existing=True)

    async def bad(self, one: OrderImport) -> list[tuple[int, str, str | None]]:
        async with transaction(self.sessions) as session:
            return [(line.line, line.code, line.field) for line in await problems(session, one)]

    async def orders(self) -> list[Order]:
        query = select(Order).where(Order.shop_id == self.shop.id).order_by(Order.order_number)
        whole = query.options(
            selectinload(Order.items), selectinload(Order.shipments), selectinload(Order.customer)
        )
        async with transaction(self.sessions) as session:
            return list(await session.scalars(whole))

    async def left(self) -> int:
        """What is still kept of files."""
        async with transaction(self.sessions) as session:
            counts = [
                await session.scalar(select(func.count()).select_from(one))
                for one in (ImportLine, ImportPart)
            ]
            return sum(count or 0 for count in counts)


@pytest.fixture
async def importer(sessions: Sessions, tmp_path: Path) -> Importer:
    async with transaction(sessions) as session:
        shop = await store_shop(session)
    return Importer(sessions, shop, tmp_path)


def a_line(**values: Any) -> dict[str, Any]:
    order = {
        "order_number": "A-1001",
        "tracking_number": "YT1000000000001",
        "shipped_at": "2026-11-19",
        **values,
    }
    return {name: "" if (value := an_order(**order).get(name)) is None else value for name in CONTRACT}


def as_csv(lines: Lines, encoding: str = "utf-8", titles: dict[str, str] | None = None) -> bytes:
    names = list(lines[0])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([(titles or {}).get(name, name) for name in names])
    writer.writerows([line[name] for name in names] for line in lines)
    return text.getvalue().encode(encoding)


def as_xlsx(rows: list[list[Any]], change: Callable[[Any], None] = lambda _: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book.active)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def pairs(told: str) -> dict[str, str]:
    """Of titles and cells, or of fields and titles."""
    return dict(one.strip().split("=", 1) for one in told.split("|"))


CHINESE = pairs(
    """order_number=订单号|ordered_at=下单时间|status=订单状态|buyer_name=收货人|buyer_phone=手机号|
    address=收货地址|sku=商家编码|product=商品名称|quantity=数量|unit_price=单价|carrier=快递公司|
    tracking_number=快递单号|shipped_at=发货时间|delivered_at=签收时间"""
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_our_own_format_with_chinese_titles(importer: Importer, encoding: str) -> None:
    lines = [
        a_line(status="已发货"),
        a_line(status="已发货", sku="FIG", product="无花果", quantity="1", unit_price="￥5"),
    ]
    content = as_csv(lines, encoding, CHINESE)
    one = await importer.bring(content)
    assert (one.state, one.lines, one.bad, one.orders, one.added) == (ImportState.done, 2, 0, 1, 1)
    [order] = await importer.orders()
    assert (order.status, order.total, order.customer.phone) == (
        OrderStatus.shipped,
        Decimal("84.80"),
        "13899991234",
    )
    assert order.ordered_at == datetime(2026, 11, 18, 2, 30, tzinfo=UTC)
    assert [(item.sku, item.quantity) for item in order.items] == [("DATE-1", 2), ("FIG", 1)]
    assert [(box.carrier, box.tracking_number) for box in order.shipments] == [("圆通", "YT1000000000001")]
    again = await importer.bring(content)
    assert (again.state, again.taken, again.added, again.changed) == (ImportState.done, 1, 0, 0)
    assert await importer.left() == 0


async def test_bad_lines_are_told_and_good_ones_taken(importer: Importer) -> None:
    lines = [
        a_line(),
        a_line(order_number="A-1002", buyer_phone="none"),
        a_line(order_number="A-1003", status="lost"),
        a_line(),  # the same goods of the same order
        a_line(sku="FIG", buyer_name="另一个人"),
        a_line(sku="NUT"),
        a_line(order_number="a1004", unit_price=""),
        a_line(order_number="A-1005", shipped_at="2026-11-17"),
        a_line(order_number="A-1006", tracking_number=""),
    ]
    one = await importer.bring(as_csv(lines))
    assert (one.state, one.lines, one.good, one.bad, one.added) == (ImportState.done, 9, 3, 6, 2)
    assert await importer.bad(one) == [
        (3, "bad_phone", "buyer_phone"),
        (4, "bad_status", "status"),
        (5, "duplicate", "product"),
        (6, "contradicts", "buyer_name"),
        (8, "missing", "unit_price"),
        (9, "before_order", "shipped_at"),
    ]
    assert [(order.order_number, len(order.items)) for order in await importer.orders()] == [
        ("A-1001", 2),
        ("A-1006", 1),
    ]


async def test_a_later_file_brings_orders_up_to_date_and_keeps_what_shoppers_changed(
    importer: Importer,
) -> None:
    paid = a_line(status="paid", tracking_number="", shipped_at="")
    await importer.bring(as_csv([paid]))
    async with transaction(importer.sessions) as session:
        order = (await session.scalars(select(Order))).one()
        order.address = "新疆和田市北京西路9号"  # by the shopper, in the conversation
    await importer.bring(as_csv([paid]))
    one = await importer.bring(as_csv([a_line(), a_line(tracking_number="YT2", sku="FIG")]))
    assert (one.added, one.changed) == (0, 1)
    [order] = await importer.orders()
    assert (order.status, order.address, len(order.items)) == (
        OrderStatus.shipped,
        "新疆和田市北京西路9号",
        2,
    )
    assert [box.tracking_number for box in order.shipments] == ["YT1000000000001", "YT2"]
    await importer.bring(as_csv([paid]))  # an old file does not take it back
    [order] = await importer.orders()
    assert (order.status, len(order.shipments)) == (OrderStatus.shipped, 2)
    await importer.bring(
        as_csv([a_line(status="completed", address="乌鲁木齐市1号路", delivered_at="2026-11-21 10:00")])
    )
    [order] = await importer.orders()
    assert (order.status, order.address) == (OrderStatus.completed, "乌鲁木齐市1号路")


PLATFORMS = {
    "Taobao": """订单编号=="3301002003004005006"|买家会员名=t***1|买家应付货款=79.80|买家应付邮费=6.00|
        总金额=85.80|订单状态=卖家已发货，等待买家确认|收货人姓名=阿**|
        收货地址 =新疆 喀什地区 喀什市 ***|联系电话 =|联系手机='138****1234|
        订单创建时间=2026-11-18 10:30:00|订单付款时间 =2026-11-18 10:31:00|宝贝标题 =和田红枣|
        物流单号 =No:YT1000000000009|物流公司=圆通速递|宝贝总数量=2""",
    "Pinduoduo": """商品=和田红枣|订单号=261118-123456789012345|订单状态=已发货，待签收|商品总价(元)=79.80|
        邮费(元)=0|商品数量(件)=2|收货人=阿里木|手机=13899991234-5678|省=新疆维吾尔自治区|市=喀什地区|
        区=喀什市|街道=解放北路1号|支付时间=2026-11-18 10:31:00|订单成交时间=2026-11-18 10:30:00|
        商品规格=500克|商家编码-SKU维度=DATE-1|快递单号=YT1000000000009|快递公司=""",
    "Youzan": """订单号=E20261118103000012345678|订单状态=已发货|订单创建时间=2026-11-18 10:30:00|
        收货人/提货人=阿里木|收货人手机号/提货人手机号=13899991234|
        详细收货地址/提货地址=新疆喀什市解放北路1号|全部商品名称=和田红枣|商品单价=39.90|商品数量=2|
        物流公司=圆通|快递单号=YT1000000000009""",
    "Weidian": """订单编号=812345678901|订单状态=已发货|下单时间=2026/11/18 10:30|收件人姓名=阿里木|
        收件人手机=+86 138 9999 1234|省份=新疆|城市=喀什地区|区县=喀什市|收件人地址=解放北路1号|
        商品名称=和田红枣|型号=500克|商品编码=DATE-1|商品价格=39.9|购买数量=2|快递公司=圆通速递|
        快递单号=YT1000000000009""",
}


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_exports_of_the_large_platforms(importer: Importer, platform: str) -> None:
    one = await importer.bring(as_csv([pairs(PLATFORMS[platform])], "gb18030"))
    assert (one.state, one.bad, one.added) == (ImportState.done, 0, 1), (one.fault, await importer.bad(one))
    [order] = await importer.orders()
    assert (order.status, order.items[0].quantity, order.items[0].unit_price) == (
        OrderStatus.shipped,
        2,
        Decimal("39.90"),
    )
    assert order.buyer_phone.endswith("1234")
    assert (order.shipments[0].carrier, order.shipments[0].tracking_number) == ("圆通", "YT1000000000009")
    assert order.ordered_at == datetime(2026, 11, 18, 2, 30, tzinfo=UTC)
    assert order.address.startswith("新疆")


async def test_buyers_with_one_masked_phone_are_not_one_buyer(importer: Importer) -> None:
    lines = [a_line(order_number=f"M{number}", buyer_phone="138****1234") for number in range(2)]
    await importer.bring(as_csv(lines))
    first, second = await importer.orders()
    assert first.customer_id != second.customer_id


async def test_columns_nobody_knows_are_asked_for_once(importer: Importer) -> None:
    mine = CHINESE | {"order_number": "流水", "unit_price": "每件多少钱"}
    content = as_csv([a_line()], titles=mine)
    one = await importer.bring(content)
    assert (one.state, one.fault) == (
        ImportState.refused,
        {"code": "missing_column", "facts": {"column": "order_number"}},
    )
    one = await importer.bring(content, ask=True)
    assert (one.state, one.columns and one.columns.get("order_number")) == (ImportState.columns, None)
    async with transaction(importer.sessions) as session:
        await files.remember_columns(
            session, importer.shop.id, {"order_number": "流水", "unit_price": "每件多少钱"}
        )
    one = await importer.bring(content)
    assert (one.state, one.added) == (ImportState.done, 1)
    other = as_csv([a_line(order_number="B1")], titles=CHINESE)  # another platform's file is still read
    assert (await importer.bring(other)).added == 1


def _bomb() -> bytes:
    book = as_xlsx([list(CONTRACT)])
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part, old.read(part))
        with new.open("xl/worksheets/sheet9.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(b"<c/>" * 262_144)
    return file.getvalue()


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty_file"),
    "no titles": (lambda: b"1,2,3\n4,5,6\n", "no_header"),
    "a column is missing": (lambda: as_csv([a_line()]).replace(b"status", b"note", 1), "missing_column"),
    "a column twice": (lambda: as_csv([a_line()]).replace(b"sku", b"status", 1), "double_column"),
    "neither encoding": (lambda: as_csv([a_line()]) + b"\xff\xfe\xff" * 9, "unknown_encoding"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "unknown_encoding"),
    "old Excel": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 99, "old_excel"),
    "half an Excel file": (lambda: as_xlsx([list(CONTRACT)])[:2000], "broken_excel"),
    "an open quote": (lambda: as_csv([a_line()]) + b'"never closed, x\n' * 9, "open_quote"),
    "a bomb": (_bomb, "unpacks_too_large"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_file_changes_nothing(importer: Importer, kind: str) -> None:
    made, code = BROKEN[kind]
    one = await importer.bring(made())
    assert (one.state, one.fault and one.fault["code"]) == (ImportState.refused, code)
    assert (await importer.orders(), await importer.left()) == ([], 0)


async def test_spreadsheets_with_traps(importer: Importer) -> None:
    def line(**values: Any) -> list[Any]:
        return list(a_line(**values).values())

    def trap(sheet: Any) -> None:
        sheet["I3"] = "=1+1"
        sheet.merge_cells("A4:A5")
        sheet["A6"] = 20261101001031123  # a number that Excel has rounded
        sheet["B7"] = datetime(2026, 11, 18, 10, 30)  # noqa: DTZ001 - as spreadsheets have them
        sheet["J7"] = 39.9

    rows = [list(CONTRACT), *(line(order_number=f"X{number}") for number in range(2, 8))]
    one = await importer.bring(as_xlsx(rows, trap))
    assert await importer.bad(one) == [
        (3, "formula", "quantity"),
        (4, "merged", None),
        (5, "merged", None),
        (6, "digits_lost", "order_number"),
    ]
    assert [order.order_number for order in await importer.orders()] == ["X2", "X7"]


async def test_an_import_that_was_cut_off_is_gone_on_with(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies after any commit: the next one takes the rest, and nothing twice."""
    monkeypatch.setattr("bot.orders.taking.BATCH", 40)
    monkeypatch.setattr("bot.orders.taking.MOST_AT_ONCE", 30)
    lines = [a_line(order_number=f"C{number}", buyer_phone=f"138{number:08}") for number in range(100)]
    one = await importer.begin(as_csv(lines))

    def dies_at(moment: int) -> Callable[[OrderImport], None]:
        seen = 0

        def count(_: OrderImport) -> None:
            nonlocal seen
            seen += 1
            if seen == moment:
                raise SystemExit

        return count

    for moment in (2, 5, 2):  # while it is read; after two batches of orders; after two more
        with pytest.raises(SystemExit):
            await run_import(importer.sessions, one.id, dies_at(moment))
    await run_import(importer.sessions, one.id)
    one = await importer.look(one)
    assert (one.state, one.lines, one.taken, one.added) == (ImportState.done, 100, 100, 100)
    assert len(await importer.orders()) == 100


async def test_a_file_that_asks_waits_for_a_yes(importer: Importer) -> None:
    one = await importer.bring(as_csv([a_line()]), ask=True)
    assert (one.state, one.orders, await importer.orders()) == (ImportState.checked, 1, [])
    await run_import(importer.sessions, one.id)
    assert await importer.orders() == []
