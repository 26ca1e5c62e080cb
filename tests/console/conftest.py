"""A shop with staff in the running product, and a browser for each of them."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.console.people import Crew, Person
from tests.console.proxy import Proxy
from tests.instance import Karwan
from tests.widget.conftest import FLAGS


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
def crew(karwan: Karwan, shop_slug: str) -> Crew:
    """A demo shop with an owner and two agents."""
    return Crew.of(karwan, shop_slug)


@pytest_asyncio.fixture(loop_scope="session")
async def first(browser: Browser, crew: Crew) -> AsyncIterator[Person]:
    """An agent at the inbox, signed in."""
    async with Person.at_work(browser, crew, "first") as person:
        yield person


@pytest_asyncio.fixture(loop_scope="session")
async def second(browser: Browser, crew: Crew) -> AsyncIterator[Person]:
    """Another one, in a browser of their own."""
    async with Person.at_work(browser, crew, "second") as person:
        yield person


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(karwan: Karwan) -> AsyncIterator[Proxy]:
    """A line to the product that can be cut."""
    proxy = Proxy(karwan.base)
    await proxy.start()
    yield proxy
    await proxy.stop()
