"""Pay with credit, the buyer or staff for them; and say that what was left of it was paid out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conferences.access import staff_access
from conferences.models import Role
from conferences.templatetags.lanyard import money
from registration.errors import RegistrationError
from registration.order.credit import pay_out_credit, pay_with_credit
from registration.order.forms import CreditForm, CreditPayoutForm
from registration.order.models import Order
from registration.order.models_credit import Credit
from registration.order.views_access import find_order, own_order


@require_POST
def order_credit(request: HttpRequest, reference: str) -> HttpResponse:
    order = own_order(request, reference)
    _pay(request, order)
    return redirect(f"{order.get_absolute_url()}?done" if order.is_paid else order.get_absolute_url())


@require_POST
def staff_order_credit(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    order = find_order(staff_access(request, slug, Role.DESK), reference)
    _pay(request, order)
    return redirect("staff-order", slug, order.reference)


def _pay(request: HttpRequest, order: Order) -> None:
    form = CreditForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was paid. Load the page again."))
        return
    try:
        payment = pay_with_credit(order=order, by=request.user, now=timezone.now(), **form.cleaned_data)
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request, _("%(amount)s paid with credit.") % {"amount": money(payment.amount, payment.currency)}
        )


@require_POST
def credit_paid_out(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    access = staff_access(request, slug, Role.ORGANISER)
    credit = get_object_or_404(Credit, conference=access.conference, pk=pk)
    form = CreditPayoutForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was noted. Load the page again."))
        return redirect("money", slug)
    amount, remark = form.cleaned_data["amount"], form.cleaned_data["note"]
    try:
        pay_out_credit(credit=credit, amount=amount, by=access.user, now=timezone.now(), remark=remark)
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Noted as paid out."))
    return redirect("money", slug)
