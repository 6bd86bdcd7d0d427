"""Change a ticket, give it away, or give it back: what is possible, and what speaks against the rest."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from registration.attendee.models import Attendee
from registration.changes.forms import TransferForm
from registration.changes.transfer import transfer_ticket, why_not_transfer
from registration.changes.views_access import changeable_or_404, has_given_away
from registration.errors import RegistrationError
from registration.ticket.addresses import links_for

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@never_cache
def change(request: HttpRequest, code: str) -> HttpResponse:
    seat = changeable_or_404(request, code)
    context = _context(request, seat) | {"why_not_transfer": why_not_transfer(seat, now=timezone.now())}
    return render(request, "registration/changes/change.html", context)


@form_page
@never_cache
def transfer(request: HttpRequest, code: str) -> HttpResponse:
    if has_given_away(request, code):
        return redirect("me")
    seat = changeable_or_404(request, code)
    refusal = why_not_transfer(seat, now=timezone.now())
    form = TransferForm(request.POST if request.method == "POST" else None, initial={"code": seat.access_code})
    if form.is_valid():
        try:
            given = transfer_ticket(attendee=seat, by=request.user, now=timezone.now(), **form.cleaned_data)
        except RegistrationError as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request, _("%(name)s has the ticket now; it is on its way by mail.") % {"name": given.name}
            )
            is_buyer = given.order and given.order.user_id == request.user.pk
            return redirect(given.order) if is_buyer else redirect("me")
    context = _context(request, seat) | {"form": form, "refusal": refusal}
    return render(request, "registration/changes/transfer.html", context, status=422 if form.is_bound else 200)


def _context(request: HttpRequest, seat: Attendee) -> dict[str, object]:
    return {
        "seat": seat,
        "conference": seat.conference,
        "links": links_for(seat, request.user),
        "is_mine": seat.user_id == request.user.pk,
    }
