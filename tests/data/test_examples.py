"""What the training data must hold to: enough of all, no doubles, one script a folder, clean Uyghur."""

import re
from collections import Counter, defaultdict

import pytest
import yaml

from bot.settings import ROOT
from nlu.text.clean import clean
from nlu.text.language import detect
from nlu.text.uyghur import to_arabic

DATA = ROOT / "nlu" / "data"
EMOTIONS = ("neutral", "happy", "anxious", "disappointed", "angry")
HAN = re.compile(r"[㐀-鿿]")
ARABIC = re.compile(r"[؀-ۿ]")
LETTERS = set("ئاەبپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىي")
MARKS = set("،؛؟«»")


def _examples():
    """(folder, intent, emotion or None, text) of every example."""
    for file in sorted(DATA.glob("*/*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            emotion = block.get("metadata", {}).get("emotion")
            for line in block["examples"].splitlines():
                if line.strip():
                    yield file.parent.name, block["intent"], emotion, line.strip().removeprefix("- ")


EXAMPLES = list(_examples())
INTENTS = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]


def test_every_intent_has_seventy_examples_in_each_language():
    counts = Counter((folder, intent) for folder, intent, _, _ in EXAMPLES)
    scarce = [(f, i) for f in ("zh", "ug") for i in INTENTS if counts[f, i] < 70]
    assert len(INTENTS) == 33
    assert scarce == []


def test_every_intent_has_ten_examples_in_latin_script():
    counts = Counter(i for f, i, _, text in EXAMPLES if f == "ug" and re.search(r"[a-z]{3}", text.lower()))
    assert [i for i in INTENTS if counts[i] < 10] == []


def test_enough_mixed_and_out_of_scope():
    assert sum(folder == "mixed" for folder, *_ in EXAMPLES) >= 300
    assert sum(intent == "out_of_scope" for _, intent, *_ in EXAMPLES) >= 400


def test_every_emotion_has_150_examples_in_each_language():
    counts = Counter((folder, emotion) for folder, _, emotion, _ in EXAMPLES)
    assert [(f, e) for f in ("zh", "ug") for e in EMOTIONS if counts[f, e] < 150] == []


def _bare(text):
    """A text without what makes no difference: marks, spaces, case, script, which number it is."""
    letters = re.sub(r"\d+", "0", to_arabic(clean(text)).lower())
    return re.sub(r"[\W_]", "", letters) or clean(text)


def test_no_example_stands_twice():
    seen = defaultdict(list)
    for folder, intent, _, text in EXAMPLES:
        seen[clean(text).lower()].append((folder, intent, text))
    assert [same for same in seen.values() if len(same) > 1] == []


def test_no_two_intents_share_nearly_the_same_words():
    meanings = defaultdict(set)
    for _, intent, _, text in EXAMPLES:
        if re.search(r"[^\W\d_]{2}", text):
            meanings[_bare(text)].add(intent)
    assert {text: intents for text, intents in meanings.items() if len(intents) > 1} == {}


@pytest.mark.parametrize("folder, script, foreign", [("zh", HAN, ARABIC), ("ug", ARABIC, HAN)])
def test_a_folder_holds_its_own_script(folder, script, foreign):
    wrong = [text for own, _, _, text in EXAMPLES if own == folder and foreign.search(text)]
    assert wrong == []
    assert sum(bool(script.search(text)) for own, _, _, text in EXAMPLES if own == folder) > 2_000


def test_mixed_examples_are_mixed():
    apart = [text for own, _, _, text in EXAMPLES if own == "mixed" and detect(text) != "mixed"]
    assert apart == []


def test_uyghur_is_written_in_its_own_letters():
    """After cleaning, which knows the look-alikes that shoppers type; what is left is another language's."""
    foreign = [
        (intent, text)
        for folder, intent, _, text in EXAMPLES
        if folder == "ug" and intent not in ("out_of_scope", "switch_language")
        if {c for c in clean(text) if ARABIC.match(c)} - LETTERS - MARKS
    ]
    assert foreign == []
