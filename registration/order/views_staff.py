"""Orders as desk and organisers see them: find one, record its money, cancel."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from conferences.access import Access, staff_access
from conferences.models import Role
from conferences.templatetags.lanyard import money
from registration.attendee.access_code import fold_code
from registration.attendee.models import Attendee
from registration.errors import RegistrationError
from registration.order.cancellation import cancel_order, cancel_seat
from registration.order.credit import offer_credit
from registration.order.forms import WAITING, BillingForm, CancelForm, LatePaymentForm, OrderFilterForm, PaymentForm
from registration.order.models import Approval, Order, OrderQuerySet, OrderStatus
from registration.order.models_money import PaymentMethod
from registration.order.payment import record_payment
from registration.order.story import story_of
from registration.order.summary import summary_of
from registration.order.unpaid import ends_at, is_overdue
from registration.order.views_access import find_order

PER_PAGE = 50


@require_safe
def orders(request: HttpRequest, slug: str) -> HttpResponse:
    access = staff_access(request, slug, Role.DESK)
    form = OrderFilterForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    found = Order.objects.placed().filter(conference=access.conference).with_buyer_and_paid()
    found = _matching(found, given.get("q", "").replace("\x00", ""))
    if given.get("status") == WAITING:
        found = found.waiting_for_approval()
    elif given.get("status"):
        found = found.filter(status=given["status"])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = staff_context(access) | {
        "form": form,
        "page": page,
        "waiting": Order.objects.waiting_for_approval().filter(conference=access.conference).count(),
        "is_filtered": any(given.values()),
    }
    template = "registration/order/_orders.html" if request.htmx else "registration/order/orders.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, Cookie"
    return response


def _matching(orders: OrderQuerySet, query: str) -> OrderQuerySet:
    """A whole reference, which is mostly what is looked for, is that order alone; for anything else all are looked through."""
    named = orders.filter(reference=fold_code(query))
    return named if query and named.exists() else orders.matching(query)


@require_http_methods(["GET", "HEAD", "POST"])
def staff_order(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """One order. POST records a payment."""
    access = staff_access(request, slug, Role.DESK)
    found = find_order(access, reference)
    if request.method != "POST":
        return show_staff_order(request, access, found)
    form = PaymentForm(request.POST, currency=found.currency)
    if not form.is_valid():
        return show_staff_order(request, access, found, form=form, status=422)
    try:
        record_payment(order=found, by=access.user, now=timezone.now(), **form.cleaned_data)
    except RegistrationError as refusal:
        form.add_error(None, refusal.message)
        # What the page shows by now is what is recorded for next.
        form.data = form.data.copy()
        form.data["expected_owed"] = str(summary_of(found).owed)
        return show_staff_order(request, access, found, form=form, status=422)
    messages.success(
        request, _("%(amount)s recorded.") % {"amount": money(form.cleaned_data["amount"], found.currency)}
    )
    return redirect("staff-order", slug, found.reference)


def show_staff_order(
    request: HttpRequest,
    access: Access,
    order: Order,
    *,
    form: PaymentForm | None = None,
    late: LatePaymentForm | None = None,
    billing: BillingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """`form`, `late` and `billing` are forms that were refused."""
    summary = summary_of(order)
    initial = {"method": PaymentMethod.BANK_TRANSFER, "request_id": uuid.uuid4()}
    owed = {"amount": summary.owed, "expected_owed": summary.owed}
    form = form or PaymentForm(currency=order.currency, initial={**initial, **owed})
    if late:
        # What the page shows by now is what is recorded beside next.
        late.data = {**late.data.dict(), "expected_paid": str(summary.paid)}
    else:
        asked = summary.missing if order.status == OrderStatus.EXPIRED else None
        late = LatePaymentForm(initial={**initial, "amount": asked or None, "expected_paid": summary.paid})
    context = staff_context(access) | {
        "summary": summary,
        "credit": offer_credit(order, owed=summary.owed),
        "ends_at": None if summary.is_kept_by_money else ends_at(order),
        "is_overdue": is_overdue(order, now=timezone.now()),
        "form": form,
        "late": late,
        "billing": billing or BillingForm(order=order),
        "story": story_of(order),
    }
    return render(request, "registration/order/staff_order.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_staff_order(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    """Ask, and on POST cancel an unpaid order as a whole."""
    return end_staff_order(request, slug, reference, cancel_order)


def end_staff_order(
    request: HttpRequest, slug: str, reference: str, end: Callable[..., object], **context: object
) -> HttpResponse:
    """Ask for the reason, and on POST let the rule `end` have it."""
    access = staff_access(request, slug, Role.ORGANISER)
    found = find_order(access, reference)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            end(order=found, reason=form.cleaned_data["reason"], by=access.user, now=timezone.now())
        except RegistrationError as refusal:
            found.refresh_from_db(fields=["status"])
            if found.status != OrderStatus.CANCELLED:  # else it was pressed twice, and is what they wanted
                form.add_error(None, refusal.message)
        if not form.errors:
            found.refresh_from_db(fields=["approval"])
            is_declined = found.approval == Approval.DECLINED
            messages.success(
                request,
                _("Declined. The buyer gets a mail.") if is_declined else _("Cancelled. The buyer gets a mail."),
            )
            return redirect("staff-order", slug, found.reference)
    context |= staff_context(access) | {"order": found, "seats": summary_of(found).live_seats, "form": form}
    return render(request, "registration/order/cancel.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_staff_seat(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Ask, and on POST cancel one seat."""
    access = staff_access(request, slug, Role.DESK)
    seats = Attendee.objects.select_related("ticket_type", "order").filter(conference=access.conference)
    seat = get_object_or_404(seats, access_code=code.upper())
    form = CancelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cancel_seat(attendee=seat, reason=form.cleaned_data["reason"], by=access.user, now=timezone.now())
            if seat.order:
                return redirect("staff-order", slug, seat.order.reference)
            return redirect("attendees", slug)
        except RegistrationError as refusal:
            form.add_error(None, refusal.message)
    context = staff_context(access) | {"order": seat.order, "seats": [seat], "is_one_seat": True, "form": form}
    return render(request, "registration/order/cancel.html", context, status=422 if form.is_bound else 200)


def staff_context(access: Access) -> dict[str, object]:
    return {"access": access, "conference": access.conference, "section": "orders"}
