"""Change a ticket, give it away, or give it back: what is possible, and what speaks against the rest."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from conferences.templatetags.lanyard import money
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.changes.forms import OwnCancelForm, TransferForm
from registration.changes.own_cancellation import (
    CancellationQuote,
    cancel_own_ticket,
    may_take_credit,
    quote_cancellation,
    why_not_cancel,
)
from registration.changes.transfer import transfer_ticket, why_not_transfer
from registration.changes.views_access import changeable_or_404, has_given_away
from registration.errors import RegistrationError
from registration.order.cancellation import why_not_give_up
from registration.order.exchange import exchanges, why_not_exchange
from registration.order.replacement import waiting_exchange
from registration.order.summary import summary_of
from registration.ticket.addresses import links_for

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@never_cache
def change(request: HttpRequest, code: str) -> HttpResponse:
    seat = changeable_or_404(request, code)
    now = timezone.now()
    waiting = waiting_exchange(seat)
    no_exchange = why_not_exchange(seat, now=now)
    options = [] if no_exchange else exchanges(seat=seat, by=request.user, now=now)
    if not no_exchange and not options:
        no_exchange = RegistrationError("nothing_else", _("There is no other ticket on sale."))
    no_cancelling = why_not_cancel(seat, now=now)
    context = page_context(request, seat) | {
        "why_not_transfer": why_not_transfer(seat, now=now),
        "why_not_exchange": no_exchange,
        "options": options,
        "waiting": waiting,
        "why_not_give_up": waiting and why_not_give_up(waiting),
        "why_not_cancel": no_cancelling,
        "is_unpaid": can_be_given_up(seat, by=request.user),
        "quote": None if no_cancelling else quote_cancellation(seat),
    }
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
    context = page_context(request, seat) | {"form": form, "refusal": refusal}
    return render(request, "registration/changes/transfer.html", context, status=422 if form.is_bound else 200)


@form_page
@never_cache
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Say what goes back, and on POST cancel."""
    seat = changeable_or_404(request, code)
    if request.method == "POST" and not seat.is_live and seat.cancelled_by_id == request.user.pk:
        return redirect("me")  # sent twice
    refusal = why_not_cancel(seat, now=timezone.now())
    quote = quote_cancellation(seat)
    form = OwnCancelForm(
        request.POST if request.method == "POST" else None,
        initial={"request_id": uuid.uuid4(), "expected": quote.back},
        may_take_credit=may_take_credit(quote, conference=seat.conference, by=request.user),
    )
    if not refusal and form.is_valid():
        try:
            done = cancel_own_ticket(attendee=seat, by=request.user, now=timezone.now(), **form.cleaned_data)
        except RegistrationError as error:
            form.add_error(None, error.message)
            # What the page shows by now is what is agreed to next.
            form.data = form.data.copy()
            form.data["expected"] = str(quote.back)
        else:
            messages.success(request, _cancelled(done, seat))
            return redirect("me")
    context = page_context(request, seat) | {"form": form, "refusal": refusal, "quote": quote}
    return render(request, "registration/changes/cancel.html", context, status=422 if form.is_bound else 200)


def can_be_given_up(seat: Attendee, *, by: User) -> bool:
    """The order of `seat` as a whole, on its page. Six queries, or none where it is paid or somebody else's."""
    order = seat.order
    return order is not None and order.is_pending and order.user_id == by.pk and summary_of(order).can_be_given_up


def _cancelled(quote: CancellationQuote, seat: Attendee) -> str:
    if not quote.back:
        return _("The ticket is cancelled.")
    return _("The ticket is cancelled, and %(amount)s go back.") % {
        "amount": money(quote.back, seat.conference.currency)
    }


def page_context(request: HttpRequest, seat: Attendee) -> dict[str, object]:
    return {
        "seat": seat,
        "conference": seat.conference,
        "links": links_for(seat, request.user),
        "is_mine": seat.user_id == request.user.pk,
    }
