"""Who waits, as organisers see it: look, put into another order, take off."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conferences.access import staff_access
from conferences.models import Conference, Role
from registration.catalogue.models import TicketType
from registration.catalogue.venue import has_place_for_who_waits
from registration.waiting.models import WaitingEntry, WaitingState
from registration.waiting.waiting_list import move_entry, take_off_list

PER_PAGE = 50


@require_safe
def waiting_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The line of one ticket type with `?ticket=`; else, where the venue has a limit, everybody's, which is the order in
    which its places are offered, and where it has none, that of the first ticket type that people wait for.
    """
    access = staff_access(request, slug, Role.ORGANISER)
    conference = access.conference
    types = list(TicketType.objects.filter(conference=conference))
    chosen = _chosen(request, conference, types)
    entries = WaitingEntry.objects.still_open().filter(ticket_type__in=[chosen] if chosen else types)
    # Those who are offered a place stand before those whose turn is still to come.
    entries = entries.order_by("state", "position", "pk").select_related("user", "ticket_type")
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    movable = [entry.pk for entry in page.object_list if entry.state == WaitingState.WAITING]
    context = {
        "access": access,
        "conference": conference,
        "section": "waiting",
        "ticket_types": types,
        "chosen": chosen,
        "is_one_line": bool(conference.total_capacity),
        "waiting_in_all": sum(kind.waiting for kind in types),
        # Who waits for one of these is passed over while the venue alone has places.
        "without_place": {kind.pk for kind in types if not has_place_for_who_waits(kind, now=timezone.now())},
        "page": page,
        # Whom there is nobody to change places with, before or after them.
        "first": movable[0] if movable and not page.has_previous() else None,
        "last": movable[-1] if movable and not page.has_next() else None,
    }
    return render(request, "registration/waiting/waiting_list.html", context)


@require_POST
def waiting_move(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    entry = _entry(request, slug, pk)
    move_entry(entry=entry, up="up" in request.POST, in_whole_line="ticket" not in request.POST)
    return _back(request, slug, entry)


@require_POST
def waiting_remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    entry = _entry(request, slug, pk)
    take_off_list(entry=entry, now=timezone.now())
    messages.success(request, _("Off the list: %(name)s.") % {"name": entry.user})
    return _back(request, slug, entry)


def _entry(request: HttpRequest, slug: str, pk: int) -> WaitingEntry:
    access = staff_access(request, slug, Role.ORGANISER)
    entries = WaitingEntry.objects.select_related("ticket_type__conference", "user", "order")
    return get_object_or_404(entries, pk=pk, ticket_type__conference=access.conference)


def _chosen(request: HttpRequest, conference: Conference, types: list[TicketType]) -> TicketType | None:
    """None for all of them."""
    asked = next((kind for kind in types if kind.slug == request.GET.get("ticket")), None)
    if asked or conference.total_capacity:
        return asked
    return next(iter([*(kind for kind in types if kind.waiting), *types]), None)


def _back(request: HttpRequest, slug: str, entry: WaitingEntry) -> HttpResponse:
    """To the line on whose page it was done."""
    response = redirect("waiting-list", slug)
    line = f"?ticket={entry.ticket_type.slug}" if "ticket" in request.POST else ""
    response["Location"] += f"{line}#waiting-{entry.pk}"
    return response
