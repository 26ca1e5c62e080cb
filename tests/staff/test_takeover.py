"""A person takes over in the middle of a bot's turn: the bot says nothing after it. Two hundred tries."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

from tests.instance import Karwan, until
from tests.shopper import Shopper
from tests.staff.people import Colleague

TRIES = 200
LANES = 4
LINES = ("我的订单到哪了", "能退吗", "زاكازىم قاچان كېلىدۇ؟", "你好", "转人工", "红枣怎么保存")


def test_no_bot_message_after_a_takeover(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    def lane(number: int) -> int:
        chance = random.Random(number)
        with Shopper.of(karwan, shop_slug) as shopper:
            shopper.say("你好")
            begun = time.monotonic()
            shopper.say("你好")
            turn = time.monotonic() - begun
            return sum(_try(karwan, shopper, agent, chance, turn) for _ in range(TRIES // LANES))

    with ThreadPoolExecutor(LANES) as pool:
        tries = sum(pool.map(lane, range(LANES)))
    assert tries == TRIES


def _try(karwan: Karwan, shopper: Shopper, agent: Colleague, chance: random.Random, turn: float) -> bool:
    """The claim comes at any moment of the turn. What is there when it has been answered is all there is."""
    sent = shopper.post(chance.choice(LINES)).json()["seq"]
    time.sleep(chance.random() * turn * 1.2)  # the moment is what is tried, nothing is waited for
    agent.on(shopper.conversation, "claim")
    there = _said_by_bot(shopper, sent)
    handled = "SELECT 1 FROM message WHERE conversation_id = %s AND status = 'pending'"
    until(lambda: not karwan.sql(handled, shopper.conversation), 30, "the message is handled")
    assert _said_by_bot(shopper, sent) == there
    agent.on(shopper.conversation, "release")
    return True


def _said_by_bot(shopper: Shopper, after: int) -> list[int]:
    return [one["seq"] for one in shopper.messages(after) if one["from"] == "bot"]


def test_a_turn_overtaken_and_given_back_is_answered_all_the_same(karwan: Karwan, shop_slug: str) -> None:
    """Taken and released in one moment: the reply of the old epoch is lost, and another is made."""
    with Shopper.of(karwan, shop_slug) as shopper:
        for _ in range(10):
            sent = shopper.post("红枣怎么保存").json()["seq"]
            karwan.sql("UPDATE conversation SET epoch = epoch + 2 WHERE id = %s", shopper.conversation)
            until(lambda sent=sent: _said_by_bot(shopper, sent), 40, "an answer")
