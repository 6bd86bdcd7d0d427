"""Self check-in: its page and its answers, which `views` hands to it, and the way in and out."""

from __future__ import annotations

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from conferences.models import Role
from config.headers import SCANNING_PERMISSIONS_POLICY
from registration.checkin import kiosk_panel
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.checkin.admission import check_in
from registration.checkin.forms import read_scan
from registration.checkin.forms_tablets import AliveForm
from registration.checkin.kiosk import leave_kiosk, start_kiosk
from registration.checkin.kiosk_panel import KioskPanel
from registration.checkin.models import Checkpoint, TabletRole
from registration.checkin.sync import note_sync
from registration.errors import RegistrationError


def kiosk_page(
    request: HttpRequest, access: DoorAccess, panel: KioskPanel | None = None, status: int = 200
) -> HttpResponse:
    checkpoint = _place(access)
    context = {
        "access": access,
        "conference": access.conference,
        "checkpoint": checkpoint,
        "is_rehearsing": checkpoint.is_rehearsing(now=timezone.now()),
        "panel": panel,
        "scan_id": uuid.uuid4(),  # for the form without JavaScript
    }
    response = render(request, "registration/checkin/kiosk.html", context, status=status)
    response["Permissions-Policy"] = SCANNING_PERMISSIONS_POLICY
    return response


def kiosk_scan(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """Always where the organisers put the tablet, whatever the request says."""
    try:
        given = read_scan(request.POST, access.conference)
        answer = check_in(
            checkpoint=_place(access), code=given.code, scan_id=given.scan_id, method=given.method, by=None,
            tablet=access.tablet, by_name=access.by_name, now=timezone.now(),
        )  # fmt: skip
    except RegistrationError as error:
        panel = kiosk_panel.rejected(error, scan_id=request.POST.get("scan_id", ""))
        return _answer(request, access, panel, status=422)
    return _answer(request, access, kiosk_panel.of_check_in(answer))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_or_tablet(Role.DOOR, kiosk=True)
def kiosk(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """In a kiosk the page that asks for the PIN; elsewhere a POST makes the tablet one, where it has a PIN already."""
    tablet = access.tablet
    if tablet is None or not (tablet.is_kiosk or (tablet.kiosk_pin and tablet.role == TabletRole.DOOR)):
        return redirect("checkin", access.conference.slug)
    refusal = ""
    if request.method == "POST":
        try:
            if tablet.is_kiosk:
                leave_kiosk(tablet=tablet, pin=request.POST.get("pin", ""), now=timezone.now())
            else:
                start_kiosk(tablet=tablet)
            return redirect("checkin", access.conference.slug)
        except RegistrationError as error:
            refusal = error.message
    context = {"access": access, "conference": access.conference, "refusal": refusal}
    template = ("_kiosk_leave.html" if request.htmx else "kiosk_leave.html") if tablet.is_kiosk else "kiosk_start.html"
    return render(request, f"registration/checkin/{template}", context, status=422 if refusal else 200)


@never_cache
@require_POST
@staff_or_tablet(Role.DOOR, kiosk=True)
def alive(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """What a stand tells of itself, every half minute; it keeps no list, and so has nothing to sync."""
    if access.tablet is None or not access.is_kiosk:
        raise PermissionDenied
    form, now = AliveForm(request.POST), timezone.now()
    if not form.is_valid():
        return HttpResponse(status=400)
    told, clock = form.cleaned_data["battery"], form.cleaned_data["now"]
    note_sync(
        tablet=access.tablet,
        clock_offset=(now - clock).total_seconds(),
        waiting=None,
        list_from=None,
        battery=told,
        person="",
        now=now,
    )
    return HttpResponse(status=204)


def _answer(request: HttpRequest, access: DoorAccess, panel: KioskPanel, status: int = 200) -> HttpResponse:
    if not request.htmx:
        return kiosk_page(request, access, panel, status)
    return render(request, "registration/checkin/_kiosk_result.html", {"panel": panel}, status=status)


def _place(access: DoorAccess) -> Checkpoint:
    place = (access.tablet and access.tablet.checkpoint) or Checkpoint.objects.main(access.conference)
    place.conference = access.conference
    return place
