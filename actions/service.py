"""What can happen at any moment: a person is called, small talk, a message that was not understood."""

from actions import wording as w
from actions.call import Button, Call
from actions.tasks.base import person

#: intents answered with one fixed reply, inside a task and outside
SMALL_TALK: dict[str, str] = {
    "greet": "greet_again",
    "goodbye": "goodbye",
    "thank": "thank",
    "bot_challenge": "bot_challenge",
    "complaint": "complaint",
    "switch_language": "language_switched",
    "privacy_request": "privacy",
}


def call_person(call: Call) -> None:
    """Never refused, never delayed: recorded with the replies, and told honestly."""
    call.say("handed_over")
    call.hand_over("asked")
    call.desk.clear()
    call.desk.misses = 0


def say_small_talk(call: Call) -> None:
    if call.first and call.turn.intent == "greet":
        return  # the introduction has greeted
    reply = SMALL_TALK[call.turn.intent]
    buttons = (person(call),) if call.turn.intent in ("complaint", "bot_challenge", "privacy_request") else ()
    call.say(reply, buttons=buttons)


def note_miss(call: Call) -> None:
    """Not understood: the first time ask back, the second time offer a person."""
    call.desk.misses += 1


def ask_back(call: Call) -> None:
    """Name the two likeliest meanings in plain words; after a second miss offer a person."""
    note_miss(call)
    if call.desk.misses >= 2:
        call.say("offer_person", buttons=(person(call),))
        return
    likely = [name for name in call.turn.ranking if name in w.INTENT][:2]
    choices = tuple(Button(w.INTENT[name][call.language], f"/{name}") for name in likely)
    call.say("ask_back" if choices else "not_understood", buttons=(*choices, person(call)))


def say_loose_end(call: Call) -> None:
    """An answer to nothing that was asked, a picture out of the blue, or no business of a shop."""
    if call.turn.photos:
        kinds = ("damage_claim", "wrong_item", "return_request")
        call.say("photo_received", buttons=tuple(Button(w.INTENT[k][call.language], f"/{k}") for k in kinds))
    elif call.turn.intent in ("affirm", "deny"):
        call.say("nothing_pending" if call.turn.intent == "affirm" else "goodbye")
    elif call.turn.intent == "inform":
        kinds = ("order_status", "track_parcel", "return_request")
        call.say("inform_alone", buttons=tuple(Button(w.INTENT[k][call.language], f"/{k}") for k in kinds))
    else:
        call.say("out_of_scope")
