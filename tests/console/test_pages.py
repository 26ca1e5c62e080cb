"""The other pages, and what holds for all of them: three languages, keyboard, policy, accessibility."""

import ast
import asyncio
import re
import time
from datetime import datetime, timedelta

import httpx
import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from bot.console.log import ACTS
from bot.settings import ROOT
from shop.moments import CHINA
from tests.console.people import NAMES, PASSWORD, Crew, Person
from tests.instance import Karwan
from tests.shopper import Shopper
from tests.widget.peer import AXE

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=60_000)

PAGES = ("/inbox", "/inbox?view=all", "/ready", "/team", "/log", "/profile")


async def set_language(page: Page, language: str) -> None:
    await page.goto("/profile")
    await page.click(f"button[name=language][value={language}]")
    await expect(page.locator("html")).to_have_attribute("lang", language)


async def violations(page: Page) -> list[str]:
    """What axe finds that is serious or worse."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {node['target']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


async def sideways(page: Page) -> bool:
    """Whether the page is wider than the screen."""
    root = page.locator("html")
    return bool(await root.evaluate("(html) => html.scrollWidth > html.clientWidth"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "ug", "en"])
async def test_every_page_is_accessible_and_fits(
    karwan: Karwan, browser: Browser, crew: Crew, language: str, theme: str
) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        await owner.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        await set_language(owner.page, language)
        with Shopper.of(karwan, crew.shop) as shopper:
            await asyncio.to_thread(shopper.say, "我的订单 20261101001044 到哪了")
            await asyncio.to_thread(shopper.say, "8253")
            await asyncio.to_thread(shopper.say, "/talk_to_human")
            for path in (*PAGES, f"/inbox/{shopper.conversation}"):
                for width in (390, 1440):
                    await owner.page.set_viewport_size({"width": width, "height": 844})
                    await owner.page.goto(path)
                    assert not await sideways(owner.page), (path, width)
                    assert await violations(owner.page) == [], (path, width)


@pytest.mark.parametrize("language", ["zh", "ug", "en"])
async def test_the_door_is_accessible(browser: Browser, karwan: Karwan, language: str) -> None:
    context = await browser.new_context(base_url=karwan.base, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto("/login")
    await page.click(f"button[name=language][value={language}]")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    assert await violations(page) == []
    assert not await sideways(page)
    await context.close()


async def test_the_whole_page_runs_right_to_left_in_uyghur(
    browser: Browser, crew: Crew, karwan: Karwan
) -> None:
    async with Person.at_work(browser, crew, "first") as first:
        await set_language(first.page, "ug")
        with Shopper.of(karwan, crew.shop) as shopper:
            await asyncio.to_thread(shopper.say, "我的订单 20261101001014 到哪了？")
            await first.open(shopper.conversation)
            await expect(first.page.locator("html")).to_have_attribute("dir", "rtl")
            rail = await first.page.locator(".rail").bounding_box()
            card = await first.page.locator(".pane-card").bounding_box()
            assert rail is not None
            assert card is not None
            assert rail["x"] > card["x"]
            bubble = first.bubbles().filter(has_text="20261101001014").first
            assert await bubble.evaluate("(node) => getComputedStyle(node).direction") == "ltr"
            number = bubble.locator("bdi").first
            await expect(number).to_have_attribute("dir", "ltr")


async def test_a_wrong_password_keeps_the_address(browser: Browser, crew: Crew, karwan: Karwan) -> None:
    context = await browser.new_context(base_url=karwan.base, locale="zh-CN")
    page = await context.new_page()
    await page.goto("/inbox")
    await expect(page).to_have_url(re.compile("/login"))
    await page.fill("#f-email", crew.email("first"))
    await page.fill("#f-password", "not-the-password")
    await page.keyboard.press("Enter")
    await expect(page.locator("#problem")).to_have_text("邮箱或密码不对。")
    await expect(page.locator("#f-email")).to_have_value(crew.email("first"))
    await context.close()


async def test_the_second_step(browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "first") as first:
        page = first.page
        await page.goto("/profile")
        await page.get_by_role("button", name="开始设置").click()
        await expect(page.locator(".code svg")).to_be_visible()
        secret = await page.locator(".secret").inner_text()
        await page.fill("#f-code", "000000")
        await page.get_by_role("button", name="开启", exact=True).click()
        await expect(page.locator("#e-code")).to_have_text("验证码不对。")
        assert await page.locator(".secret").inner_text() == secret
        await page.fill("#f-code", pyotp.TOTP(secret).now())
        await page.get_by_role("button", name="开启", exact=True).click()
        await expect(page.locator(".said")).to_have_text("两步验证已开启。")
        await page.get_by_role("button", name="退出登录").click()
        await page.fill("#f-email", crew.email("first"))
        await page.fill("#f-password", PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.locator("#f-code")).to_be_focused()  # what was typed is still there
        await page.fill("#f-code", pyotp.TOTP(secret).at(int(time.time()) + 30))
        await page.keyboard.press("Enter")
        await expect(page.locator("#rows")).to_be_attached()


async def test_a_password_that_was_reset_must_be_changed(browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        await owner.page.goto("/team")
        await owner.page.locator("tr", has_text=NAMES["second"]).get_by_role("link").click()
        await owner.page.get_by_role("button", name="生成新密码").click()
        given = await owner.page.locator(".secret").inner_text()
        context = await browser.new_context(base_url=crew.karwan.base, locale="zh-CN")
        page = await context.new_page()
        await page.goto("/login")
        await page.fill("#f-email", crew.email("second"))
        await page.fill("#f-password", given)
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/password$"))
        await page.goto("/inbox")
        await expect(page).to_have_url(re.compile("/password$"))
        await page.fill("#f-old", given)
        await page.fill("#f-new", "short")
        await page.fill("#f-again", "shorter")
        await page.locator("form").first.evaluate("(form) => { form.noValidate = true; }")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#e-again")).to_have_text("两次输入不一致。")
        for field, value in (("old", given), ("new", PASSWORD + "!"), ("again", PASSWORD + "!")):
            await page.fill(f"#f-{field}", value)
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("#rows")).to_be_attached()
        await context.close()


async def test_an_owner_adds_changes_and_removes_a_colleague(browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        await page.goto("/team")
        await page.fill("#f-name", "阿不都热合曼·买买提吐尔逊江·阿卜杜克热木")
        await page.fill("#f-email", f"new@{crew.shop}.example")
        await page.get_by_role("button", name="添加").click()
        await expect(page.locator(".secret")).to_be_visible()
        await page.locator("tr", has_text="阿不都热合曼").get_by_role("link").click()
        await page.fill("#f-capacity", "3")
        await page.get_by_label("中文").uncheck()
        await page.get_by_role("button", name="保存").click()
        row = page.locator("tr", has_text="阿不都热合曼")
        await expect(row).to_contain_text("3")
        await expect(row).not_to_contain_text("中文")
        await row.get_by_role("link").click()
        await page.fill("#f-confirm", "someone else")
        await page.get_by_role("button", name="移除").click()
        await expect(page.locator("#e-confirm")).to_have_text("姓名不一致。")
        await page.fill("#f-confirm", "阿不都热合曼·买买提吐尔逊江·阿卜杜克热木")
        await page.get_by_role("button", name="移除").click()
        await expect(page.locator("tr", has_text="阿不都热合曼")).to_have_count(0)


async def test_the_log_is_sifted_and_paged(karwan: Karwan, browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "owner") as owner:
        page, rows = owner.page, owner.page.locator("tbody tr")
        with Shopper.of(karwan, crew.shop) as shopper, Shopper.of(karwan, crew.shop) as other:
            await asyncio.to_thread(shopper.say, "我的订单 20261101001044 到哪了")
            await asyncio.to_thread(shopper.say, "8253")
            await asyncio.to_thread(crew.act, "first", f"/conversations/{shopper.conversation}/claim")
            await asyncio.to_thread(crew.act, "second", f"/conversations/{other.conversation}/claim")
            await owner.open(shopper.conversation)
            await page.get_by_role("button", name="显示个人信息").click()
            await expect(page.locator("#card")).to_contain_text("13800008253")
            await page.get_by_role("link", name="谁看过、做过什么").click()
            await expect(rows).to_have_count(3)
            await expect(rows.nth(0)).to_contain_text("查看了个人信息")
            await expect(rows.nth(2)).to_contain_text(NAMES["first"])
            await page.select_option("#f-act", "claim")
            await page.get_by_role("button", name="搜索").click()
            await expect(rows).to_have_count(1)
            await page.get_by_role("link", name="显示全部").click()
            await page.select_option("#f-staff", label=NAMES["second"])
            await page.fill("#f-conversation", f"顾客 {other.conversation[:4].upper()}")
            today = datetime.now(CHINA).date()
            await page.fill("#f-since", str(today - timedelta(days=1)))
            await page.fill("#f-until", str(today + timedelta(days=1)))
            await page.get_by_role("button", name="搜索").click()
            await expect(rows).to_have_count(1)
            await page.fill("#f-since", str(today + timedelta(days=1)))
            await page.get_by_role("button", name="搜索").click()
            await expect(rows).to_have_text(["没有符合条件的记录。"])
            karwan.sql(
                "INSERT INTO audit_entry (shop_id, action, subject, details) "
                "SELECT id, 'assigned', %s, '{}' FROM shop, generate_series(1, 60) WHERE slug = %s",
                f"conversation {other.conversation}",
                crew.shop,
            )
            await page.goto(f"/log?act=assigned&conversation={other.conversation}")
            await expect(rows).to_have_count(50)
            await page.get_by_role("link", name="更早").click()
            await expect(rows).to_have_count(10)
            await expect(page.locator("#f-act")).to_have_value("assigned")


async def test_every_act_of_the_log_has_words() -> None:
    written = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "note_act":
                written |= {one.value for one in ast.walk(node.args[2]) if isinstance(one, ast.Constant)}
    assert written - set(ACTS) == set()


async def test_an_agent_has_no_team_page(browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "first") as first:
        await expect(first.page.locator('.rail a[href="/team"]')).to_have_count(0)
        response = await first.page.goto("/team")
        assert response is not None
        assert response.status == 403


async def test_nothing_may_be_loaded_from_elsewhere_or_framed(karwan: Karwan) -> None:
    async with httpx.AsyncClient(base_url=karwan.base, trust_env=False) as http:
        page = await http.get("/login")
        policy = page.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r'(src|href)="https?:|<style|style="|<script>|onclick', page.text)
        for name in re.findall(r"/assets/\w+/[\w.-]+", page.text):
            asset = await http.get(name)
            assert (asset.status_code, "immutable" in asset.headers["cache-control"]) == (200, True)
        assert (await http.get("/assets/x/../../settings.py")).status_code == 404


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
async def test_another_site_cannot_sign_one_in(karwan: Karwan, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=karwan.base, trust_env=False) as http:
        answer = await http.post("/login", data={"email": "a@b.example", "password": "x"}, headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "wished", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"]
)
async def test_signing_in_leads_nowhere_else(karwan: Karwan, crew: Crew, wished: str) -> None:
    async with httpx.AsyncClient(base_url=karwan.base, trust_env=False, timeout=30) as http:
        form = {"email": crew.email("first"), "password": PASSWORD, "next": wished}
        answer = await http.post("/login", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")


async def test_without_the_csrf_word_nothing_is_changed(karwan: Karwan, crew: Crew) -> None:
    async with httpx.AsyncClient(base_url=karwan.base, trust_env=False, timeout=30) as http:
        await http.post("/login", data={"email": crew.email("owner"), "password": PASSWORD})
        assert (await http.get("/team")).status_code == 200
        answer = await http.post("/team", data={"email": f"x@{crew.shop}.example", "name": "X"})
        assert answer.status_code == 403
        assert "X" not in [row[0] for row in karwan.sql("SELECT name FROM staff")]


async def test_whoever_is_signed_out_elsewhere_is_shown_the_door(browser: Browser, crew: Crew) -> None:
    async with Person.at_work(browser, crew, "first") as first:
        other = await first.context.new_page()
        await other.goto("/profile")
        await other.get_by_role("button", name="退出登录").click()
        await expect(other).to_have_url(re.compile("/login"))
        await expect(first.page).to_have_url(re.compile("/login"), timeout=60_000)
