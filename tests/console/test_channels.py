"""A shop's accounts on platforms, as their owner connects and mends them in a browser."""

import json
import uuid

import pytest
from playwright.async_api import Browser, Page, expect

from tests.console.people import Crew, Person
from tests.console.test_pages import set_language
from tests.instance import Karwan
from tests.peers.base import in_thread
from tests.peers.telegram import TelegramPeer

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=60_000)

FETCH = {"zh": "让账号自己去取消息", "ug": "ھېسابات ئۇچۇرنى ئۆزى ئەكەلسۇن"}


async def test_an_owner_connects_telegram_and_reads_what_is_wrong(
    browser: Browser, karwan: Karwan, crew: Crew
) -> None:
    name = f"tg-{uuid.uuid4().hex[:8]}"
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        with in_thread(TelegramPeer()) as peer:
            bot = peer.add_bot()
            await _add(page, name, "1:mistyped")
            await expect(page.get_by_role("alert")).to_contain_text("Telegram 的服务器没有回应")
            _lead_to(karwan, name, peer)
            await _check(page, name, "检查")
            await expect(page.get_by_role("alert")).to_contain_text("Telegram 不认这个 token")
            await _add(page, name, bot.token)
            await expect(page.locator("#e-account")).to_have_text(
                "您已经有一个同名的账号：请在列表里修改它。"
            )

            await set_language(page, "ug")
            await _check(page, name, "تەكشۈرۈش")
            await expect(page.get_by_role("alert")).to_contain_text("Telegram بۇ token نى ئېتىراپ قىلمىدى")
            words = page.get_by_role("alert").locator("li span")  # a Latin name at its head does not turn it
            await expect(words).to_have_css("direction", "rtl")
            await _change(page, name, bot.token)
            await expect(page.get_by_role("alert")).to_contain_text(FETCH["ug"])  # no PUBLIC_URL is set
            await _change(page, name, "", FETCH["ug"])
            await expect(page.get_by_role("status")).to_contain_text("ھەممىسى جايىدا")
            assert set(bot.commands) == {"", "ug"}
            await _remove(page, name)
    assert karwan.sql("SELECT 1 FROM channel_account WHERE name = %s", name) == []


async def _add(page: Page, name: str, token: str) -> None:
    await page.goto("/shop/channels")
    await page.locator('a[href="/shop/channels/new/telegram"]').click()
    await page.fill("#f-account", name)
    await page.fill("#f-bot_token", token)
    await page.get_by_role("button", name="保存").click()


async def _check(page: Page, name: str, word: str) -> None:
    await page.goto("/shop/channels")
    await page.locator("section.card", has_text=name).get_by_role("button", name=word).click()


async def _change(page: Page, name: str, token: str, ticked: str = "") -> None:
    """In Uyghur. A token that is not typed stays."""
    await page.goto("/shop/channels")
    await page.locator("section.card", has_text=name).get_by_role("link", name="ئۆزگەرتىش").click()
    await expect(page.locator("#f-bot_token")).to_have_value("")
    await page.fill("#f-bot_token", token)
    if ticked:
        await page.get_by_label(ticked).check()
    await page.get_by_role("button", name="ساقلاش").click()


async def _remove(page: Page, name: str) -> None:
    card = page.locator("section.card", has_text=name)
    await card.locator("summary").click()
    await card.locator("input[name=confirm]").fill(name)
    await card.locator(".danger").click()
    await expect(card).to_have_count(0)


def _lead_to(karwan: Karwan, name: str, peer: TelegramPeer) -> None:
    """What `--api-base` of the command line does; the page has no such field."""
    base = json.dumps({"api_base": peer.base})
    karwan.sql("UPDATE channel_account SET config = config || %s::jsonb WHERE name = %s", base, name)
