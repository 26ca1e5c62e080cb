from collections.abc import Iterator

import pytest

from tests.instance import Karwan
from tests.shopper import Shopper


@pytest.fixture(scope="session")
def shop_slug(karwan: Karwan) -> str:
    """One shop for all: nobody here changes an order."""
    return karwan.new_shop()


@pytest.fixture
def shopper(karwan: Karwan, shop_slug: str) -> Iterator[Shopper]:
    with Shopper.of(karwan, shop_slug) as shopper:
        yield shopper
