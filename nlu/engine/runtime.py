"""The loaded model and what can be asked of it: a turn of a conversation, or only the parse of a text.

Nothing is kept between calls. A turn goes through Rasa's own MessageProcessor; its tracker store reads and
writes the request (a context variable) instead of a database.
"""

import json
import re
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional

import aiohttp
from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from nlu.engine import state as states
from nlu.text.clauses import clauses

ACTION_TIMEOUT = 10.0  # seconds for one action call
SURE = 0.6  # how sure each part of a message must be to be answered on its own

_tracker: "ContextVar[Optional[DialogueStateTracker]]" = ContextVar("tracker", default=None)


class TurnFailed(Exception):
    """A turn that could not be finished; nothing of it counts. `code` says where it broke."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Turn:
    """What a turn gives back: the new state, replies as Rasa's channels have them, and the parse."""

    state: Dict[str, Any]
    replies: List[Dict[str, Any]]
    parse: Dict[str, Any]
    language: str  # of the answer
    recovered: str  # what of the given state had to be dropped; empty as a rule


class RequestStore(TrackerStore):
    """A tracker store whose database is the request being answered."""

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        return _tracker.get()

    async def save(self, tracker: DialogueStateTracker) -> None:
        _tracker.set(tracker)

    async def keys(self) -> List[str]:
        return []


class ActionEndpoint(EndpointConfig):
    """The action server, over one HTTP session that is kept open."""

    def __init__(self, url: str, secret: str) -> None:
        super().__init__(url, headers={"Authorization": f"Bearer {secret}"}, selective_domain=True)
        self._shared: Optional[aiohttp.ClientSession] = None

    async def request(self, method: str = "post", **kwargs: Any) -> Any:
        if self._shared is None:
            self._shared = aiohttp.ClientSession(
                headers=self.headers,
                timeout=aiohttp.ClientTimeout(total=ACTION_TIMEOUT),
                connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=120),
            )
        async with self._shared.post(self.url, json=kwargs["json"]) as response:
            if response.status >= 400:
                raise ClientResponseError(response.status, response.reason, await response.read())
            return await response.json()

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.close()


class Processor(MessageProcessor):
    """Rasa's processor, except that an action that fails fails the turn instead of being swallowed."""

    async def _run_action(self, action: Action, *args: Any, **kwargs: Any) -> bool:
        watched = _Watched(action)
        again = await super()._run_action(watched, *args, **kwargs)
        if watched.failure is not None:
            raise TurnFailed("action_failed", f"action {action.name()} failed") from watched.failure
        return again


class _Watched(Action):
    """An action that remembers how it failed."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.failure: Optional[Exception] = None

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


class Engine:
    """One loaded model. Safe for many turns at once in one event loop."""

    def __init__(self, model: Path, action_url: str, action_secret: str) -> None:
        self.endpoint = ActionEndpoint(action_url, action_secret)
        self.processor = Processor(
            model,
            tracker_store=RequestStore(domain=None),
            lock_store=InMemoryLockStore(),
            generator=TemplatedNaturalLanguageGenerator({}),
            action_endpoint=self.endpoint,
        )
        self.domain = self.processor.domain
        self.processor.tracker_store.domain = self.domain
        self.processor.nlg = TemplatedNaturalLanguageGenerator(self.domain.responses)
        self.model = self.processor.model_metadata.model_id
        self._command = re.compile(r"/(?:%s)(?=$|\{)" % "|".join(map(re.escape, sorted(self.domain.intents))))

    async def turn(self, state: Any, text: str, metadata: Dict[str, Any]) -> Turn:
        """Answer one message. Raises TurnFailed; then the given state still stands."""
        conversation = str(metadata.get("conversation") or "conversation")
        restored = states.unpack(state, conversation, self.domain, self.model)
        _tracker.set(restored.tracker)
        replies: List[Dict[str, Any]] = []
        parse: Dict[str, Any] = {}
        for number, part in enumerate(await self._parts(self._guard(text), metadata), start=1):
            channel = CollectingOutputChannel()
            message = UserMessage(
                part, channel, sender_id=conversation, metadata={**metadata, "clause": number}
            )
            try:
                await self.processor.handle_message(message)
            except TurnFailed:
                raise
            except Exception as error:  # whatever Rasa raises, the caller gets one clear error
                raise TurnFailed("turn_failed", type(error).__name__) from error
            replies += channel.messages
            tracker = _tracker.get()
            if tracker is None or tracker.latest_message is None:
                raise TurnFailed("turn_failed", "the message left no trace")
            parse = parse or _described(tracker.latest_message.parse_data)
        for reply in replies:
            reply.pop("recipient_id", None)
        language = tracker.get_slot("language") or metadata.get("language") or "zh"
        return Turn(states.pack(tracker, self.model), replies, parse, language, restored.recovered)

    async def parse(self, text: str, metadata: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        """The parse of a text alone, as a live message gets it."""
        message = UserMessage(self._guard(text), metadata=metadata or {})
        return _described(await self.processor.parse_message(message))

    async def _parts(self, text: str, metadata: Dict[str, Any]) -> List[str]:
        """The message, or its two questions where it surely holds two."""
        found = clauses(text)
        if len(found) < 2:
            return [text]
        asks: List[Dict[str, Any]] = []
        for part in found:
            parsed = await self.parse(part, metadata)
            asks.append({"text": part, "intent": parsed["intent"], "confidence": parsed["confidence"]})
        return join_parts(text, asks)

    def _guard(self, text: str) -> str:
        """Rasa reads `/intent` as a command: only a known intent with well-formed entities may be one."""
        if not text.startswith("/"):
            return text
        if self._command.match(text):
            rest = self._command.sub("", text, count=1)
            if not rest or _is_object(rest):
                return text
        return text.lstrip("/") or "?"

    async def close(self) -> None:
        await self.endpoint.close()


#: intents that ask for something of their own; a message with two of them is two turns
ASKING = frozenset(
    "order_status urge_shipping cancel_order change_order invoice_request track_parcel delivery_problem "
    "shipping_policy return_request exchange_request damage_claim wrong_item refund_status return_policy "
    "return_cancel product_info product_availability price_promotion recommend_product trace_origin "
    "payment_problem talk_to_human privacy_request".split()
)


def join_parts(text: str, asks: List[Dict[str, Any]]) -> List[str]:
    """One part an ask: clauses that ask nothing of their own stay with the ask before or after them."""
    parts: List[str] = []
    intents: List[str] = []
    pending = ""
    for ask in asks:
        own = ask["intent"] in ASKING and ask["confidence"] >= SURE
        if own and ask["intent"] not in intents:
            parts.append(f"{pending} {ask['text']}".strip())
            intents.append(ask["intent"])
            pending = ""
        elif parts:
            parts[-1] = f"{parts[-1]} {ask['text']}"
        else:
            pending = f"{pending} {ask['text']}".strip()
    return parts if len(parts) == 2 else [text]


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _described(parse: Dict[str, Any]) -> Dict[str, Any]:
    """A parse as the app knows it: language, intent, confidence, ranking, entities."""
    entities = [e for e in parse["entities"] if e["entity"] != "language"]
    language = [e["value"] for e in parse["entities"] if e["entity"] == "language"]
    intent = parse["intent"]
    return {
        "text": parse.get("text"),
        "language": language[0] if language else None,
        "reply_language": parse.get("reply_language"),
        "intent": intent.get("name"),
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "ranking": [
            {"intent": r["name"], "confidence": round(float(r["confidence"]), 4)}
            for r in parse.get("intent_ranking", [])[:5]
        ],
        "entities": [
            {key: e[key] for key in ("entity", "value", "text", "start", "end") if key in e} for e in entities
        ],
    }

