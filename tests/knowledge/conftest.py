"""The demo shop's FAQs and products."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shop.database import Sessions, connect
from tests.demo import demo_database


@pytest.fixture(scope="package")
def demo_url(postgres: str, template: str) -> Iterator[str]:
    with demo_database(postgres, template) as url:
        yield url


@pytest.fixture
async def demo(demo_url: str) -> AsyncIterator[Sessions]:
    """Shared by all tests here: whoever changes anything rolls it back."""
    engine, sessions = connect(demo_url)
    yield sessions
    await engine.dispose()
