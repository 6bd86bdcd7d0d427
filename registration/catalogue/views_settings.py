"""The organisers' pages for ticket types and add-ons, which are looked after in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.access import Access, find_or_deleted, staff_access
from conferences.forms import is_saved
from conferences.models import Role
from registration.catalogue.assortment import add_item, change_item, delete_item, move_item, set_for_sale
from registration.catalogue.forms import AddOnForm, ForSaleForm, TicketTypeForm
from registration.catalogue.forms_reductions import columns_of
from registration.catalogue.models import AddOn, TicketType
from registration.catalogue.offers import sale_of
from registration.errors import RegistrationError

form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Kind:
    """`page` is the name of the address of one, `pages` of the list."""

    model: type[TicketType] | type[AddOn]
    form: type[ForSaleForm]
    page: str
    pages: str
    title: Any
    add: Any
    edit: Any
    template: str


TICKETS = Kind(
    TicketType, TicketTypeForm, "settings-ticket", "settings-tickets", gettext_lazy("Tickets"),
    gettext_lazy("Add a ticket"), gettext_lazy("Edit ticket"), "registration/catalogue/settings_ticket.html",
)  # fmt: skip
ADD_ONS = Kind(
    AddOn, AddOnForm, "settings-add-on", "settings-add-ons", gettext_lazy("Add-ons"), gettext_lazy("Add an add-on"),
    gettext_lazy("Edit add-on"), "registration/catalogue/settings_add_on.html",
)  # fmt: skip


@require_safe
def items(request: HttpRequest, slug: str, kind: Kind) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    now = timezone.now()
    found = kind.model.objects.filter(conference=access.conference)
    shown = [(each, sale_of(each, conference=access.conference, now=now)) for each in found]
    return render(request, "registration/catalogue/settings_items.html", _context(access, kind) | {"items": shown})


@form_page
def item_new(request: HttpRequest, slug: str, kind: Kind) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    return _edit(request, access, kind, kind.model(conference=access.conference))


@form_page
def item(request: HttpRequest, slug: str, pk: int, kind: Kind) -> HttpResponse:
    access, found = _of(request, slug, pk, kind)
    return _edit(request, access, kind, found)


@require_POST
def item_move(request: HttpRequest, slug: str, pk: int, kind: Kind) -> HttpResponse:
    _access, found = _of(request, slug, pk, kind)
    move_item(item=found, up="up" in request.POST)
    return redirect(kind.pages, slug)


@require_POST
def item_sale(request: HttpRequest, slug: str, pk: int, kind: Kind) -> HttpResponse:
    """On sale with `on`, off sale without; pressed twice is the same as once."""
    _access, found = _of(request, slug, pk, kind)
    set_for_sale(item=found, is_active="on" in request.POST)
    return redirect(kind.pages, slug)


@require_POST
def item_delete(request: HttpRequest, slug: str, pk: int, kind: Kind) -> HttpResponse:
    _access, found = _of(request, slug, pk, kind)
    try:
        delete_item(item=found)
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Deleted."))
    return redirect(kind.pages, slug)


def _of(request: HttpRequest, slug: str, pk: int, kind: Kind) -> tuple[Access, TicketType | AddOn]:
    access = staff_access(request, slug, Role.ORGANISER)
    return access, find_or_deleted(request, kind.model, conference=access.conference, pk=pk, pages=kind.pages)


def _edit(request: HttpRequest, access: Access, kind: Kind, found: TicketType | AddOn) -> HttpResponse:
    found.conference = access.conference
    with timezone.override(access.conference.tz):
        form = kind.form(request.POST if request.method == "POST" else None, instance=found)
        if form.is_valid() and is_saved(form, lambda: _save(form, found)):
            messages.success(request, _("Saved."))
            return redirect(kind.pages, access.conference.slug)
        context = _context(access, kind) | {"form": form, "item": found}
        return render(request, kind.template, context, status=422 if form.errors else 200)


def _save(form: ForSaleForm, item: TicketType | AddOn) -> None:
    if item.pk:
        change_item(item=item, fields=columns_of(form))
    else:
        add_item(item=item)
    form._save_m2m()


def _context(access: Access, kind: Kind) -> dict[str, object]:
    tab = kind.pages.removeprefix("settings-")
    return {"access": access, "conference": access.conference, "section": "settings", "tab": tab, "kind": kind}
