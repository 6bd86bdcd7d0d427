"""What happened to a ticket, newest first, as staff read it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.templatetags.lanyard import money
from registration.attendee.models import Attendee
from registration.checkin.models import Method, Scan, Verdict
from registration.checkin.sentences import word_of
from registration.checkin.signs import sign_of
from registration.roster.pills import when


@dataclass(frozen=True)
class Event:
    """`undo` is the scan that can be taken back, of a live admission."""

    at: dt.datetime
    when: str
    icon: str
    title: str
    detail: str
    undo: uuid.UUID | None = None


def history_of(attendee: Attendee, conference: Conference, *, now: dt.datetime) -> list[Event]:
    """Four queries: scans, what their checkpoints hand out, payments, retired codes."""
    events: list[Event] = []

    def add(at: dt.datetime, icon: str, title: str, *details: str, undo: uuid.UUID | None = None) -> None:
        detail = ", ".join(filter(None, details))
        events.append(Event(at, when(at, conference, now=now), icon, title, detail, undo))

    add(attendee.created_at, "ticket", _("Registered"), attendee.ticket_type.name if attendee.ticket_type else "")
    if attendee.cancelled_at:
        by = str(attendee.cancelled_by) if attendee.cancelled_by else ""
        add(attendee.cancelled_at, "octagon-x", _("Cancelled"), attendee.cancel_reason, by)
    scans = attendee.scans.select_related("checkpoint", "tablet", "scanned_by", "undone_by").order_by("-effective_at")
    for scan in scans.prefetch_related("checkpoint__add_ons")[:200]:
        _add_scan(add, scan)
    if attendee.order:
        for payment in attendee.order.payments.select_related("recorded_by"):
            title = _("%(amount)s paid") % {"amount": money(payment.amount, payment.currency)}
            add(payment.recorded_at, "credit-card", title, payment.get_method_display(), payment.note,
                payment.by_name)  # fmt: skip
    for retired in attendee.retired_codes.all():
        add(retired.created_at, "refresh-cw", _("New code"), retired.code, retired.reason)
    return sorted(events, key=lambda event: event.at, reverse=True)


def _add_scan(add: Callable[..., None], scan: Scan) -> None:
    is_live = scan.verdict == Verdict.ADMITTED and scan.undone_at is None and not scan.rehearsal
    label = word_of(scan)
    title = label if scan.verdict == Verdict.ADMITTED else _("Refused: %(why)s") % {"why": label.lower()}
    if scan.rehearsal:
        title = _("%(title)s (rehearsal)") % {"title": title}
    who = scan.scanned_by_name or (str(scan.scanned_by) if scan.scanned_by else "")
    add(
        scan.effective_at, sign_of(Verdict(scan.verdict)).icon, title, scan.checkpoint.name,
        scan.tablet.name if scan.tablet else "", who,
        str(Method(scan.method).label).lower() if scan.method in Method.values else "",
        undo=scan.pk if is_live else None,
    )  # fmt: skip
    if scan.undone_at:
        by = scan.undone_by_name or (str(scan.undone_by) if scan.undone_by else "")
        add(scan.undone_at, "undo-2", _("Check-in undone"), scan.checkpoint.name, scan.undo_reason, by)
