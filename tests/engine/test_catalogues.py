"""The shop's own goods are recognised as soon as they are in its catalogue, without training."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from nlu.engine.runtime import Engine
from tests.engine.action_server import ActionServer
from tests.engine.conftest import METADATA, SECRET, Running

MELON = {"name": {"zh": "哈密瓜", "ug": "قوغۇن"}, "aliases": ["西州蜜"]}
BEANS = {"name": {"zh": "鹰嘴豆", "ug": "نوقۇت"}, "aliases": []}
UYGHUR_ONLY = {"name": {"ug": "قۇرۇت"}, "aliases": []}


@pytest.fixture
def shop(actions: ActionServer) -> int:
    """A shop of the test's own, that sells melons."""
    number = max(actions.products, default=100) + 1
    actions.products[number] = [MELON]
    return number


def named(running: Running, text: str, **metadata: Any) -> list[str]:
    status, parse = running.post("/parse", {"text": text, "metadata": {**METADATA, **metadata}})
    assert status == 200
    return [found["value"] for found in parse["entities"] if found["entity"] == "product"]


def test_a_new_product_is_known_from_the_next_version_on(
    running: Running, actions: ActionServer, shop: int
) -> None:
    assert named(running, "有西州蜜和鹰嘴豆吗", shop=shop, catalogue=1) == ["哈密瓜"]
    actions.products[shop] = [MELON, BEANS, UYGHUR_ONLY]
    assert named(running, "有西州蜜和鹰嘴豆吗", shop=shop, catalogue=1) == ["哈密瓜"]
    assert named(running, "有西州蜜和鹰嘴豆吗", shop=shop, catalogue=2) == ["哈密瓜", "鹰嘴豆"]
    assert named(running, "نوقۇتنى، قۇرۇتنى", shop=shop, catalogue=2) == ["鹰嘴豆", "قۇرۇت"]


def test_a_turn_knows_it_too(running: Running, shop: int) -> None:
    status, answer = running.turn("قوغۇننى ئالسام", shop=shop, catalogue=1)
    assert status == 200
    found = [(one["value"], one["text"]) for one in answer["parse"]["entities"] if one["entity"] == "product"]
    assert found == [("哈密瓜", "قوغۇن")]


def test_one_shops_goods_are_no_other_shops(running: Running, actions: ActionServer, shop: int) -> None:
    actions.products[shop + 1] = [BEANS]
    assert named(running, "哈密瓜", shop=shop, catalogue=1) == ["哈密瓜"]
    assert named(running, "哈密瓜", shop=shop + 1, catalogue=1) == []
    assert named(running, "哈密瓜") == []  # a message of no shop's catalogue


def test_a_catalogue_that_does_not_come_keeps_nobody_waiting(
    running: Running, actions: ActionServer, shop: int
) -> None:
    assert named(running, "哈密瓜", shop=shop, catalogue=1) == ["哈密瓜"]
    del actions.products[shop]  # now the app fails
    assert named(running, "哈密瓜", shop=shop, catalogue=2) == ["哈密瓜"]  # as it was known before
    assert named(running, "哈密瓜", shop=shop + 7, catalogue=1) == []


def test_many_messages_fetch_it_once(model: Path, actions: ActionServer, shop: int) -> None:
    async def all_at_once() -> list[dict[str, Any]]:
        engine = Engine(model, actions.url, SECRET)
        metadata = {**METADATA, "shop": shop, "catalogue": 1}
        try:
            return await asyncio.gather(*(engine.parse("哈密瓜", metadata) for _ in range(20)))
        finally:
            await engine.close()

    before = actions.catalogue_calls
    parses = asyncio.run(all_at_once())
    assert {parse["entities"][0]["value"] for parse in parses} == {"哈密瓜"}
    assert actions.catalogue_calls == before + 1
    assert actions.secrets == {f"Bearer {SECRET}"}


def test_without_an_app(model: Path) -> None:
    async def parse() -> dict[str, Any]:
        engine = Engine(model, "http://127.0.0.1:1/actions", SECRET)
        try:
            return await engine.parse("哈密瓜寄到喀什要几天", {**METADATA, "catalogue": 1})
        finally:
            await engine.close()

    assert [found["entity"] for found in asyncio.run(parse())["entities"]] == ["region"]
