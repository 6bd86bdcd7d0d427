"""Who comes on a seat, and what they were asked: one's own, or those of a guest one bought a ticket for."""

from __future__ import annotations

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from registration.attendee.forms import NameForm, profile_form
from registration.attendee.models import Attendee
from registration.changes.forms import person_form
from registration.changes.naming import correct_details
from registration.changes.resending import resend_ticket
from registration.changes.views_access import bought_or_404, own_or_404
from registration.errors import RegistrationError
from registration.ticket.addresses import Links, links_for, order_links

# Enough to try again after a typing mistake; few enough that nobody is annoyed with another's mails.
SENDS_PER_SEAT = {"send": "3/h/key"}


@require_http_methods(["GET", "POST"])
@never_cache
def ticket_details(request: HttpRequest, slug: str) -> HttpResponse:
    seat = own_or_404(request, slug)
    return _details(request, seat, links_for(seat, request.user))


@require_http_methods(["GET", "POST"])
@never_cache
def order_ticket_details(request: HttpRequest, reference: str, code: str) -> HttpResponse:
    seat = bought_or_404(request, reference, code)
    return _details(request, seat, order_links(seat))


@require_POST
def send_again(request: HttpRequest, reference: str, code: str) -> HttpResponse:
    seat = bought_or_404(request, reference, code)
    if not ratelimit.consume(
        request, app="registration.changes", action="send", config=SENDS_PER_SEAT, key=str(seat.pk)
    ):
        messages.error(request, _("This ticket was sent three times within an hour. Try again later."))
        return redirect("order", reference)
    try:
        to = resend_ticket(attendee=seat, by=request.user, now=timezone.now())
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Sent to %(address)s.") % {"address": to})
    return redirect("order", reference)


def _details(request: HttpRequest, seat: Attendee, links: Links) -> HttpResponse:
    """The name on the seat and what its holder is asked; the form again with 422 when something is to be corrected."""
    is_open = seat.is_live and seat.conference.can_change_details(now=timezone.now())
    data = request.POST if request.method == "POST" else None
    # Whoever has an account changes the address there.
    who = person_form(seat, data) if seat.user.is_placeholder else NameForm(data, initial={"name": seat.name})
    answers_form = profile_form(conference=seat.conference, user=seat.user, data=data)
    refusal = None
    if data is not None and all([who.is_valid(), answers_form.is_valid()]):
        try:
            changed = correct_details(
                attendee=seat,
                name=who.cleaned_data["name"],
                email=who.cleaned_data.get("email"),
                answers=answers_form.cleaned_data,
                by=request.user,
                now=timezone.now(),
            )
        except RegistrationError as error:
            refusal = error.message
        else:
            messages.success(request, _("Saved."))
            return redirect(links_for(changed, request.user).page)
    context = {
        "seat": seat,
        "conference": seat.conference,
        "links": links,
        "name_form": who,
        "answers_form": answers_form,
        "is_open": is_open,
        "is_mine": seat.user_id == request.user.pk,
        "refusal": refusal,
    }
    return render(request, "registration/changes/details.html", context, status=200 if data is None else 422)
