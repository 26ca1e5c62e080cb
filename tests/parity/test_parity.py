"""The engine answers as stock Rasa does: random conversations, turn by turn, on the same model and actions.

Each conversation is held twice: through the engine with one shop, its state carried from turn to turn, and
with stock Rasa, which remembers it all, with another shop of the same orders. A message of two questions is
two turns to our engine, so stock is sent its parts one after the other, found as the engine finds them.
"""

import asyncio
import random
import re
import uuid
from pathlib import Path
from typing import Any

import httpx

from nlu.engine.parts import join_parts
from nlu.text.clauses import clauses
from tests.instance import Karwan
from tests.parity.shopper import Random
from tests.parity.stock import stock_rasa

CONVERSATIONS = 40
TURNS = 15
STATE_LIMIT = 16 * 1024
Reply = dict[str, Any]


class Pair:
    """One conversation, held through the engine and with stock Rasa."""

    def __init__(self, http: httpx.AsyncClient, webhook: str, shops: tuple[int, int], language: str) -> None:
        self._http = http
        self._webhook = webhook
        self._people = [
            {"conversation": str(uuid.uuid4()), "contact": str(uuid.uuid4()), "shop": shop, "photos": []}
            for shop in shops
        ]
        self.language = language
        self.state: dict[str, Any] | None = None
        self.buttons: list[tuple[str, str]] = []  # the last replies' payloads, of the engine's and of stock's
        self.split = 0

    async def say(self, said: str | int) -> tuple[list[Reply], list[Reply]]:
        """A text, or a button by its place; the replies of both."""
        ours, theirs = self.buttons[said] if isinstance(said, int) else (said, said)
        language = self.language
        engine, stock = await asyncio.gather(
            self._tell_engine(ours, language), self._tell_stock(theirs, language)
        )
        self.buttons = list(zip(_payloads(engine), _payloads(stock), strict=False))
        return engine, stock

    async def _tell_engine(self, text: str, language: str) -> list[Reply]:
        metadata = {**self._people[0], "turn": uuid.uuid4().hex, "language": language}
        body = {"state": self.state, "text": text, "metadata": metadata}
        answer = (await self._http.post("/turn", json=body)).raise_for_status()
        assert len(answer.content) < STATE_LIMIT
        found: dict[str, Any] = answer.json()
        assert found["recovered"] == ""
        self.state, self.language = found["state"], found["language"]
        return list(found["replies"])

    async def _tell_stock(self, text: str, language: str) -> list[Reply]:
        replies: list[Reply] = []
        turn = uuid.uuid4().hex
        parts = await self._parts(text, language)
        self.split += len(parts) > 1
        for clause, part in enumerate(parts, start=1):
            metadata = {**self._people[1], "turn": turn, "language": language, "clause": clause}
            body = {"sender": metadata["conversation"], "message": part, "metadata": metadata}
            replies += (await self._http.post(self._webhook, json=body)).raise_for_status().json()
        return [{key: value for key, value in reply.items() if key != "recipient_id"} for reply in replies]

    async def _parts(self, text: str, language: str) -> list[str]:
        found = [] if text.startswith("/") else clauses(text)
        if len(found) < 2:
            return [text]
        asks = []
        for clause in found:
            body = {"text": clause, "metadata": {"language": language}}
            parse = (await self._http.post("/parse", json=body)).raise_for_status().json()
            asks.append({"text": clause, "intent": parse["intent"], "confidence": parse["confidence"]})
        return join_parts(text, asks)


async def test_every_reply_is_stock_rasas(karwan: Karwan, tmp_path: Path) -> None:
    shops = [karwan.sql("SELECT id FROM shop WHERE slug = %s", slug)[0][0] for slug in _two_shops(karwan)]
    headers = {"Authorization": f"Bearer {karwan.engine_secret}"}
    turns = silent = split = 0
    with stock_rasa(karwan, tmp_path) as webhook:
        async with httpx.AsyncClient(
            base_url=karwan.engine_url, headers=headers, timeout=30, trust_env=False
        ) as http:
            for number in range(CONVERSATIONS):
                pair = Pair(http, webhook, (shops[0], shops[1]), ("zh", "ug")[number % 2])
                shopper = Random(random.Random(f"parity {number}"))
                heard: list[Any] = []
                for _ in range(TURNS):
                    said = shopper.speak(len(pair.buttons))
                    heard.append(said if isinstance(said, str) else pair.buttons[said][0])
                    ours, theirs = await pair.say(said)
                    assert _comparable(ours) == _comparable(theirs), f"conversation {number}: {heard}"
                    turns += 1
                    silent += not ours
                split += pair.split
    assert turns >= 600
    assert silent == 0
    assert split >= 5  # what is compared holds some of these too


def _two_shops(karwan: Karwan) -> list[str]:
    return [_in_a_loop_of_its_own(karwan), _in_a_loop_of_its_own(karwan)]


def _in_a_loop_of_its_own(karwan: Karwan) -> str:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(karwan.new_shop).result()


def _payloads(replies: list[Reply]) -> list[str]:
    return [button["payload"] for reply in replies for button in reply.get("buttons") or []]


def _comparable(replies: list[Reply]) -> list[Reply]:
    """Without what must differ: the clock's minutes, and the numbers of an order's lines in the database."""
    return [
        {
            "text": re.sub(r"\d{1,2}:\d{2}", "hh:mm", reply.get("text") or ""),
            "buttons": [
                (
                    re.sub(r"\d{1,2}:\d{2}", "hh:mm", b["title"]),
                    re.sub(r'("item": )"\d+"', r"\1", b["payload"]),
                )
                for b in reply.get("buttons") or []
            ],
            "custom": reply.get("custom"),
            "else": sorted(reply.keys() - {"text", "buttons", "custom"}),
        }
        for reply in replies
    ]
