"""The pages of a buyer who pays by card, and the address that Stripe tells its events to."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registration.errors import RegistrationError
from registration.money import stripe_api
from registration.money.card import start_card_payment
from registration.money.models import CardPayment
from registration.money.webhook import handle_event
from registration.order.models import Order
from registration.order.views_access import own_order


@require_http_methods(["GET", "HEAD", "POST"])
def order_card(request: HttpRequest, reference: str) -> HttpResponse:
    """POST begins, GET goes on to Stripe while something is to be paid. Not a redirect of the form itself: the site's `form-action` holds for where a
    form is redirected to as well, and Stripe's page may stand at an address of the organisers' own.
    """
    order = own_order(request, reference)
    if not (stripe_api.is_offered() and order.conference.takes_cards):
        raise Http404("no cards here")
    if request.method == "POST":
        try:
            start_card_payment(order=order, now=timezone.now())
        except RegistrationError as refusal:
            messages.error(request, refusal.message)
            return redirect(order)
        return redirect("order-card", order.reference)
    found = _open_page_of(order)
    if found is None or not order.is_to_be_paid:  # such as by the back button
        return redirect(order)
    context = {"order": order, "conference": order.conference, "url": found.url}
    response = render(request, "registration/money/card.html", context)
    response["Refresh"] = f"0; url={found.url}"
    return response


@require_safe
def order_card_done(request: HttpRequest, reference: str) -> HttpResponse:
    """Where Stripe sends the buyer back to: waits until the money is recorded, which Stripe or the worker tells. Of an order
    that was closed meanwhile too, since its page says what becomes of the money only then.
    """
    order = own_order(request, reference)
    if order.is_paid or not (order.is_pending or _open_page_of(order)):
        return redirect(f"{order.get_absolute_url()}?done")
    template = "_waiting.html" if request.htmx else "waiting.html"
    return render(request, f"registration/money/{template}", {"order": order, "conference": order.conference})


def _open_page_of(order: Order) -> CardPayment | None:
    return CardPayment.objects.open().filter(order=order).exclude(url="").first()


@csrf_exempt
@login_not_required
@require_POST
def stripe_events(request: HttpRequest) -> HttpResponse:
    """What is not signed by Stripe, lately, is 400 and writes nothing. A failure is 500, and Stripe sends it again."""
    if not settings.STRIPE_WEBHOOK_SECRET:
        raise Http404("no cards here")
    try:
        event = stripe_api.read_event(request.body, request.headers.get("Stripe-Signature", ""))
    except ValueError:
        return HttpResponse(_("Not signed by Stripe."), status=400, content_type="text/plain")
    handle_event(event, now=timezone.now())
    return HttpResponse("", content_type="text/plain")
