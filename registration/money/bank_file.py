"""The lines of a bank's list, whichever bank: known by its headings, wherever in the file they stand."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from registration.tables.files import Fault, TableFileError, read_table
from registration.tables.numbers import money_of

# Beginnings of headings, as letters alone; the first that fits decides.
_ROLES = {
    "sign": ("sollhaben", "sh", "debitcredit", "creditdebit"),
    "currency": ("waehrung", "wahrung", "currency", "devise"),
    "credit": ("haben", "gutschrift", "credit", "paidin", "moneyin", "eingang"),
    "amount": ("betrag", "umsatz", "amount", "importe", "montant", "bedrag"),
    "purpose": (
        "verwendungszweck", "vwz", "zweck", "purpose", "paymentreference", "reference", "description", "details",
        "remittance", "narrative", "memo", "transactiondetails", "mededeling", "libelle", "concepto", "kundenreferenz",
    ),
    "payer": (
        "auftraggeber", "zahlungspflichtiger", "beguenstigter", "begunstigter", "namezahlungsbeteiligter", "payer",
        "counterparty", "sender", "partnername", "name", "von",
    ),
    "date": (
        "buchungstag", "buchungsdatum", "buchung", "datum", "date", "bookingdate", "transactiondate", "completeddate",
        "valuta", "wertstellung", "valuedate", "fecha",
    ),
}  # fmt: skip
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%Y%m%d")
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


def read_bank_file(content: bytes) -> list[Line]:
    """The lines by which money came, in the order of the file. Raises TableFileError with all lines that cannot be read."""
    table = read_table(content)
    records = [(table.header_line, table.header), *table.rows]
    start, roles = _headings(records)
    faults: list[Fault] = []
    lines: list[Line] = []
    seen: Counter[str] = Counter()
    for number, record in records[start + 1 :]:
        try:
            line = _line(number, record, roles, seen)
        except ValueError as error:
            faults.append(Fault(number, str(error)))
        else:
            lines += [line] if line else []
    if faults:
        raise TableFileError(faults)
    return lines


def _headings(records: list[tuple[int, list[str]]]) -> tuple[int, dict[str, list[int]]]:
    """Banks put the account and the balance above them."""
    for index, (_number, record) in enumerate(records[:_HEADINGS_WITHIN]):
        roles = _roles(record)
        if {"date", "purpose"} <= set(roles) and ("amount" in roles or "credit" in roles):
            return index, roles
    raise TableFileError(
        [
            Fault(
                records[0][0],
                _("No line has the headings of a bank's list: a date, an amount, and the purpose or reference."),
            )
        ]
    )


def _roles(record: list[str]) -> dict[str, list[int]]:
    roles: dict[str, list[int]] = {}
    for column, heading in enumerate(record):
        letters = re.sub(r"[^a-z]", "", heading.casefold().replace("ä", "ae").replace("ü", "ue").replace("ö", "oe"))
        role = next((role for role, names in _ROLES.items() if letters and letters.startswith(names)), None)
        if role:
            roles.setdefault(role, []).append(column)
    return roles


def _line(number: int, record: list[str], roles: dict[str, list[int]], seen: Counter[str]) -> Line | None:
    def cells(role: str) -> Iterator[str]:
        for column in roles.get(role, []):
            if column < len(record) and (text := " ".join(record[column].split())):
                yield text

    day = next(cells("date"), "")
    amounts = list(cells("credit")) or list(cells("amount"))
    if not amounts and not day:
        return None  # a balance, or what stands below the list
    if not amounts:
        return None  # money that went out, in a column of its own
    try:
        amount = money_of(amounts[0])
    except ValueError as error:
        raise ValueError(_("“%(cell)s” is no amount.") % {"cell": amounts[0][:40]}) from error
    if next(cells("sign"), "").casefold()[:1] in {"s", "d"}:
        amount = -abs(amount)
    if amount <= 0 or not day:
        return None
    if amount >= _TOO_MUCH:
        raise ValueError(_("“%(cell)s” is no amount.") % {"cell": amounts[0][:40]})
    booked_on, purpose, payer = _date(day), " ".join(cells("purpose")), next(cells("payer"), "")
    currency = next(cells("currency"), "").upper()[:3]
    text = "\x1f".join([booked_on.isoformat(), str(amount), currency, payer.casefold(), purpose.casefold()])
    seen[text] += 1
    digest = hashlib.sha256(f"{text}\x1f{seen[text]}".encode()).hexdigest()
    return Line(number, booked_on, amount, currency, payer[:200], purpose[:500], digest)


def _date(cell: str) -> dt.date:
    text = cell.split()[0].partition("T")[0]
    for pattern in _DATES:
        try:
            return dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    raise ValueError(_("“%(cell)s” is no date.") % {"cell": cell[:40]})
