"""The rows of a list that some program exported, whatever its encoding, separator and line ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

# A cell longer than any field of ours; `csv` would take a file with one lost quote for one endless cell.
_MAX_CELL = 100_000
_SEPARATORS = ",;\t"


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong in a file, and in which line of it (the first is 1; a cell with line breaks spans several)."""

    line: int
    message: str

    def __str__(self) -> str:
        return _("Line %(line)s: %(message)s") % {"line": self.line, "message": self.message}


class TableFileError(Exception):
    """The file cannot be imported; nothing was written. `faults` are all that were found, by line."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = sorted(faults)


@dataclass(frozen=True)
class Table:
    """`rows` with the number of the line each begins on; blank lines are left out."""

    header: list[str]
    header_line: int
    rows: list[tuple[int, list[str]]]


def read_table(content: bytes, *, above: int = 1) -> Table:
    """The separator is that of the first line, or of the first `above` lines where something may stand above the header.
    Raises TableFileError for what is no table: empty, binary, no text in UTF-8, UTF-16 or cp1252, a quote never closed.
    """
    text = _decode(content)
    if not text.strip():
        raise TableFileError([Fault(1, _("The file is empty."))])
    if "\x00" in text:
        line = len(text[: text.index("\x00")].splitlines()) or 1
        raise TableFileError([Fault(line, _("There is a NUL character, which no list has. Export the file anew."))])
    records = list(_records(text, _separator(text, above)))
    if not records:  # separators and spaces alone
        raise TableFileError([Fault(1, _("The file is empty."))])
    (header_line, header), rows = records[0], records[1:]
    return Table([" ".join(cell.split()) for cell in header], header_line, rows)


def _decode(content: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    # UTF-16 without a mark: every other byte of an English header is zero.
    if content[1:40:2].count(0) > 10:
        return _strictly(content, "utf-16-le")
    if content[:40:2].count(0) > 10:
        return _strictly(content, "utf-16-be")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _strictly(content, "cp1252")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, errors="replace").count("\n") + 1
        raise TableFileError(
            [Fault(line, _("This is not readable text. Save the file as CSV in UTF-8 and try again."))]
        ) from error


def _separator(text: str, above: int) -> str:
    """The one that makes the most cells of a line."""
    lines = [line for line in text.splitlines() if line.strip()][:above]
    return max(_SEPARATORS, key=lambda separator: max(len(_cells(line, separator)) for line in lines))


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(_MAX_CELL)
    # newline="": the cells keep their line breaks, and a lone CR ends a line too.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                yield begins, record
            begins = reader.line_num + 1
    except csv.Error as error:
        raise TableFileError(
            [Fault(begins, _("A quotation mark is not closed, or a cell is far too long (%(why)s).") % {"why": error})]
        ) from error
