"""A conversation goes on although its state was left by another release: whatever its slots hold."""

import uuid
from typing import Any

import httpx
import pytest

from tests.instance import Karwan

OPEN = {"language": "zh", "introduced": True, "task": "track_parcel", "requested_slot": "order_number"}


@pytest.mark.parametrize(
    "slots",
    [
        {"waiting": ["return_request"]},
        {"waiting": 5},
        {"answers": ["reason"]},
        {"answers": "reason"},
        {"misses": "many"},
        {"misses": {}},
        {"task": "a task of old"},
        {"requested_slot": "a question of old"},
    ],
    ids=str,
)
@pytest.mark.parametrize("text", ["你好", "快递到哪了", "20261101001014"])
def test_a_state_of_another_release_is_answered(
    karwan: Karwan, shop_slug: str, slots: dict[str, Any], text: str
) -> None:
    shop = karwan.sql("SELECT id FROM shop WHERE slug = %s", shop_slug)[0][0]
    state = {"version": 1, "model": "old", "slots": {**OPEN, **slots}, "loop": "service_form", "events": []}
    person = {"conversation": "c", "contact": str(uuid.uuid4()), "turn": uuid.uuid4().hex}
    metadata = {**person, "shop": shop, "language": "zh", "photos": []}
    answer = httpx.post(
        f"{karwan.engine_url}/turn",
        json={"state": state, "text": text, "metadata": metadata},
        headers={"Authorization": f"Bearer {karwan.engine_secret}"},
        timeout=20,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["replies"]
