"""Organisers change somebody's ticket for another, with a reason, for the difference or at no charge."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from conferences.access import staff_access
from conferences.models import Role
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.exchange import exchange_made, exchange_ticket, exchanges, why_not_exchange
from registration.roster.forms import StaffExchangeForm


@require_http_methods(["GET", "HEAD", "POST"])
def exchange(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    seats = Attendee.objects.select_related("user", "conference", "ticket_type", "order__user")
    seat = get_object_or_404(seats.filter(conference=access.conference), pk=pk)
    if made := exchange_made(seat, request_id=request.POST.get("request_id", "")):
        return redirect("staff-order", slug, made.reference)  # sent twice
    now = timezone.now()
    refusal = why_not_exchange(seat, now=now, is_staff=True)
    buyer = seat.order.user if seat.order else seat.user
    options = [] if refusal else exchanges(seat=seat, by=buyer, now=now, is_staff=True)
    form = StaffExchangeForm(
        request.POST if request.method == "POST" else None, options=options, initial={"request_id": uuid.uuid4()}
    )
    if not refusal and form.is_valid():
        try:
            order = exchange_ticket(attendee=seat, by=access.user, now=now, is_staff=True, **form.cleaned_data)
        except RegistrationError as error:
            form.add_error(None, error.message)
        else:
            said = _("It changes when the order is paid.") if order.is_pending else _("The ticket is changed.")
            messages.success(request, said)
            return redirect("staff-order", slug, order.reference)
    context = {
        "access": access, "conference": access.conference, "section": "attendees", "seat": seat, "form": form,
        "refusal": refusal, "options": options,
    }  # fmt: skip
    return render(request, "registration/roster/exchange.html", context, status=422 if form.is_bound else 200)
