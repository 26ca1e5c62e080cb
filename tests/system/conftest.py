from collections.abc import Iterator

import pytest

from tests.instance import Karwan, running


@pytest.fixture(scope="module")
def own() -> Iterator[Karwan]:
    """An instance that may be hurt."""
    with running(WEB_MESSAGES_PER_SECOND="50") as karwan:
        yield karwan


@pytest.fixture
def shop_slug(own: Karwan) -> str:
    return own.new_shop()
