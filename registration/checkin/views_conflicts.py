"""The worklist of conflicts, for desk and organisers, with their own account or on a tablet of the desk."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Page
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Role
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.checkin.conflict_words import ConflictRow, row_of
from registration.checkin.conflicts import (
    Conflict,
    Show,
    count_open,
    find_conflict,
    page_of_conflicts,
    reopen_conflict,
    settle_conflict,
)
from registration.checkin.forms_conflicts import SettleForm
from registration.checkin.quarantine import batches_of, count_open_batches
from registration.errors import RegistrationError

# There is one open batch a device or person, and whoever looks for an old one finds it in the admin.
_BATCHES = 50


@never_cache
@require_safe
@staff_or_tablet(Role.DESK)
def conflicts(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    show = Show.SETTLED if request.GET.get("show") == Show.SETTLED else Show.OPEN
    page, found = page_of_conflicts(access.conference, show=show, number=request.GET.get("page"))
    return _page(request, access, found, show=show, page=page)


@never_cache
@require_POST
@staff_or_tablet(Role.DESK)
def conflict(request: HttpRequest, access: DoorAccess, scan_id: uuid.UUID) -> HttpResponse:
    """Settle it with a note, or open it again. htmx gets the conflict as it is now, and the counts."""
    found = find_conflict(access.conference, scan_id)
    if found is None:
        raise Http404("no such conflict")
    form = _form(scan_id, request)
    if not _is_done(found, form, access, is_reopened="reopen" in request.POST):
        if not request.htmx:
            return _page(request, access, [found], show=Show.OPEN, form=form, status=422)
        return _card(request, access, found, form, status=422)
    if request.htmx:
        again = find_conflict(access.conference, scan_id)
        assert again
        return _card(request, access, again, _form(scan_id))
    messages.success(request, _("Open again.") if "reopen" in request.POST else _("Settled."))
    return redirect("checkin-conflicts", access.conference.slug)


def _is_done(found: Conflict, form: SettleForm, access: DoorAccess, *, is_reopened: bool) -> bool:
    by = {"by": access.user, "by_name": access.signature, "now": timezone.now()}
    if is_reopened:
        reopen_conflict(conflict=found, **by)
        return True
    if not form.is_valid():
        return False
    try:
        settle_conflict(conflict=found, note=form.cleaned_data["note"], **by)
    except RegistrationError as refusal:
        form.add_error("note", refusal.message)
        return False
    return True


def _form(scan_id: uuid.UUID, request: HttpRequest | None = None) -> SettleForm:
    return SettleForm(request.POST if request else None, auto_id=f"{scan_id}_%s")


def _card(
    request: HttpRequest, access: DoorAccess, found: Conflict, form: SettleForm, status: int = 200
) -> HttpResponse:
    context = _context(access) | {"row": row_of(found, now=timezone.now()), "form": form, "is_swapped": True}
    return render(request, "registration/checkin/_conflict.html", context, status=status)


def _page(
    request: HttpRequest,
    access: DoorAccess,
    found: list[Conflict],
    *,
    show: Show,
    page: Page | None = None,
    form: SettleForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """`form` is that of the one conflict that is shown, as it was sent."""
    now = timezone.now()
    rows: list[tuple[ConflictRow, SettleForm]] = [(row_of(one, now=now), form or _form(one.scan.pk)) for one in found]
    batches = (
        batches_of(access.conference, is_open=show == Show.OPEN)[:_BATCHES]
        if page is not None and page.number == 1
        else []
    )
    context = _context(access) | {"rows": rows, "batches": list(batches), "show": show, "page": page}
    return render(request, "registration/checkin/conflicts.html", context, status=status)


def _context(access: DoorAccess) -> dict[str, object]:
    return {
        "access": access,
        "conference": access.conference,
        "section": "conflicts",
        "open": count_open(access.conference) + count_open_batches(access.conference),
    }
