from collections.abc import Iterator

import pytest

from tests.instance import Karwan
from tests.staff.people import Colleague


@pytest.fixture
def other_agent(karwan: Karwan, shop_slug: str) -> Iterator[Colleague]:
    with Colleague.hired(karwan, shop_slug) as agent:
        yield agent
