"""What self check-in says to the person in front of it, and to whoever looks over their shoulder: the first of their own
names when they are in, and what to do next. Why a ticket is refused the desk tells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from registration.attendee.models import Attendee
from registration.checkin.admission import CheckIn
from registration.checkin.models import Scan, Verdict
from registration.checkin.sentences import day_and_time
from registration.errors import RegistrationError


@dataclass(frozen=True)
class KioskPanel:
    """`verdict` is one of `admitted`, `already_admitted`, `rejected` and `see_desk`, which is all others."""

    verdict: str
    scan_id: str
    icon: str
    word: str
    name: str = ""
    say: str = ""
    is_rehearsal: bool = False


def of_check_in(answer: CheckIn) -> KioskPanel:
    """No queries beyond those of the answer."""
    panel = _of(answer)
    if not answer.scan.rehearsal:
        return panel
    say = _("Rehearsal: this does not count.") if panel.verdict == Verdict.ADMITTED else panel.say
    return replace(panel, say=say, is_rehearsal=True)


def _of(answer: CheckIn) -> KioskPanel:
    scan, seat = answer.scan, answer.attendee
    if answer.verdict == Verdict.ADMITTED and not scan.undone_at:
        seat = seat or Attendee(name=_("Test person"))  # a practice code
        is_expected = seat.needs_attention or seat.staff_note
        say = _("Please stop at the desk before you go in.") if is_expected else _("You are checked in. Go in.")
        word = _("Welcome")
        if answer.hands_out:
            say, word = _("This is yours. Please take it."), _("Here you are")
        return KioskPanel("admitted", str(scan.pk), "circle-check", word, _first_name(seat.name), say)
    if answer.verdict == Verdict.ALREADY_ADMITTED:
        say = _("This ticket is checked in already. If that was not you, see the desk.")
        word = _("Already in")
        if answer.hands_out:
            say, word = _("You have had all of yours. If that was not you, see the desk."), _("All handed out")
        return KioskPanel("already_admitted", str(scan.pk), "history", word, say=say)
    if answer.verdict == Verdict.NOT_OPEN:
        return KioskPanel("see_desk", str(scan.pk), "calendar-clock", _("Not open"), say=_hours(scan))
    if answer.verdict == Verdict.UNKNOWN:
        say = _("This is no ticket we know. Hold up the QR code of your ticket, or see the desk.")
        return KioskPanel("see_desk", str(scan.pk), "circle-question-mark", _("Not known"), say=say)
    return see_desk(str(scan.pk))


def see_desk(scan_id: str) -> KioskPanel:
    return KioskPanel(
        "see_desk", scan_id, "arrow-right", _("Please see the desk"), say=_("They will help you with this ticket.")
    )


def rejected(error: RegistrationError, *, scan_id: str) -> KioskPanel:
    """The request itself was refused, and nothing was written."""
    return KioskPanel("rejected", scan_id[:64], "circle-alert", _("Not done"), say=error.message)


def _hours(scan: Scan) -> str:
    here, when = scan.checkpoint, scan.effective_at
    if here.opens_at and when < here.opens_at:
        return _("It opens at %(time)s.") % {"time": day_and_time(here.opens_at, here, when)}
    return _("It is closed. The desk knows more.")


def _first_name(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.strip() else ""
