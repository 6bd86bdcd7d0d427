from __future__ import annotations

import secrets
import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration.attendee.access_code import ALPHABET, fold_code
from registration.attendee.models import Attendee


def generate_reference() -> str:
    """What a buyer writes on a bank transfer: 8 symbols nobody misreads, 10^12 of them, unique by constraint."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


class OrderStatus(models.TextChoices):
    PENDING = "pending", _("To be paid")
    PAID = "paid", _("Paid")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partly refunded")
    REFUNDED = "refunded", _("Refunded")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")
    REPLACED = "replaced", _("Replaced")


class OrderQuerySet(models.QuerySet["Order"]):
    def pending(self) -> OrderQuerySet:
        return self.filter(status=OrderStatus.PENDING)

    def with_buyer_and_paid(self) -> OrderQuerySet:
        """With the buyer, and `paid_amount` (None before the first payment)."""
        paid = Payment.objects.filter(order=OuterRef("pk")).order_by().values("order").annotate(sum=Sum("amount"))
        return self.select_related("user").annotate(paid_amount=Subquery(paid.values("sum")))

    def matching(self, query: str) -> OrderQuerySet:
        """Those whose reference, typed in any way a bank may have passed it on, holds `query`, or whose buyer's or
        seats' name or e-mail does.
        """
        words = query.replace("\x00", "").strip()
        if not words:
            return self
        wanted = (
            Q(imported_reference__icontains=words) | Q(user__name__icontains=words) | Q(user__email__icontains=words)
        )
        wanted |= Q(Exists(Attendee.objects.filter(order=OuterRef("pk")).matching(words, emails=True)))
        if (folded := fold_code(words)) and set(folded) <= set(ALPHABET):
            wanted |= Q(reference__contains=folded)
        return self.filter(wanted)


class Order(models.Model):
    """What `user` bought; they see and manage all its seats. Free registrations are orders of total 0, paid at once."""

    conference = models.ForeignKey("conferences.Conference", models.PROTECT, related_name="orders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders", verbose_name=_("buyer"))
    status = models.CharField(_("status"), max_length=20, choices=OrderStatus, default=OrderStatus.PENDING)
    reference = models.CharField(_("reference"), max_length=20, unique=True, default=generate_reference)
    imported_reference = models.CharField(
        _("imported reference"),
        max_length=64,
        null=True,
        blank=True,
        help_text=_("The order's name in the system it was imported from."),
    )
    # Made by the form, so that a form sent twice makes one order.
    checkout_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    subtotal = models.DecimalField(_("subtotal"), max_digits=10, decimal_places=2, default=Decimal("0.00"))
    discount = models.DecimalField(_("discount"), max_digits=10, decimal_places=2, default=Decimal("0.00"))
    total = models.DecimalField(_("total"), max_digits=10, decimal_places=2, default=Decimal("0.00"))
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    hold_expires_at = models.DateTimeField(_("held until"), null=True, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conference", "imported_reference"], name="imported_reference_unique_in_conference"
            ),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_is_known"),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative"),
        ]
        indexes = [
            # Dashboard (`count_heads`) and roster: who still owes.
            models.Index(fields=["conference", "status"], name="order_status"),
            # Dashboard (`memo.heads`): whether an order changed lately.
            models.Index(fields=["conference", "updated_at"], name="order_updated"),
        ]

    def __str__(self) -> str:
        return self.reference

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and not self.currency:
            self.currency = self.conference.currency
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.reference])

    @property
    def is_paid(self) -> bool:
        return self.status in {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED}

    @property
    def is_pending(self) -> bool:
        """See also `OrderQuerySet.pending`."""
        return self.status == OrderStatus.PENDING


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def live(self) -> OrderLineQuerySet:
        """Those that count towards the order's total."""
        return self.filter(cancelled_at=None)


class OrderLine(models.Model):
    """One line as it was sold: text and price never change with the catalogue. A seat's line has quantity 1."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    attendee = models.ForeignKey(
        "registration.Attendee", models.SET_NULL, null=True, blank=True, related_name="order_lines"
    )
    ticket_type = models.ForeignKey(
        "registration.TicketType", models.PROTECT, null=True, blank=True, related_name="order_lines"
    )
    text = models.CharField(_("text"), max_length=200)
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)
    tax = models.DecimalField(_("tax in it"), max_digits=10, decimal_places=2, default=Decimal("0.00"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    cancelled_at = models.DateTimeField(
        _("cancelled"), null=True, blank=True, help_text=_("Before it was paid, so that it is no longer owed.")
    )

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity_positive"),
            models.CheckConstraint(condition=Q(attendee=None) | Q(quantity=1), name="order_line_of_a_seat_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.text}"

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


class PaymentMethod(models.TextChoices):
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
    CASH = "cash", _("Cash at the desk")
    CARD_TERMINAL = "card_terminal", _("Card at the desk")


class Payment(models.Model):
    """Money that arrived, recorded by staff. Never edited or deleted."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    method = models.CharField(_("method"), max_length=20, choices=PaymentMethod)
    note = models.CharField(_("note"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    # Made by the form, so that a form sent twice makes one payment.
    request_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} for {self.order}"
