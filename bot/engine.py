"""The engine as the worker sees it: one call a turn, over kept-alive connections."""

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from knowledge.indexing import NoEmbedding

LOOK_AGAIN = 1.0  # seconds between two looks for an engine that is down
TIMEOUT = httpx.Timeout(20, connect=2)


class EngineDown(Exception):
    """No answer: it starts, restarts or hangs. The message waits and is tried again."""


class TurnFailed(Exception):
    """The engine answered that this turn cannot be done."""


@dataclass(frozen=True)
class Answer:
    state: dict[str, Any]
    replies: list[dict[str, Any]]
    language: str
    parse: dict[str, Any]  # of the message as it was understood


class Engine:
    def __init__(self, url: str, secret: str) -> None:
        self._asking = asyncio.Lock()
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {secret}"},
            timeout=TIMEOUT,
            trust_env=False,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=60),
        )

    async def turn(self, state: dict[str, Any] | None, words: str, metadata: dict[str, Any]) -> Answer:
        """Raises EngineDown or TurnFailed; then the state given still stands."""
        try:
            response = await self._client.post(
                "/turn", json={"state": state, "text": words, "metadata": metadata}
            )
        except httpx.HTTPError as error:
            raise EngineDown(type(error).__name__) from error
        if response.status_code == 503:
            raise EngineDown("not ready")
        if response.status_code != 200:
            raise TurnFailed(f"engine answered {response.status_code}")
        body = response.json()
        return Answer(body["state"], body["replies"], body["language"], body.get("parse") or {})

    async def parse(self, words: str) -> dict[str, Any]:
        """As the engine understands a text. Raises EngineDown."""
        try:
            response = await self._client.post("/parse", json={"text": words})
            response.raise_for_status()
            return dict(response.json())
        except httpx.HTTPError as error:
            raise EngineDown(type(error).__name__) from error

    async def embed(self, texts: list[str]) -> list[list[float]]:
        """The meaning of texts as vectors. Raises NoEmbedding."""
        try:
            response = await self._client.post("/embed", json={"texts": texts})
            response.raise_for_status()
            return list(response.json()["vectors"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise NoEmbedding(type(error).__name__) from error

    async def ready(self) -> bool:
        try:
            return (await self._client.get("/ready", timeout=2)).status_code == 200
        except httpx.HTTPError:
            return False

    async def until_back(self) -> None:
        """Wait for an engine that is down; of all who wait one asks for it."""
        await asyncio.sleep(LOOK_AGAIN)
        async with self._asking:
            while not await self.ready():  # noqa: ASYNC110 - another process sets no event of ours
                await asyncio.sleep(LOOK_AGAIN)

    async def close(self) -> None:
        await self._client.aclose()
