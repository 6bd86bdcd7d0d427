"""The worklist of conflicts: whom a tablet let in by itself although the server would not have, and what was done about it.

A conflict is a scan (`Scan.conflict`), and stays one. People settle it with a note, and may open it again; nothing is
merged, and no scan changes by it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.prepared import Given, Prepared, counted
from registration.account.models import User
from registration.checkin.models import Scan, Verdict
from registration.checkin.models_conflicts import Settlement
from registration.errors import RegistrationError

PER_PAGE = 30


class Show(models.TextChoices):
    OPEN = "open", _("Open")
    SETTLED = "settled", _("Settled")


@dataclass(frozen=True)
class Conflict:
    """`entries` are all that went in with this ticket there, `scan` among them, in the order of their time. `settlements`
    are the newest first.
    """

    scan: Scan
    entries: Sequence[Scan]
    settlements: Sequence[Settlement]

    @property
    def is_double(self) -> bool:
        """Two tablets let the same ticket in; else one let in what was not valid."""
        return self.scan.verdict == Verdict.ALREADY_ADMITTED

    @property
    def settlement(self) -> Settlement | None:
        """What ended it; None while it is open."""
        return next((one for one in self.settlements if one.reopened_at is None), None)


def conflicts_of(conference: Conference | Given, *, show: Show | None = None) -> QuerySet[Scan]:
    """The newest first."""
    found = Scan.objects.filter(checkpoint__conference=conference, conflict=True).order_by("-received_at", "pk")
    is_settled = Exists(Settlement.objects.filter(scan=OuterRef("pk"), reopened_at=None))
    return found if show is None else found.filter(is_settled if show == Show.SETTLED else ~is_settled)


COUNT_OPEN = Prepared(lambda: counted(conflicts_of(Given("conference"), show=Show.OPEN)))


def count_open(conference: Conference) -> int:
    return COUNT_OPEN.all(conference=conference.pk)[0]


def page_of_conflicts(conference: Conference, *, show: Show, number: str | None) -> tuple[Page, list[Conflict]]:
    """Five queries, whatever there is. A number that is none gives the first or the last page."""
    page = Paginator(_with_people(conflicts_of(conference, show=show)), PER_PAGE).get_page(number)
    return page, _about(list(page.object_list))


def find_conflict(conference: Conference, scan_id: uuid.UUID) -> Conflict | None:
    found = _with_people(conflicts_of(conference)).filter(pk=scan_id)
    return next(iter(_about(list(found))), None)


def settle_conflict(*, conflict: Conflict, note: str, by: User | None, by_name: str, now: dt.datetime) -> None:
    """Raises RegistrationError `note_missing`, or `settled` when somebody else was first."""
    if not note.strip():
        raise RegistrationError("note_missing", _("Say what was done, so that nobody looks into it again."))
    try:
        with transaction.atomic():
            Settlement.objects.create(
                scan=conflict.scan, note=note.strip(), settled_at=now, settled_by=by, settled_by_name=by_name
            )
    except IntegrityError as error:
        raise RegistrationError("settled", _("Somebody else has settled this meanwhile.")) from error


def reopen_conflict(*, conflict: Conflict, by: User | None, by_name: str, now: dt.datetime) -> None:
    """What was done stays on record. An open one stays as it is."""
    Settlement.objects.filter(scan=conflict.scan, reopened_at=None).update(
        reopened_at=now, reopened_by=by, reopened_by_name=by_name
    )


def _with_people(scans: QuerySet[Scan]) -> QuerySet[Scan]:
    people = scans.select_related("checkpoint__conference", "tablet", "attendee__ticket_type", "attendee__cancelled_by")
    return people.prefetch_related("checkpoint__add_ons")


def _about(scans: Sequence[Scan]) -> list[Conflict]:
    """Two queries, for everybody at once; none for nobody."""
    if not scans:
        return []
    settlements = _by(Settlement.objects.filter(scan__in=scans).order_by("-settled_at"), "scan_id")
    same = Scan.objects.filter(
        models.Q(verdict=Verdict.ADMITTED) | models.Q(conflict=True),
        attendee__in={scan.attendee_id for scan in scans if scan.attendee_id},
        checkpoint__in={scan.checkpoint_id for scan in scans},
        rehearsal=False,
    ).select_related("tablet")
    entries = _by(same.order_by("effective_at", "received_at"), "attendee_id", "checkpoint_id", "entry_key")
    return [
        Conflict(
            scan,
            entries.get((scan.attendee_id, scan.checkpoint_id, scan.entry_key)) or [scan],
            settlements.get((scan.pk,), []),
        )
        for scan in scans
    ]


def _by(rows: Iterable[Any], *keys: str) -> dict[tuple[object, ...], list[Any]]:
    found: dict[tuple[object, ...], list[Any]] = {}
    for row in rows:
        found.setdefault(tuple(getattr(row, key) for key in keys), []).append(row)
    return found
