"""Scans held back: desk and organisers look at them, organisers decide."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conferences.models import Role
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.checkin.forms_quarantine import AcceptForm, DiscardForm
from registration.checkin.held_words import held_rows
from registration.checkin.models_quarantine import Decision, HeldBatch
from registration.checkin.quarantine import accept_batch, discard_batch
from registration.errors import RegistrationError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_or_tablet(Role.DESK)
def held(request: HttpRequest, access: DoorAccess, pk: uuid.UUID) -> HttpResponse:
    """POST with `accept` takes the batch in, else discards it."""
    batch = get_object_or_404(
        HeldBatch.objects.select_related("tablet", "sent_by"), conference=access.conference, pk=pk
    )
    batch.conference = access.conference
    sent, is_accepted = request.POST if request.method == "POST" else None, "accept" in request.POST
    form = DiscardForm(None if is_accepted else sent)
    accept_form = AcceptForm(sent if is_accepted else None, batch=batch)
    if request.method == "POST" and _is_decided(request, access, batch, accept_form if is_accepted else form):
        return redirect("checkin-held", access.conference.slug, pk)
    now = timezone.now()
    rows = held_rows(batch, now=now)
    context = {
        "access": access,
        "conference": access.conference,
        "section": "conflicts",
        "batch": batch,
        "rows": rows,
        "green": sum(row.shown[0] == "ok" for row in rows),
        "left": batch.scans.filter(taken_at=None).count() if batch.decision == Decision.ACCEPTED else 0,
        "form": form,
        "accept_form": accept_form,
    }
    status = 422 if form.errors or accept_form.errors else 200
    return render(request, "registration/checkin/held.html", context, status=status)


def _is_decided(request: HttpRequest, access: DoorAccess, batch: HeldBatch, form: AcceptForm | DiscardForm) -> bool:
    if access.user is None or not access.is_organiser:
        raise PermissionDenied
    if not form.is_valid():
        return False
    by = {"batch": batch, "by": access.user, "now": timezone.now()}
    try:
        if isinstance(form, AcceptForm):
            accept_batch(**by, checkpoint=form.cleaned_data.get("checkpoint"))
        else:
            discard_batch(**by, reason=form.cleaned_data["reason"])
    except RegistrationError as refusal:
        form.add_error(None, refusal.message)
        return False
    if isinstance(form, AcceptForm):
        messages.success(request, _("Taken in. Whom the server would not have let in stands in the list of conflicts."))
    else:
        messages.success(request, _("Discarded. You can still take it in."))
    return True
