"""Papers of an order: invoices, credit notes, receipts; and who they are made out to."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conferences.access import staff_access
from conferences.models import Role
from registration.errors import RegistrationError
from registration.order.forms import BillingForm
from registration.order.invoice_pdf import invoice_pdf, receipt_pdf
from registration.order.invoicing import ask_for_invoice
from registration.order.models import Order
from registration.order.models_invoice import Invoice
from registration.order.models_money import Payment
from registration.order.views import show_order
from registration.order.views_access import find_order, own_order
from registration.order.views_staff import show_staff_order


@require_safe
def order_invoice(request: HttpRequest, reference: str, number: int) -> HttpResponse | FileResponse:
    return _invoice(own_order(request, reference), number)


@require_safe
def order_receipt(request: HttpRequest, reference: str, pk: int) -> HttpResponse | FileResponse:
    return _receipt(own_order(request, reference), pk)


@require_POST
def order_billing(request: HttpRequest, reference: str) -> HttpResponse:
    order = own_order(request, reference)
    form = BillingForm(request.POST, order=order)
    if not form.is_valid():
        return show_order(request, order, billing=form, status=422)
    _bill(request, order, form)
    return redirect(order)


@require_safe
def staff_invoice(request: HttpRequest, slug: str, reference: str, number: int) -> HttpResponse | FileResponse:
    return _invoice(find_order(staff_access(request, slug, Role.DESK), reference), number)


@require_safe
def staff_receipt(request: HttpRequest, slug: str, reference: str, pk: int) -> HttpResponse | FileResponse:
    return _receipt(find_order(staff_access(request, slug, Role.DESK), reference), pk)


@require_POST
def staff_billing(request: HttpRequest, slug: str, reference: str) -> HttpResponse:
    access = staff_access(request, slug, Role.DESK)
    order = find_order(access, reference)
    form = BillingForm(request.POST, order=order)
    if not form.is_valid():
        return show_staff_order(request, access, order, billing=form, status=422)
    _bill(request, order, form)
    return redirect("staff-order", slug, order.reference)


def _bill(request: HttpRequest, order: Order, form: BillingForm) -> None:
    given = form.cleaned_data
    try:
        made = ask_for_invoice(
            order=order, address=given["billing_address"], vat_number=given["billing_vat_number"],
            reference=given["billing_reference"], now=timezone.now(), by=request.user,
        )  # fmt: skip
    except RegistrationError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The invoice is below.") if made else _("Nothing has changed."))


def _invoice(order: Order, number: int) -> HttpResponse | FileResponse:
    invoice = get_object_or_404(Invoice.objects.select_related("conference"), order=order, number=number)
    return _pdf(invoice_pdf, invoice, f"{invoice.name}.pdf")


def _receipt(order: Order, pk: int) -> HttpResponse | FileResponse:
    payment = get_object_or_404(Payment.objects.select_related("order__conference", "order__user"), order=order, pk=pk)
    return _pdf(receipt_pdf, payment, f"{order.reference}-{payment.pk}.pdf")


def _pdf(make: Callable[[Any], IO[bytes]], record: Any, name: str) -> HttpResponse | FileResponse:
    try:
        return FileResponse(make(record), filename=name, content_type="application/pdf")
    except RegistrationError as refusal:
        return HttpResponse(refusal.message, status=503, content_type="text/plain; charset=utf-8")
