"""The engine as the worker sees it: one call a turn, over kept-alive connections."""

from dataclasses import dataclass
from typing import Any

import httpx

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


class Engine:
    def __init__(self, url: str, secret: str) -> None:
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
        return Answer(body["state"], body["replies"], body["language"])

    async def parse(self, words: str) -> dict[str, Any]:
        response = await self._client.post("/parse", json={"text": words})
        response.raise_for_status()
        return dict(response.json())

    async def ready(self) -> bool:
        try:
            return (await self._client.get("/ready", timeout=2)).status_code == 200
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        await self._client.aclose()
