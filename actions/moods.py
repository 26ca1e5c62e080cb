"""How the shopper feels changes how they are answered, and when a person is offered."""

from actions.call import Call
from actions.tasks.base import person

KEPT = 6  # moods remembered: those of the last messages
TONES = {"angry": "tone_angry", "disappointed": "tone_disappointed", "anxious": "tone_anxious"}
#: intents whose own answer already apologises, or asks for nothing
WITHOUT_TONE = ("complaint", "talk_to_human", "thank", "goodbye", "greet", "affirm", "deny", "inform")


def acknowledge(call: Call) -> None:
    """Before the answer: one sentence that the mood was heard, when it has changed for the worse."""
    desk, turn = call.desk, call.turn
    if turn.is_button or turn.foreign:
        return
    before = desk.moods[-1] if desk.moods else "neutral"
    desk.moods = [*desk.moods, turn.emotion][-KEPT:]
    if turn.emotion == "happy":
        desk.soothed = False
    if _is_furious(call) or turn.intent in WITHOUT_TONE:
        return  # the call for a person, or the answer itself, apologises
    if turn.emotion in TONES and turn.emotion != before:
        call.say(TONES[turn.emotion])


def offer_person(call: Call) -> None:
    """After the answer: anger, or disappointment again, offers a person. Once, until they are pleased."""
    desk, turn = call.desk, call.turn
    let_down = desk.moods.count("disappointed") >= call.rules.service.let_downs
    upset = turn.emotion == "angry" or (turn.emotion == "disappointed" and let_down)
    if not upset or desk.soothed or call.called or turn.is_button or turn.mode != "bot":
        return
    desk.soothed = True
    if not _is_furious(call) and turn.intent != "complaint":  # then one is called, or was offered
        call.say("offer_person_mood", buttons=(person(call),))


def _is_furious(call: Call) -> bool:
    turn = call.turn
    return turn.emotion == "angry" and (turn.intensity >= call.rules.service.furious_from or bool(turn.anger))
