"""Tables that sellers bring are read line by line, or refused in words, whatever is in the file."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from shop.tables import Column, Row, TableRefused, csv_lines, open_table, write_xlsx

COLUMNS = (
    Column("question_zh", ("问题", "中文问题"), required=True),
    Column("answer_zh", ("答案",)),
    Column("question_ug", ("سوئال",)),
)
Book = Callable[[openpyxl.Workbook], None]


def read(path: Path, **given: object) -> list[Row]:
    with open_table(path, COLUMNS, limit=int(str(given.get("limit", 100)))) as table:
        return list(table.rows())


def values(rows: list[Row]) -> list[str]:
    return [row.fault.code if row.fault else row.values["question_zh"] for row in rows]


def csv_file(folder: Path, content: bytes | str) -> Path:
    path = folder / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def excel(folder: Path, change: Book | None = None, rows: tuple[tuple[object, ...], ...] = ()) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("问题", "答案"), *rows):
        sheet.append(row)
    if change:
        change(book)
    path = folder / "file.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f"问题{delimiter}سوئال\r\n运费多少{delimiter}توشۇش ھەققى قانچە\r\n\r\n“几天”到{delimiter}\r\n"
    rows = read(csv_file(tmp_path, text.encode(encoding)))
    assert values(rows) == ["运费多少", "“几天”到"]
    assert rows[0].values == {"question_zh": "运费多少", "question_ug": "توشۇش ھەققى قانچە"}
    assert [row.number for row in rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"  \n", "empty_file"),
        ("答案\n没有问题列\n", "missing_column"),
        ("a,b\n1,2\n", "no_header"),
        ("问题,中文问题\n1,2\n", "double_column"),
        ('问题,答案\n甲,"乙\n丙,丁\n', "open_quote"),
        ("问题\n" + "十" * 200_000, "open_quote"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old_excel"),
        (b"PK\x03\x04rubbish", "broken_excel"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "not_a_table"),
        (b"\x00\x01\x02\x03 text", "not_a_table"),
        (b"question_zh\n\xff\xff\xff\n", "unknown_encoding"),
        (("问题\n" + "运费多少\n" * 30).encode() + b"\xff\n", "mixed_encoding"),
        ("问题\n" + "x\n" * 101, "too_many_lines"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes | str, code: str) -> None:
    with pytest.raises(TableRefused) as refused:
        read(csv_file(tmp_path, content))
    assert refused.value.code == code
    assert "{" not in str(refused.value)


def test_a_file_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(TableRefused, match="64 MB"):
        read(path)


def test_titles_and_notes_may_stand_above_the_header(tmp_path: Path) -> None:
    rows = read(csv_file(tmp_path, "我的店常见问题\n,\n* 问题（必填）,答案\n运费多少,8元\n"))
    assert values(rows) == ["运费多少"]
    assert rows[0].number == 4


def test_a_mapping_names_columns_that_have_other_titles(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "标题,正文,问题\n运费多少,8元,别的\n")
    with open_table(path, COLUMNS, limit=9, mapping={"question_zh": "标题", "answer_zh": "正文"}) as table:
        assert table.unknown == ["问题"]
        assert [row.values for row in table.rows()] == [{"question_zh": "运费多少", "answer_zh": "8元"}]


def test_lines_with_a_fault_are_told_and_the_others_read(tmp_path: Path) -> None:
    lines = ["问题,答案", "一,a", "二,b,c", "锟斤拷,d", "十" * 40_000, "五,e"]
    rows = read(csv_file(tmp_path, "\n".join(lines)))
    assert values(rows) == ["一", "too_few_columns", "unreadable_letters", "cell_too_long", "五"]
    assert "question_zh" in str(rows[2].fault)


def test_excel_cells_are_text_and_formulas_are_not_run(tmp_path: Path) -> None:
    def merge(book: openpyxl.Workbook) -> None:
        assert book.active is not None
        book.active.merge_cells("A6:A7")

    rows = read(
        excel(
            tmp_path,
            merge,
            (
                (12, 1.5),
                ("=1+1",),
                (10**17,),
                ("好", True),
                ("合并", "a"),
                (None, "b"),
                (None, None),
                ("完",),
            ),
        )
    )
    assert values(rows) == ["12", "formula", "digits_lost", "好", "merged", "merged", "完"]
    assert rows[0].values["answer_zh"] == "1.5"
    assert rows[3].values["answer_zh"] == "true"
    assert "A6:A7" in str(rows[4].fault)
    assert rows[-1].number == 9


def test_an_archive_that_unpacks_without_end_is_refused_at_once(tmp_path: Path) -> None:
    path = excel(tmp_path, rows=(("运费多少", "8元"),))
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings2.xml", "w") as part,
    ):
        for _ in range(100):
            part.write(b" " * 2**20)
    with pytest.raises(TableRefused) as refused:
        read(path)
    assert refused.value.code == "unpacks_too_large"


def test_one_row_without_end_is_refused(tmp_path: Path) -> None:
    path = excel(tmp_path, rows=(("运费多少", "8元"),))
    whole = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                cells = b'<c r="A9" t="inlineStr"><is><t>x</t></is></c>' * 400_000
                content = content.replace(b"</sheetData>", b'<row r="9">' + cells + b"</row></sheetData>")
            new.writestr(part.filename, content)
    with pytest.raises(TableRefused) as refused:
        read(path)
    assert refused.value.code == "unpacks_too_large"


def test_entities_in_a_workbook_are_not_expanded(tmp_path: Path) -> None:
    path = excel(tmp_path, rows=(("运费多少", "8元"),))
    whole = io.BytesIO(path.read_bytes())
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                content = bomb + content.replace(b"<sheetData>", b"<sheetData><!-- &b; -->")
            new.writestr(part.filename, content)
    with pytest.raises(TableRefused) as refused:
        read(path)
    assert refused.value.code == "broken_excel"


NASTY = [
    "=1+1",
    "+8613800000000",
    "-3",
    "@x",
    "'=x",
    "''-y",
    "普通",
    '带"引号",逗号',
    "两\n行",
    "ئۇيغۇرچە، «خەت»",
]


def test_what_is_written_is_read_back_unchanged(tmp_path: Path) -> None:
    lines = [{"question_zh": text, "answer_zh": "答"} for text in NASTY]
    sheet, book = tmp_path / "out.csv", tmp_path / "out.xlsx"
    text = "".join(csv_lines(["question_zh", "answer_zh"], lines))
    assert not any(line.startswith(("=", "+", "-", "@")) for line in text.splitlines())
    sheet.write_text(text, encoding="utf-8", newline="")
    with book.open("wb") as file:
        write_xlsx(file, ["question_zh", "answer_zh"], lines)
    for path in (sheet, book):
        assert values(read(path)) == NASTY
