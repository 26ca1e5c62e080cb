"""Moods as the pages show them: a step from 1 to 5 for the colour and the face, and a word."""

from bot.console.words import Words


def _(word: str) -> str:
    return word


STEPS = {"angry": 1, "disappointed": 2, "anxious": 2, "neutral": 3, "happy": 4}
WORDS = {
    "angry": _("Angry"),
    "disappointed": _("Disappointed"),
    "anxious": _("Worried"),
    "neutral": _("Calm"),
    "happy": _("Pleased"),
}


def step_of(emotion: str | None, intensity: float | None) -> int:
    """0 where nothing is known. Strong joy is a step above joy."""
    step = STEPS.get(emotion or "", 0)
    return 5 if step == 4 and (intensity or 0) >= 0.7 else step


def word_of(emotion: str | None, ours: Words) -> str:
    return ours.gettext(WORDS[emotion]) if emotion in WORDS else ""


def curve(steps: list[int], width: int = 300, height: int = 56) -> str:
    """The points of a line over the last messages: pleased is up."""
    if len(steps) == 1:
        steps = steps * 2
    apart = width / (len(steps) - 1)
    return " ".join(
        f"{n * apart:.1f},{height - 6 - (step - 1) * (height - 12) / 4:.1f}" for n, step in enumerate(steps)
    )
