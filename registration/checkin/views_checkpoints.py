"""The organisers' pages for checkpoints."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.access import Access, staff_access
from conferences.models import Role
from registration.checkin.checkpoints import delete_checkpoint, save_checkpoint
from registration.checkin.forms_checkpoints import CheckpointForm
from registration.checkin.models import Checkpoint
from registration.errors import RegistrationError

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def checkpoints(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    Checkpoint.objects.main(access.conference)
    found = Checkpoint.objects.filter(conference=access.conference).prefetch_related("ticket_types")
    return render(request, "registration/checkin/settings_checkpoints.html", _context(access) | {"checkpoints": found})


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


def _of(request: HttpRequest, slug: str, pk: int) -> tuple[Access, Checkpoint]:
    access = staff_access(request, slug, Role.ORGANISER)
    return access, get_object_or_404(Checkpoint, conference=access.conference, pk=pk)


def _edit(request: HttpRequest, access: Access, found: Checkpoint) -> HttpResponse:
    found.conference = access.conference
    with timezone.override(access.conference.tz):
        form = CheckpointForm(request.POST if request.method == "POST" else None, instance=found)
        if form.is_valid():
            save_checkpoint(checkpoint=found, fields=form.saved_fields, ticket_types=form.cleaned_data["ticket_types"])
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
