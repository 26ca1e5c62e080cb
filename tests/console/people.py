"""Staff of a test's shop, and what they do at their screens."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from bot.staff.accounts import create_staff
from bot.staff.models import Role
from shop.database import connect, transaction
from shop.shops import shop_by_slug
from tests.instance import Karwan

PASSWORD = "seven-lamps-over-the-bazaar"
ROLES = {"owner": Role.owner, "first": Role.agent, "second": Role.agent}
NAMES = {"owner": "店主老王", "first": "小李", "second": "ئايگۈل"}


@dataclass(frozen=True)
class Crew:
    """The accounts of one shop."""

    karwan: Karwan
    shop: str

    @classmethod
    def of(cls, karwan: Karwan, shop: str) -> "Crew":
        crew = cls(karwan, shop)
        asyncio.run(crew._make())
        return crew

    def email(self, name: str) -> str:
        return f"{name}@{self.shop}.example"

    def act(self, name: str, path: str, body: dict[str, str] | None = None) -> None:
        """What that one does by the API, away from their screen."""
        with httpx.Client(base_url=f"{self.karwan.base}/api/v1", trust_env=False, timeout=30) as http:
            login = http.post("/login", json={"email": self.email(name), "password": PASSWORD})
            headers = {"Authorization": f"Bearer {login.json()['token']}"}
            assert http.post(path, json=body, headers=headers).is_success

    async def _make(self) -> None:
        engine, sessions = connect(self.karwan.database_url, pool_size=1)
        async with transaction(sessions) as session:
            shop = await shop_by_slug(session, self.shop)
            assert shop is not None
            for name, role in ROLES.items():
                await create_staff(
                    session,
                    shop=shop,
                    email=self.email(name),
                    name=NAMES[name],
                    password=PASSWORD,
                    role=role,
                )
        await engine.dispose()


class Person:
    """Someone at their inbox."""

    def __init__(self, page: Page, context: BrowserContext, crew: Crew, name: str) -> None:
        self.page, self.context, self.crew, self.name = page, context, crew, name

    @classmethod
    @contextlib.asynccontextmanager
    async def at_work(
        cls, browser: Browser, crew: Crew, name: str, base: str = ""
    ) -> AsyncIterator["Person"]:
        """Signed in, the inbox open. At the end: no script has thrown, nothing was against the policy."""
        context = await browser.new_context(
            base_url=base or crew.karwan.base, viewport={"width": 1440, "height": 900}, locale="zh-CN"
        )
        context.set_default_timeout(60_000)
        page = await context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text))
        person = cls(page, context, crew, name)
        await person.sign_in()
        yield person
        await context.close()
        assert [line for line in wrong if "Content Security Policy" in line or "Error:" in line] == []

    async def sign_in(self, password: str = PASSWORD) -> None:
        await self.page.goto("/login")
        await self.page.fill("#f-email", self.crew.email(self.name))
        await self.page.fill("#f-password", password)
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator("#rows")).to_be_attached()

    def row(self, conversation: str) -> Locator:
        return self.page.locator(f"#c-{conversation}")

    async def open(self, conversation: str) -> None:
        """By a click in the list of all."""
        await self.page.goto("/inbox?view=all")
        await self.row(conversation).locator("a").click()
        await expect(self.page.locator(f'#thread[data-conversation="{conversation}"]')).to_be_attached()

    async def write(self, text: str) -> None:
        await self.page.fill("#words", text)
        await self.page.keyboard.press("Enter")

    def bubbles(self) -> Locator:
        return self.page.locator("#lines .line:not(.note) .bubble")

    @property
    def seat(self) -> Locator:
        return self.page.locator("#seat")
