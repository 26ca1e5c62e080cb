"""What can happen at any moment: a person is called, small talk, a message that was not understood."""

from actions import wording as w
from actions.call import Button, Call
from actions.people import call_person
from actions.tasks.base import offer, person

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
#: the same in the middle of a task, where a question follows
WITHIN_TASK = {"greet": "greet_in_task", "complaint": "complaint_in_task", "thank": "thank_in_task"}
PERSON_NEAR = ("complaint", "bot_challenge", "privacy_request")


def say_small_talk(call: Call, *, within_task: bool = False) -> None:
    intent = call.turn.intent
    if call.first and intent == "greet":
        return  # the introduction has greeted
    reply = WITHIN_TASK.get(intent, SMALL_TALK[intent]) if within_task else SMALL_TALK[intent]
    call.say(reply, buttons=(person(call),) if intent in PERSON_NEAR else ())


def say_foreign(call: Call) -> None:
    call.say("other_language", buttons=(person(call),))


def ask_back(call: Call) -> None:
    """Name the two likeliest meanings in plain words; at the second miss a person is called."""
    if _missed_again(call):
        return
    meanings = w.INTENT.keys() - {"talk_to_human"}  # a person can be had in any case
    likely = [name for name in call.turn.ranking if name in meanings][:2]
    choices = tuple(Button(w.INTENT[name][call.language], f"/{name}") for name in likely)
    call.say("ask_back" if choices else "not_understood", buttons=(*choices, person(call)))


def say_missed(call: Call) -> None:
    """Not understood in the middle of a task: say so before the question is put again."""
    if not _missed_again(call):
        call.say("missed_in_task")


def _missed_again(call: Call) -> bool:
    """Count a miss; at the second in a row a person is called, or said to be coming."""
    call.desk.misses += 1
    if call.desk.misses < 2:
        return False
    if call.turn.mode == "queued":
        call.say("missed_while_queued")
    else:
        call_person(call, "misses", "handed_over_missed")
    return True


def say_loose_end(call: Call) -> None:
    """An answer to nothing that was asked, a picture out of the blue, or no business of a shop."""
    turn = call.turn
    if turn.photos:
        kinds = ("damage_claim", "wrong_item", "return_request")
        call.say("photo_received", buttons=tuple(Button(w.INTENT[k][call.language], f"/{k}") for k in kinds))
    elif turn.intent == "affirm":
        call.say("nothing_pending")
    elif turn.intent == "deny":
        call.say("all_right")
    elif turn.intent == "inform":
        kinds = ("order_status", "track_parcel", "return_request")
        call.say("inform_alone", buttons=tuple(Button(w.INTENT[k][call.language], f"/{k}") for k in kinds))
    else:
        call.say("out_of_scope")


def say_at_least(call: Call) -> None:
    """Silence is a defect: whatever happened, the shopper gets an answer, and it is logged by its caller."""
    call.say("not_understood", buttons=(offer(call, "order_status"), person(call)))
