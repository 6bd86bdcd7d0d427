from __future__ import annotations

import datetime as dt
import secrets
import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.prepared import PreparedSave
from registration.attendee.access_code import ALPHABET, fold_code
from registration.attendee.models import Attendee
from registration.order.models_money import Payment, Refund, sum_by


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


_UNPLACED = [OrderStatus.PENDING, OrderStatus.EXPIRED]


class Approval(models.TextChoices):
    """Of an order with a ticket that organisers look at before it is confirmed. Its places are taken meanwhile."""

    NOT_NEEDED = "", _("Not needed")
    ASKED = "asked", _("Waiting for approval")
    GIVEN = "given", _("Approved")
    DECLINED = "declined", _("Declined")


class OrderQuerySet(models.QuerySet["Order"]):
    def pending(self) -> OrderQuerySet:
        return self.filter(status=OrderStatus.PENDING)

    def choices(self) -> OrderQuerySet:
        """Those that only hold their places while somebody fills in the form, or did until they expired: they never had
        a seat. See also `placed`.
        """
        return self.filter(~_has_had_seats(), hold_expires_at__isnull=False, status__in=_UNPLACED)

    def placed(self) -> OrderQuerySet:
        """All but `choices`."""
        return self.filter(Q(hold_expires_at=None) | ~Q(status__in=_UNPLACED) | _has_had_seats())

    def waiting_for_approval(self) -> OrderQuerySet:
        """See also `Order.is_waiting_for_approval`."""
        return self.pending().filter(approval=Approval.ASKED)

    def hold_over(self, *, now: dt.datetime) -> OrderQuerySet:
        """Held for longer than promised: their places are to be freed."""
        return self.filter(status=OrderStatus.PENDING, hold_expires_at__lte=now)

    def with_buyer_and_paid(self) -> OrderQuerySet:
        """With the buyer, `paid_amount`, all that came, and `kept_amount`, what of that was not given back."""
        paid, given_back = (sum_by("order", rows.objects.all()) for rows in (Payment, Refund))
        return self.select_related("user").annotate(paid_amount=paid, kept_amount=paid - given_back)

    def matching(self, query: str) -> OrderQuerySet:
        """Those whose reference, typed in any way a bank may have passed it on, holds `query`, or whose buyer's or
        seats' name or e-mail does.
        """
        words = query.replace("\x00", "").strip()
        if not words:
            return self
        wanted = Q(user__name__icontains=words) | Q(user__email__icontains=words)
        wanted |= Q(imported_reference__icontains=words)
        # Not asked of each order anew: SQLite then goes through all the seats that may be meant for each.
        wanted |= Q(pk__in=Attendee.objects.matching(words, emails=True).order_by().values("order"))
        if (folded := fold_code(words)) and set(folded) <= set(ALPHABET):
            wanted |= Q(reference__contains=folded)
        return self.filter(wanted)


def _has_had_seats() -> Exists:
    return Exists(OrderLine.objects.filter(order=OuterRef("pk"), attendee__isnull=False))


class Order(PreparedSave):
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
    # Set while a pending order only holds its places, because its buyer is choosing. Null once it is placed: then it is
    # to be paid until `due_at`, however it is paid, and ends some days after that (`due.expire_unpaid`).
    hold_expires_at = models.DateTimeField(_("held until"), null=True, blank=True)
    # A place of the waiting list: it is kept beside what its buyer chooses otherwise.
    is_offer = models.BooleanField(_("offer to the waiting list"), default=False, editable=False)
    due_at = models.DateTimeField(_("to be paid until"), null=True, blank=True)
    # Its buyer is at the page for cards; it does not end before this. Once over, it means nothing.
    kept_until = models.DateTimeField(_("does not end before"), null=True, blank=True, editable=False)
    # Each mail about the due date goes out once.
    reminded_at = models.DateTimeField(_("reminded before it was due"), null=True, blank=True, editable=False)
    overdue_told_at = models.DateTimeField(_("reminded after it was due"), null=True, blank=True, editable=False)
    billing_address = models.TextField(_("invoiced to"), max_length=600, blank=True)
    billing_vat_number = models.CharField(_("VAT number of the customer"), max_length=16, blank=True)
    billing_reference = models.CharField(_("reference of the customer"), max_length=60, blank=True)
    BILLING = ("billing_address", "billing_vat_number", "billing_reference")
    approval = models.CharField(_("approval"), max_length=10, choices=Approval, blank=True, default="")
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
            # Worker (`hold_over`): the few that hold places without being placed.
            models.Index(fields=["hold_expires_at"], name="order_held", condition=Q(hold_expires_at__isnull=False)),
            # Worker (`due.remind`, `due.expire_unpaid`): those that are to be paid.
            models.Index(fields=["due_at"], name="order_due", condition=Q(status="pending", due_at__isnull=False)),
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

    @property
    def is_held(self) -> bool:
        """Its places are taken until a time that is set, over or not."""
        return self.is_pending and self.hold_expires_at is not None

    @property
    def is_to_be_paid(self) -> bool:
        """Something is owed before its tickets are valid, and it may be paid now: not while it has no seats yet."""
        return self.is_pending and not self.is_held and self.total > 0 and not self.is_waiting_for_approval

    @property
    def is_waiting_for_approval(self) -> bool:
        """Organisers have to decide before anything is to be paid, or any ticket goes out."""
        return self.is_pending and self.approval == Approval.ASKED

    def is_held_at(self, now: dt.datetime) -> bool:
        """Its places are taken until a time that is not over. See also `OrderQuerySet.hold_over`."""
        return self.is_pending and self.hold_expires_at is not None and now < self.hold_expires_at


class OrderLineQuerySet(models.QuerySet["OrderLine"]):
    def live(self) -> OrderLineQuerySet:
        """Those that count towards the order's total."""
        return self.filter(cancelled_at=None)

    def holding(self) -> OrderLineQuerySet:
        """Those that take a place, pieces of an add-on, or a use of a voucher."""
        return self.filter(released_at=None)

    def exchanging(self) -> OrderLineQuerySet:
        """Those that hold a place of another ticket type for a seat, until they are paid and the seat has it."""
        is_linked = Q(attendee__order=F("order"))
        return self.holding().filter(replaces_line__isnull=False, attendee__isnull=False).exclude(is_linked)


class OrderLine(models.Model):
    """One line as it was sold: text and price never change with the catalogue. The line of a seat has quantity 1, an
    add-on's belongs to the seat it was bought for. A held order's lines have no seats yet.

    `price` is what one piece cost the buyer, `discount` what had been taken off it before, `tax` what of the whole amount is
    tax, rounded half up to the smallest coin. When the ticket is changed, rate and tax may (`retaxing.tax_anew`).
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    attendee = models.ForeignKey(
        "registration.Attendee", models.SET_NULL, null=True, blank=True, related_name="order_lines"
    )
    ticket_type = models.ForeignKey(
        "registration.TicketType", models.PROTECT, null=True, blank=True, related_name="order_lines"
    )
    add_on = models.ForeignKey("registration.AddOn", models.PROTECT, null=True, blank=True, related_name="order_lines")
    voucher = models.ForeignKey(
        "registration.Voucher", models.PROTECT, null=True, blank=True, related_name="order_lines"
    )
    text = models.CharField(_("text"), max_length=200)
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2)
    discount = models.DecimalField(_("taken off"), max_digits=10, decimal_places=2, default=Decimal("0.00"))
    discount_text = models.CharField(_("discount"), max_length=100, blank=True)
    at_least = models.PositiveSmallIntegerField(_("price from so many tickets"), default=1)
    tax_rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=2, default=Decimal("0.00"))
    tax = models.DecimalField(_("tax in it"), max_digits=10, decimal_places=2, default=Decimal("0.00"))
    taxed_as = models.CharField(_("taxed as"), max_length=200, blank=True)  # the text of that ticket
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    cancelled_at = models.DateTimeField(
        _("cancelled"), null=True, blank=True, help_text=_("Before it was paid, so that it is no longer owed.")
    )
    # Its place, pieces or use of a voucher were given back.
    released_at = models.DateTimeField(_("released"), null=True, blank=True, editable=False)
    replaces_line = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced_by_lines")

    objects = OrderLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="order_line_quantity_positive"),
            models.CheckConstraint(
                condition=Q(attendee=None) | Q(quantity=1) | Q(add_on__isnull=False), name="order_line_of_a_seat_is_one"
            ),
            models.CheckConstraint(
                condition=Q(ticket_type=None) | Q(add_on=None), name="order_line_is_ticket_or_add_on"
            ),
            models.CheckConstraint(condition=Q(price__gte=0, discount__gte=0), name="order_line_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.text}"

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity

    @property
    def full_amount(self) -> Decimal:
        """Before anything was taken off."""
        return (self.price + self.discount) * self.quantity


class OrderEvent(PreparedSave):
    """One line of an order's history; `history.note` writes it, in the transaction of what it tells. Never changed."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    # A value of `history.Event`. No choices here, so that a new kind of event needs no migration.
    kind = models.CharField(_("what"), max_length=30)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    reason = models.CharField(_("why"), max_length=200, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.order}: {self.kind}"
