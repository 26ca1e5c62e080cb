"""Long texts in parts a platform takes."""

import pytest

from bot.channels.split import split, utf8, utf16

FAMILY = "👨‍👩‍👧"
MARKED = "ئ" + "ُ" * 3


@pytest.mark.parametrize(
    ("text", "limit", "measure", "parts"),
    [
        ("", 10, len, []),
        ("  \n ", 10, len, []),
        ("短", 10, len, ["短"]),
        ("一二三四五六", 4, len, ["一二三四", "五六"]),
        ("一二。三四五六", 5, len, ["一二。", "三四五六"]),
        ("第一段。很长\n\n第二段", 9, len, ["第一段。很长", "第二段"]),
        ("بىر ئىككى ئۈچ", 10, len, ["بىر ئىككى", "ئۈچ"]),
        ("بىر، ئىككى ئۈچ", 8, len, ["بىر،", "ئىككى", "ئۈچ"]),
        ("一二三", 6, utf8, ["一二", "三"]),
        ("ئابۋ", 4, utf8, ["ئا", "بۋ"]),
        (f"一{FAMILY}", 8, utf16, ["一", FAMILY]),
        (f"ab{MARKED}", 5, len, ["ab", MARKED]),
        ("价格是12.50元，好", 8, len, ["价格是12.50", "元，好"]),
    ],
)
def test_parts(text: str, limit: int, measure, parts: list[str]) -> None:  # type: ignore[no-untyped-def]
    assert split(text, limit, measure) == parts


@pytest.mark.parametrize("measure", [len, utf8, utf16])
def test_nothing_is_lost_and_no_part_is_too_long(measure) -> None:  # type: ignore[no-untyped-def]
    text = ("您好，订单已发货。" * 40 + FAMILY + "زاكازىڭىز ئەۋەتىلدى. " * 40 + "\n\n") * 3
    parts = split(text, 97, measure)
    assert all(0 < measure(part) <= 97 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert not any(part.startswith("\u200d") or part.endswith("\u200d") for part in parts)


def test_a_heap_of_marks_is_cut_all_the_same() -> None:
    heap = "a" + "\u0301" * 300
    assert "".join(split(heap, 50, len)) == heap
