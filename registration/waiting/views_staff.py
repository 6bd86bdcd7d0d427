"""Who waits, as organisers see it: look, put into another order, take off."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from conferences.access import staff_access
from conferences.models import Role
from registration.catalogue.models import TicketType
from registration.waiting.models import WaitingEntry
from registration.waiting.waiting_list import leave_waiting_list, move_entry

PER_PAGE = 50


@require_safe
def waiting_list(request: HttpRequest, slug: str) -> HttpResponse:
    """One ticket type at a time: `?ticket=`, else the first that people wait for."""
    access = staff_access(request, slug, Role.ORGANISER)
    types = list(TicketType.objects.filter(conference=access.conference))
    asked = [kind for kind in types if kind.slug == request.GET.get("ticket")]
    chosen = next(iter([*asked, *(kind for kind in types if kind.waiting), *types]), None)
    entries = WaitingEntry.objects.live().filter(ticket_type=chosen).select_related("user")
    context = {
        "access": access,
        "conference": access.conference,
        "section": "waiting",
        "ticket_types": types,
        "chosen": chosen,
        # Those who are offered a place stand before those whose turn is still to come.
        "page": Paginator(entries.order_by("state", "position", "pk"), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "registration/waiting/waiting_list.html", context)


@require_POST
def waiting_move(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    entry = _entry(request, slug, pk)
    move_entry(entry=entry, up="up" in request.POST)
    return _back(slug, entry)


@require_POST
def waiting_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    entry = _entry(request, slug, pk)
    leave_waiting_list(entry=entry, now=timezone.now())
    return _back(slug, entry)


def _entry(request: HttpRequest, slug: str, pk: int) -> WaitingEntry:
    access = staff_access(request, slug, Role.ORGANISER)
    entries = WaitingEntry.objects.select_related("ticket_type")
    return get_object_or_404(entries, pk=pk, ticket_type__conference=access.conference)


def _back(slug: str, entry: WaitingEntry) -> HttpResponse:
    response = redirect("waiting-list", slug)
    response["Location"] += f"?ticket={entry.ticket_type.slug}#waiting-{entry.pk}"
    return response
