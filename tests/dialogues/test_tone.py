"""How soon a person comes in for the shopper's mood is the shop's own setting."""

import json

import pytest

from tests.conftest import Karwan
from tests.dialogues.play import enter, traces

OFFERED = {"zh": "您想直接找人工客服", "ug": "سۆزلەشمەكچى بولسىڭىز"}
ANGRY = {"zh": "还不发货，你们到底管不管", "ug": "ھەر كۈنى «ئەتە» دەيسىلەر، مېنى ئەخمەق دەپ قالدىڭلارمۇ"}
FURIOUS = {"zh": "骗子！马上给我退款！", "ug": "يەنە ئالداۋاتىسىلەر! زادى قاچان ئەۋەتىسىلەر!"}
LET_DOWN = {
    "zh": "快递到哪了？本来以为这周能到的，真让人失望",
    "ug": "يوللانمام نەدە؟ بۇ ھەپتە كېلەر دېگەن ئىدىم، بەك ئۈمىدسىزلەندىم",
}


@pytest.mark.parametrize("language", ["zh", "ug"])
@pytest.mark.parametrize(
    "setting, words, handovers",
    [
        ({"let_downs": 1}, LET_DOWN, []),  # offered after the first
        ({"furious_from": 0.2}, ANGRY, ["anger"]),  # called for what is otherwise not strong enough
        ({"furious_from": 1}, FURIOUS, []),  # offered where one is otherwise called
    ],
)
def test_the_shop_says_when(
    karwan: Karwan,
    shop_slug: str,
    language: str,
    setting: dict[str, float],
    words: dict[str, str],
    handovers: list[str],
) -> None:
    statement = (
        "UPDATE shop SET settings = settings || jsonb_build_object('service', %s::jsonb) WHERE slug = %s"
    )
    karwan.sql(statement, json.dumps(setting), shop_slug)
    with enter(karwan.base, shop_slug, language) as shopper:
        said = shopper.write(words[language])
        assert said.mode == ("queued" if handovers else "bot"), shopper
        assert (OFFERED[language] in said.text) == (not handovers), shopper
    assert traces(karwan.database_url, shop_slug, [])["handovers"] == handovers
