"""Record what is printed: every badge, once, however often the request is sent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.badge_face import digest_of, face_of
from registration.attendee.models import Attendee
from registration.attendee.profile import profiles_of
from registration.badge.models import BadgeFormat, BadgePrint
from registration.checkin.models import Scan, Tablet, Verdict
from registration.errors import RegistrationError


@dataclass(frozen=True)
class Printer:
    """Who prints: somebody signed in, or else a tablet and the name of who is at it."""

    user: User | None
    tablet: Tablet | None = None
    name: str = ""

    @property
    def shown_name(self) -> str:
        return self.name or (self.user.name if self.user else "")


def record_prints(
    *,
    conference: Conference,
    attendees: Sequence[Attendee],
    badge_format: BadgeFormat,
    request_id: uuid.UUID,
    by: Printer,
    now: dt.datetime,
    reason: str = "",
) -> int:
    """A row for each of `attendees` who has none of this request yet; returns how many are new. All or none."""
    profiles = profiles_of(seat.user_id for seat in attendees)
    faces = [(seat, face_of(seat, profiles.get(seat.user_id), conference)) for seat in attendees]
    rows = [
        BadgePrint(
            attendee=seat, conference=conference, request_id=request_id, format=badge_format, code=seat.access_code,
            name=face["name"][:200], face_digest=digest_of(face), printed_at=now, printed_by=by.user,
            printed_by_name=by.shown_name, tablet=by.tablet, reason=reason.strip()[:200],
        )
        for seat, face in faces
    ]  # fmt: skip
    with transaction.atomic():
        before = BadgePrint.objects.filter(request_id=request_id).count()
        BadgePrint.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
        return BadgePrint.objects.filter(request_id=request_id).count() - before


def print_label(
    *,
    attendee: Attendee,
    badge_format: BadgeFormat,
    request_id: uuid.UUID,
    by: Printer,
    now: dt.datetime,
    reason: str = "",
) -> BadgePrint:
    """Record one badge and return its row; the same request again returns the row of the first time.

    Raises RegistrationError `not_live`, `blocked`, or `request_reused` when the request was another person's badge.
    """
    if not attendee.is_live:
        raise RegistrationError("not_live", _("This ticket is not valid any more, so it gets no badge."))
    if attendee.blocked_reason:
        raise RegistrationError("blocked", _("This ticket is blocked. Unblock it to print its badge."))
    if BadgePrint.objects.filter(request_id=request_id).exclude(attendee=attendee).exists():
        raise RegistrationError("request_reused", _("That was somebody else’s badge. Try again."))
    record_prints(
        conference=attendee.conference, attendees=[attendee], badge_format=badge_format, request_id=request_id, by=by, now=now,
        reason=reason,
    )  # fmt: skip
    return BadgePrint.objects.select_related("attendee").get(request_id=request_id, attendee=attendee)


def print_on_admission(
    *, conference: Conference, scan_id: uuid.UUID, badge_format: BadgeFormat, by: Printer, now: dt.datetime
) -> tuple[BadgePrint, bool]:
    """The badge of whom the scan admitted, and whether it is to be printed: not if they have one already, from a sheet
    printed before, say. The scan's id is that of the request, so one scan prints one badge. Raises as `print_label` and
    `admitted_by`.
    """
    seat = admitted_by(conference=conference, scan_id=scan_id)
    earlier = seat.badge_prints.exclude(request_id=scan_id).first()
    if earlier:
        return earlier, False
    return print_label(attendee=seat, badge_format=badge_format, request_id=scan_id, by=by, now=now), True


def admitted_by(*, conference: Conference, scan_id: uuid.UUID) -> Attendee:
    """Whom the scan let in, or found to be in already. Raises RegistrationError `unknown_scan`, or `rehearsal` for a scan
    that does not count.
    """
    welcome = (Verdict.ADMITTED, Verdict.ALREADY_ADMITTED)
    scan = (
        Scan.objects.select_related("attendee__conference", "attendee__ticket_type")
        .filter(pk=scan_id, checkpoint__conference=conference, verdict__in=welcome, attendee__isnull=False)
        .first()
    )
    if scan is None or scan.attendee is None:
        raise RegistrationError("unknown_scan", _("There is no such scan, so there is no badge."))
    if scan.rehearsal:
        raise RegistrationError("rehearsal", _("This is a rehearsal: no badge is printed."))
    return scan.attendee
