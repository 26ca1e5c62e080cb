"""A person is called: at once and always, told honestly, and outside hours with the time to expect one."""

import re

from actions import wording as w
from actions.call import Button, Call
from nlu.text.clean import clean
from nlu.text.codes import find_codes
from nlu.text.digits import digits_in
from shop import database

CALLBACK = "callback"  # stands on the desk as what the last answer offered
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_CALL_ME = Button("", '/inform{"about": "callback"}').payload


def call_person(call: Call, reason: str = "asked", reply: str = "handed_over") -> None:
    """Never refused, never delayed: recorded with the replies. `reply` is what is said while people work."""
    desk = call.desk
    moment = database.now()
    opens = call.rules.service.hours.next_open(moment)
    closed = opens is None or opens > moment
    call.hand_over("after_hours" if closed and reason == "asked" else reason)
    desk.clear()
    desk.misses = 0
    if closed:
        _say_closed(call, w.minute(opens, call.language) if opens else None)
    elif call.turn.mode == "queued":
        call.say("person_is_coming")
    else:
        call.say(reply)
    if not closed and call.turn.ahead:
        call.say("people_ahead", {"count": call.turn.ahead})


def _say_closed(call: Call, opens: str | None) -> None:
    button = Button(w.BUTTON["callback"][call.language], _CALL_ME)
    if opens is None:
        call.say("person_away", buttons=(button,))
    else:
        call.say("person_later", {"time": opens}, buttons=(button,))
    call.desk.offer = (CALLBACK, {})


def hear_callback(call: Call) -> bool:
    """Whether the message is about being called back: the wish, or the number."""
    desk, turn = call.desk, call.turn
    pressed = turn.value("about") == CALLBACK
    if not pressed and not (desk.offered and desk.offered[0] == CALLBACK):
        return False
    number = _mobile_in(turn.text) if not pressed else None
    if number:
        call.hand_over("after_hours", callback={"phone": number, "when": turn.text[:200]})
        call.say("callback_noted")
        return True
    if pressed or turn.intent == "affirm":
        call.say("callback_phone")
        desk.offer = (CALLBACK, {})
        return True
    return False


def _mobile_in(text: str) -> str | None:
    """As it is written beside other numbers («tomorrow at 10, 138…»), or read aloud and alone."""
    for kind, value, _, _ in find_codes(clean(text)):
        if kind == "phone" and _MOBILE.fullmatch(value):
            return value
    aloud = _MOBILE.search(digits_in(text))
    return aloud[0] if aloud else None


def call_if_angry(call: Call) -> None:
    """After whatever was answered: very angry, or angry again, is a person's matter. Not asked twice."""
    turn = call.turn
    if turn.emotion != "angry" or turn.mode != "bot" or call.called or turn.is_button:
        return
    if turn.intensity >= call.rules.service.furious_from or turn.anger:
        call_person(call, "anger", "handed_over_angry")
