"""Why a file, or a line of it, is not taken: in the reader's language."""

from collections.abc import Mapping
from typing import Any

from bot.console.order_words import FIELDS, TROUBLES, field_named, trouble_told
from bot.console.words import Words


def _(word: str) -> str:
    return word


FAULTS = {
    "empty_file": _("The file is empty."),
    "too_large": _("The file is larger than {limit} MB. Split it."),
    "too_many_lines": _("The file has more than {limit} lines. Split it."),
    "old_excel": _("This is an old Excel file (.xls) or one with a password. Save it as .xlsx without one."),
    "not_a_table": _("This is neither a CSV file nor an Excel file (.xlsx)."),
    "broken_excel": _("The Excel file is damaged. Open it and save it again as .xlsx."),
    "unpacks_too_large": _(
        "The Excel file holds far more than a table needs. Copy the table into a new file."
    ),
    "unknown_encoding": _("The file is neither UTF-8 nor GB18030. Save it as “CSV UTF-8”."),
    "mixed_encoding": _("Line {line} is not UTF-8 as the rest of the file is. Save it again as “CSV UTF-8”."),
    "open_quote": _("A quotation mark is opened near line {line} and never closed."),
    "no_header": _("No line names the columns. The first line should."),
    "missing_column": _("The column “{column}” is missing."),
    "double_column": _("The column “{column}” is there twice."),
    "formula": _("There is a formula. Paste its value instead."),
    "cell_error": _("There is an Excel error."),
    "merged": _("The line has merged cells. Unmerge them."),
    "cell_too_long": _("This is too long."),
    "digits_lost": _(
        "The spreadsheet has rounded this number and its last digits are lost. Format the column as text and"
        " enter it again."
    ),
    "unreadable_letters": _("There are letters that were broken by a wrong encoding."),
    "too_few_columns": _(
        "The line has more values than there are columns. Is a comma not in quotation marks?"
    ),
}


def fault_told(code: str, facts: Mapping[str, Any], ours: Words) -> str:
    """The sentence for a fault of a file or of a line."""
    if code in TROUBLES:
        return trouble_told(code, ours)
    names = {**facts}
    if str(names.get("column", "")).split(" (")[0] in FIELDS:
        names["column"] = field_named(str(names["column"]).split(" (")[0], ours)
    known = FAULTS.get(code, FAULTS["not_a_table"])
    return ours.gettext(known).format_map({"limit": "", "line": "", "column": "", **names})


def line_told(code: str, field: str | None, facts: Mapping[str, Any], ours: Words) -> str:
    """The same with the name of the column before it."""
    said = fault_told(code, facts, ours)
    colon = ": " if ours.language != "zh" else "："
    return f"{field_named(field, ours)}{colon}{said}" if field else said
