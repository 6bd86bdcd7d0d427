"""Wait for a place: the page of whoever waits."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Conference
from registration.catalogue.models import TicketType
from registration.errors import RegistrationError
from registration.waiting.models import WaitingEntry, WaitingState
from registration.waiting.waiting_list import is_sold_out, join_waiting_list, leave_waiting_list, place_in_line


@require_safe
def waiting(request: HttpRequest, slug: str, ticket: str) -> HttpResponse:
    return _show(request, _ticket_type(slug, ticket))


@require_POST
def waiting_join(request: HttpRequest, slug: str, ticket: str) -> HttpResponse:
    ticket_type = _ticket_type(slug, ticket)
    try:
        join_waiting_list(ticket_type=ticket_type, user=request.user, now=timezone.now())
    except RegistrationError as refusal:
        return _show(request, ticket_type, problem=refusal.message, status=422)
    return redirect("waiting", slug, ticket)


@require_POST
def waiting_leave(request: HttpRequest, slug: str, ticket: str) -> HttpResponse:
    ticket_type = _ticket_type(slug, ticket)
    entry = WaitingEntry.objects.live().filter(ticket_type=ticket_type, user=request.user).first()
    if entry:
        leave_waiting_list(entry=entry, now=timezone.now())
    return redirect("waiting", slug, ticket)


def _ticket_type(slug: str, ticket: str) -> TicketType:
    conference = get_object_or_404(Conference.objects.active(), slug=slug)
    found = get_object_or_404(TicketType.objects.on_display(), conference=conference, slug=ticket)
    found.conference = conference
    return found


def _show(request: HttpRequest, ticket_type: TicketType, *, problem: str = "", status: int = 200) -> HttpResponse:
    entries = WaitingEntry.objects.filter(ticket_type=ticket_type, user=request.user).exclude(state=WaitingState.LEFT)
    entry = entries.select_related("order").order_by("pk").last()
    now = timezone.now()
    if entry:
        entry.ticket_type = ticket_type
    context = {
        "conference": ticket_type.conference,
        "ticket_type": ticket_type,
        "entry": entry,
        "place": place_in_line(entry, now=now) if entry and entry.state == WaitingState.WAITING else None,
        "is_offered": entry is not None and entry.is_offered,
        "has_lapsed": entry is not None and entry.state == WaitingState.LAPSED,
        "is_sold_out": is_sold_out(ticket_type, now=now),
        "problem": problem,
    }
    return render(request, "registration/waiting/waiting.html", context, status=status)
