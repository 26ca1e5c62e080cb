"""Answer, ask back or pass on: what nearness by words and by meaning are worth together.

The figures were fitted on tests/knowledge/tuned and paraphrases.py, the weights of nearness on questions that
the concepts had not been chosen by; how often they err on others is measured by `make faq-report`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """What the bot does with a question."""

    answer = "answer"  # says the first entry's answer
    ask_back = "ask"  # asks which of the nearest two or three is meant
    pass_on = "pass"  # noqa: S105 - says that it does not know, and offers a person


@dataclass(frozen=True)
class Evidence:
    """Of one entry; all but `language` from 0 to 1."""

    words: float
    strict: float  # by words, of wordings whose topic the question has
    concepts: float
    meaning: float | None  # None: unknown
    answered: float  # how much of the question its answer speaks of
    language: str  # of its nearest wording
    across: bool  # it has no wording in the question's language
    on_topic: bool  # the entry serves the recognised intent, or none was recognised


@dataclass(frozen=True)
class Verdict:
    decision: Decision
    ranking: list[tuple[int, float]]  # places in the evidence, likeliest first, with their scores


# By words alone, where nothing tells meanings
ENOUGH = {"zh": 0.58, "ug": 0.61}  # the least score to answer from, by the language that matched
OFF_TOPIC = 0.1  # more is asked of an entry that does not serve the recognised intent
LEAD = 0.05  # over the next entry, below SURE
SURE = 0.93  # a wording that is all but the question itself: nothing else needs to be asked
# By everything: how near an entry is (words, concepts, meaning, its answer); how likely the nearest one is
# right, by its nearness, its lead over the next, how much of the question is known, and a constant
NEARNESS = (3.5, 7.8, 9.7, 2.5)
LIKELY = {  # by the question's language, and whether the entry has the other only
    ("zh", False): (0.21, 0.83, 2.48, -8.27),
    ("ug", False): (0.35, 0.45, 4.35, -14.44),
    ("zh", True): (0.29, 0.64, 2.86, -5.46),
    ("ug", True): (0.17, 0.58, 1.5, -3.26),
}
FAR = 6.0  # a greater lead says no more
ALONE = 2.0  # the lead of one that nothing else comes near
ANSWER = 0.88  # the least likelihood to answer from
ASK = 0.35  # the least of the first for any to be offered as choices
BEHIND = 5.0  # by how much a choice may be farther than the first
WRONG_TOPIC = 1.5  # taken from the nearness of an entry off topic
CHOICES = 3
UNKNOWN = 0.2  # about the nearness in meaning of an entry just saved, with half that by words


def by_words(evidence: Sequence[Evidence]) -> Verdict:
    if not evidence:
        return Verdict(Decision.pass_on, [])
    ranking = sorted(enumerate(one.strict for one in evidence), key=lambda one: (-one[1], one[0]))
    place, best = ranking[0]
    one = evidence[place]
    enough = ENOUGH[one.language] + (0.0 if one.on_topic else OFF_TOPIC)
    lead = best - (ranking[1][1] if len(ranking) > 1 else 0.0)
    answers = best >= SURE or (best >= enough and lead >= LEAD)
    return Verdict(Decision.answer if answers else Decision.pass_on, ranking)


def by_everything(evidence: Sequence[Evidence], language: str, substance: float) -> Verdict:
    """`language`: of the question. `substance`: how much of the question the shop's wordings know."""
    if not evidence:
        return Verdict(Decision.pass_on, [])
    near = sorted(enumerate(map(_nearness, evidence)), key=lambda one: (-one[1], one[0]))
    lead = near[0][1] - near[1][1] if len(near) > 1 else ALONE
    ranking = [
        (place, _likely((language, evidence[place].across), nearness, lead if at == 0 else 0.0, substance))
        for at, (place, nearness) in enumerate(near)
    ]
    _, best = ranking[0]
    if best >= ANSWER:
        return Verdict(Decision.answer, ranking)
    if best < ASK:
        return Verdict(Decision.pass_on, ranking)
    choices = sum(1 for _, nearness in near[:CHOICES] if nearness >= near[0][1] - BEHIND)
    return Verdict(Decision.ask_back, ranking[:choices])


def _nearness(one: Evidence) -> float:
    meaning = UNKNOWN + one.words / 2 if one.meaning is None else one.meaning
    parts = (one.words, one.concepts, meaning, one.answered)
    total = sum(weight * part for weight, part in zip(NEARNESS, parts, strict=True))
    return total - (0.0 if one.on_topic else WRONG_TOPIC)


def _likely(kind: tuple[str, bool], nearness: float, lead: float, substance: float) -> float:
    near, ahead, known, constant = LIKELY[kind]
    return 1 / (1 + math.exp(-(near * nearness + ahead * min(lead, FAR) + known * substance + constant)))
