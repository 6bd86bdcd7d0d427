"""What the verdict panel and the list of last scans say, in words. Every answer ends in one thing to do."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conferences.templatetags.lanyard import money
from registration.attendee.models import Attendee
from registration.checkin.access import DoorAccess
from registration.checkin.admission import CheckIn
from registration.checkin.desk_says import say_at_the_desk
from registration.checkin.groups import Group, Told
from registration.checkin.models import Checkpoint, Scan, Verdict
from registration.checkin.rehearsal_panel import say_practised
from registration.checkin.sentences import First, clock_time, name_of, say, say_pieces, say_undone, shown, word_of
from registration.checkin.signs import Sign, sign_of
from registration.checkin.walk_in import WalkIn
from registration.errors import RegistrationError
from registration.order.models import Order

_LAST = 10
# The list is for today's work; without a bound it would read the whole table for somebody who never scanned here.
_LAST_WITHIN = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Row:
    """One of the last scans."""

    scan_id: str
    icon: str
    tone: str
    word: str
    name: str
    code: str
    when: str
    at: dt.datetime
    is_undone: bool
    # Who was at the tablet; empty for a scan by somebody signed in, whose list this is.
    by: str = ""


@dataclass(frozen=True)
class Panel:
    verdict: str
    scan_id: str
    icon: str
    word: str
    name: str = ""
    ticket: str = ""
    code: str = ""
    order: str = ""
    message: str = ""
    say: str = ""
    note: str = ""
    needs_attention: bool = False
    first: First | None = None
    owed: Decimal | None = None
    hand_out: tuple[tuple[str, str], ...] = ()
    for_desk: tuple[tuple[str, str], ...] = ()
    is_refusal: bool = False
    is_elsewhere: bool = False  # the checkpoint is no more, so that another one has to be chosen
    is_undone: bool = False
    is_rehearsal: bool = False
    # At a checkpoint that hands out: how many pieces of how many were, and the code by which the next one is.
    hands_out: bool = False
    uses: str = ""
    next_code: str = ""
    next_label: str = ""
    worst: str = ""  # of a group: the verdict it sounds like
    undo_scan_id: str = ""
    undo_label: str = ""
    person_url: str = ""
    row: Row | None = field(default=None, repr=False)
    # Of the seat, for what the desk does about it; empty where it may do nothing.
    seat_code: str = ""
    method: str = ""
    again: str = ""
    takes_payment: bool = False
    unpaid: Order | None = field(default=None, repr=False)  # what the payment is for
    # For a form without JavaScript; the tablet makes ids of its own.
    form_id: uuid.UUID = field(default_factory=uuid.uuid4)
    group: Group | None = None
    members: tuple[Panel, ...] = ()

    @property
    def let_in(self) -> str:
        """The access code of who this panel says is in by this scan; for what the tablet knows beyond its list."""
        return self.seat_code if self.verdict == Verdict.ADMITTED and not self.is_undone else ""

    @property
    def rows(self) -> list[Row]:
        """The newest first."""
        return [one.row for one in reversed(self.members or (self,)) if one.row]

    @property
    def template(self) -> str:
        return f"registration/checkin/_{'group' if self.members else 'result'}.html"


def of_check_in(answer: CheckIn, *, access: DoorAccess, now: dt.datetime) -> Panel:
    """See `sentences.say` for the queries."""
    scan, seat = answer.scan, answer.attendee
    said: dict[str, object] = {
        "verdict": scan.verdict,
        "scan_id": str(scan.pk),
        "icon": sign_of(answer.verdict).icon,
        "word": answer.verdict.label,
        "is_rehearsal": scan.rehearsal,
        "hands_out": answer.hands_out,
        "row": _row(scan),
    }
    if practised := say_practised(answer, access=access, now=now):
        return Panel(**said | practised)
    # A code that was replaced belongs to somebody else now, whose name is no business of who holds the old one.
    if seat and answer.verdict != Verdict.REPLACED:
        said |= {
            "name": name_of(seat),
            "code": "" if seat.name else seat.access_code,
            "ticket": seat.ticket_type.name if seat.ticket_type else "",
            "needs_attention": seat.needs_attention,
            "seat_code": seat.access_code,
            "method": scan.method,
        }
        if access.user and access.is_desk and answer.verdict != Verdict.ADMITTED:
            said["person_url"] = reverse("attendee", args=[access.conference.slug, seat.pk])
    said |= say(answer, access=access, now=now) | say_pieces(answer)
    if said.get("say"):
        said |= say_at_the_desk(answer, access=access)
    return Panel(**said)


def of_walk_in(walked: WalkIn, *, access: DoorAccess, now: dt.datetime) -> Panel:
    said = of_check_in(walked.answer, access=access, now=now)
    seat = walked.answer.attendee
    messages = [said.message] if said.message else []
    if seat and seat.order and seat.order.total:
        messages.append(_("%(amount)s paid.") % {"amount": money(seat.order.total, seat.order.currency)})
    if walked.is_beyond:
        messages.append(_("There was no place left; this is one more than there are."))
    return replace(said, message=" ".join(messages))


def of_group(told: Sequence[Told], *, access: DoorAccess, now: dt.datetime) -> Panel:
    """Each with a verdict of their own. What is seen and heard first is whether all of them are in."""
    members = tuple(
        of_check_in(one.answer, access=access, now=now)
        if one.answer
        else rejected(one.refusal, scan_id=str(one.scan_id))
        for one in told
    )
    inside = sum(member.verdict == Verdict.ADMITTED and not member.is_undone for member in members)
    refused = next((one for one in members if one.verdict != Verdict.ADMITTED), None)
    return Panel(
        verdict="group",
        scan_id=members[0].scan_id,
        icon="users" if refused is None else "triangle-alert",
        word=_("Admitted") if refused is None else _("Not all"),
        message=ngettext("%(inside)s of %(all)s admitted", "%(inside)s of %(all)s admitted", len(members))
        % {"inside": inside, "all": len(members)},
        needs_attention=any(one.needs_attention for one in members),
        worst=refused.verdict if refused else Verdict.ADMITTED.value,
        members=members,
    )


def of_undo(scan: Scan) -> Panel:
    said = say_undone(scan) | {"verdict": "undone", "scan_id": str(scan.pk), "row": _row(scan)}
    seat = scan.attendee
    said |= {"name": name_of(seat), "ticket": seat.ticket_type.name if seat.ticket_type else ""} if seat else {}
    return Panel(**said)


def rejected(error: RegistrationError, *, scan_id: str, again: str = "") -> Panel:
    """The request itself was refused, and nothing was written. `again` is the code of the ticket it was about."""
    return Panel(
        verdict="rejected",
        scan_id=scan_id[:64],
        icon="circle-alert",
        word=_("Not done"),
        message=error.message,
        is_refusal=True,
        is_elsewhere=error.code == "checkpoint_invalid",
        again=again,
    )


def last_scans(
    checkpoint: Checkpoint, *, access: DoorAccess, now: dt.datetime, seat: Attendee | None = None
) -> list[Row]:
    """What this person, or this tablet, scanned here, the newest first; of that seat alone where one is given. One query, or
    two where something is handed out as often as they like.
    """
    scans = Scan.objects.filter(checkpoint=checkpoint, received_at__gt=now - _LAST_WITHIN)
    scans = scans.filter(attendee=seat) if seat else scans
    scans = scans.filter(tablet=access.tablet) if access.tablet else scans.filter(scanned_by=access.user)
    rows = list(scans.select_related("attendee").order_by("-received_at")[:_LAST])
    for scan in rows:
        scan.checkpoint = checkpoint
    return [_row(scan) for scan in rows]


def _row(scan: Scan) -> Row:
    verdict = Verdict(scan.verdict)
    sign = Sign("undo-2", "off") if scan.undone_at else sign_of(verdict)
    is_named = scan.attendee and verdict != Verdict.REPLACED
    return Row(
        scan_id=str(scan.pk),
        icon=sign.icon,
        tone=sign.tone,
        word=_("Taken back") if scan.undone_at else word_of(scan),
        name=scan.attendee.name if is_named else "",
        code=shown(scan.code),
        when=clock_time(scan.effective_at, scan.checkpoint),
        at=scan.effective_at,
        is_undone=bool(scan.undone_at),
        by=scan.scanned_by_name if scan.tablet_id else "",
    )
