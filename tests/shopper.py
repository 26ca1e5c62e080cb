"""A shopper who writes over the web channel."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpx

from bot.notices import WAITING
from tests.instance import Karwan, until


class Shopper:
    """One session: a token, a conversation, and a client that sends the token along."""

    def __init__(self, base: str, shop: str, opened: dict[str, str]) -> None:
        self.shop, self.token, self.conversation = shop, opened["token"], opened["conversation"]
        self.http = httpx.Client(
            base_url=f"{base}/channels/web/{shop}",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
            trust_env=False,
        )

    @classmethod
    @contextmanager
    def of(cls, karwan: Karwan, shop: str, language: str = "zh") -> Iterator[Self]:
        url = f"{karwan.base}/channels/web/{shop}/sessions"
        opened = httpx.post(url, json={"language": language}, trust_env=False, timeout=20)
        assert opened.status_code == 201, opened.text
        shopper = cls(karwan.base, shop, opened.json())
        with shopper.http:
            yield shopper

    def post(self, text: str, *, wait: float = 0, message_id: str = "", **more: Any) -> httpx.Response:
        body = {"message_id": message_id or uuid.uuid4().hex, "text": text, **more}
        return self.http.post("/messages", params={"wait": wait} if wait else {}, json=body)

    def say(self, text: str, message_id: str = "") -> dict[str, Any]:
        """Write and wait for the answer. On a busy machine the first word is that it takes longer."""
        message_id = message_id or uuid.uuid4().hex
        answer: dict[str, Any] = {}

        def answered() -> bool:
            response = self.post(text, wait=40, message_id=message_id)
            assert response.status_code == 200, response.text
            answer.update(response.json())
            said = [one["text"] for one in answer["messages"]]
            return not said or any(words not in WAITING.values() for words in said)

        until(answered, 40, "answered")
        return answer

    def show(
        self, content: bytes, *, name: str = "photo.jpg", wait: float = 0, message_id: str = ""
    ) -> httpx.Response:
        form = {"message_id": message_id} if message_id else {}
        return self.http.post(
            "/images", params={"wait": wait} if wait else {}, data=form, files={"file": (name, content)}
        )

    def messages(self, after: int = 0) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.http.get("/messages", params={"after": after}).json()["messages"]
        return listed


def events(response: httpx.Response) -> Iterator[dict[str, str]]:
    """The stream's events, as they come: their fields by name."""
    event: dict[str, str] = {}
    for line in response.iter_lines():
        if not line and event:
            yield event
            event = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            event[name] = value
