"""The ticket pages (`addresses.py` says how a ticket is reached)."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from conferences.access import staff_access
from conferences.models import Role
from registration.attendee.claim import claim_waiting
from registration.attendee.models import Attendee
from registration.attendee.profile import profile_answers
from registration.logo.logos import shown_logo
from registration.ticket import wallet_apple, wallet_google
from registration.ticket.access import has_bought, may_correct, own_seats, seat_by_code
from registration.ticket.addresses import Links, links_for
from registration.ticket.standing import Standing, ticket_of
from registration.ticket.views_access import bought, own
from registration.ticket.views_files import drawn


# --- My tickets -------------------------------------------------------------------------------------------------------
@require_safe
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    claim_waiting(user=request.user)
    mine = [(ticket_of(seat), links_for(seat, request.user)) for seat in own_seats(request.user)]
    orders = list(request.user.orders.placed().with_buyer_and_paid().select_related("conference"))
    to_pay = [order for order in orders if order.is_to_be_paid and not order.conference.is_over(now=now)]
    # A seat of an order I am to pay is shown by the order alone.
    unpaid = {order.pk for order in to_pay}
    shown = [(ticket, links) for ticket, links in mine if ticket.seat.order_id not in unpaid]
    context = {
        # What opens a door first, whatever else of it was cancelled.
        "upcoming": sorted(
            (pair for pair in shown if not pair[0].seat.conference.is_over(now=now)), key=lambda pair: pair[0].is_void
        ),
        "past": [pair for pair in reversed(shown) if pair[0].seat.conference.is_over(now=now)],
        "to_pay": [(order, order.total - getattr(order, "kept_amount", Decimal(0))) for order in to_pay],
        "orders": orders,
        "credits": request.user.credits.not_used_up().select_related("conference"),
        "waiting": [
            entry
            for entry in request.user.waiting_entries.still_open()
            .select_related("ticket_type__conference")
            .order_by("pk")
            if entry.ticket_type.conference.is_active and not entry.ticket_type.conference.is_over(now=now)
        ],
    }
    return render(request, "registration/ticket/me.html", context)


# --- My own -----------------------------------------------------------------------------------------------------------
@require_safe
@never_cache
def ticket(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, *own(request, slug))


# --- One that I bought ------------------------------------------------------------------------------------------------
@require_safe
@never_cache
def order_ticket(request: HttpRequest, reference: str, code: str) -> HttpResponse:
    return _page(request, *bought(request, reference, code))


# --- What the QR code holds -------------------------------------------------------------------------------------------
@login_not_required
@require_safe
@never_cache
def ticket_link(request: HttpRequest, code: str) -> HttpResponse:
    """Leads who may see the ticket to it, and staff to their check-in page with the code filled in. Everybody else gets
    one and the same page, whether there is such a ticket or not. Nobody is admitted by opening a link.
    """
    if request.user.is_authenticated:
        claim_waiting(user=request.user)
        if (seat := seat_by_code(code)) and (place := _place_of(request, seat)):
            return redirect(place)
    return render(request, "registration/ticket/link.html")


def _place_of(request: HttpRequest, seat: Attendee) -> str | None:
    if seat.user_id == request.user.pk or has_bought(seat=seat, user=request.user):
        return links_for(seat, request.user).page
    try:
        staff_access(request, seat.conference.slug, Role.DOOR)
    except Http404:
        return None
    return f"{reverse('checkin', args=[seat.conference.slug])}?{urlencode({'code': seat.access_code})}"


# --- Shared -----------------------------------------------------------------------------------------------------------
def _page(request: HttpRequest, seat: Attendee, links: Links) -> HttpResponse:
    found = ticket_of(seat)
    context = {
        "ticket": found,
        "seat": seat,
        "conference": seat.conference,
        "logo": shown_logo(seat.conference),
        "links": links,
        "qr": None if found.is_void else drawn(seat),
        "answers": [(label, text) for label, text in profile_answers(seat) if text],
        "is_mine": seat.user_id == request.user.pk,
        "is_buyer": bool(seat.order and seat.order.user_id == request.user.pk),
        "may_correct": may_correct(seat=seat, by=request.user) and not found.is_void,
        "can_change": seat.conference.can_change_details(now=timezone.now()),
        "Standing": Standing,
        "offers_apple": wallet_apple.is_offered(),
        "offers_google": wallet_google.is_offered(),
    }
    return render(request, "registration/ticket/ticket.html", context)
