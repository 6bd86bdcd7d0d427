"""The service worker of the tablet page, and the shell that it keeps: the page without a person, a place or a token. A
stand for self check-in has its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from conferences.models import Conference, Role
from config.headers import SCANNING_PERMISSIONS_POLICY
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.checkin.models import Checkpoint, Tablet
from registration.checkin.offline import milliseconds_to_answer, offline_panels, offline_setup
from registration.checkin.people import HeadCount

# By this the worker knows the shell from a login page or an error.
MARK = "X-Lanyard-Shell"
# What style sheets and scripts load by themselves, below `static/`. Vietnamese letters are left to other fonts.
_LOADED = (
    "vendor/bootstrap/bootstrap.min.css",
    "vendor/bricolage-grotesque/bricolage-grotesque-latin-tablet.woff2",
    "vendor/bricolage-grotesque/bricolage-grotesque-latin-ext-tablet.woff2",
    "vendor/roboto-mono/roboto-mono-ascii-600-normal.woff2",
)
_WORKER = "js/checkin/worker.js"


@gzip_page
@never_cache
@require_GET
@staff_or_tablet(Role.DOOR)
def shell(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """Who asks must be let in, but the answer is the same for everybody."""
    return _marked(_shell(access.conference))


@gzip_page
@never_cache
@require_GET
@staff_or_tablet(Role.DOOR, kiosk=True)
def kiosk_shell(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """That of a stand for self check-in, and for nobody else."""
    if not access.is_kiosk:
        raise PermissionDenied
    return _marked(_kiosk_shell(access.conference))


def _marked(page: str) -> HttpResponse:
    return HttpResponse(page, headers={"Permissions-Policy": SCANNING_PERMISSIONS_POLICY, MARK: "1"})


@require_GET
@staff_or_tablet(Role.DOOR, kiosk=True)
def worker(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """Below the check-in page, so that this page is its scope. Its version is the hash of all that it keeps. A stand for
    self check-in has one of its own, with another shell; turning it on or off is for the browser a new version.
    """
    slug = access.conference.slug
    page = _kiosk_shell(access.conference) if access.is_kiosk else _shell(access.conference)
    linked = re.findall(rf'"({re.escape(settings.STATIC_URL)}[^"?#]+)"', page)
    files = sorted({*linked, *(static(name) for name in _LOADED)})
    accent = reverse("conference-accent", args=[slug])
    digest = hashlib.sha256(page.encode() + access.conference.accent.encode())
    for address in [*files, static(_WORKER)]:
        digest.update(address.encode() + _content(address))
    precache = {
        # By this the page of a stand knows what it may keep (templates/registration/checkin/kiosk.html).
        "name": f"{slug} kiosk" if access.is_kiosk else slug,
        "version": digest.hexdigest()[:16],
        "page": reverse("checkin", args=[slug]),
        "shell": reverse("checkin-kiosk-shell" if access.is_kiosk else "checkin-shell", args=[slug]),
        "files": [*files, accent],
        "static": settings.STATIC_URL,
        "answerWithin": milliseconds_to_answer(is_kiosk=access.is_kiosk),
    }
    script = f"const precache = {json.dumps(precache)};\nimportScripts({json.dumps(static(_WORKER))});\n"
    response = HttpResponse(script, content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response


def _content(address: str) -> bytes:
    """Of a static file whose address does not tell its content apart, as in development."""
    found = finders.find(address.removeprefix(settings.STATIC_URL))
    return Path(found).read_bytes() if found else b""


# Both without a request, so that no token, name or message of anybody can be in them.
def _kiosk_shell(conference: Conference) -> str:
    access = DoorAccess(conference, Role.DOOR, None, Tablet(is_kiosk=True))
    context = {"access": access, "conference": conference, "is_shell": True}
    return render_to_string("registration/checkin/kiosk.html", context)


def _shell(conference: Conference) -> str:
    nowhere = Checkpoint(conference=conference, name="")
    return render_to_string(
        "registration/checkin/page.html",
        {
            "access": DoorAccess(conference, Role.DOOR, None, None),
            "conference": conference,
            "checkpoint": nowhere,
            "checkpoints": [],
            "last": [],
            "count": HeadCount(0, 0),
            "scan_id": "",
            "setup": json.dumps(offline_setup(conference)),
            "offline_panels": offline_panels(),
            "is_shell": True,
        },
    )
