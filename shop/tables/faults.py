"""What can be wrong with a table, told so that a seller can mend it.

A `Fault` is a code and its facts. `str` is its English sentence; pages translate `sentence` and fill the
facts in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

SENTENCES: dict[str, str] = {
    # of the whole file
    "empty_file": "the file is empty",
    "too_large": "the file is larger than {limit} MB: split it",
    "too_many_lines": "the file has more than {limit} lines: split it",
    "old_excel": "this is an old Excel file (.xls), or one with a password: "
    "save it as .xlsx without a password",
    "not_a_table": "this is neither a CSV file nor an Excel file (.xlsx)",
    "broken_excel": "the Excel file is damaged: open it, and save it again as .xlsx",
    "unpacks_too_large": "the Excel file holds far more than a table needs: copy the table into a new file",
    "unknown_encoding": "the file is neither UTF-8 nor GB18030: save it as “CSV UTF-8”",
    "mixed_encoding": "line {line} is not UTF-8 as the rest of the file is: save it again as “CSV UTF-8”",
    "open_quote": "near line {line} a quotation mark is opened and never closed, or a value is far too long",
    "no_header": "no line names the columns; {wanted} must be there",
    "missing_column": "the column {column} is missing",
    "double_column": "the column {column} is there twice",
    # of one line
    "formula": "column {column} holds a formula: paste its value instead",
    "cell_error": "column {column} holds an Excel error",
    "merged": "the line has merged cells ({cells}): unmerge them",
    "cell_too_long": "column {column} holds more than {limit} characters",
    "digits_lost": "column {column} holds a number so long that Excel has lost its last digits: "
    "format the column as text and enter it again",
    "unreadable_letters": "column {column} holds letters that were broken by a wrong encoding",
    "too_few_columns": "the line has more values than there are columns: is a comma not in quotation marks?",
}


@dataclass(frozen=True)
class Fault:
    """`sentences` may be an importer's own, beside those of tables."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    sentence: str = ""
    field: str | None = None  # the column it is about

    @classmethod
    def of(cls, code: str, field: str | None = None, /, **facts: object) -> Self:
        if field is not None:
            facts.setdefault("column", field)
        return cls(code, facts, SENTENCES[code], field)

    def __str__(self) -> str:
        return self.sentence.format(**self.facts)


class TableRefused(Exception):
    """The file cannot be read as a table at all."""

    def __init__(self, code: str, /, **facts: object) -> None:
        self.fault = Fault.of(code, None, **facts)
        super().__init__(str(self.fault))

    @property
    def code(self) -> str:
        return self.fault.code
