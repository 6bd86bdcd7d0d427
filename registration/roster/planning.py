"""What an imported list would change, found out before anything is written: who is new, who has changed, who is left
out, and every line that cannot be right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from conferences.chunks import CHUNK, chunks
from conferences.models import Conference
from registration.attendee.access_code import ALPHABET, LENGTH, clean_code, fold_code
from registration.attendee.models import Attendee, RetiredCode
from registration.roster.rows import LeftOut, RosterRow
from registration.tables.files import Fault, TableFileError

# Told what is done and the lists of rows it is done to, one after the other: a bar on a terminal.
Progress = Callable[[str, list[list[Any]]], Iterable[list[Any]]]


@dataclass
class Plan:
    """`changed` are rows whose seat is here and that say something new; which fields differ is seen once the seats are
    locked. `recoded` are the seats that the list knows by a code that was retired here. `left_out` counts all rows
    without a seat, `ended` are those of them whose seat is here and live.
    """

    new: list[RosterRow] = field(default_factory=list)
    changed: list[tuple[RosterRow, int]] = field(default_factory=list)
    recoded: set[int] = field(default_factory=set)
    ended: list[tuple[RosterRow, int]] = field(default_factory=list)
    unchanged: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    missing: int = 0


@dataclass(frozen=True)
class _Here:
    pk: int
    access_code: str
    imported_code: str | None
    digest: str
    is_live: bool


def make_plan(*, conference: Conference, rows: list[RosterRow], faults: list[Fault], is_own: bool) -> Plan:
    """Reads codes and digests of all seats of `conference`, locks nothing. Raises TableFileError with all that is
    wrong, `faults` of reading the rows included.
    """
    here = [
        _Here(*values, is_live=state == "valid")  # type: ignore[misc]
        for *values, state in _codes_here(conference)
    ]
    by_access = {seat.access_code: seat for seat in here}
    by_barcode = {seat.imported_code: seat for seat in here if seat.imported_code}
    retired = _retired_here(conference, here)
    known = {barcode_key(code) for code in retired | by_barcode}
    live = [row for row in rows if not row.left_out]
    faults = faults + _doubles(live)
    plan, seen = Plan(), dict[int, int]()
    # Those left out come last: one of them may be what a ticket in another line has replaced.
    for row in [*live, *(row for row in rows if row.left_out)]:
        seat = by_access.get(row.access_code) or by_barcode.get(row.barcode)
        if seat is None and (seat := retired.get(row.barcode)):
            plan.recoded.add(seat.pk)
        if row.left_out:
            plan.left_out[row.left_out] += 1
            if seat and seat.pk not in seen and seat.is_live:
                plan.ended.append((row, seat.pk))
        elif seat is None:
            plan.new.append(row)
            faults += _clashes(row, known)
        elif seat.pk in seen:
            line = seen[seat.pk]
            faults.append(Fault(row.line, _("This is the ticket of line %(line)s once more.") % {"line": line}))
        else:
            if row.access_code == seat.access_code and row.barcode not in {row.access_code, seat.imported_code}:
                faults.append(Fault(row.line, _("The imported barcode is not the one of this ticket.")))
            _sort(plan, row, seat)
        if seat:
            seen.setdefault(seat.pk, row.line)
    faults += _codes_of_others(plan.new)
    if faults:
        raise TableFileError(faults)
    if not is_own:
        plan.missing = sum(1 for seat in here if seat.digest and seat.is_live and seat.pk not in seen)
    return plan


def _sort(plan: Plan, row: RosterRow, seat: _Here) -> None:
    if row.digest == seat.digest:
        plan.unchanged += 1
    else:
        plan.changed.append((row, seat.pk))


def _codes_here(conference: Conference) -> QuerySet:
    return (
        Attendee.objects.filter(conference=conference)
        .order_by()
        .values_list("pk", "access_code", "imported_code", "imported_digest", "state")
    )


def _retired_here(conference: Conference, here: list[_Here]) -> dict[str, _Here]:
    """A reissue, a transfer and another address retire the imported barcode too, and the list goes on naming the person
    by it.
    """
    by_pk = {seat.pk: seat for seat in here}
    retired = RetiredCode.objects.filter(attendee__conference=conference).order_by()
    return {code: by_pk[pk] for code, pk in retired.values_list("code", "attendee")}


def _doubles(rows: list[RosterRow]) -> list[Fault]:
    """Case and Unicode form ignored: a barcode that somebody types must not be two people's."""
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for row in rows:
        line = min(first.setdefault(barcode_key(code), row.line) for code in row.codes)
        if line != row.line:
            text = _("The code is in line %(line)s already.")
            if not row.access_code:
                text = _("The barcode is in line %(line)s already.")
            faults.append(Fault(row.line, text % {"line": line}))
    return faults


def _clashes(row: RosterRow, known: set[str]) -> list[Fault]:
    if barcode_key(row.barcode) in known:
        return [Fault(row.line, _("The barcode is that of somebody else here, but for capitals."))]
    if barcode_key(row.access_code) in known:
        return [Fault(row.line, _("The ticket code is the barcode of somebody else here."))]
    return []


def _codes_of_others(rows: list[RosterRow]) -> list[Fault]:
    """A code that is read as an access code of ours, of any conference, or that was one and is retired."""
    readings = {
        row.line: {reading for code in row.codes for reading in (code, clean_code(code), *_as_access_code(code))}
        for row in rows
    }
    wanted = {code for codes in readings.values() for code in codes}
    short = [code for code in wanted if len(code) <= 20]
    taken: set[str] = set()
    retired: set[str] = set()
    for chunk in chunks(short, CHUNK):
        taken.update(Attendee.objects.order_by().filter(access_code__in=chunk).values_list("access_code", flat=True))
    for chunk in chunks(wanted, CHUNK):
        retired.update(RetiredCode.objects.order_by().filter(code__in=chunk).values_list("code", flat=True))
    faults = []
    for row in rows:
        if readings[row.line] & taken:
            text = _("The ticket code is that of another ticket of this site.")
            if not row.access_code:
                text = _("The barcode is the access code of another ticket of this site.")
            faults.append(Fault(row.line, text))
        elif readings[row.line] & retired:
            faults.append(Fault(row.line, _("The code was that of another ticket and is retired.")))
    return faults


def _as_access_code(barcode: str) -> Iterable[str]:
    folded = fold_code(clean_code(barcode))
    return [folded] if len(folded) == LENGTH and set(folded) <= set(ALPHABET) else []


def barcode_key(barcode: str) -> str:
    """The same for barcodes that differ only in case or in Unicode form."""
    return clean_code(barcode).casefold()
