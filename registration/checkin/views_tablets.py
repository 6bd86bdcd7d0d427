"""The organisers' pages for tablets: the list, one tablet, its pairing and its end."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from conferences.access import Access, find_or_deleted, staff_access
from conferences.forms import is_saved
from conferences.models import Role
from registration.checkin.forms_tablets import TabletForm
from registration.checkin.kiosk import start_kiosk, stop_kiosk
from registration.checkin.models import Checkpoint, Tablet, TabletRole
from registration.checkin.pairing import open_pairing
from registration.checkin.tablet_states import state_of, tablet_rows, waiting_words
from registration.checkin.tablets import delete_tablet, revoke_tablet, save_tablet
from registration.errors import RegistrationError
from registration.ticket.qr import text_qr_svg

form_page = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@require_safe
def tablets(request: HttpRequest, slug: str) -> HttpResponse:
    """The page; for htmx, which sends the mark of what it shows, the list anew, and 204 when nothing changed."""
    access = staff_access(request, slug, Role.ORGANISER)
    rows = tablet_rows(access.conference, now=timezone.now())
    mark = hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
    if request.htmx and request.GET.get("mark") == mark:
        return HttpResponse(status=204)
    template = "_tablets.html" if request.htmx else "settings_tablets.html"
    response = render(request, f"registration/checkin/{template}", _context(access) | {"rows": rows, "mark": mark})
    patch_vary_headers(response, ["HX-Request"])
    return response


@form_page
def tablet_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A new tablet goes on to its QR code by a redirect that repeats the POST (307), since a GET would make none."""
    access = staff_access(request, slug, Role.ORGANISER)
    main = Checkpoint.objects.main(access.conference)
    tablet = Tablet(conference=access.conference, checkpoint=main)
    form = TabletForm(request.POST if request.method == "POST" else None, instance=tablet)
    if _is_saved(form):
        return redirect("settings-tablet-pair", slug, tablet.pk, preserve_request=True)
    context = _context(access) | {"form": form}
    return render(request, "registration/checkin/settings_tablet_new.html", context, status=_status(form))


@never_cache
@form_page
def tablet(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    access, found = _of(request, slug, pk)
    form = TabletForm(request.POST if request.method == "POST" else None, instance=found)
    if _is_saved(form):
        messages.success(request, _("Saved."))
        return redirect("settings-tablet", slug, pk)
    # The instance carries what was typed; the head of the page shows what is saved.
    shown = Tablet.objects.get(pk=pk) if form.errors else found
    return _page(request, access, shown, form, status=_status(form))


@never_cache
@form_page
def tablet_pair(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """POST makes a new link and shows it, once: only its digest is kept. htmx asks by GET, with the moment when the link
    that is shown ends, what became of it: 204 while it waits.
    """
    access, found = _of(request, slug, pk)
    now = timezone.now()
    if request.method == "POST":
        token = open_pairing(tablet=found, now=now)
        link = settings.SITE_URL + reverse("checkin-pair", args=[slug, token])
        qr = text_qr_svg(link, label=_("QR code that pairs the tablet"))
        return _page(request, access, found, TabletForm(instance=found), pairing={"link": link, "qr": qr})
    if not request.htmx:
        return redirect("settings-tablet", slug, pk)
    is_this_link = found.pairing_expires_at and request.GET.get("until") == _until(found.pairing_expires_at)
    if is_this_link and found.is_pairing_open(now=now):
        return HttpResponse(status=204)
    became = (
        "too_old" if is_this_link else "paired" if found.is_paired and found.pairing_expires_at is None else "ended"
    )
    return render(request, "registration/checkin/_pairing.html", _about(access, found, now=now) | {"became": became})


@require_POST
def tablet_revoke(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """Asks first only when scans wait on the device."""
    access, found = _of(request, slug, pk)
    if found.waiting and found.is_paired and "confirmed" not in request.POST:
        context = _context(access) | {"tablet": found, "waiting": waiting_words(found)}
        return render(request, "registration/checkin/settings_tablet_revoke.html", context, status=422)
    revoke_tablet(tablet=found, by=access.user, now=timezone.now())
    messages.success(request, _("“%(tablet)s” is revoked from its next request on.") % {"tablet": found})
    return redirect("settings-tablet", slug, pk)


@require_POST
def tablet_kiosk(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    _access, found = _of(request, slug, pk)
    try:
        if "off" in request.POST:
            stop_kiosk(tablet=found)
            messages.success(request, _("Self check-in is off from its next request on."))
        else:
            start_kiosk(tablet=found, pin=request.POST.get("pin", "").strip())
            messages.success(request, _("Self check-in is on from its next request on."))
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    return redirect("settings-tablet", slug, pk)


@require_POST
def tablet_delete(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    _access, found = _of(request, slug, pk)
    try:
        delete_tablet(tablet=found)
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
        return redirect("settings-tablet", slug, pk)
    messages.success(request, _("Deleted."))
    return redirect("settings-tablets", slug)


def _of(request: HttpRequest, slug: str, pk: uuid.UUID) -> tuple[Access, Tablet]:
    access = staff_access(request, slug, Role.ORGANISER)
    found = find_or_deleted(request, Tablet, conference=access.conference, pk=pk, pages="settings-tablets")
    found.conference = access.conference
    return access, found


def _is_saved(form: TabletForm) -> bool:
    return form.is_valid() and is_saved(form, lambda: save_tablet(tablet=form.instance, fields=form.Meta.fields))


def _page(
    request: HttpRequest,
    access: Access,
    found: Tablet,
    form: TabletForm,
    status: int = 200,
    pairing: dict[str, object] | None = None,
) -> HttpResponse:
    context = _about(access, found, now=timezone.now()) | {"form": form, "pairing": pairing}
    return render(request, "registration/checkin/settings_tablet.html", context, status=status)


def _about(access: Access, found: Tablet, *, now: dt.datetime) -> dict[str, object]:
    return _context(access) | {
        "tablet": found,
        "state": state_of(found, access.conference, now=now),
        "waiting": waiting_words(found),
        "has_scans": found.scans.exists(),
        "until": _until(found.pairing_expires_at) if found.pairing_expires_at else "",
        "is_local": settings.SITE_IS_LOCAL,
        "is_door": found.role == TabletRole.DOOR,
    }


def _until(moment: dt.datetime) -> str:
    """Names a link in an address, without saying anything of its token."""
    return str(int(moment.timestamp() * 1000))


def _status(form: TabletForm) -> int:
    return 422 if form.errors else 200


def _context(access: Access) -> dict[str, object]:
    return {"access": access, "conference": access.conference, "section": "settings", "tab": "tablets"}
