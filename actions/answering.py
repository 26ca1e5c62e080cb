"""What is answered at once: questions, small talk, a wish for a person, and what was not understood."""

from actions.call import Call
from actions.hearing import LEAVING, WHAT_NOW, near_enough
from actions.people import call_person
from actions.questions import NOT_KNOWN, QUESTIONS, answer_from_faq, answer_question
from actions.service import SMALL_TALK, ask_back, say_foreign, say_loose_end, say_small_talk
from actions.tasks import TASKS


async def answer(call: Call) -> None:
    """May put a task on the desk, which is then the service form's to do."""
    desk, turn = call.desk, call.turn
    missed, desk.misses = desk.misses, 0
    if turn.foreign and not turn.is_button and turn.intent != "talk_to_human":
        say_foreign(call)
    elif turn.intent == "talk_to_human":
        call_person(call)
    elif (
        desk.offered and desk.offered[0] in TASKS and (turn.intent == "affirm" or WHAT_NOW.search(turn.words))
    ):
        desk.begin(desk.offered[0])
    elif task := near_enough(call):
        desk.begin(task)
    elif turn.intent in NOT_KNOWN:
        if not await answer_from_faq(call, may_ask=not missed):
            desk.misses = missed
            ask_back(call)
    elif turn.intent in SMALL_TALK:
        say_small_talk(call)
    elif turn.intent in QUESTIONS:
        await answer_question(call)
    elif turn.value("order_number") or turn.value("tracking_number"):
        desk.begin("order_status")  # a bare number: the order's state is what is most often wanted
    elif LEAVING.search(turn.words):
        call.say("all_right")
    else:
        say_loose_end(call)
