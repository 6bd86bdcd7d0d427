"""Badges in numbers: whose, on what paper, and the file to print. For the desk."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.access import Access, staff_access
from conferences.models import Conference, Role
from conferences.numbers import read_number
from registration.attendee.models import Attendee
from registration.badge.choosing import (
    MOST,
    chosen,
    count_changed,
    one_part,
    part_count,
    printed_by_request,
)
from registration.badge.formats import SHAPES, Shape
from registration.badge.forms import ChooseForm, read_uuid
from registration.badge.models import BadgeFormat, BadgePrint
from registration.badge.printing import Printer, record_prints
from registration.badge.typesetting import typeset, typeset_alone
from registration.errors import RegistrationError

_LAST_JOBS = 6
# So many a second on one core of a small machine, when it has nothing else to do (docs/benchmarks.md).
_A_SECOND = 250


@require_safe
@never_cache
def badges(request: HttpRequest, slug: str) -> HttpResponse:
    """The page; for htmx what was chosen, with a badge to look at. `show` counts the badges from 1."""
    access = staff_access(request, slug, Role.DESK)
    return _page(request, access, ChooseForm(access.conference, request.GET))


def _page(request: HttpRequest, access: Access, form: ChooseForm, status: int = 200) -> HttpResponse:
    conference = access.conference
    context = {"access": access, "conference": conference, "section": "badges", "form": form} | _chosen(
        request, form, conference
    )
    template = "_chosen.html"
    if not request.htmx or request.method == "POST":
        template = "page.html"
        expected = Attendee.objects.expected().filter(conference=conference)
        context |= {
            "people": expected.count(),
            "unprinted": expected.filter(badge_prints=None).count(),
            "changed": count_changed(conference),
            "jobs": _jobs(conference),
            "papers": _papers(),
            "picked": len(form.choice.only),
        }
    response = render(request, f"registration/badge/{template}", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _papers() -> list[tuple[str, list[tuple[BadgeFormat, str, Shape]]]]:
    sheets, labels = [], []
    for key in BadgeFormat:
        (sheets if SHAPES[key].is_sheet else labels).append((key, key.label, SHAPES[key]))
    return [(_("Sheets, to cut"), sheets), (_("Label or card printer"), labels)]


def _chosen(request: HttpRequest, form: ChooseForm, conference: Conference) -> dict[str, Any]:
    seats = chosen(conference, form.choice)
    total = seats.order_by().count()
    parts = part_count(total)
    part = min(form.part, parts)
    here = min(MOST, total - (part - 1) * MOST)
    shown = max(1, min(read_number(request.GET.get("show")) or 1, here))
    keys = seats.values_list("pk", flat=True)[(part - 1) * MOST + shown - 1 :][:1]
    example = Attendee.objects.filter(pk__in=list(keys)).select_related("ticket_type").first()
    printed = example.badge_prints.first() if example else None
    return {
        "total": total,
        "part": part,
        "parts": range(1, parts + 1),
        "here": here,
        "pages": -(-here // SHAPES[form.badge_format].per_page),
        "shape": SHAPES[form.badge_format],
        "seconds": round(here / _A_SECOND),
        "shown": shown,
        "example": example,
        "is_changed": printed is not None and printed.is_outdated(example, conference),
        "request_id": uuid.uuid4(),
    }


def _jobs(conference: Conference) -> list[dict[str, Any]]:
    return [
        job | {"label": BadgeFormat(job["format"]).label} for job in BadgePrint.objects.jobs(conference)[:_LAST_JOBS]
    ]


@require_safe
@never_cache
def preview(request: HttpRequest, slug: str, pk: int, badge_format: str) -> HttpResponse:
    """One badge as an image; nothing is recorded."""
    access = staff_access(request, slug, Role.DESK)
    if badge_format not in BadgeFormat.values:
        raise Http404("no such format")
    seats = Attendee.objects.select_related("ticket_type").filter(conference=access.conference)
    seat = get_object_or_404(seats, pk=pk)
    image = typeset_alone(conference=access.conference, attendee=seat, badge_format=BadgeFormat(badge_format))
    return FileResponse(image, content_type="image/svg+xml")


@require_POST
@never_cache
def sheets(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the file, record what is in it, send it. Nothing is recorded when it could not be made."""
    access = staff_access(request, slug, Role.DESK)
    conference, now = access.conference, timezone.now()
    form = ChooseForm(conference, request.POST)
    try:
        request_id = read_uuid(request.POST, "request_id")
        seats = printed_by_request(conference, request_id) or one_part(chosen(conference, form.choice), form.part)
        if not seats:
            raise RegistrationError("nobody", _("There is nobody to print a badge for. Choose again."))
        file = typeset(conference=conference, attendees=seats, badge_format=form.badge_format)
        record_prints(
            conference=conference, attendees=seats, badge_format=form.badge_format, request_id=request_id,
            by=Printer(access.user), now=now,
        )  # fmt: skip
    except RegistrationError as refused:
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"error": refused.code, "message": refused.message}, status=422)
        messages.error(request, refused.message)
        return _page(request, access, form, 422)
    name = f"{conference.slug}-badges-{form.badge_format}-{conference.local_date(now):%Y-%m-%d}.pdf"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/pdf")
