"""Prove the money of every order: what came, what went back, what is sold, and what is on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Prefetch, Q

from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.prices import NOTHING, tax_in
from registration.order.invoicing import invoiced_of, sold_of, stands_of
from registration.order.models import Order, OrderLine, OrderStatus
from registration.order.models_credit import Credit
from registration.order.models_invoice import Invoice
from registration.order.models_money import Payment, Refund, RefundLine


@dataclass(frozen=True)
class Mistake:
    """`order` is None where it is one of the conference's numbers."""

    order: Order | None
    message: str


Watch = Callable[[Iterator[Order], int], Iterable[Order]]


def check_ledger(*, conference: Conference, watch: Watch = lambda orders, _count: orders) -> list[Mistake]:
    """What does not agree. Reads every order, 500 at a time with a query for each kind of row, and some more for one with
    invoices; `watch` is given them and their number, and hands them on. An imported order that was paid elsewhere has no
    payments here, and need not have them.
    """
    orders = Order.objects.placed().filter(conference=conference).select_related("conference").order_by("pk")
    rows = ("payments__refunds", "refunds__lines", "refunds__payouts", "lines__refunds")
    whole = orders.prefetch_related(Prefetch("invoices", Invoice.objects.order_by("pk")), *rows)
    mistakes = [Mistake(order, said) for order in watch(whole.iterator(500), orders.count()) for said in _of(order)]
    numbers = list(Invoice.objects.filter(conference=conference).order_by("number").values_list("number", flat=True))
    if numbers != list(range(1, len(numbers) + 1)):
        mistakes.append(Mistake(None, "invoice numbers have a gap"))
    return mistakes + [Mistake(None, message) for message in _of_credits(conference)]


def _sum(rows: Iterable[Payment | Refund | RefundLine | OrderLine]) -> Decimal:
    return sum((row.amount for row in rows), NOTHING)


def _of(order: Order) -> Iterator[str]:
    came, gone = _sum(order.payments.all()), _sum(order.refunds.all())
    credited = sum((_sum(refund.lines.all()) for refund in order.refunds.all()), NOTHING)
    sold = _sum(line for line in order.lines.all() if line.cancelled_at is None)
    if order.status not in {OrderStatus.CANCELLED, OrderStatus.EXPIRED} and sold != order.total:
        yield f"its lines are {sold}, its total is {order.total}"
    if order.subtotal - order.discount != order.total:
        yield f"{order.subtotal} less {order.discount} is not {order.total}"
    if gone > came:
        yield f"{gone} went back of {came} that came"
    yield from _of_rows(order)
    yield from _of_status(order, came - gone, credited)
    yield from _of_papers(order)


def _of_rows(order: Order) -> Iterator[str]:
    for payment in order.payments.all():
        if (back := _sum(payment.refunds.all())) > payment.amount:
            yield f"{back} went back of a payment of {payment.amount}"
    for refund in order.refunds.all():
        if (parts := _sum(refund.lines.all())) > refund.amount:
            yield f"a refund of {refund.amount} is for lines of {parts}"
        if refund.left < 0:
            yield f"{refund.amount - refund.left} was paid out of a refund of {refund.amount}"
    for line in order.lines.all():
        if (back := _sum(line.refunds.all())) > line.amount:
            yield f"{back} went back of a line of {line.amount}"


def _of_status(order: Order, kept: Decimal, credited: Decimal) -> Iterator[str]:
    """`kept` is what came and did not go back."""
    paid_elsewhere = bool(order.imported_reference) and not order.payments.all()
    if order.is_pending:
        if order.total and kept >= order.total and not order.is_waiting_for_approval:
            yield f"it is to be paid, and {kept} of {order.total} came"
        if credited:
            yield "it is to be paid, and some of it was given back"
    elif order.is_paid and not paid_elsewhere and kept < order.total - credited:
        yield f"it is paid, and {kept} of {order.total - credited} came"
    elif order.status == OrderStatus.REFUNDED:
        if credited < order.total:
            yield f"it is refunded, and {credited} of {order.total} went back"
        if Attendee.objects.live().filter(order=order).exists():
            yield "it is refunded, and has a live ticket"
    if order.status == OrderStatus.PAID and credited:
        yield "it is paid in full, and some of it was given back"


def _of_credits(conference: Conference) -> Iterator[str]:
    for credit in Credit.objects.overdrawn().filter(conference=conference):
        yield f"more was taken from credit {credit.pk} than was given: it is at {credit.left}"
    elsewhere = ~Q(credit__conference=conference) | ~Q(credit__user=F("order__user"))
    rows = Q(order__conference=conference, credit__isnull=False) & elsewhere
    for row in (*Refund.objects.filter(rows), *Payment.objects.filter(rows)):
        yield f"{row} is of a credit of another conference, or of somebody else"
    for refund in Refund.objects.filter(order__conference=conference, credit__isnull=False, payouts__succeeded=True):
        yield f"{refund} was given as credit, and sent as money"
    left = Refund.objects.filter(order__conference=conference, payment__credit__isnull=False)
    for refund in left.filter(Q(credit=None) | ~Q(credit=F("payment__credit"))):
        yield f"{refund} was paid by credit, and left"


def _of_papers(order: Order) -> Iterator[str]:
    issued = list(order.invoices.all())
    if not issued:
        return
    on_paper = invoiced_of(issued)
    sold = {(line.pk, line.tax_rate): amount for line, amount in sold_of(order).items()}
    for key in sorted({*on_paper, *sold}):
        invoiced, due = on_paper.get(key, NOTHING), sold.get(key, NOTHING)
        if invoiced != due:
            yield f"line {key[0]} at {key[1]} % is invoiced at {invoiced} and sold at {due}"
    yield from _of_taxes(issued, on_paper)
    for invoice in issued:
        lines = sum((Decimal(entry["amount"]) for entry in invoice.content["lines"]), NOTHING)
        taxed = sum((Decimal(entry["gross"]) for entry in invoice.content["taxes"]), NOTHING)
        if {lines, taxed} != {invoice.total}:
            yield f"{invoice.name} is over {invoice.total}, its lines are {lines}, and taxed are {taxed}"
        if invoice.is_invoice and any(left < 0 for left in stands_of(invoice, issued).values()):
            yield f"more of {invoice.name} is credited than stands on it"


def _of_taxes(issued: list[Invoice], on_paper: Mapping[tuple[int, Decimal], Decimal]) -> Iterator[str]:
    """By rate, gross and tax: what the papers say of it, and what is in what they leave of the lines."""
    said: dict[Decimal, tuple[Decimal, Decimal]] = {}
    due: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for invoice in issued:
        sign = 1 if invoice.is_invoice else -1
        for entry in invoice.content["taxes"]:
            _add(said, Decimal(entry["rate"]), sign * Decimal(entry["gross"]), sign * Decimal(entry["tax"]))
    for (_line, rate), amount in on_paper.items():
        _add(due, rate, amount, tax_in(amount, rate=rate, currency=issued[0].currency))
    for rate in sorted({*said, *due}):
        told, right = (sums.get(rate, (NOTHING, NOTHING)) for sums in (said, due))
        if told != right:
            yield f"at {rate} % {told[1]} of tax in {told[0]} is on paper, and {right[1]} in {right[0]} is right"


def _add(sums: dict[Decimal, tuple[Decimal, Decimal]], rate: Decimal, gross: Decimal, tax: Decimal) -> None:
    before = sums.get(rate, (NOTHING, NOTHING))
    sums[rate] = before[0] + gross, before[1] + tax
