"""The loaded model and what can be asked of it: a turn of a conversation, or only the parse of a text.

Nothing is kept between calls. A turn goes through Rasa's own MessageProcessor; its tracker store reads and
writes the request (a context variable) instead of a database.
"""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from nlu.components.entities import GOODS
from nlu.engine import state as states
from nlu.engine.buttons import Buttons
from nlu.engine.catalogues import Catalogues
from nlu.engine.parts import join_parts
from nlu.text.clauses import clauses

ACTION_TIMEOUT = 10.0  # seconds for one action call
CATALOGUE_TIMEOUT = aiohttp.ClientTimeout(total=3)  # a message is answered without it
WARMING = (
    "订单20261101001005明天到喀什吗，2箱坏了",
    "زاكازىم قاچان كېلىدۇ؟",
    "zakazim qachan kelidu",
    "заказим қачан келиду",
)

_tracker: "ContextVar[DialogueStateTracker | None]" = ContextVar("tracker", default=None)


class TurnFailed(Exception):
    """A turn that could not be finished; nothing of it counts. `code` says where it broke."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Turn:
    """What a turn gives back: the new state, replies as Rasa's channels have them, and the parse."""

    state: dict[str, Any]
    replies: list[dict[str, Any]]
    parse: dict[str, Any]
    language: str  # of the answer
    recovered: str  # what of the given state had to be dropped; empty as a rule


class RequestStore(TrackerStore):
    """A tracker store whose database is the request being answered."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        return _tracker.get()

    async def save(self, tracker: DialogueStateTracker) -> None:
        _tracker.set(tracker)

    async def keys(self) -> list[str]:
        return []


class ActionEndpoint(EndpointConfig):
    """The action server, over one HTTP session that is kept open."""

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        super().__init__(url, headers={"Authorization": f"Bearer {secret}"}, enable_selective_domain=True)
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._shared: aiohttp.ClientSession | None = None

    def _session(self) -> aiohttp.ClientSession:
        if self._shared is None:
            self._shared = aiohttp.ClientSession(
                headers=self.headers,
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=20),
            )
        return self._shared

    async def catalogue(self, shop: int) -> list[dict[str, Any]]:
        """The products of a shop, from beside the actions. Raises ClientError, TimeoutError, KeyError."""
        url = f"{self.url.rpartition('/')[0]}/catalogue/{shop}"
        async with self._session().get(url, timeout=CATALOGUE_TIMEOUT, raise_for_status=True) as response:
            return list((await response.json())["products"])

    async def request(self, method: str = "post", **kwargs: Any) -> Any:
        try:
            async with self._session().post(self.url, json=kwargs["json"]) as response:
                if response.status >= 400:
                    raise ClientResponseError(response.status, response.reason, await response.read())
                return await response.json()
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            raise TurnFailed("actions_away", "the action server does not answer") from error

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.close()


class Processor(MessageProcessor):
    """Rasa's processor, except that messages that come at once are understood in a thread of their own, and
    that an action that fails fails the turn instead of being swallowed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.turns = 0  # being answered now
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="understanding")

    async def parse_message(
        self,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        """Beside the event loop where others wait for it: their actions go on while the encoder (in C) works.
        A lone message saves the way to the thread and back (up to 3 ms on busy cores)."""
        if self.turns < 2:
            alone: dict[str, Any] = await super().parse_message(message, tracker, only_output_properties)
            return alone
        tracker = tracker or DialogueStateTracker.from_events(message.sender_id, [])
        read = partial(
            copy_context().run, self._parse_message_with_graph, message, tracker, only_output_properties
        )
        parse: dict[str, Any] = await asyncio.get_running_loop().run_in_executor(self._reader, read)
        self._check_for_unseen_features(parse)
        return parse

    async def _run_action(self, action: Action, *args: Any, **kwargs: Any) -> bool:
        watched = _Watched(action)
        again = await super()._run_action(watched, *args, **kwargs)
        if watched.failure is not None:
            failure = watched.failure
            if isinstance(failure, TurnFailed):
                raise failure
            raise TurnFailed("action_failed", f"action {action.name()} failed") from failure
        return again


class _Watched(Action):
    """An action that remembers how it failed."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.failure: Exception | None = None

    def name(self) -> str:
        return self._action.name()

    def event_for_successful_execution(self, prediction: Any) -> Any:
        return self._action.event_for_successful_execution(prediction)

    async def run(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await self._action.run(*args, **kwargs)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            self.failure = error
            raise


class Sentences(TemplatedNaturalLanguageGenerator):
    """Rasa's generator, except that a sentence that is missing or not filled in fails the turn.

    Rasa leaves the first out in silence, and says "{order}" for the second.
    """

    def __init__(self, responses: dict[str, list[dict[str, Any]]]) -> None:
        super().__init__(responses)
        texts = {variation.get("text") or "" for choices in responses.values() for variation in choices}
        self._unfilled = {text for text in texts if re.search(r"{[^\n{}]+}", text)}

    async def generate(self, utter_action: str, *args: Any, **facts: Any) -> dict[str, Any] | None:
        draft = await super().generate(utter_action, *args, **facts)
        if draft is None or draft.get("text") in self._unfilled:
            raise TurnFailed("action_failed", f"no sentence for {utter_action}")
        return draft


class Engine:
    """One loaded model. Safe for many turns at once in one event loop."""

    def __init__(
        self, model: Path, action_url: str, action_secret: str, action_timeout: float = ACTION_TIMEOUT
    ):
        self.endpoint = ActionEndpoint(action_url, action_secret, action_timeout)
        store = RequestStore(domain=None)
        self.processor = Processor(
            model,
            tracker_store=store,
            lock_store=InMemoryLockStore(),
            generator=Sentences({}),
            action_endpoint=self.endpoint,
            on_circuit_break=_going_in_circles,
        )
        self.domain = store.domain = self.processor.domain
        self.processor.nlg = Sentences(self.domain.responses)
        self.model = self.processor.model_metadata.model_id
        self._buttons = Buttons(self.domain)
        self._catalogues = Catalogues(self.endpoint.catalogue)

    async def warm_up(self) -> None:
        """Have every script parsed once, so that no shopper waits for what is made at its first use."""
        for text in WARMING:
            await self.parse(text)

    async def turn(self, state: Any, text: str, metadata: dict[str, Any]) -> Turn:
        """Answer one message. Raises TurnFailed; then the given state still stands."""
        conversation = str(metadata.get("conversation") or "conversation")
        GOODS.set(await self._catalogues.of(metadata))
        self.processor.turns += 1
        try:
            restored = states.unpack(state, conversation, self.domain, self.model)
            _tracker.set(restored.tracker)
            replies: list[dict[str, Any]] = []
            parses: list[dict[str, Any]] = []
            for number, part in enumerate(await self._parts(text, metadata), start=1):
                tracker, said = await self._hear(part, conversation, {**metadata, "clause": number})
                replies += said
                parses.append(described(tracker.latest_message.parse_data))
            language = tracker.get_slot("language") or metadata.get("language") or "zh"
            new_state = states.pack(tracker, self.model)
        except TurnFailed:
            raise
        except Exception as error:  # whatever Rasa raises, the caller gets one clear error
            raise TurnFailed("turn_failed", type(error).__name__) from error
        finally:
            self.processor.turns -= 1
        return Turn(new_state, replies, parses[0], language, restored.recovered)

    async def parse(self, text: str, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
        """The parse of a text alone, as a live message of the shop in `metadata` gets it."""
        if metadata is not None:  # else `GOODS` are the caller's
            GOODS.set(await self._catalogues.of(metadata))
        message = UserMessage(self._buttons.read(text)[0], metadata=metadata or {})
        return described(await self.processor.parse_message(message))

    async def close(self) -> None:
        await self.endpoint.close()

    async def _hear(
        self, part: str, conversation: str, metadata: dict[str, Any]
    ) -> tuple[DialogueStateTracker, list[dict[str, Any]]]:
        channel = CollectingOutputChannel()
        await self.processor.handle_message(
            UserMessage(part, channel, sender_id=conversation, metadata=metadata)
        )
        tracker = _tracker.get()
        if tracker is None or tracker.latest_message is None:
            raise TurnFailed("turn_failed", "the message left no trace")
        for reply in channel.messages:
            reply.pop("recipient_id", None)
        return tracker, channel.messages

    async def _parts(self, text: str, metadata: dict[str, Any]) -> list[str]:
        """The message, or its two questions where it surely holds two."""
        text, is_button = self._buttons.read(text)
        found = [] if is_button else clauses(text)
        if len(found) < 2:
            return [text]
        asks = []
        for clause in found:
            clause = self._buttons.read(clause)[0].lstrip("/") or "?"
            parsed = await self.parse(clause, metadata)
            asks.append({"text": clause, "intent": parsed["intent"], "confidence": parsed["confidence"]})
        return join_parts(text, asks)


def _going_in_circles(*_: Any) -> None:
    raise TurnFailed("turn_failed", "the actions never came to an end")


def described(parse: dict[str, Any]) -> dict[str, Any]:
    """A parse as the app knows it: the message's and the answer's language, intent, mood, entities."""
    entities = [e for e in parse["entities"] if e["entity"] != "language"]
    answer = [e["value"] for e in parse["entities"] if e["entity"] == "language"]
    intent = parse["intent"]
    return {
        "text": parse.get("text"),
        "language": parse.get("language") or "none",  # a button is in none
        "reply_language": answer[-1] if answer else None,
        "intent": intent.get("name"),
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "ranking": [
            {"intent": r["name"], "confidence": round(float(r["confidence"]), 4)}
            for r in parse.get("intent_ranking", [])[:5]
        ],
        "emotion": parse.get("emotion") or "neutral",
        "intensity": parse.get("intensity") or 0.0,
        "entities": [
            {key: e[key] for key in ("entity", "value", "text", "start", "end") if key in e} for e in entities
        ],
    }
