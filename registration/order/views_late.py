"""Record money for an order that was not waiting for any, and let one that had expired take its places again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conferences.access import staff_access
from conferences.models import Role
from registration.errors import RegistrationError
from registration.order.forms import LatePaymentForm
from registration.order.late import record_late_payment, take_places_again
from registration.order.models import OrderStatus
from registration.order.views_access import find_order
from registration.order.views_staff import show_staff_order


@require_POST
def staff_order_late(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    access = staff_access(request, slug, Role.DESK)
    found = find_order(access, reference)
    was_expired = found.status == OrderStatus.EXPIRED
    form = LatePaymentForm(request.POST)
    if form.is_valid():
        try:
            record_late_payment(order=found, by=access.user, now=timezone.now(), **form.cleaned_data)
        except RegistrationError as refusal:
            form.add_error(None, refusal.message)
    if form.errors:
        return show_staff_order(request, access, found, late=form, status=422)
    if was_expired and found.is_paid:
        messages.success(request, _("Recorded. The order has its places again, and its tickets go out."))
    else:
        messages.success(request, _("Recorded. The buyer is told that it came."))
    return redirect("staff-order", slug, found.reference)


@require_POST
def staff_order_revive(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    access = staff_access(request, slug, Role.DESK)
    found = find_order(access, reference)
    try:
        take_places_again(order=found, by=access.user, now=timezone.now())
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The order has its places again, and its tickets go out."))
    return redirect("staff-order", slug, found.reference)
