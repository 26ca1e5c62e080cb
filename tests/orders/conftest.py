"""One demo shop for all of a module's tests: they tell their orders apart by number."""

from collections.abc import Iterator

import httpx
import pytest

from tests.instance import Karwan
from tests.staff.people import Colleague


@pytest.fixture(scope="module")
def owner(karwan: Karwan) -> Iterator[Colleague]:
    with Colleague.hired(karwan, karwan.new_shop(), "owner") as owner:
        yield owner


@pytest.fixture(scope="module")
def program(karwan: Karwan, owner: Colleague) -> Iterator[httpx.Client]:
    """A program of the seller's, with a key."""
    key = owner.do("/keys", {"name": "ERP"}, status=201)["key"]
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(
        base_url=f"{karwan.base}/api/v1", headers=headers, trust_env=False, timeout=30
    ) as program:
        yield program
