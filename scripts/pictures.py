"""The pictures of the sellers' guides, made anew from the running product: `make pictures`.

It starts a product of its own, whose platforms are the peers of the tests, and walks the console in every
language. What is typed into its forms is made up, and secrets are never shown as they are.
"""

import asyncio
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

from tests.console.people import Crew, Person
from tests.instance import Karwan, running
from tests.peers.base import in_thread
from tests.peers.telegram import TelegramPeer
from tests.peers.wechat import STABLE_TOKEN, WeChatPeer

FOLDER = Path(__file__).parent.parent / "docs" / "images"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]
LANGUAGES = ("zh", "ug", "en")
WIDTH, MARGIN = 880, 12
FORMS = {
    "telegram": {"account": "main", "bot_token": "0:made-up"},
    "wechat": {
        "account": "main",
        "app_id": "wx0123456789abcdef",
        "app_secret": "",
        "token": "",
        "aes_key": "",
    },
    "wecom": {
        "account": "main",
        "corp_id": "ww0123456789abcdef",
        "secret": "",
        "token": "",
        "aes_key": "",
        "open_kfid": "wk0123456789",
    },
}  # an empty one is a secret: dots


def main() -> None:
    with running(PUBLIC_URL="https://shop.example") as karwan:
        crew = Crew.of(karwan, karwan.new_shop())
        with in_thread(TelegramPeer()) as telegram, WeChatPeer() as wechat:
            asyncio.run(_pictures(karwan, crew, telegram, wechat))


async def _pictures(karwan: Karwan, crew: Crew, telegram: TelegramPeer, wechat: WeChatPeer) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for language in LANGUAGES:
            await _before(browser, crew, language)
        await _add_accounts(karwan, crew, telegram, wechat)
        for language in LANGUAGES:
            await _after(browser, crew, language)
        await browser.close()


async def _before(browser: Browser, crew: Crew, language: str) -> None:
    """Where to begin, and the forms as a seller has filled them in."""
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        await _speak(page, language)
        await page.goto("/shop/channels")
        cards = page.locator("section.card")
        await _take(page, f"channels-connect-{language}", page.locator("nav.places"), cards.last)
        for channel, values in FORMS.items():
            await page.goto(f"/shop/channels/new/{channel}")
            for name, value in values.items():
                await page.fill(f"#f-{name}", value or "x" * 16)
            await page.locator("h1").first.click()  # no field is in focus
            form = page.locator("form.stack")
            await _take(page, f"channels-{channel}-form-{language}", form)


async def _after(browser: Browser, crew: Crew, language: str) -> None:
    """What stands there once they are saved, and what the check says."""
    async with Person.at_work(browser, crew, "owner") as owner:
        page = owner.page
        await _speak(page, language)
        await page.goto("/shop/channels")
        for channel in ("wechat", "wecom"):
            await _take(page, f"channels-{channel}-saved-{language}", _card(page, f"/{channel}/main"))
        for name, picture in (("main", "telegram-saved"), ("typo", "telegram-check")):
            await _check(page, _card(page, name).filter(has_text="Telegram"))
            await _take(page, f"channels-{picture}-{language}", _said(page))
        await _check(page, _card(page, "/wechat/main"))
        await _take(page, f"channels-wechat-check-{language}", _said(page))


async def _add_accounts(karwan: Karwan, crew: Crew, telegram: TelegramPeer, wechat: WeChatPeer) -> None:
    """Accounts that lead to the peers; one has a token that Telegram does not know, the official account's
    platform does not know our server."""
    wechat.fail(STABLE_TOKEN, *[40164] * 50)  # the product asks now and then by itself
    token, there = telegram.add_bot().token, {"api_base": telegram.base}
    seal = {"token": "x", "aes_key": "A" * 43}
    accounts = (
        ("telegram", "main", there, {"bot_token": token, "secret_token": "x"}),
        ("telegram", "typo", there, {"bot_token": "0:another", "secret_token": "x"}),
        ("wechat", "main", {"app_id": "wx0", "api_base": wechat.base}, {"app_secret": "x", **seal}),
        ("wecom", "main", {"corp_id": "ww0", "open_kfid": "wk0"}, {"secret": "x", **seal}),
    )
    for channel, name, config, secrets in accounts:
        await karwan.add_account(channel, crew.shop, name, config, secrets)


async def _speak(page: Page, language: str) -> None:
    await page.set_viewport_size({"width": WIDTH, "height": 900})
    await page.goto("/profile")
    await page.click(f"button[name=language][value={language}]")
    await page.locator(f"html[lang={language}]").wait_for()


def _card(page: Page, words: str) -> Locator:
    return page.locator("section.card", has_text=words)


def _said(page: Page) -> Locator:
    return page.locator("section.card[role=alert], p.said[role=status]")


async def _check(page: Page, card: Locator) -> None:
    await card.get_by_role("button").first.click()
    await _said(page).wait_for()


async def _take(page: Page, name: str, first: Locator, last: Locator | None = None) -> None:
    """A picture from the one to the other, with a little around them."""
    await page.evaluate("document.fonts.ready.then(() => true)")
    boxes = [await one.bounding_box() for one in (first, last or first)]
    top, bottom = boxes[0], boxes[1]
    assert top, name
    assert bottom, name
    left = min(top["x"], bottom["x"]) - MARGIN
    right = max(top["x"] + top["width"], bottom["x"] + bottom["width"]) + MARGIN
    upper, lower = top["y"] - MARGIN, bottom["y"] + bottom["height"] + MARGIN
    clip = {
        "x": max(left, 0),
        "y": max(upper, 0),
        "width": right - max(left, 0),
        "height": lower - max(upper, 0),
    }
    content = await page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]
    (FOLDER / f"{name}.png").write_bytes(content)
    print(f"{name}.png", len(content) // 1024, "KB", flush=True)


if __name__ == "__main__":
    main()
