"""An order as its buyer sees it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from registration.errors import RegistrationError
from registration.order.cancellation import give_up_order
from registration.order.credit import offer_credit
from registration.order.forms import BillingForm
from registration.order.models import Order, OrderStatus
from registration.order.story import story_of
from registration.order.summary import summary_of
from registration.order.unpaid import desk_opens_on, ends_at, is_overdue
from registration.order.views_access import own_order


@require_safe
def order(request: HttpRequest, reference: str) -> HttpResponse:
    return show_order(request, own_order(request, reference))


@require_POST
def order_give_up(request: HttpRequest, reference: str) -> HttpResponse:
    found = own_order(request, reference)
    give_up(request, found)
    return redirect(found)


def give_up(request: HttpRequest, order: Order) -> None:
    """Tells what came of it."""
    try:
        given_up = give_up_order(order=order, by=request.user, now=timezone.now())
    except RegistrationError as refusal:
        order.refresh_from_db(fields=["status"])
        if order.status != OrderStatus.CANCELLED:  # pressed twice, it is what they wanted
            messages.error(request, refusal.message)
        return
    if given_up.replaces_id:
        messages.success(request, _("The change is given up. The ticket stays as it is."))
    else:
        messages.success(request, _("The order is cancelled. Nothing is to be paid for it."))


def show_order(
    request: HttpRequest, found: Order, *, billing: BillingForm | None = None, status: int = 200
) -> HttpResponse:
    """`billing` is a form that was refused."""
    summary = summary_of(found)
    context = {
        "conference": found.conference,
        "summary": summary,
        "credit": offer_credit(found, owed=summary.owed),
        "ends_at": ends_at(found),
        "is_overdue": is_overdue(found, now=timezone.now()),
        "desk_from": desk_opens_on(found, is_partly_paid=summary.is_kept_by_money),
        "is_done": "done" in request.GET,
        "story": story_of(found, reader=request.user),
        "can_change": found.conference.can_change_details(now=timezone.now()),
        "billing": billing or BillingForm(order=found),
    }
    return render(request, "registration/order/order.html", context, status=status)
