"""One person, and what desk and organisers change about them. Each change is a POST that comes back to the page."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conferences.access import Access, staff_access
from conferences.models import Role
from registration.attendee import staff_changes
from registration.attendee.models import Attendee
from registration.attendee.profile import profile_answers
from registration.changes.naming import changed_meanwhile, correct_seat
from registration.changes.resending import reissue_ticket, resend_ticket
from registration.changes.transfer import transfer_ticket, why_not_transfer
from registration.checkin.admission import undo_check_in
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_seat
from registration.order.payment import paid_amounts
from registration.roster.forms import (
    CorrectForm,
    NoteForm,
    OfTicketForm,
    OfTicketReasonForm,
    ReasonForm,
    ReissueForm,
    StaffTransferForm,
)
from registration.roster.history import history_of
from registration.roster.pills import door_pill, order_pill
from registration.ticket.qr import qr_svg


def _find(request: HttpRequest, slug: str, pk: int) -> tuple[Access, Attendee]:
    access = staff_access(request, slug, Role.DESK)
    return access, get_object_or_404(_seats().filter(conference=access.conference), pk=pk)


def _seats() -> QuerySet[Attendee]:
    return Attendee.objects.select_related("user", "conference", "ticket_type", "order__user", "cancelled_by")


@require_safe
def attendee(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access, seat = _find(request, slug, pk)
    return _page(request, access, seat)


def _page(request: HttpRequest, access: Access, seat: Attendee, status: int = 200, **bound: forms.Form) -> HttpResponse:
    now = timezone.now()
    paid = paid_amounts([seat.order])
    shown, person = {"code": seat.access_code}, {"name": seat.name, "email": seat.email}
    forms_of_page = {
        "correct": CorrectForm(initial=person | {"was_name": seat.name, "was_email": seat.email}, prefix="correct"),
        "note": NoteForm(initial=shown | NoteForm.shown(seat), prefix="note"),
        "block": OfTicketReasonForm(initial=shown, prefix="block"),
        "cancel": OfTicketReasonForm(initial=shown, prefix="cancel"),
        "reissue": ReissueForm(initial=shown, prefix="reissue"),
        "transfer": StaffTransferForm(initial=shown, prefix="transfer"),
        "undo": ReasonForm(prefix="undo"),
    } | bound
    if not seat.user.is_placeholder:
        forms_of_page["correct"].fields["email"].disabled = True
        forms_of_page["correct"].fields["email"].help_text = _("This person has an account, and changes it there.")
    printed = seat.badge_prints.first() if seat.is_live and not seat.blocked_reason else None
    context = {
        "access": access,
        "conference": access.conference,
        "section": "attendees",
        "seat": seat,
        "order_pill": order_pill(seat.order, paid),
        "door_pill": door_pill(seat, access.conference, now=now),
        "owed": seat.order.total - paid.get(seat.order.pk, 0) if seat.order and seat.order.is_pending else None,
        "lines": seat.order.lines.live() if seat.order else [],
        "answers": [(label, text) for label, text in profile_answers(seat) if text],
        "is_badge_changed": printed is not None and printed.is_outdated(seat, access.conference),
        "why_not_transfer": why_not_transfer(seat, now=now, is_staff=True),
        "events": history_of(seat, access.conference, now=now),
        "qr": qr_svg(seat, label=_("QR code of ticket %(code)s") % {"code": seat.access_code}),
        "forms": forms_of_page,
        "bound": next(iter(bound), ""),
    }
    return render(request, "registration/roster/person.html", context, status=status)


def _change(
    request: HttpRequest, slug: str, pk: int, name: str, form: forms.Form, said: str,
    rule: Callable[[Attendee, Access, dict], object],
) -> HttpResponse:  # fmt: skip
    """Bind, call the rule, come back to the page; or show it again with what was refused, as 422."""
    access, seat = _find(request, slug, pk)
    if name == "correct" and not seat.user.is_placeholder:
        form.fields["email"].disabled = True
        form.initial["email"] = seat.email
    if form.is_valid():
        try:
            if isinstance(form, OfTicketForm) and form.cleaned_data["code"] != seat.access_code:
                raise changed_meanwhile(seat)
            rule(seat, access, form.cleaned_data)
        except RegistrationError as refused:
            form.add_error(None, refused.message)
            if refused.code == "changed_meanwhile" and isinstance(form, OfTicketForm | CorrectForm):
                form.show_anew(seat)
        else:
            messages.success(request, said)
            return redirect("attendee", slug, pk)
    return _page(request, access, seat, 422, **{name: form})


@require_POST
def correct(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _change(
        request, slug, pk, "correct", CorrectForm(request.POST, prefix="correct"), _("Corrected."),
        lambda seat, access, data: correct_seat(attendee=seat, by=access.user, now=timezone.now(), **data),
    )  # fmt: skip


@require_POST
def note(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _change(
        request, slug, pk, "note", NoteForm(request.POST, prefix="note"), _("The note is saved."),
        lambda seat, access, data: staff_changes.note_about_seat(
            attendee=seat, note=data["note"], needs_attention=data["needs_attention"],
            was=(data["was_note"], data["was_attention"]),
        ),
    )  # fmt: skip


@require_POST
def block(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _change(
        request, slug, pk, "block", OfTicketReasonForm(request.POST, prefix="block"),
        _("Blocked: every checkpoint refuses this ticket now."),
        lambda seat, access, data: staff_changes.block_seat(
            attendee=seat, reason=data["reason"], by=access.user, now=timezone.now()
        ),
    )  # fmt: skip


@require_POST
def unblock(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _change(
        request, slug, pk, "unblock", forms.Form(request.POST), _("No longer blocked."),
        lambda seat, access, data: staff_changes.unblock_seat(attendee=seat, by=access.user, now=timezone.now()),
    )  # fmt: skip


@require_POST
def cancel(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _change(
        request, slug, pk, "cancel", OfTicketReasonForm(request.POST, prefix="cancel"), _("Cancelled; the place is free."),
        lambda seat, access, data: cancel_seat(
            attendee=seat, reason=data["reason"], by=access.user, now=timezone.now()
        ),
    )  # fmt: skip


@require_POST
def reissue(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _change(
        request, slug, pk, "reissue", ReissueForm(request.POST, prefix="reissue"),
        _("The ticket has a new code, which is on its way by mail. The old one answers “Replaced” at the door."),
        lambda seat, access, data: reissue_ticket(attendee=seat, by=access.user, now=timezone.now(), **data),
    )  # fmt: skip


@require_POST
def transfer(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    return _change(
        request, slug, pk, "transfer", StaffTransferForm(request.POST, prefix="transfer"),
        _("Given to somebody else. Both were told; the old code answers “Replaced” at the door."),
        lambda seat, access, data: transfer_ticket(
            attendee=seat, by=access.user, now=timezone.now(), is_staff=True, **data
        ),
    )  # fmt: skip


@require_POST
def send(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access, seat = _find(request, slug, pk)
    try:
        to = resend_ticket(attendee=seat, by=access.user, now=timezone.now())
    except RegistrationError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("Sent to %(address)s.") % {"address": to})
    return redirect("attendee", slug, pk)


@require_POST
def undo(request: HttpRequest, slug: str, pk: int, scan_id: uuid.UUID) -> HttpResponse:
    def take_back(seat: Attendee, access: Access, data: dict) -> None:
        if not seat.scans.filter(pk=scan_id).exists():
            raise RegistrationError("unknown_scan", _("There is no such scan of this ticket."))
        undo_check_in(
            conference=access.conference, scan_id=scan_id, by=access.user, role=access.role, reason=data["reason"],
            now=timezone.now(),
        )  # fmt: skip

    form = ReasonForm(request.POST, prefix="undo")
    return _change(request, slug, pk, "undo", form, _("The check-in is undone."), take_back)
