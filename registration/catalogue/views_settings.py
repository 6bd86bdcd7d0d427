"""The organisers' pages for ticket types."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.access import Access, staff_access
from conferences.models import Role
from registration.catalogue.forms import TicketTypeForm
from registration.catalogue.models import TicketType
from registration.catalogue.ticket_types import (
    add_ticket_type,
    change_ticket_type,
    delete_ticket_type,
    move_ticket_type,
    set_for_sale,
)
from registration.errors import RegistrationError

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def tickets(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    types = TicketType.objects.filter(conference=access.conference)
    return render(request, "registration/catalogue/settings_tickets.html", _context(access) | {"ticket_types": types})


@form_page
def ticket_new(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    return _edit(request, access, TicketType(conference=access.conference))


@form_page
def ticket(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access, ticket_type = _of(request, slug, pk)
    return _edit(request, access, ticket_type)


@require_POST
def ticket_move(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    _access, ticket_type = _of(request, slug, pk)
    move_ticket_type(ticket_type=ticket_type, up="up" in request.POST)
    return redirect("settings-tickets", slug)


@require_POST
def ticket_sale(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """On sale with `on`, off sale without; pressed twice is the same as once."""
    _access, ticket_type = _of(request, slug, pk)
    set_for_sale(ticket_type=ticket_type, is_active="on" in request.POST)
    return redirect("settings-tickets", slug)


@require_POST
def ticket_delete(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    _access, ticket_type = _of(request, slug, pk)
    try:
        delete_ticket_type(ticket_type=ticket_type)
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Deleted."))
    return redirect("settings-tickets", slug)


def _of(request: HttpRequest, slug: str, pk: int) -> tuple[Access, TicketType]:
    access = staff_access(request, slug, Role.ORGANISER)
    return access, get_object_or_404(TicketType, conference=access.conference, pk=pk)


def _edit(request: HttpRequest, access: Access, ticket_type: TicketType) -> HttpResponse:
    ticket_type.conference = access.conference
    with timezone.override(access.conference.tz):
        form = TicketTypeForm(request.POST if request.method == "POST" else None, instance=ticket_type)
        if form.is_valid():
            if ticket_type.pk:
                change_ticket_type(ticket_type=ticket_type, fields=form.Meta.fields)
            else:
                add_ticket_type(ticket_type=ticket_type)
            messages.success(request, _("Saved."))
            return redirect("settings-tickets", access.conference.slug)
        context = _context(access) | {"form": form, "ticket_type": ticket_type}
        return render(
            request, "registration/catalogue/settings_ticket.html", context, status=422 if form.errors else 200
        )


def _context(access: Access) -> dict[str, object]:
    return {"access": access, "conference": access.conference, "section": "settings", "tab": "tickets"}
