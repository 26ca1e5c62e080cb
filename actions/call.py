"""What one action call works with: the turn, the desk, the shop and its rules, and a voice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypedDict
from uuid import UUID

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from actions import wording
from actions.desk import Desk
from actions.turn import Language, Turn
from knowledge.indexing import Embed
from nlu.text.digits import digits_in
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
    called: bool = False  # a person has been asked for
    embed: Embed | None = None  # what turns a question into its meaning

    @classmethod
    async def open(
        cls,
        session: AsyncSession,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        embed: Embed | None = None,
    ) -> Self:
        turn = Turn.of(tracker)
        shop = await session.get_one(Shop, turn.shop_id)
        call = cls(session, turn, Desk.of(tracker), shop, rules_of(shop), dispatcher, embed=embed)
        call.desk.photos += [photo for photo in turn.photos if photo not in call.desk.photos]
        call._introduce()
        call._begin_afresh()
        return call

    def _introduce(self) -> None:
        """Say once a conversation that this is a bot, and that a person can be had."""
        if not self.desk.introduced:
            name = self.shop.name.get(self.language) or next(iter(self.shop.name.values()))
            if own := wording.introduction(self.rules.voice, name, self.language):
                self.say_text(own)
            else:
                self.say("introduction", {"shop": name})
            self.desk.introduced = self.first = True

    def _begin_afresh(self) -> None:
        """After a person has given the conversation back: what led to them is over and calls nobody again.

        An order that their note names is the one that is talked about now (it must be proven all the same).
        """
        brief = self.turn.brief
        if brief is None:
            return
        self.desk.clear()
        self.desk.misses, self.desk.offered = 0, None
        named = digits_in(str(brief.get("note") or ""))
        if 10 <= len(named) <= 20:
            self.desk.turn_to(named)

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

    def say_text(self, text: str, *, buttons: tuple[Button, ...] = ()) -> None:
        """The shop's own words: a FAQ answer."""
        titles = [{"title": button.title, "payload": button.payload} for button in buttons]
        self._utter(text=text, buttons=titles or None)

    def ask(self, ask: Ask) -> None:
        """Ask, and wait for the answer."""
        self.desk.asked = ask.slot
        self.say(ask.reply, ask.facts, buttons=ask.buttons)

    def hand_over(self, reason: str, **more: Any) -> None:
        """Ask the conversation's keeper for a person; done in the transaction that stores the replies."""
        about = {"task": self.desk.task, "order": self.desk.order_number}
        self._dispatcher.utter_message(
            json_message={"handover": {"reason": reason, "summary": about, **more}}
        )
        self.called = True

    def _utter(self, **message: Any) -> None:
        self.silent = False
        self._dispatcher.utter_message(**message)
