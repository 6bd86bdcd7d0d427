"""Who may use the check-in pages: a member of staff with their own account, or a paired tablet with nobody's.

Somebody signed in goes before the tablet they hold: staff may use a shared tablet with their own account. Every view
below `/staff/<slug>/checkin/` is wrapped in `staff_or_tablet`, or `staff_or_tablet_json` when programs read its answer.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from conferences.access import FormerStaffError, Standing, staff_access
from conferences.models import Conference, Role
from registration.account.models import User
from registration.checkin import who
from registration.checkin.models import Tablet
from registration.checkin.tablets import COOKIE, device_of, note_seen


@dataclass(frozen=True)
class DoorAccess(Standing):
    """Somebody signed in, or else a tablet: one of the two is None."""

    user: User | None
    tablet: Tablet | None
    # Who is at the tablet, as they told it; empty when nobody did, and for somebody signed in.
    person: str = ""

    @property
    def is_kiosk(self) -> bool:
        """People check themselves in: whoever asks may be anybody."""
        return self.tablet is not None and self.tablet.is_kiosk

    @property
    def by_name(self) -> str:
        """Whose name stands beside a scan."""
        return self.user.name if self.user else self.person

    @property
    def signature(self) -> str:
        """Who an undo was by, which notes no tablet of its own."""
        return self.user.name if self.user else ", ".join(filter(None, [self.person, str(self.tablet)]))


class RevokedError(PermissionDenied):
    """Whoever asks was here, and no longer is: a device that was `tablet`, until an organiser revoked it or another device
    took its place, or else `user`, whose role was taken.
    """

    def __init__(self, conference: Conference, *, tablet: Tablet | None = None, user: User | None = None) -> None:
        super().__init__("revoked")
        self.conference, self.tablet, self.user = conference, tablet, user


View = Callable[..., HttpResponse]


def staff_or_tablet(at_least: Role, *, kiosk: bool = False) -> Callable[[View], View]:
    """The view is called with `(request, access, …)` in place of `(request, slug, …)`. Nobody signed in and no tablet is
    a redirect to the login, somebody else's conference 404, a role too small 403, a revoked tablet and a role that
    was taken 403 with a page that says what to do. Unless the view is made for a `kiosk`, a tablet in self check-in gets 403, or is sent to its page when
    htmx asks, which is a page from before.
    """

    def wrap(view: View) -> View:
        @login_not_required
        @functools.wraps(view)
        def checked(request: HttpRequest, slug: str, *args: object, **kwargs: object) -> HttpResponse:
            try:
                access = find_access(request, slug, at_least, told=request.POST.get("by", ""))
            except RevokedError as ended:
                context = {"conference": ended.conference, "tablet": ended.tablet}
                return render(request, "registration/checkin/revoked.html", context, status=403)
            if access is None:
                return redirect_to_login(request.get_full_path())
            if access.is_kiosk and not kiosk:
                if request.headers.get("HX-Request"):
                    return HttpResponseClientRedirect(reverse("checkin", args=[slug]))
                raise PermissionDenied
            return view(request, access, *args, **kwargs)

        return checked

    return wrap


def staff_or_tablet_json(at_least: Role, *, held: Callable[..., HttpResponse] | None = None) -> Callable[[View], View]:
    """As `staff_or_tablet`, with every refusal as JSON `{"error": code}`: 401 `signed_out`, 403 `forbidden` or
    `revoked`, 404 `unknown_conference`. Never a redirect. A tablet in self check-in is forbidden all of it: it keeps no
    list of people. `held(request, RevokedError, code)` answers in place of the refusal whoever was here before.
    """

    def wrap(view: View) -> View:
        @login_not_required
        @functools.wraps(view)
        def checked(request: HttpRequest, slug: str, *args: object, **kwargs: object) -> HttpResponse:
            error = "revoked"
            try:
                access = find_access(request, slug, at_least)
                if access and access.is_kiosk:
                    error = "forbidden"
                    raise RevokedError(access.conference, tablet=access.tablet)
            except RevokedError as ended:
                return held(request, ended, error) if held else JsonResponse({"error": error}, status=403)
            except PermissionDenied:
                return JsonResponse({"error": "forbidden"}, status=403)
            except Http404:
                return JsonResponse({"error": "unknown_conference"}, status=404)
            if access is None:
                return JsonResponse({"error": "signed_out"}, status=401)
            return view(request, access, *args, **kwargs)

        return checked

    return wrap


def find_access(request: HttpRequest, slug: str, at_least: Role, *, told: str = "") -> DoorAccess | None:
    """None when nobody is signed in and the device is not paired. Raises Http404, PermissionDenied, RevokedError.
    Notes that a tablet was here. `told` is who the request says is at it; the cookie tells where it says nothing.
    """
    if request.user.is_authenticated:
        user = cast("User", request.user)
        try:
            held = staff_access(request, slug, at_least)
        except FormerStaffError as former:
            raise RevokedError(former.conference, user=user) from None
        return DoorAccess(held.conference, held.role, user, None)
    device = device_of(request.COOKIES.get(COOKIE))
    if device is None:
        return None
    tablet = device.tablet
    conference = Conference.objects.filter(pk=tablet.conference_id, slug=slug).first()
    if conference is None:
        raise Http404("not the conference of this tablet")
    tablet.conference = conference
    if not device.is_live:
        raise RevokedError(conference, tablet=tablet)
    now = timezone.now()
    person = who.clean(told) or who.of_cookie(request.COOKIES.get(who.COOKIE), today=conference.local_date(now))
    if tablet.is_kiosk:
        person = str(_("Self check-in"))
    access = DoorAccess(conference, Role(tablet.role), None, tablet, person)
    if not access.includes(at_least):
        raise PermissionDenied
    note_seen(tablet=tablet, person=person, now=now)
    return access
