"""What can be wrong with an entry or a table, as the pages say it; the sentences beside their codes."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.console.words import Words
from knowledge.content import FIELDS
from shop.tables import Fault


def _(word: str) -> str:
    return word


SAID = {
    # of an entry
    "no_question": _("A question is needed in one language at least."),
    "no_answer": _("An answer is needed in one language at least."),
    "dates_turned": _("The last day lies before the first."),
    "bad_address": _("An address begins with https:// or http://."),
    "too_many": _("At most {limit}."),
    "letters": _("At most {limit} characters."),
    "date_from_datetime_parsing": _("That is no day."),
    # of a line
    "bad_yes_no": _("“{value}” is neither yes nor no."),
    "bad_date": _("“{value}” is not a day such as 2026-05-01."),
    "bad_extras": _("The column {column} must be as the export writes it."),
    "same_question": _("The same question stands in line {line} already."),
    "unknown_id": _("There is no entry {value} here. Leave the cell empty for a new entry."),
    "same_entry": _("Line {line} changes the same entry."),
    "formula": _("Column {column} holds a formula. Paste its value instead."),
    "cell_error": _("Column {column} holds an Excel error."),
    "merged": _("The line has merged cells ({cells}). Unmerge them."),
    "cell_too_long": _("Column {column} holds more than {limit} characters."),
    "digits_lost": _("Column {column} holds a number so long that Excel lost its last digits."),
    "unreadable_letters": _("Column {column} holds letters broken by a wrong encoding."),
    "too_few_columns": _("The line has more values than there are columns."),
    # of a file
    "empty_file": _("The file is empty."),
    "too_large": _("The file is too large. Split it."),
    "too_many_lines": _("The file has more than {limit} lines. Split it."),
    "old_excel": _("This is an old Excel file, or one with a password. Save it as .xlsx."),
    "not_a_table": _("This is neither a CSV file nor an Excel file (.xlsx)."),
    "broken_excel": _("The Excel file is damaged. Open it and save it again as .xlsx."),
    "unpacks_too_large": _(
        "The Excel file holds far more than a table needs. Copy the table into a new file."
    ),
    "unknown_encoding": _("The file is neither UTF-8 nor GB18030. Save it as “CSV UTF-8”."),
    "mixed_encoding": _("Line {line} is not UTF-8 as the rest of the file is."),
    "open_quote": _("Near line {line} a quotation mark is opened and never closed."),
    "no_header": _("No line names the columns. Take the export as a pattern."),
    "missing_column": _("The column {column} is missing."),
    "double_column": _("The column {column} is there twice."),
}
ANYTHING = _("That cannot be read.")


class _Facts(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return "…"


def said(code: str, facts: Mapping[str, object], ours: Words) -> str:
    return ours.gettext(SAID.get(code, ANYTHING)).format_map(_Facts(facts))


def of_fault(fault: Fault, ours: Words) -> str:
    return said(fault.code, fault.facts, ours)


def of_content(error: ValidationError, ours: Words) -> dict[str, str]:
    """By the form's field: `question_zh`, `valid_until`, `links`."""
    found: dict[str, str] = {}
    for one in error.errors():
        place: list[Any] = list(one["loc"])
        field = FIELDS.get(one["type"]) or "_".join(str(part) for part in place[:2] if part in NAMED)
        if field in ("question", "answer"):
            field += "_zh"
        found.setdefault(field, said(one["type"], one.get("ctx") or {}, ours))
    return found


NAMED = frozenset(
    (
        *("question", "variants", "answer", "zh", "ug", "tags", "products", "valid_from", "valid_until"),
        *("picture", "links", "buttons"),
    )
)
