"""What one action call works with: the turn, the desk, the shop and its rules, and a voice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypedDict
from uuid import UUID

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions.desk import Desk
from actions.turn import Language, Turn
from shop.models import Order, Shop
from shop.rules import ShopRules
from shop.shops import rules_of


@dataclass(frozen=True)
class Button:
    """A choice. The payload is what the press sends: `/intent` or `/inform{"…": …}`."""

    title: str
    payload: str


@dataclass(frozen=True)
class Ask:
    """A question: the slot that waits for its answer, the reply that asks it, and the choices."""

    slot: str
    reply: str
    facts: Mapping[str, object]
    buttons: tuple[Button, ...] = ()


class Whose(TypedDict):
    """Whose data a service of the shop is asked for."""

    shop_id: int
    contact_id: UUID


@dataclass
class Call:
    session: AsyncSession
    turn: Turn
    desk: Desk
    shop: Shop
    rules: ShopRules
    _dispatcher: CollectingDispatcher
    order: Order | None = None
    first: bool = False  # the conversation begins with this message
    silent: bool = True  # nothing has been said yet

    @classmethod
    async def open(cls, session: AsyncSession, dispatcher: CollectingDispatcher, tracker: Tracker) -> Self:
        turn = Turn.of(tracker)
        shop = await session.get_one(Shop, turn.shop_id)
        call = cls(session, turn, Desk.of(tracker), shop, rules_of(shop), dispatcher)
        call.desk.photos += [photo for photo in turn.photos if photo not in call.desk.photos]
        call._introduce()
        return call

    def _introduce(self) -> None:
        """Say once a conversation that this is a bot, and that a person can be had."""
        if not self.desk.introduced:
            name = self.shop.name.get(self.language) or self.shop.name["zh"]
            self.say("introduction", {"shop": name})
            self.desk.introduced = self.first = True

    @property
    def language(self) -> Language:
        return self.turn.language

    @property
    def whose(self) -> Whose:
        return {"shop_id": self.turn.shop_id, "contact_id": self.turn.contact_id}

    def say(
        self, reply: str, facts: Mapping[str, object] | None = None, *, buttons: tuple[Button, ...] = ()
    ) -> None:
        """A reply of domain.yml (named without `utter_`) in the shopper's language, with its facts."""
        self._utter(
            response=f"utter_{reply}",
            buttons=[{"title": b.title, "payload": b.payload} for b in buttons] or None,
            **{name: str(value) for name, value in (facts or {}).items()},
        )

    def say_text(self, text: str) -> None:
        """The shop's own words: a FAQ answer."""
        self._utter(text=text)

    def ask(self, ask: Ask) -> None:
        """Ask, and wait for the answer."""
        self.desk.asked = ask.slot
        self.say(ask.reply, ask.facts, buttons=ask.buttons)

    def hand_over(self, reason: str) -> None:
        """Ask the conversation's keeper for a person; done in the transaction that stores the replies."""
        self._dispatcher.utter_message(json_message={"handover": {"reason": reason}})

    def _utter(self, **message: Any) -> None:
        self.silent = False
        self._dispatcher.utter_message(**message)
