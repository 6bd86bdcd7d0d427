"""One badge, now, from the browser it is asked for in: by the door after an admission, by the desk for anybody.

The label is an SVG that the typesetter made, on a page that has the label's size. A browser prints such a page by itself
and, with `--kiosk-printing`, without asking; a PDF in a frame it would hand to a viewer, which the strict policy forbids
and which prints, where it prints at all, with margins of its own.
"""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from conferences.models import Role
from conferences.numbers import read_number
from registration.attendee.models import Attendee
from registration.badge.formats import LABELS, SHAPES
from registration.badge.forms import read_label_format, read_uuid
from registration.badge.models import BadgeFormat, BadgePrint
from registration.badge.printing import Printer, admitted_by, print_label, print_on_admission
from registration.badge.typesetting import typeset_alone
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.errors import RegistrationError


@require_POST
@never_cache
@staff_or_tablet(Role.DOOR, kiosk=True)
def print_badge(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """Record one badge. Of whom a `scan` let in; of an `attendee` for the desk. `automatic` means right after the scan, and
    prints none for who has one. For scripts, which accept JSON, the address of the image; for people, the page with it.
    """
    try:
        printed, is_due = _record(request, access)
    except RegistrationError as refused:
        pk = read_number(request.POST.get("attendee"))
        if _is_script(request) or pk is None:
            return JsonResponse({"error": refused.code, "message": refused.message}, status=422)
        messages.error(request, refused.message)
        return redirect("attendee", access.conference.slug, pk)
    if not _is_script(request):
        return redirect("badge-label", access.conference.slug, printed.request_id)
    return JsonResponse(
        {
            "due": is_due,
            "format": printed.format,
            "image": reverse("badge-image", args=[access.conference.slug, printed.request_id]) if is_due else None,
            "message": _("The badge is on its way to the printer.") if is_due else _said_before(printed, access),
        }
    )


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _record(request: HttpRequest, access: DoorAccess) -> tuple[BadgePrint, bool]:
    conference, now = access.conference, timezone.now()
    badge_format = read_label_format(request.POST)
    by = Printer(access.user, access.tablet, access.person)
    if request.POST.get("automatic"):
        scan_id = read_uuid(request.POST, "scan")
        return print_on_admission(
            conference=conference, scan_id=scan_id, badge_format=badge_format, by=by, now=now
        )  # fmt: skip
    if access.is_kiosk:
        raise PermissionDenied  # there anybody could tap it, any number of times
    printed = print_label(
        attendee=_attendee(request, access), badge_format=badge_format, by=by, now=now,
        request_id=read_uuid(request.POST, "request_id"), reason=request.POST.get("reason", ""),
    )  # fmt: skip
    return printed, True


def _attendee(request: HttpRequest, access: DoorAccess) -> Attendee:
    if not request.POST.get("attendee"):
        return admitted_by(conference=access.conference, scan_id=read_uuid(request.POST, "scan"))
    if not access.is_desk:
        raise PermissionDenied
    seats = Attendee.objects.select_related("conference", "ticket_type").filter(conference=access.conference)
    return get_object_or_404(seats, pk=read_number(request.POST["attendee"]))


def _said_before(printed: BadgePrint, access: DoorAccess) -> str:
    local = printed.printed_at.astimezone(access.conference.tz)
    is_today = local.date() == access.conference.local_date(timezone.now())
    return _("The badge was printed before, %(when)s.") % {
        "when": date_format(local, "H:i" if is_today else "j M, H:i"),
    }


def _find(access: DoorAccess, request_id: uuid.UUID) -> BadgePrint:
    labels = BadgePrint.objects.select_related("attendee__ticket_type").filter(format__in=LABELS)
    return get_object_or_404(labels, conference=access.conference, request_id=request_id)


@require_safe
@never_cache
@staff_or_tablet(Role.DOOR)
def label(request: HttpRequest, access: DoorAccess, request_id: uuid.UUID) -> HttpResponse:
    """The page that prints itself, once."""
    printed = _find(access, request_id)
    context = {
        "access": access,
        "conference": access.conference,
        "printed": printed,
        "shape": SHAPES[BadgeFormat(printed.format)],
        "request_id": uuid.uuid4(),
    }
    return render(request, "registration/badge/label.html", context)


@require_safe
@never_cache
@staff_or_tablet(Role.DOOR, kiosk=True)
def image(request: HttpRequest, access: DoorAccess, request_id: uuid.UUID) -> HttpResponse:
    """What the label says is what the seat says now."""
    printed = _find(access, request_id)
    return _image(access, printed.attendee, BadgeFormat(printed.format))


@require_safe
@never_cache
@staff_or_tablet(Role.DOOR)
def sample(request: HttpRequest, access: DoorAccess, badge_format: str) -> HttpResponse:
    """A badge of nobody, to try the printer with."""
    if badge_format not in LABELS:
        raise Http404("no such label")
    nobody = Attendee(conference=access.conference, name=_("Test Print"), access_code="TEST0000")
    return _image(access, nobody, BadgeFormat(badge_format))


def _image(access: DoorAccess, attendee: Attendee, badge_format: BadgeFormat) -> HttpResponse:
    file = typeset_alone(conference=access.conference, attendee=attendee, badge_format=badge_format)
    return FileResponse(file, content_type="image/svg+xml")
