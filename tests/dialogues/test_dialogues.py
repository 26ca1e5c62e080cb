"""Every written conversation, held with the running product, with what it leaves in the database."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Karwan
from tests.dialogues.play import Shopper, enter, play, read, traces

HERE = Path(__file__).parent
CONVERSATIONS = sorted(HERE.glob("*/*.yml"))


@pytest.mark.parametrize(
    "path", CONVERSATIONS, ids=[f"{path.parent.name}-{path.stem}" for path in CONVERSATIONS]
)
def test_conversation(path: Path, karwan: Karwan, shop_slug: str) -> None:
    conversation = read(path)
    with enter(karwan.base, shop_slug, conversation["language"]) as shopper:
        play(shopper, conversation)
        check_traces(karwan.database_url, shop_slug, conversation.get("database", {}), shopper)


def check_traces(database_url: str, slug: str, expected: dict[str, Any], shopper: Shopper) -> None:
    """Every order that was written to must be named, and of a named one every named fact must hold."""
    orders = [name for name in expected if name != "handovers"]
    left = traces(database_url, slug, orders)
    assert left.pop("handovers") == expected.get("handovers", []), f"handovers\n{shopper}"
    for number, facts in left.items():
        wanted = {"log": [], **expected.get(number, {})}
        for name, value in wanted.items():
            if name == "returns":
                _check_returns(facts[name], value, f"{number}\n{shopper}")
            else:
                assert facts[name] == value, f"{name} of {number}\n{shopper}"


def _check_returns(found: list[dict[str, Any]], wanted: list[dict[str, Any]], context: str) -> None:
    assert len(found) == len(wanted), f"returns of {context}\n{found}"
    for one, other in zip(found, wanted, strict=True):
        assert one | other == one, f"returns of {context}\n{one}"
