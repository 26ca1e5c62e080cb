"""/api/v1/faqs: what programs and the console do with a shop's FAQs."""

import csv
import io
from typing import Any

import openpyxl
import pytest

from tests.faqs.conftest import reply_to, until_embedded
from tests.instance import Karwan
from tests.shopper import Shopper
from tests.staff.people import Colleague, error_of

CAMEL = {
    "question": {"zh": "有骆驼奶吗？", "ug": "تۆگە سۈتى بارمۇ؟"},
    "variants": {"zh": ["卖骆驼奶吗", "骆驼奶怎么卖"], "ug": ["تۆگە سۈتى ساتامسىلەر"]},
    "answer": {"zh": "有，50元一袋。", "ug": "بار، بىر خالتىسى 50 يۈەن."},
    "tags": ["product_availability"],
}


def test_an_entry_lives_through_everything(karwan: Karwan, owner: Colleague, shop_slug: str) -> None:
    made = owner.do("/faqs", CAMEL, status=201)
    assert {name: made[name] for name in CAMEL} == CAMEL
    assert made["enabled"] is True
    number = made["id"]
    assert owner.get(f"/faqs/{number}") == made
    listed = owner.get("/faqs", params={"text": "骆驼奶"})
    assert ([one["id"] for one in listed["items"]], listed["total"]) == ([number], 1)

    with Shopper.of(karwan, shop_slug) as shopper:
        assert "50元" in reply_to(shopper, "你们卖骆驼奶吗")
        changed = {**CAMEL, "answer": {"zh": "有，60元一袋。"}}
        assert owner.http.put(f"/faqs/{number}", json=changed).json()["answer"] == {"zh": "有，60元一袋。"}
        assert "60元" in reply_to(shopper, "你们卖骆驼奶吗")
        draft = {**changed, "answer": {"zh": "有，70元一袋。"}}
        assert (
            owner.http.put(f"/faqs/{number}/draft", json=draft).json()["draft"]["answer"] == draft["answer"]
        )
        assert "60元" in reply_to(shopper, "骆驼奶怎么卖")
        assert owner.do(f"/faqs/{number}/publish")["draft"] is None
        assert "70元" in reply_to(shopper, "骆驼奶怎么卖")

    assert owner.http.delete(f"/faqs/{number}").status_code == 204
    assert owner.http.get(f"/faqs/{number}").status_code == 404
    past = owner.get("/faqs/history", params={"entry": number})["items"]
    assert [one["action"] for one in past] == ["delete", "publish", "change", "create"]
    assert all(one["by"] for one in past)
    assert owner.do(f"/faqs/undo/{past[0]['batch']}")["changed"] == 1
    assert owner.get(f"/faqs/{number}")["answer"] == {"zh": "有，70元一袋。"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "question"),
        ({"question": {"zh": " "}, "answer": {"zh": "好"}}, "question"),
        ({"question": {"zh": "好吗"}}, "answer"),
        ({"question": {"en": "?"}, "answer": {"zh": "好"}}, "question.en.[key]"),
        ({"question": {"zh": "好" * 301}, "answer": {"zh": "好"}}, "question.zh"),
        ({**CAMEL, "valid_from": "2026-05-02", "valid_until": "2026-05-01"}, "valid_until"),
        ({**CAMEL, "links": [{"title": {"zh": "看"}, "url": "javascript:alert(1)"}]}, "links.0.url"),
        ({**CAMEL, "tags": [str(n) for n in range(21)]}, "tags"),
        ({**CAMEL, "enabled": "maybe"}, "enabled"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(owner: Colleague, given: dict[str, Any], field: str) -> None:
    response = owner.http.post("/faqs", json=given)
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["field"] == field
    assert error["message"]


def test_agents_read_and_owners_edit(owner: Colleague, agent: Colleague) -> None:
    number = owner.get("/faqs", params={"limit": 1})["items"][0]["id"]
    assert agent.get(f"/faqs/{number}")["id"] == number
    assert agent.do("/faqs/search", {"text": "运费多少"})["decision"] == "answer"
    for refused in (
        agent.http.post("/faqs", json=CAMEL),
        agent.http.put(f"/faqs/{number}", json=CAMEL),
        agent.http.delete(f"/faqs/{number}"),
        agent.http.post("/faqs/import", content=b"x"),
        agent.http.post("/faqs/bulk", json={"ids": [number], "do": "delete"}),
    ):
        assert (refused.status_code, error_of(refused)) == (403, "not_allowed")


def test_another_shops_entries_do_not_exist(karwan: Karwan, owner: Colleague) -> None:
    number = owner.do("/faqs", CAMEL, status=201)["id"]
    batch = owner.get("/faqs/history")["items"][0]["batch"]
    with Colleague.hired(karwan, karwan.new_shop(), "owner") as stranger:
        for answer in (
            stranger.http.get(f"/faqs/{number}"),
            stranger.http.put(f"/faqs/{number}", json=CAMEL),
            stranger.http.delete(f"/faqs/{number}"),
            stranger.http.post(f"/faqs/{number}/publish"),
            stranger.http.post(f"/faqs/undo/{batch}"),
            stranger.http.get(f"/faqs/{2**40}"),
        ):
            assert (answer.status_code, error_of(answer)) == (404, "not_found")
        assert stranger.do("/faqs/bulk", {"ids": [number], "do": "delete"})["changed"] == 0
        results = stranger.do("/faqs/search", {"text": "骆驼奶怎么卖"})["results"]
        assert number not in [one["id"] for one in results]
    assert owner.get(f"/faqs/{number}")["id"] == number


def test_search_says_what_the_bot_would_do(karwan: Karwan, owner: Colleague) -> None:
    until_embedded(karwan)
    sure = owner.do("/faqs/search", {"text": "运费多少？包邮吗？"})
    assert (sure["decision"], sure["by_meaning"]) == ("answer", False)
    assert sure["results"][0]["score"] > 0.9
    strange = owner.do("/faqs/search", {"text": "你会写诗吗", "limit": 2})
    assert (strange["decision"], strange["by_meaning"]) == ("pass", True)
    for odd in ("", "\0", "👍", "x" * 4000):
        assert owner.http.post("/faqs/search", json={"text": odd}).json()["decision"] == "pass"


def test_an_answer_in_the_other_language_says_so(karwan: Karwan, owner: Colleague, shop_slug: str) -> None:
    owner.do("/faqs", {**CAMEL, "answer": {"zh": "有，50元一袋。"}}, status=201)
    with Shopper.of(karwan, shop_slug, "ug") as shopper:
        said = reply_to(shopper, "تۆگە سۈتى بارمۇ؟")
    assert "بۇنىڭ جاۋابى دۇكاندا پەقەت خەنزۇچە بار:\n有，50元一袋。" in said


def test_bulk_edits_are_undone_in_one_go(owner: Colleague) -> None:
    before = owner.get("/faqs", params={"limit": 500})["items"]
    ids = [one["id"] for one in before[:5]]
    done = owner.do("/faqs/bulk", {"ids": ids, "do": "tag", "tag": "季节"})
    assert done["changed"] == 5
    assert owner.get("/faqs", params={"tag": "季节"})["total"] == 5
    owner.do("/faqs/bulk", {"ids": ids, "do": "switch_off"})
    assert owner.get("/faqs", params={"kept": "off"})["total"] == 5
    owner.do("/faqs/bulk", {"ids": ids[:2], "do": "delete"})
    for change in owner.get("/faqs/history", params={"limit": 12})["items"]:
        if change["before"] and change["before"]["enabled"] and not change["after"]:
            pytest.fail("these were switched off when they were deleted")
    batches = dict.fromkeys(one["batch"] for one in owner.get("/faqs/history", params={"limit": 12})["items"])
    for batch in batches:
        owner.do(f"/faqs/undo/{batch}")
    after = owner.get("/faqs", params={"limit": 500})["items"]
    plain = [{name: one[name] for name in one if name not in ("updated_at", "created_at")} for one in before]
    assert [
        {name: one[name] for name in one if name not in ("updated_at", "created_at")} for one in after
    ] == plain


def test_what_was_changed_again_is_not_undone(owner: Colleague) -> None:
    one, other = (entry["id"] for entry in owner.get("/faqs", params={"limit": 2})["items"])
    first = owner.do("/faqs/bulk", {"ids": [one, other], "do": "tag", "tag": "先"})["batch"]
    later = owner.do("/faqs/bulk", {"ids": [other], "do": "tag", "tag": "后"})["batch"]
    refused = owner.http.post(f"/faqs/undo/{first}")
    assert (refused.status_code, error_of(refused)) == (409, "changed_since")
    assert {"先", "后"} <= set(owner.get(f"/faqs/{other}")["tags"])
    assert "先" in owner.get(f"/faqs/{one}")["tags"]  # nothing is set back by half
    for batch, left in ((later, {"先"}), (first, set())):
        owner.do(f"/faqs/undo/{batch}")
        assert {"先", "后"} & set(owner.get(f"/faqs/{other}")["tags"]) == left


TABLE = """问题,سوئال,相似问,答案,标签,状态
有骆驼奶吗,تۆگە سۈتى بارمۇ,卖骆驼奶吗|骆驼奶怎么卖,有。,product_info,是
运费多少？包邮吗？,,,新答案。,,
没有答案的问题,,,,,
有骆驼奶吗？,,,重复。,,
状态不对,,,好。,,也许
"""


def load(owner: Colleague, content: bytes | str, **more: Any) -> Any:
    response = owner.http.post("/faqs/import", content=content, params=more)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_import_takes_good_lines_and_names_bad_ones(owner: Colleague, encoding: str) -> None:
    content = TABLE.encode(encoding)
    preview = load(owner, content, dry_run=True)
    counts = ("added", "changed", "unchanged", "refused")
    assert [preview[name] for name in counts] == [1, 1, 0, 3]
    assert preview["applied"] is False
    refused = {one["line"]: one["error"]["code"] for one in preview["lines"] if one["outcome"] == "refused"}
    assert refused == {4: "no_answer", 5: "same_question", 6: "bad_yes_no"}
    assert load(owner, content, mode="all")["applied"] is False
    assert owner.get("/faqs", params={"text": "骆驼奶"})["total"] == 0
    done = load(owner, content)
    assert done["applied"] is True
    again = load(owner, content)
    assert [again[name] for name in counts] == [0, 0, 2, 3]
    found = owner.get("/faqs", params={"text": "骆驼奶"})["items"]
    assert found[0]["variants"] == {"zh": ["卖骆驼奶吗", "骆驼奶怎么卖"]}
    kept = owner.get("/faqs", params={"text": "新答案"})["items"][0]
    assert kept["answer"]["ug"], "a column that the file has not keeps what is there"
    assert owner.do(f"/faqs/undo/{done['batch']}")["changed"] == 2
    assert owner.get("/faqs", params={"text": "骆驼奶"})["total"] == 0


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_imports_again_unchanged(karwan: Karwan, owner: Colleague, kind: str) -> None:
    nasty = {
        "question": {"zh": "=1+1 是多少"},
        "variants": {"zh": ["一|二", "+86", "第一行\n第二行"]},
        "answer": {"zh": '带"引号",逗号'},
        "links": [{"title": {"zh": "看"}, "url": "https://example.com/a?b=c"}],
        "valid_from": "2026-05-01",
        "products": ["MELON-1"],
    }
    owner.do("/faqs", nasty, status=201)
    exported = owner.http.get("/faqs/export", params={"format": kind}).content
    count = owner.get("/faqs", params={"limit": 1})["total"]
    if kind == "csv":
        assert len(list(csv.reader(io.StringIO(exported.decode("utf-8-sig"))))) == count + 1
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(exported)).active
        assert sheet is not None
        assert sheet.max_row == count + 1
    report = load(owner, exported)
    assert [report[name] for name in ("added", "changed", "unchanged", "refused")] == [0, 0, count, 0]
    with Colleague.hired(karwan, karwan.new_shop(), "owner") as other:
        everything = [one["id"] for one in other.get("/faqs", params={"limit": 500})["items"]]
        other.do("/faqs/bulk", {"ids": everything, "do": "delete"})
        assert load(other, exported)["added"] == count
        [copy] = other.get("/faqs", params={"text": "1+1"})["items"]
        assert {name: copy[name] for name in nasty} == nasty


def test_a_file_that_is_none_is_refused_whole(owner: Colleague) -> None:
    for content, code in (
        (b"", "empty_file"),
        (b"PK\x03\x04", "broken_excel"),
        (b"a,b\n1,2\n", "no_header"),
    ):
        refused = owner.http.post("/faqs/import", content=content)
        assert (refused.status_code, error_of(refused)) == (422, code)
    form = owner.http.post(
        "/faqs/import", files={"file": ("f.csv", "问题,答案\n好吗,好\n")}, params={"dry_run": True}
    )
    assert form.json()["added"] == 1


def test_the_command_line_imports_and_exports(
    karwan: Karwan, shop_slug: str, owner: Colleague, tmp_path: Any
) -> None:
    file = tmp_path / "faqs.csv"
    file.write_text(TABLE)
    done = karwan.command("faq", "import", str(file), "--shop", shop_slug)
    assert done.returncode == 0, done.stderr
    assert "line 4: " in done.stdout
    assert "1 added, 1 changed, 0 unchanged, 3 refused" in done.stdout
    out = tmp_path / "out.xlsx"
    assert karwan.command("faq", "export", str(out), "--shop", shop_slug).returncode == 0
    assert "0 added, 0 changed" in karwan.command("faq", "import", str(out), "--shop", shop_slug).stdout
    for words in (
        ("import", str(tmp_path / "none.csv"), "--shop", shop_slug),
        ("import", str(file), "--shop", "no"),
    ):
        failed = karwan.command("faq", *words)
        assert failed.returncode == 2
        assert failed.stderr.count("\n") == 1
