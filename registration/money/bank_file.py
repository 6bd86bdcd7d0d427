"""The lines of a bank's list, whichever bank: known by its headings, wherever in the file they stand."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from registration.money.bank_headings import Columns, columns_of
from registration.tables.files import Fault, TableFileError, read_table
from registration.tables.numbers import money_of

# What is not there yet, and comes again by another day and in other words once it is; or never came.
_NOT_BOOKED = re.compile(r"(umsatz )?(vorgemerkt|offen$|pending|revert|declin|fail|cancel|reject)")
_BALANCES = {"anfangssaldo", "endsaldo"}
_OUT = ("s", "d", "af")
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%Y%m%d")
_AMERICAN = ("%m/%d/%Y", "%m/%d/%y")
_HEADINGS_WITHIN = 30
_TOO_MUCH = 10**8  # what a payment can hold


@dataclass(frozen=True)
class Line:
    """`digest` tells it from every other line of the account; of lines that are the same to the letter, which it is."""

    number: int
    booked_on: dt.date
    amount: Decimal
    currency: str
    payer: str
    purpose: str
    digest: str


@dataclass(frozen=True)
class BankList:
    """`lines` are those by which money came, in the order of the file; the others are how many were left out."""

    lines: list[Line]
    not_booked: int
    went_out: int


@dataclass(frozen=True)
class _Record:
    number: int
    cells: list[str]
    columns: Columns

    def all(self, role: str) -> list[str]:
        """Those that are not empty."""
        there = [column for column in self.columns.get(role, []) if column < len(self.cells)]
        return [text for column in there if (text := " ".join(self.cells[column].split()))]

    def first(self, role: str) -> str:
        return next(iter(self.all(role)), "")

    def is_not_booked(self) -> bool:
        return any(_NOT_BOOKED.match(cell.casefold()) for cell in (self.first("date"), *self.all("status")))

    def amount(self) -> Decimal | None:
        """None for what is no booking: a balance, or what stands below the list. Below 0, or 0 of a list that has a column
        for it, went out.
        """
        cells = self.all("credit") or self.all("amount")
        if not self.first("date") or self.first("purpose").casefold() in _BALANCES:
            return None
        if not cells:
            return Decimal(0) if "credit" in self.columns and self.first("date")[:1].isdigit() else None
        try:
            amount = money_of(cells[0])
        except ValueError as error:
            raise _no_amount(cells[0]) from error
        if amount >= _TOO_MUCH:
            raise _no_amount(cells[0])
        return -abs(amount) if self.first("sign").casefold().startswith(_OUT) else amount


def read_bank_file(content: bytes) -> BankList:
    """Raises TableFileError with all lines that cannot be read."""
    table = read_table(content, above=_HEADINGS_WITHIN)
    records = _below_headings([(table.header_line, table.header), *table.rows])
    dates = _dates_of(records)
    faults: list[Fault] = []
    lines: list[Line] = []
    not_booked = went_out = 0
    seen: Counter[str] = Counter()
    for record in records:
        try:
            amount = record.amount()
            if amount is None:
                continue
            if amount <= 0:
                went_out += 1
            elif record.is_not_booked():
                not_booked += 1
            else:
                lines.append(_line(record, amount, dates, seen))
        except ValueError as error:
            faults.append(Fault(record.number, str(error)))
    if faults:
        raise TableFileError(faults)
    return BankList(lines, not_booked=not_booked, went_out=went_out)


def _below_headings(records: list[tuple[int, list[str]]]) -> list[_Record]:
    """Banks put the account and the balance above them."""
    for index, (_number, cells) in enumerate(records[:_HEADINGS_WITHIN]):
        if columns := columns_of(cells):
            return [_Record(number, below, columns) for number, below in records[index + 1 :]]
    message = _("No line has the headings of a bank's list: a date, an amount, and the purpose or reference.")
    raise TableFileError([Fault(records[0][0], message)])


def _line(record: _Record, amount: Decimal, dates: tuple[str, ...], seen: Counter[str]) -> Line:
    booked_on, purpose, payer = (
        _date(record.first("date"), dates),
        " ".join(record.all("purpose")),
        record.first("payer"),
    )
    currency = record.first("currency").upper()[:3]
    # Another text would make all that was recorded by older versions new.
    text = "\x1f".join([booked_on.isoformat(), str(amount), currency, payer.casefold(), purpose.casefold()])
    seen[text] += 1
    digest = hashlib.sha256(f"{text}\x1f{seen[text]}".encode()).hexdigest()
    payer = payer or record.first("other")
    return Line(record.number, booked_on, amount, currency, payer[:200], purpose[:500], digest)


def _dates_of(records: Iterable[_Record]) -> tuple[str, ...]:
    """With the month first where one day at least cannot be read otherwise, and all can be so."""
    slashed = [day for record in records if "/" in (day := record.first("date"))]
    if any(_day(day, _DATES) is None for day in slashed) and all(_day(day, _AMERICAN) for day in slashed):
        return _AMERICAN
    return _DATES


def _date(cell: str, patterns: tuple[str, ...]) -> dt.date:
    if day := _day(cell, patterns):
        return day
    raise ValueError(_("“%(cell)s” is no date.") % {"cell": cell[:40]})


def _day(cell: str, patterns: tuple[str, ...]) -> dt.date | None:
    text = cell.split()[0].partition("T")[0]
    for pattern in patterns:
        try:
            return dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None


def _no_amount(cell: str) -> ValueError:
    return ValueError(_("“%(cell)s” is no amount.") % {"cell": cell[:40]})
