"""Find the order of an address. What is somebody else's is not there, and nor is what was only begun."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from conferences.access import Access
from registration.order.models import Order, OrderQuerySet


def own_order(request: HttpRequest, reference: str) -> Order:
    """Placed by whoever asks, with conference and buyer; raises Http404."""
    return _named(Order.objects.filter(user=request.user).select_related("conference"), reference)


def find_order(access: Access, reference: str) -> Order:
    """Placed at the conference of `access`, with conference and buyer; raises Http404."""
    order = _named(Order.objects.filter(conference=access.conference), reference)
    order.conference = access.conference
    return order


def _named(orders: OrderQuerySet, reference: str) -> Order:
    return get_object_or_404(orders.placed().select_related("user"), reference=reference.upper())
