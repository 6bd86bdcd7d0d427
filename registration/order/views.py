"""An order as its buyer sees it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from registration.order.credit import offer_credit
from registration.order.due import ends_at
from registration.order.models import Order
from registration.order.story import story_of
from registration.order.summary import summary_of


@require_safe
def order(request: HttpRequest, reference: str) -> HttpResponse:
    found = get_object_or_404(
        Order.objects.placed().select_related("conference"), reference=reference.upper(), user=request.user
    )
    summary = summary_of(found)
    context = {
        "conference": found.conference,
        "summary": summary,
        "credit": offer_credit(found, owed=summary.owed),
        "ends_at": ends_at(found),
        "is_done": "done" in request.GET,
        "story": story_of(found, reader=request.user),
        "can_change": found.conference.can_change_details(now=timezone.now()),
    }
    return render(request, "registration/order/order.html", context)
