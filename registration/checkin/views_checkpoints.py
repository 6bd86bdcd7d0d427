"""The organisers' pages for checkpoints."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.access import Access, find_or_deleted, staff_access
from conferences.forms import is_saved
from conferences.models import Role
from registration.checkin.checkpoints import delete_checkpoint, save_checkpoint
from registration.checkin.forms_checkpoints import CheckpointForm
from registration.checkin.models import Checkpoint
from registration.checkin.rehearsal import PRACTICE_CODES, end_rehearsal, start_rehearsal
from registration.checkin.signs import sign_of
from registration.errors import RegistrationError
from registration.ticket.qr import code_url, text_qr_svg

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def checkpoints(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    Checkpoint.objects.main(access.conference)
    now = timezone.now()
    found = Checkpoint.objects.filter(conference=access.conference).prefetch_related("ticket_types", "add_ons")
    context = {
        "checkpoints": [(one, one.is_rehearsing(now=now)) for one in found],
        "has_begun": access.conference.has_begun(now=now),
    }
    return render(request, "registration/checkin/settings_checkpoints.html", _context(access) | context)


@form_page
def checkpoint_new(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    return _edit(request, access, Checkpoint(conference=access.conference))


@form_page
def checkpoint(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access, found = _of(request, slug, pk)
    return _edit(request, access, found)


@require_POST
def checkpoint_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    _access, found = _of(request, slug, pk)
    try:
        delete_checkpoint(checkpoint=found)
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Deleted."))
    return redirect("settings-checkpoints", slug)


@require_POST
def checkpoint_rehearsal(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Start or go on when the button says so, else end it."""
    access, found = _of(request, slug, pk)
    found.conference = access.conference
    if "start" in request.POST:
        start_rehearsal(checkpoint=found, now=timezone.now())
        messages.success(request, _("Rehearsal at “%(place)s”: scans there do not count.") % {"place": found})
    else:
        end_rehearsal(checkpoint=found)
        messages.success(request, _("The rehearsal is over: scans at “%(place)s” count.") % {"place": found})
    return redirect("settings-checkpoints", slug)


@require_safe
def practice_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """To print: a QR code for every verdict."""
    access = staff_access(request, slug, Role.ORGANISER)
    sheet = [
        {
            "code": one.code,
            "word": one.verdict.label,
            "sign": sign_of(one.verdict),
            "has_note": one.has_note,
            "qr": text_qr_svg(code_url(one.code), label=_("QR code of %(code)s") % {"code": one.code}),
        }
        for one in PRACTICE_CODES
    ]
    return render(request, "registration/checkin/settings_test_codes.html", _context(access) | {"sheet": sheet})


def _of(request: HttpRequest, slug: str, pk: int) -> tuple[Access, Checkpoint]:
    access = staff_access(request, slug, Role.ORGANISER)
    page = "settings-checkpoints"
    return access, find_or_deleted(request, Checkpoint, conference=access.conference, pk=pk, pages=page)


def _edit(request: HttpRequest, access: Access, found: Checkpoint) -> HttpResponse:
    found.conference = access.conference
    with timezone.override(access.conference.tz):
        form = CheckpointForm(request.POST if request.method == "POST" else None, instance=found)
        if form.is_valid() and is_saved(
            form,
            lambda: save_checkpoint(
                checkpoint=found,
                fields=form.saved_fields,
                ticket_types=form.cleaned_data["ticket_types"],
                add_ons=form.cleaned_data["add_ons"],
            ),
        ):
            messages.success(request, _("Saved."))
            return redirect("settings-checkpoints", access.conference.slug)
        return render(
            request,
            "registration/checkin/settings_checkpoint.html",
            _context(access) | {"form": form, "checkpoint": found},
            status=422 if form.errors else 200,
        )


def _context(access: Access) -> dict[str, object]:
    return {"access": access, "conference": access.conference, "section": "settings", "tab": "checkpoints"}
