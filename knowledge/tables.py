"""FAQs as a table: what its columns mean, a line as an entry and an entry as a line."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from knowledge.content import FIELDS, LANGUAGES, Content, content_of
from knowledge.models import FaqEntry
from shop.tables import Column, Fault

COLUMNS = (
    Column("question_zh", ("问题", "中文问题", "问题（中文）", "标准问题", "问法", "question")),
    Column("question_ug", ("维语问题", "维吾尔语问题", "问题（维语）", "问题（维吾尔语）", "سوئال")),
    Column("variants_zh", ("相似问", "相似问法", "中文相似问", "其他问法", "扩展问", "variants")),
    Column("variants_ug", ("维语相似问", "维语相似问法", "维吾尔语相似问", "维语其他问法", "باشقىچە سوئال")),
    Column("answer_zh", ("答案", "回答", "中文答案", "中文回答", "回复", "answer")),
    Column("answer_ug", ("维语答案", "维语回答", "维吾尔语答案", "جاۋاب")),
    Column("tags", ("标签", "分类", "بەلگە")),
    Column("enabled", ("启用", "是否启用", "状态", "ھالىتى")),
    Column("products", ("商品", "商品编码", "مال")),
    Column("valid_from", ("生效日期", "开始日期", "باشلىنىش كۈنى")),
    Column("valid_until", ("失效日期", "结束日期", "ئاخىرلىشىش كۈنى")),
    Column("extras", ("附件", "图片链接按钮")),
    Column("id", ("编号",)),
)
NAMES = [column.name for column in COLUMNS]
YES = frozenset(("", "1", "true", "yes", "y", "on", "是", "启用", "已启用", "开", "发布", "已发布", "ھەئە"))
NO = frozenset(
    ("0", "false", "no", "n", "off", "否", "停用", "禁用", "未启用", "关", "草稿", "未发布", "ياق")
)
#: what can be wrong with a line, beside what can be wrong with an entry
SENTENCES = {
    "bad_yes_no": "“{value}” is neither yes nor no",
    "bad_date": "“{value}” is not a day such as 2026-05-01",
    "bad_extras": "the column {column} must be as the export writes it",
    "same_question": "the same question stands in line {line} already",
    "unknown_id": "there is no entry {value} in this shop: leave the cell empty for a new entry",
    "same_entry": "line {line} changes the same entry",
}
_BAR = re.compile(r"(?<!\\)[|｜]")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: .*)?")


class BadLine(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def fault(code: str, field: str, **facts: object) -> Fault:
    return Fault(code, {"column": field, **facts}, SENTENCES[code], field)


def content_from(values: Mapping[str, str], known: Content | None) -> Content:
    """The entry a line describes. A column that the file has not leaves what is known. Raises BadLine."""
    given: dict[str, Any] = known.stored() if known else {}
    for name in ("question", "variants", "answer"):
        texts = dict(given.get(name) or {})
        for language in LANGUAGES:
            if (cell := values.get(f"{name}_{language}")) is not None:
                texts[language] = _split(cell) if name == "variants" else cell
        given[name] = texts
    for name in ("tags", "products"):
        if name in values:
            given[name] = _split(values[name])
    if "enabled" in values:
        given["enabled"] = _yes(values["enabled"])
    for name in ("valid_from", "valid_until"):
        if name in values:
            given[name] = _day(name, values[name])
    if "extras" in values:
        given.update(_extras(values["extras"]))
    try:
        return Content.model_validate(given)
    except ValidationError as error:
        raise BadLine(_told(error.errors()[0])) from None


def line_of(entry: FaqEntry) -> dict[str, str]:
    """Read back, it is the entry."""
    content = content_of(entry)
    line = {"id": str(entry.id), "enabled": "true" if content.enabled else "false"}
    for language in LANGUAGES:
        line[f"question_{language}"] = str(content.question.get(language, ""))  # type: ignore[call-overload]
        line[f"answer_{language}"] = str(content.answer.get(language, ""))  # type: ignore[call-overload]
        line[f"variants_{language}"] = _joined(content.variants.get(language, []))  # type: ignore[call-overload]
    line["tags"], line["products"] = _joined(content.tags), _joined(content.products)
    line["valid_from"] = content.valid_from.isoformat() if content.valid_from else ""
    line["valid_until"] = content.valid_until.isoformat() if content.valid_until else ""
    line["extras"] = json.dumps(entry.extras, ensure_ascii=False, sort_keys=True) if entry.extras else ""
    return line


def _split(cell: str) -> list[str]:
    return [part.replace("\\|", "|").strip() for part in _BAR.split(cell) if part.strip()]


def _joined(texts: list[str]) -> str:
    return "|".join(text.replace("|", "\\|").replace("｜", "\\｜") for text in texts)


def _yes(cell: str) -> bool:
    plain = cell.lower()
    if plain not in YES and plain not in NO:
        raise BadLine(fault("bad_yes_no", "enabled", value=cell[:20]))
    return plain in YES


def _day(name: str, cell: str) -> str | None:
    if not cell:
        return None
    found = _DAY.fullmatch(cell)
    if found is None:
        raise BadLine(fault("bad_date", name, value=cell[:20]))
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"


def _extras(cell: str) -> dict[str, Any]:
    try:
        found = json.loads(cell or "{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadLine(fault("bad_extras", "extras"))
    return {
        "picture": found.get("picture"),
        "links": found.get("links") or [],
        "buttons": found.get("buttons") or [],
    }


def _told(error: ErrorDetails) -> Fault:
    place = [str(part) for part in error["loc"]]
    field = FIELDS.get(error["type"]) or "_".join(part for part in place[:2] if not part.isdigit())
    facts: dict[str, Any] = dict(error.get("ctx") or {})
    sentence = str(error["msg"])
    for name, value in facts.items():  # the sentence as it is translated, before its facts are put in
        sentence = sentence.replace(str(value), f"{{{name}}}") if name == "limit" else sentence
    return Fault(error["type"], {**facts, "column": field}, sentence, field)
