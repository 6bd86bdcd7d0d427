"""A name put right on the tablet, by the desk. The page around it is that of check-in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conferences.models import Role
from registration.attendee.access_code import clean_code
from registration.attendee.badge_name import badge_name
from registration.attendee.models import Attendee
from registration.attendee.profile import profile_of
from registration.changes.naming import correct_seat
from registration.checkin.access import DoorAccess, staff_or_tablet
from registration.checkin.panel import last_scans
from registration.checkin.views import here, show_fragment
from registration.errors import RegistrationError
from registration.roster.forms import SpellingForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_or_tablet(Role.DESK)
def correct(request: HttpRequest, access: DoorAccess) -> HttpResponse:
    """The name of the seat with the access code `code`, and its badge once more where `print` asks for it."""
    checkpoint = here(request, access)
    seats = Attendee.objects.select_related("ticket_type").filter(conference=access.conference)
    given = request.POST if request.method == "POST" else request.GET
    seat = get_object_or_404(seats, access_code=clean_code(given.get("code", "")))
    # Somebody who wrote a name for the badge themselves is not corrected by a name that stands elsewhere.
    on_badge = badge_name(seat, profile_of(seat.user_id), access.conference)
    form = SpellingForm(request.POST if request.method == "POST" else None, initial={"name": seat.name})
    if form.is_valid():
        signed = "" if access.user else access.signature
        try:
            corrected = correct_seat(
                attendee=seat, name=form.cleaned_data["name"], email=seat.email, by=access.user, now=timezone.now(),
                reason=signed,
            )  # fmt: skip
        except RegistrationError as error:
            form.add_error("name", error.message)
        else:
            template = "registration/roster/_corrected.html"
            rows = last_scans(checkpoint, access=access, now=timezone.now(), seat=corrected) if request.htmx else []
            return show_fragment(
                request, access, checkpoint, template, seat=corrected, prints="print" in request.POST, rows=rows
            )  # fmt: skip
    own_badge_name = on_badge if on_badge != seat.name else ""
    template, status = "registration/roster/_correct.html", 422 if form.is_bound else 200
    return show_fragment(
        request, access, checkpoint, template, status, form=form, seat=seat, own_badge_name=own_badge_name
    )  # fmt: skip
