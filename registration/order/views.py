"""An order as its buyer sees it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from registration.order.credit import offer_credit
from registration.order.due import ends_at
from registration.order.forms import BillingForm
from registration.order.models import Order
from registration.order.story import story_of
from registration.order.summary import summary_of


@require_safe
def order(request: HttpRequest, reference: str) -> HttpResponse:
    return show_order(request, own_order(request, reference))


def own_order(request: HttpRequest, reference: str) -> Order:
    """Placed by whoever asks; raises Http404."""
    found = Order.objects.placed().select_related("conference")
    return get_object_or_404(found, reference=reference.upper(), user=request.user)


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
        "is_done": "done" in request.GET,
        "story": story_of(found, reader=request.user),
        "can_change": found.conference.can_change_details(now=timezone.now()),
        "billing": billing or BillingForm(order=found),
    }
    return render(request, "registration/order/order.html", context, status=status)
