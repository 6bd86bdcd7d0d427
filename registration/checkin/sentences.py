"""What each verdict says about the one ticket, ending in one thing to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.dateformat import format as format_date
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.checkin.access import DoorAccess
from registration.checkin.admission import CheckIn, can_undo
from registration.checkin.answers import answers_of
from registration.checkin.groups import Group, group_of
from registration.checkin.hand_outs import is_hand_out
from registration.checkin.models import Checkpoint, Entry, Scan, Unpaid, Verdict
from registration.checkin.paying import takes_payments
from registration.order.models import Order
from registration.order.models_money import Total

# A code of another system may be 600 characters; who reads it at the door compares its beginning.
_CODE_SHOWN = 64


@dataclass(frozen=True)
class First:
    """The admission that stands in the way."""

    when: str
    at: dt.datetime
    ago: str
    checkpoint: str
    tablet: str
    by: str


def say(answer: CheckIn, *, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    """Fields of the `Panel` beyond verdict, name and ticket. One query for what the verdict needs (things to hand out, the
    amount owed, where the ticket is valid), and one for the others of the order of somebody who is in.
    """
    return _SAY[answer.verdict](answer, access, now)


def _say_admitted(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    scan, seat = answer.scan, answer.attendee
    if scan.undone_at:
        return say_undone(scan)
    answers = answers_of(seat, access=access)
    # A T-shirt is given once, and not with each day's lunch.
    gives = scan.checkpoint.is_main or scan.checkpoint.entry == Entry.ONCE
    said: dict[str, object] = {
        "note": seat.staff_note,
        "hand_out": answers.hand_out if gives else (),
        "for_desk": answers.for_desk,
        "group": _group(answer),
    }
    if seat.needs_attention and not seat.staff_note:
        said["note"] = _("Needs attention. Ask the desk before this person walks on.")
    return said | _undo_of(scan, access, now, _("Undo"))


def say_pieces(answer: CheckIn) -> dict[str, object]:
    """Where pieces are handed out: how many of how many were, and the next one in a tap."""
    hand_out, scan = answer.hand_out, answer.scan
    if not answer.hands_out or scan.undone_at or answer.verdict not in {Verdict.ADMITTED, Verdict.ALREADY_ADMITTED}:
        return {}
    said: dict[str, object] = {"word": piece_words()[answer.verdict]}
    if hand_out is None:
        return said
    used, bought = len(hand_out.used), hand_out.bought
    said["uses"] = _("%(used)s of %(bought)s used") % {"used": used, "bought": bought}
    if hand_out.left and not scan.rehearsal:
        left = hand_out.left
        said["next_code"] = answer.attendee.access_code
        said["next_label"] = ngettext("Hand out the last one", "Hand out another of %(left)s", left) % {"left": left}
    return said


def piece_words() -> dict[str, str]:
    """The words of the verdicts where pieces are handed out."""
    return {Verdict.ADMITTED: _("Handed out"), Verdict.ALREADY_ADMITTED: _("All handed out")}


def word_of(scan: Scan) -> str:
    verdict = Verdict(scan.verdict)
    return piece_words().get(verdict, str(verdict.label)) if is_hand_out(scan) else str(verdict.label)


def refuse(then: str, *, hands_out: bool) -> str:
    """What not to do, and `then` what to do."""
    return f"{_('Hand out nothing.') if hands_out else _('Do not admit.')} {then}"


def _group(answer: CheckIn) -> Group | None:
    """Things are handed out one by one."""
    return None if answer.hands_out else group_of(answer.scan, order=answer.attendee.order_id)


def say_undone(scan: Scan) -> dict[str, object]:
    told = {"time": clock_time(scan.effective_at, scan.checkpoint), "reason": scan.undo_reason}
    said: dict[str, object] = {"is_undone": True, "icon": "undo-2", "word": _("Taken back")}
    if is_hand_out(scan):
        said["message"] = _("What was handed out at %(time)s was taken back: %(reason)s") % told
        return said | {"say": _("It can be handed out again.")}
    said["message"] = _("The admission of %(time)s was taken back: %(reason)s") % told
    return said | {"say": _("The ticket can be admitted again.")}


def _say_already(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    said: dict[str, object] = {
        "code": answer.attendee.access_code,
        "say": _("Everything was handed out. Questions go to the desk.")
        if answer.hands_out
        else _("Ask for the badge. If this is another person, send both to the desk."),
        "group": _group(answer),
    }
    first, admission = answer.first, answer.admission
    if first is None or admission is None:
        return said | {"message": _("The first admission was taken back since. Scan the ticket again.")}
    said["first"] = First(
        when=day_and_time(first.effective_at, first.checkpoint, now),
        at=first.effective_at,
        ago=_ago(first.effective_at, now, is_last=answer.hands_out),
        checkpoint=first.checkpoint.name,
        tablet=first.tablet.name if first.tablet else "",
        by=first.scanned_by_name,
    )
    # Of several pieces it is the last one that `first` tells of, and that is taken back.
    label = _("Undo the last") if answer.hands_out else _("Undo the first")
    if first.pk != admission.pk:
        # Only what counts can be taken back; what a tablet did without the network stays a conflict, whatever is undone.
        when = day_and_time(admission.effective_at, admission.checkpoint, now)
        label = _("Undo that of %(time)s") % {"time": when}
        said["message"] = _say_what_counts(admission, when, hands_out=answer.hands_out)
    return said | _undo_of(admission, access, now, label)


def _say_what_counts(admission: Scan, when: str, *, hands_out: bool) -> str:
    where = [
        when,
        admission.checkpoint.name,
        admission.tablet.name if admission.tablet else "",
        admission.scanned_by_name,
    ]
    let_in = _("A tablet without the network let this ticket in first. What counts: %(entry)s.")
    handed_out = _("A tablet without the network handed it out first. What counts: %(entry)s.")
    return (handed_out if hands_out else let_in) % {"entry": ", ".join(filter(None, where))}


def _say_unpaid(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    order = Order.objects.annotate(paid=Total("payments__amount")).get(pk=answer.attendee.order_id)  # type: ignore[misc]
    said: dict[str, object] = {
        "order": order.imported_reference or order.reference,
        "owed": order.total - (order.paid or 0),
    }
    checkpoint = answer.scan.checkpoint
    if takes_payments(checkpoint, now=now) and access.is_desk:
        return said | {"takes_payment": True, "unpaid": order}
    if checkpoint.unpaid == Unpaid.ASK and answer.scan.rehearsal:
        said["message"] = _("Rehearsal: no money is taken here.")
    return said | {"is_refusal": True, "say": refuse(_("Send to the desk to pay."), hands_out=answer.hands_out)}


def _say_wrong(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    here, seat = answer.scan.checkpoint, answer.attendee
    places = list(access.conference.checkpoints.prefetch_related("ticket_types", "add_ons"))
    valid_for = {
        place.pk: not place.ticket_types.all() or seat.ticket_type_id in {kind.pk for kind in place.ticket_types.all()}
        for place in places
    }
    handed_out = next((place.add_ons.all() for place in places if place.pk == here.pk), ())
    if handed_out and valid_for[here.pk]:
        missing = ", ".join(add_on.name for add_on in handed_out)
        return {
            "message": _("Not bought with this ticket: %(add_ons)s.") % {"add_ons": missing},
            "say": _("Hand out nothing. It can be bought at the desk, where there is any left."),
        }
    valid = [place.name for place in places if valid_for[place.pk] and not place.add_ons.all()]
    message = _("Not valid at %(here)s.") % {"here": here.name}
    if valid:
        message += " " + _("Valid at: %(places)s.") % {"places": ", ".join(valid)}
    return {"message": message, "say": _("Send to the desk to change the ticket.")}


def _say_not_open(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    here = answer.scan.checkpoint
    when = answer.scan.effective_at
    if here.opens_at and when < here.opens_at:
        moment = day_and_time(here.opens_at, here, now)
        return {
            "message": _("%(here)s opens at %(time)s.") % {"here": here.name, "time": moment},
            "say": _("Ask to come back then."),
        }
    moment = day_and_time(here.closes_at, here, now) if here.closes_at else ""
    return {
        "message": _("%(here)s closed at %(time)s.") % {"here": here.name, "time": moment},
        "say": refuse(_("Questions go to the desk."), hands_out=answer.hands_out),
    }


def _say_cancelled(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    return {
        "code": answer.attendee.access_code,
        "message": _("This ticket was cancelled."),
        "say": refuse(_("A new ticket can be had at the desk."), hands_out=answer.hands_out),
    }


def _say_refunded(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    return {
        "code": answer.attendee.access_code,
        "message": _("The money for this ticket was returned."),
        "say": refuse(_("A new ticket can be had at the desk."), hands_out=answer.hands_out),
    }


def _say_replaced(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    return {
        "code": shown(answer.scan.code),
        "message": _("This code was replaced by a new one, which alone is valid."),
        "say": _("Ask for the newest ticket, or search the name."),
    }


def _say_blocked(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    say = refuse(_("Send to the desk."), hands_out=answer.hands_out)
    return {"message": answer.attendee.blocked_reason, "say": say}


def _say_incomplete(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    return {
        "message": _("This registration was not finished."),
        "say": _("Send to the desk to finish it, then scan again."),
    }


def _say_unknown(answer: CheckIn, access: DoorAccess, now: dt.datetime) -> dict[str, object]:
    return {
        "code": shown(answer.scan.code),
        "message": _("No ticket of this conference has this code."),
        "say": _("Search the name, or send to the desk."),
    }


_SAY: dict[Verdict, Callable[[CheckIn, DoorAccess, dt.datetime], dict[str, object]]] = {
    Verdict.ADMITTED: _say_admitted,
    Verdict.ALREADY_ADMITTED: _say_already,
    Verdict.UNPAID: _say_unpaid,
    Verdict.WRONG_TICKET: _say_wrong,
    Verdict.NOT_OPEN: _say_not_open,
    Verdict.CANCELLED: _say_cancelled,
    Verdict.REFUNDED: _say_refunded,
    Verdict.REPLACED: _say_replaced,
    Verdict.BLOCKED: _say_blocked,
    Verdict.INCOMPLETE: _say_incomplete,
    Verdict.UNKNOWN: _say_unknown,
}


def _undo_of(scan: Scan, access: DoorAccess, now: dt.datetime, label: str) -> dict[str, object]:
    allowed = can_undo(scan, by=access.user, tablet=access.tablet, role=access.role, now=now)
    return {"undo_scan_id": str(scan.pk), "undo_label": label} if allowed else {}


def _ago(moment: dt.datetime, now: dt.datetime, *, is_last: bool) -> str:
    if now - moment < dt.timedelta(minutes=1):
        return _("Last one handed out just now") if is_last else _("First admitted just now")
    time = timesince(moment, now, depth=1)
    if is_last:
        return _("Last one handed out %(time)s ago") % {"time": time}
    return _("First admitted %(time)s ago") % {"time": time}


def name_of(seat: Attendee) -> str:
    """Seats of a group may stay unnamed, and lists name some people by their e-mail alone."""
    return seat.name or _("No name yet")


def shown(code: str) -> str:
    return code if len(code) <= _CODE_SHOWN else code[:_CODE_SHOWN] + "…"


def clock_time(moment: dt.datetime, checkpoint: Checkpoint) -> str:
    return format_date(moment.astimezone(checkpoint.conference.tz), "H:i")


def day_and_time(moment: dt.datetime, checkpoint: Checkpoint, now: dt.datetime) -> str:
    return day_and_time_at(moment, checkpoint.conference, now)


def day_and_time_at(moment: dt.datetime, conference: Conference, now: dt.datetime) -> str:
    """The time in the conference's zone, with its day when that is not today."""
    local, today = (one.astimezone(conference.tz) for one in (moment, now))
    return format_date(local, "H:i" if local.date() == today.date() else "D j M, H:i")
