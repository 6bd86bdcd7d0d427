"""Who the list says is in already. It is an admission like any other, so that no ticket opens the door twice."""

from __future__ import annotations

import datetime as dt
import uuid

from django.utils.translation import gettext as _

from conferences.chunks import CHUNK, chunks
from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.checkin.models import Checkpoint, Method, Scan, Verdict
from registration.roster.rows import RosterRow

_IMPORTED_SCANS = uuid.UUID("6d3fd1a4-6cde-4f0b-9d0c-3b6f7f0c2a51")


def carry_over_check_ins(
    *, conference: Conference, arrived: list[tuple[RosterRow, Attendee]], now: dt.datetime
) -> tuple[int, int]:
    """Record an admission at the main entrance for each row that is checked in there, once; at `now` where the list does
    not say when. Nobody is in before the first day of the conference: what is earlier was somebody trying it out, and is
    only counted. An admission that was undone here is not made again. Returns both counts.
    """
    told = [
        (row, seat, row.checked_in_at or now)
        for row, seat in arrived
        if row.is_checked_in and seat.is_live and not seat.checked_in_at
    ]
    due = [
        (row, seat, moment)
        for row, seat, moment in told
        if conference.start_date <= conference.local_date(moment) and moment <= now
    ]
    early = len(told) - len(due)
    if not due:
        return 0, early
    main = Checkpoint.objects.main(conference)
    scans = {
        uuid.uuid5(_IMPORTED_SCANS, f"{conference.pk} {row.barcode}"): (row, seat, moment) for row, seat, moment in due
    }
    known: set[uuid.UUID] = set()
    for chunk in chunks(scans, CHUNK):
        known.update(Scan.objects.filter(pk__in=chunk).values_list("pk", flat=True))
    fresh = {scan_id: found for scan_id, found in scans.items() if scan_id not in known}
    Scan.objects.bulk_create(
        [
            Scan(
                id=scan_id, checkpoint=main, attendee=seat, code=row.barcode[:600], verdict=Verdict.ADMITTED,
                entry_key=main.entry_key(scan_id=scan_id, now=moment), scanned_at=moment, effective_at=moment,
                received_at=now, scanned_by_name=_("Imported list"), method=Method.IMPORTED,
            )
            for scan_id, (row, seat, moment) in fresh.items()
        ],
        batch_size=500,
    )  # fmt: skip
    for _row, seat, moment in fresh.values():
        seat.checked_in_at = moment
    Attendee.objects.bulk_update([seat for _row, seat, _moment in fresh.values()], ["checked_in_at"], batch_size=500)
    return len(fresh), early
