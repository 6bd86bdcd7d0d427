"""Give money back, and say that it was paid out."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from conferences.access import staff_access
from conferences.models import Role
from conferences.templatetags.lanyard import money
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.forms_refund import RefundForm
from registration.order.models import Order
from registration.order.models_money import Refund
from registration.order.refund import pay_out, refund_order
from registration.order.refundable import refundable
from registration.order.views_access import find_order
from registration.order.whereabouts import ended_with_money, moved_on, paid_elsewhere


@require_http_methods(["GET", "HEAD", "POST"])
def refund_staff_order(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Ask, and on POST give back."""
    access = staff_access(request, slug, Role.ORGANISER)
    order = find_order(access, reference)
    possible = refundable(order)
    prefetch_related_objects([*possible.lines], "attendee__order", "attendee__ticket_type")
    live = list(order.attendees.live().select_related("ticket_type").order_by("pk"))
    seats = [*live, *ended_with_money(possible)]
    form = RefundForm(
        request.POST if request.method == "POST" else None, order=order, seats=seats, possible=possible,
        initial={"seats": request.GET.getlist("seat")},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            refund_order(order=order, by=access.user, now=timezone.now(), **form.cleaned_data)
        except RegistrationError as refusal:
            form.add_error(None, refusal.message)
            # What the page shows from here on is what is agreed to next.
            form.data = form.data.copy()
            form.data["expected"] = str(possible.total)
        else:
            return _lead_on(request, order, form.cleaned_data["seats"])
    chosen = set(form["seats"].value() or [])
    rows = [
        (seat, form.prices[seat.pk], seat.pk in chosen or str(seat.pk) in chosen, seat not in live) for seat in seats
    ]
    context = {
        "access": access,
        "conference": access.conference,
        "section": "orders",
        "order": order,
        "possible": possible,
        "rows": rows,
        "before": paid_elsewhere(order, live),
        "moved_on": moved_on(possible),
        "form": form,
    }
    return render(request, "registration/order/refund.html", context, status=422 if form.errors else 200)


def _lead_on(request: HttpRequest, order: Order, seats: QuerySet[Attendee]) -> HttpResponse:
    """To the next order before this one that holds money of the tickets that have ended, with them chosen there."""
    slug = order.conference.slug
    ended = [seat for seat in seats.all() if not seat.is_live]
    rest = [part for part in paid_elsewhere(order, ended) if part.order.pk < order.pk]
    if not rest:
        messages.success(request, _("Given back. The buyer gets a mail."))
        return redirect("staff-order", slug, order.reference)
    there = [part for part in rest if part.order == rest[0].order]
    words = {
        "amount": money(sum((part.amount for part in there), Decimal(0)), order.currency),
        "order": rest[0].order.reference,
    }
    message = _(
        "Given back. Another %(amount)s was paid in the order %(order)s, before the ticket was changed: see here."
    )
    messages.success(request, message % words)
    chosen = urlencode([("seat", part.seat.pk) for part in there])
    return redirect(f"{reverse('staff-order-refund', args=[slug, rest[0].order.reference])}?{chosen}")


@require_POST
def refund_paid_out(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    refunds = Refund.objects.select_related("order").filter(order__conference=access.conference)
    refund = get_object_or_404(refunds, pk=pk)
    try:
        pay_out(refund=refund, by=access.user, now=timezone.now(), remark=request.POST.get("note", ""))
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Noted as paid out."))
    if request.POST.get("from") == "money":
        return redirect("money", slug)
    return redirect("staff-order", slug, refund.order.reference)
