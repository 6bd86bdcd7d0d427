"""Another ticket: choose one, see what it costs or gives back, pay; or give the change up before it is paid."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from registration.attendee.models import Attendee
from registration.changes.forms import ExchangeForm
from registration.changes.views import page_context
from registration.changes.views_access import changeable_or_404
from registration.errors import RegistrationError
from registration.order.exchange import exchange_made, exchange_ticket, exchanges, why_not_exchange
from registration.order.models import Order
from registration.order.replacement import waiting_exchange
from registration.order.views import give_up as give_up_waiting


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def exchange(request: HttpRequest, code: str) -> HttpResponse:
    seat = changeable_or_404(request, code)
    now = timezone.now()
    if made := exchange_made(seat, request_id=request.POST.get("request_id", "")):
        return _after(made, seat)  # sent twice
    refusal = why_not_exchange(seat, now=now)
    options = [] if refusal else exchanges(seat=seat, by=request.user, now=now)
    form = ExchangeForm(
        request.POST if request.method == "POST" else None, options=options, initial={"request_id": uuid.uuid4()}
    )
    if not refusal and form.is_valid():
        try:
            order = exchange_ticket(attendee=seat, by=request.user, now=now, **form.cleaned_data)
        except RegistrationError as error:
            form.add_error(None, error.message)
        else:
            if not order.is_pending:
                messages.success(request, _("The ticket is a %(ticket)s now.") % {"ticket": order.lines.get().text})
            return _after(order, seat)
    waiting = waiting_exchange(seat) if refusal and refusal.code == "being_changed" else None
    context = page_context(request, seat) | {
        "form": form, "refusal": refusal, "options": options, "waiting": waiting,
    }  # fmt: skip
    return render(request, "registration/changes/exchange.html", context, status=422 if form.is_bound else 200)


def _after(order: Order, seat: Attendee) -> HttpResponse:
    return redirect("ticket-link", seat.access_code) if order.is_paid else redirect(order)


@require_POST
def give_up(request: HttpRequest, code: str) -> HttpResponse:
    """Pressed twice is the same as once."""
    seat = changeable_or_404(request, code)
    if waiting := waiting_exchange(seat):
        give_up_waiting(request, waiting)
    return redirect("ticket-change", code)
