from __future__ import annotations

import logging
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from conferences.access import staff_access
from conferences.models import Conference, Role
from registration.attendee.models import Attendee
from registration.order.payment import paid_amounts
from registration.roster.export import csv_parts
from registration.roster.forms import FilterForm
from registration.roster.people import Page, get_page, people
from registration.roster.pills import Pill, door_pill, order_pill

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PersonRow:
    seat: Attendee
    order: Pill | None
    door: Pill


@require_safe
def attendees(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.DESK)
    conference = access.conference
    form = FilterForm(conference, request.GET)
    filters = form.filters()
    page = get_page(people(conference, filters), request.GET.get("page", "1"))
    address = request.GET.copy()
    address.pop("page", None)
    context = {
        "access": access,
        "conference": conference,
        "section": "attendees",
        "form": form,
        "filters": filters,
        "page": page,
        "rows": _rows(page, conference),
        "address": address.urlencode(),
        "checked_in": Attendee.objects.filter(conference=conference).checked_in().count(),
    }
    template = "registration/roster/_people.html" if request.htmx else "registration/roster/page.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _rows(page: Page, conference: Conference) -> list[PersonRow]:
    now = timezone.now()
    paid = paid_amounts(seat.order for seat in page.seats)
    return [PersonRow(seat, order_pill(seat.order, paid), door_pill(seat, conference, now=now)) for seat in page.seats]


@require_safe
def export(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    conference = access.conference
    filters = FilterForm(conference, request.GET).filters()
    seats = people(conference, filters)
    # Who took personal data out, and how much; nothing of what was searched for, which may be a name.
    log.info(
        "export of attendees: user %s, conference %s, %s people, filters: %s",
        access.user.pk,
        conference.slug,
        seats.order_by().count(),
        ", ".join(sorted(key for key in request.GET if key in {"q", "ticket", "state", "door", "pk"})) or "none",
    )
    response = StreamingHttpResponse(
        csv_parts(conference=conference, seats=seats), content_type="text/csv; charset=utf-8"
    )
    day = conference.local_date(timezone.now())
    response["Content-Disposition"] = f'attachment; filename="{conference.slug}-people-{day:%Y-%m-%d}.csv"'
    response["Cache-Control"] = "no-store"
    return response
