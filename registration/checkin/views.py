"""The tablet page and its fragments. Every answer is private to the person or the tablet, and kept by no cache."""

from __future__ import annotations

import json
import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from conferences.models import Role
from config.headers import SCANNING_PERMISSIONS_POLICY
from registration.checkin import panel as panels
from registration.checkin import people
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.checkin.admission import check_in, undo_check_in
from registration.checkin.forms import find_checkpoint, read_scan, read_scan_id
from registration.checkin.models import Checkpoint
from registration.checkin.offline import offline_panels, offline_setup
from registration.checkin.panel import Panel
from registration.checkin.tablets import COOKIE as TABLET_COOKIE
from registration.checkin.tablets import device_of
from registration.checkin.views_kiosk import kiosk_page, kiosk_scan
from registration.errors import RegistrationError

COOKIE = "checkpoint"
COOKIE_SECONDS = 30 * 24 * 3600


# Compressed: it is long, and much alike, with an icon in every line. What is secret in it, the token of its forms, is
# another each time, and Django adds a random length, so that the size tells nothing.
@gzip_page
@never_cache
@require_GET
@staff_or_tablet(Role.DOOR, kiosk=True)
def checkin(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """The page. `?checkpoint=` chooses where this tablet stands, and the choice is remembered for this conference."""
    if access.is_kiosk:
        return kiosk_page(request, access)
    chosen = find_checkpoint(access.conference, request.GET.get("checkpoint"))
    checkpoint = chosen or _remembered(request, access)
    query = request.GET.get("q", "").strip()
    hits = people.search(access=access, checkpoint=checkpoint, query=query, now=timezone.now()) if query else None
    response = show_page(request, access, checkpoint, hits=hits)
    response["Permissions-Policy"] = SCANNING_PERMISSIONS_POLICY
    if chosen:
        response.set_cookie(
            COOKIE,
            f"{chosen.pk}{_placed(access)}",
            max_age=COOKIE_SECONDS,
            path=request.path,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


@never_cache
@require_POST
@staff_or_tablet(Role.DOOR, kiosk=True)
def scan(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    if access.is_kiosk:
        return kiosk_scan(request, access)
    now = timezone.now()
    try:
        given = read_scan(request.POST, access.conference)
        answer = check_in(
            checkpoint=given.checkpoint,
            code=given.code,
            scan_id=given.scan_id,
            method=given.method,
            by=access.user,
            tablet=access.tablet,
            by_name=access.by_name,
            now=now,
        )
    except RegistrationError as error:
        return answer_with(request, access, panels.rejected(error, scan_id=request.POST.get("scan_id", "")), status=422)
    return answer_with(request, access, panels.of_check_in(answer, access=access, now=now), given.checkpoint)


@never_cache
@require_POST
@staff_or_tablet(Role.DOOR)
def undo(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    now = timezone.now()
    try:
        undone = undo_check_in(
            conference=access.conference,
            scan_id=read_scan_id(request.POST),
            by=access.user,
            tablet=access.tablet,
            by_name=access.signature,
            role=access.role,
            reason=request.POST.get("reason", ""),
            now=now,
        )
    except RegistrationError as error:
        return answer_with(request, access, panels.rejected(error, scan_id=request.POST.get("scan_id", "")), status=422)
    return answer_with(request, access, panels.of_undo(undone), undone.checkpoint)


@never_cache
@require_GET
@staff_or_tablet(Role.DOOR)
def search(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    checkpoint = here(request, access)
    hits = people.search(
        access=access, checkpoint=checkpoint, query=request.GET.get("q", "").strip(), now=timezone.now()
    )
    if not request.htmx:
        return show_page(request, access, checkpoint, hits=hits)
    return render(
        request,
        "registration/checkin/_search.html",
        {"access": access, "conference": access.conference, "checkpoint": checkpoint, "hits": hits},
    )


@never_cache
@require_GET
@staff_or_tablet(Role.DOOR)
def count(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    place = find_checkpoint(access.conference, request.GET.get("checkpoint"))
    counted = people.count_at(place, now=timezone.now()) if place else people.head_count(access.conference)
    context = {"conference": access.conference, "checkpoint": place, "count": counted}
    return render(request, "registration/checkin/_count.html", context)


def answer_with(
    request: HttpRequest, access: DoorAccess, panel: Panel, checkpoint: Checkpoint | None = None, status: int = 200
) -> HttpResponse:
    """The panel alone for htmx and the scripts, the page with it for everybody else."""
    if not request.htmx:
        return show_page(request, access, checkpoint or here(request, access), panel=panel, status=status)
    context = {"access": access, "conference": access.conference, "panel": panel, "checkpoint": checkpoint}
    return render(request, "registration/checkin/_answer.html", context, status=status)


def show_fragment(
    request: HttpRequest,
    access: DoorAccess,
    checkpoint: Checkpoint,
    template: str,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """Something else in the place of the panel, in the same two ways."""
    if not request.htmx:
        return show_page(request, access, checkpoint, status, fragment=template, **context)
    is_rehearsing = checkpoint.is_rehearsing(now=timezone.now())
    context |= {
        "access": access,
        "conference": access.conference,
        "checkpoint": checkpoint,
        "is_rehearsing": is_rehearsing,
    }
    return render(request, template, context, status=status)


def here(request: HttpRequest, access: DoorAccess) -> Checkpoint:
    """The checkpoint that the request names, else where this device stands."""
    named = request.POST.get("checkpoint") or request.GET.get("checkpoint")
    return find_checkpoint(access.conference, named) or _remembered(request, access)


def show_page(
    request: HttpRequest, access: DoorAccess, checkpoint: Checkpoint, status: int = 200, **context: object
) -> HttpResponse:
    checkpoints, now = list(access.conference.checkpoints.all()), timezone.now()
    context |= {
        "access": access,
        "conference": access.conference,
        "checkpoint": checkpoint,
        "is_rehearsing": checkpoint.is_rehearsing(now=now),
        "checkpoints": checkpoints,
        "last": panels.last_scans(checkpoint, access=access, now=now),
        "count": people.count_at(checkpoint, now=now),
        # Somebody signed in on a tablet comes back here when they sign out, and it is itself again.
        "is_on_tablet": access.user is not None and _is_tablet(request, access),
        # For the form without JavaScript; the script makes one for each scan.
        "scan_id": uuid.uuid4(),
        "setup": json.dumps(
            offline_setup(access.conference, access=access, checkpoint=checkpoint, checkpoints=checkpoints)
        ),
        "offline_panels": offline_panels(),
    }
    return render(request, "registration/checkin/page.html", context, status=status)


def _remembered(request: HttpRequest, access: DoorAccess) -> Checkpoint:
    """What was chosen on this device; else where the organisers put this tablet; else the main entrance."""
    chosen, _dot, placed = request.COOKIES.get(COOKIE, "").partition(".")
    # Where the organisers put a tablet later goes before what was chosen on it.
    remembered = find_checkpoint(access.conference, chosen) if _placed(access).lstrip(".") == placed else None
    own = access.tablet.checkpoint if access.tablet else None
    checkpoint = remembered or own or Checkpoint.objects.main(access.conference)
    checkpoint.conference = access.conference
    return checkpoint


def _is_tablet(request: HttpRequest, access: DoorAccess) -> bool:
    device = device_of(request.COOKIES.get(TABLET_COOKIE))
    return device is not None and device.is_live and device.tablet.conference_id == access.conference.pk


def _placed(access: DoorAccess) -> str:
    """Stands in the cookie behind the choice made on a tablet: where the tablet belonged when it was made."""
    return f".{access.tablet.checkpoint_id or 0}" if access.tablet else ""
