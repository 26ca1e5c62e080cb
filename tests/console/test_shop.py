"""The shop's own pages in a browser: a new shop's first steps, its settings, its goods, files of orders."""

import asyncio
import uuid
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.orders.commands import create_shop
from tests.console.people import Crew, Person
from tests.console.test_pages import set_language, sideways, violations
from tests.instance import Karwan
from tests.orders.test_files import CHINESE, a_line, as_csv
from tests.shopper import Shopper

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=60_000)

PAGES = (
    "/shop", "/shop/orders", "/shop/orders/import", "/shop/goods", "/shop/goods/new", "/shop/rules",
    "/shop/hours", "/shop/assistant", "/shop/channels", "/shop/channels/new/wechat", "/shop/programs",
    "/shop/try",
)  # fmt: skip


@pytest.fixture
def new_crew(karwan: Karwan) -> Crew:
    """An empty shop with its people."""
    slug = f"new-{uuid.uuid4().hex[:12]}"
    create_shop(karwan.database_url, slug, {"zh": "新店", "ug": ""})
    return Crew.of(karwan, slug)


async def _saved(page: Page) -> None:
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("status")).to_contain_text("已保存")


@pytest.mark.parametrize("language", ["zh", "ug", "en"])
async def test_the_shops_pages_are_accessible_and_fit(browser: Browser, crew: Crew, language: str) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        await set_language(owner.page, language)
        for path in PAGES:
            for width in (390, 1440):
                await owner.page.set_viewport_size({"width": width, "height": 844})
                await owner.page.goto(path)
                assert not await sideways(owner.page), (path, width)
                assert await violations(owner.page) == [], (path, width)


async def test_from_an_empty_shop_to_a_bot_that_knows_an_order(
    browser: Browser, karwan: Karwan, new_crew: Crew, tmp_path: Path
) -> None:
    async with Person.at_work(browser, new_crew, "owner") as owner:
        page = owner.page
        await page.goto("/shop")
        await expect(page.locator(".step.ready")).to_have_count(0)
        await page.get_by_role("button", name="从行业示例开始").click()
        await expect(page.get_by_role("status")).to_contain_text("已保存")
        rows = karwan.sql(
            "SELECT enabled FROM faq f JOIN shop h ON h.id = f.shop_id WHERE h.slug = %s GROUP BY 1",
            new_crew.shop,
        )
        assert [row[0] for row in rows] == [False]  # nothing is said that nobody has read

        await page.goto("/shop/goods/new")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#e-name_zh")).to_have_text("至少要写一种语言的名称。")
        await expect(page.locator("#e-price")).to_have_text("没有填写。")
        for field, value in (("name_zh", "和田红枣"), ("sku", "DATE-1"), ("price", "abc"), ("stock", "12")):
            await page.fill(f"#f-{field}", value)
        await page.fill("#f-aliases", "大枣\nچىلان")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#e-price")).to_contain_text("29.90")
        await expect(page.locator("#f-name_zh")).to_have_value("和田红枣")  # nothing typed is lost
        await page.fill("#f-price", "39.9")
        await _saved(page)
        await expect(page.locator("tbody")).to_contain_text("DATE-1")

        number = "20261118555501"
        file = tmp_path / "订单.csv"
        good = a_line(order_number=number, status="已发货", tracking_number="YT7770000000001")
        file.write_bytes(as_csv([good, a_line(order_number="x", buyer_phone="12")], "gb18030", CHINESE))
        await page.goto("/shop/orders/import")
        await page.get_by_role("button", name="读取文件").click()
        await expect(page.locator("#e-file")).to_have_text("请先选择文件。")
        await page.set_input_files("#f-file", file)
        await page.get_by_role("button", name="读取文件").click()
        await expect(page.locator("#state")).to_have_attribute("data-state", "checked")
        await expect(page.locator("main")).to_contain_text("收货人")
        await expect(page.locator("main")).to_contain_text("不是")
        await page.get_by_role("button", name="导入正确的行").click()
        await expect(page.locator("#state")).to_have_attribute("data-state", "done")
        await page.goto("/shop/orders?q=1234")
        await expect(page.locator("tbody tr")).to_have_count(1)
        with Shopper.of(karwan, new_crew.shop) as shopper:
            await asyncio.to_thread(shopper.say, f"我的订单{number}到哪了")
            assert "圆通" in str(await asyncio.to_thread(shopper.say, "1234"))
        await page.goto("/shop")
        ready = await page.locator(".step.ready").evaluate_all("all => all.map(one => one.dataset.step)")
        assert ready == ["goods", "orders", "talks"]


async def test_columns_of_an_unknown_platform_are_told_once(
    browser: Browser, crew: Crew, tmp_path: Path
) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(as_csv([a_line(order_number="U1")], titles=CHINESE | {"order_number": "流水"}))
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        for state in ("columns", "checked"):
            await page.goto("/shop/orders/import")
            await page.set_input_files("#f-file", file)
            await page.get_by_role("button", name="读取文件").click()
            await expect(page.locator("#state")).to_have_attribute("data-state", state)
            if state == "columns":
                await page.get_by_role("button", name="按这样读取").click()
                await expect(page.locator("#e-order_number")).to_have_text("请选择对应的列。")
                await page.select_option("#f-order_number", "流水")
                await page.get_by_role("button", name="按这样读取").click()
                await expect(page.locator("#state")).to_have_attribute("data-state", "checked")


async def test_settings_count_at_once_and_lose_nothing_typed(
    browser: Browser, karwan: Karwan, crew: Crew
) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        await page.goto("/shop/rules")
        await page.fill("#f-return_window_days", "3")
        await page.fill("#f-damage_window_hours", "24")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#e-return_window_days")).to_contain_text("7")  # the law's bound
        await expect(page.locator("#f-damage_window_hours")).to_have_value("24")
        await page.fill("#f-return_window_days", "15")
        await _saved(page)
        await page.goto("/shop/hours")
        await page.uncheck("#f-always")
        await page.fill("#f-mon", "9:30-12:00，14:00-25:00")
        await page.fill("#f-holidays", "2026-10-01\nsoon")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#e-mon")).to_contain_text("24:00")
        await expect(page.locator("#e-holidays")).to_contain_text("2")
        await expect(page.locator("#f-mon")).to_have_value("9:30-12:00，14:00-25:00")
        await page.fill("#f-mon", "9:30-12:00，14:00-2:00")
        await page.fill("#f-holidays", "2026-10-01\n2026-10-02 12:00-18:00")
        await _saved(page)
        await expect(page.locator("#f-mon")).to_have_value("09:30-12:00, 14:00-02:00")
        await page.goto("/shop/assistant")
        await page.fill("#f-name_zh", "小果")
        await page.fill("#f-greeting_zh", "亚克西！欢迎光临。")
        await page.select_option("#f-first_language", "ug")
        await _saved(page)
    settings = karwan.sql("SELECT settings FROM shop WHERE slug = %s", crew.shop)[0][0]
    assert (settings["return_window_days"], settings["damage_window_hours"]) == (15, 24)
    assert settings["first_language"] == "ug"
    assert settings["service"]["hours"]["holidays"] == {"2026-10-01": [], "2026-10-02": [["12:00", "18:00"]]}
    with Shopper.of(karwan, crew.shop) as shopper:
        said = str(await asyncio.to_thread(shopper.say, "你好"))
    assert all(part in said for part in ("亚克西！欢迎光临。", "小果", "机器人", "人工"))


async def test_channels_and_keys_are_made_and_taken_away(browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        await page.goto("/shop/channels/new/wechat")
        for field, value in (("account", "mine!"), ("app_id", "wx1"), ("app_secret", "s"), ("token", "t")):
            await page.fill(f"#f-{field}", value)
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#e-account")).to_have_text("写法不对。")
        await expect(page.locator("#f-app_id")).to_have_value("wx1")
        await page.goto("/shop/programs")
        await page.get_by_role("button", name="生成密钥").click()
        await expect(page.locator("#e-name")).to_be_visible()
        await page.fill("#f-name", "ERP")
        await page.get_by_role("button", name="生成密钥").click()
        await expect(page.locator(".secret")).to_contain_text("kw_")
        await page.goto("/shop/programs")
        await expect(page.locator(".secret")).to_have_count(0)
        await page.get_by_role("button", name="作废").click()
        await expect(page.locator("tbody")).to_have_count(0)
        await page.fill("#f-salt", "a word")
        await page.locator("form", has=page.locator("#f-salt")).get_by_role("button").click()
        await expect(page.locator(".pill.good")).to_be_visible()


async def test_the_shops_pages_are_for_owners(browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "first") as first:
        await expect(first.page.locator('.rail a[href="/shop"]')).to_have_count(0)
        for path in PAGES:
            response = await first.page.goto(path)
            assert response is not None
            assert response.status == 403, path
