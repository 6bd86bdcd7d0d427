"""Pages of the device itself: becoming a tablet, and who is at it."""

from __future__ import annotations

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conferences.models import Role
from config.middleware import TABLET_MARK
from registration.checkin import who as people_at_it
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.checkin.pairing import Paired, find_pairing, pair_device
from registration.checkin.tablets import COOKIE, device_of
from registration.errors import RegistrationError

# A year; browsers keep no cookie much longer.
COOKIE_SECONDS = 365 * 24 * 3600
_GONE = {"pairing_unknown": 404, "pairing_used": 410, "pairing_too_old": 410}

form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@never_cache
@form_page
def pair(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """The page of a pairing link; its button pairs. A GET changes nothing, for programs that preview links follow them."""
    now = timezone.now()
    device = device_of(request.COOKIES.get(COOKIE))
    own = device.tablet if device and device.is_live else None
    try:
        if request.method == "POST":
            response = _become(request, pair_device(slug=slug, token=token, now=now, in_place_of=own))
        else:
            tablet = find_pairing(slug=slug, token=token, now=now)
            context = {
                "conference": tablet.conference,
                "tablet": tablet,
                "leaves": own if own != tablet else None,
                "takes_over": tablet.is_paired and own != tablet,
            }
            response = render(request, "registration/checkin/pair.html", context)
    except RegistrationError as refusal:
        context = {"message": refusal.message}
        response = render(request, "registration/checkin/pair_refused.html", context, status=_GONE[refusal.code])
    # No other page, and no log of one, may learn the link from where somebody came. Not `no-referrer`: browsers then hide
    # the origin of a form too, by which Django knows that it is ours.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _become(request: HttpRequest, paired: Paired) -> HttpResponse:
    """The browser is the tablet from now on, and nobody's."""
    was_signed_in = request.user.is_authenticated
    logout(request)
    response = redirect("checkin", paired.tablet.conference.slug)
    for name, value, path in ((COOKIE, paired.secret, reverse("staff")), (TABLET_MARK, "1", reverse("account"))):
        response.set_cookie(
            name,
            value,
            max_age=COOKIE_SECONDS,
            path=path,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    if was_signed_in:
        response["Clear-Site-Data"] = '"cache"'
    return response


@never_cache
@form_page
@staff_or_tablet(Role.DOOR)
def who(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """Ask who is at the tablet, without JavaScript; with it, `who.js` asks in the page. Nothing to ask somebody signed in."""
    checkin = reverse("checkin", args=[access.conference.slug])
    if request.method != "POST" and access.tablet:
        return render(request, "registration/checkin/who.html", {"access": access, "conference": access.conference})
    response = redirect(checkin)
    if access.tablet:
        today = access.conference.local_date(timezone.now())
        response.set_cookie(
            people_at_it.COOKIE,
            people_at_it.to_cookie(request.POST.get("by", ""), today=today),
            max_age=24 * 3600,
            path=checkin,
            secure=request.is_secure(),
            samesite="Lax",
        )
    return response
