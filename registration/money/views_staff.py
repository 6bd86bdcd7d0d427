"""The money that waits for people."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conferences.access import staff_access
from conferences.models import Role
from registration.errors import RegistrationError
from registration.money.models import Issue
from registration.money.worklist import settle_issue, worklist


@require_safe
def money(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.DESK)
    context = {
        "access": access,
        "conference": access.conference,
        "section": "orders",
        "work": worklist(access.conference),
    }
    return render(request, "registration/money/money.html", context)


@require_POST
def money_issue(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Settled, whoever did what."""
    access = staff_access(request, slug, Role.ORGANISER)
    issue = get_object_or_404(Issue, conference=access.conference, pk=pk)
    try:
        settle_issue(issue=issue, note=request.POST.get("note", ""), by=access.user, now=timezone.now())
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Settled."))
    return redirect("money", slug)
