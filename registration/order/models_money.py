"""Money that came and money that goes back. Rows of these are never changed and never deleted: they are the books."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PaymentMethod(models.TextChoices):
    BANK_TRANSFER = "bank_transfer", _("Bank transfer")
    CASH = "cash", _("Cash at the desk")
    CARD_TERMINAL = "card_terminal", _("Card at the desk")
    STRIPE = "stripe", _("Card")
    CREDIT = "credit", _("Credit")


CENT = Decimal("0.01")
# SQLite adds up floats, and is wrong by less than this.
HALF_A_CENT = Decimal("0.005")

# What staff record by hand. The others are recorded by whoever took the money.
BY_HAND = [PaymentMethod.BANK_TRANSFER, PaymentMethod.CASH, PaymentMethod.CARD_TERMINAL]


class Payment(models.Model):
    """Money that arrived, or that was here already, as a `credit`. `recorded_by` is null where it was told by the one who
    took it, and at a tablet, where nobody is signed in; who gave the tablet their name is `recorded_by_name`.
    """

    order = models.ForeignKey("registration.Order", models.PROTECT, related_name="payments")
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    method = models.CharField(_("method"), max_length=20, choices=PaymentMethod)
    note = models.CharField(_("note"), max_length=200, blank=True)
    credit = models.ForeignKey(
        "registration.Credit", models.PROTECT, null=True, blank=True, related_name="payments", verbose_name=_("credit")
    )
    # The name of the payment where it was taken, by which money goes back the way it came.
    external_id = models.CharField(_("their number"), max_length=255, null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    recorded_by_name = models.CharField(_("name of who recorded it"), max_length=200, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now, editable=False)
    # Made by the form, so that a form sent twice makes one payment.
    request_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.UniqueConstraint(fields=["method", "external_id"], name="payment_recorded_once"),
            models.CheckConstraint(
                condition=Q(method=PaymentMethod.CREDIT, credit__isnull=False)
                | (~Q(method=PaymentMethod.CREDIT) & Q(credit=None)),
                name="payment_by_credit_names_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} for {self.order}"

    @property
    def by_name(self) -> str:
        """Who recorded it, for people; empty when nobody did."""
        return self.recorded_by_name or str(self.recorded_by or "")


class RefundQuerySet(models.QuerySet["Refund"]):
    def to_pay_out(self) -> RefundQuerySet:
        """Decided, and not yet back with the buyer, or not all of it. See also `Refund.left`."""
        gone = self.annotate(paid_out=sum_by("refund", Payout.objects.standing()))
        return gone.filter(credit=None, amount__gt=F("paid_out") + HALF_A_CENT)

    def with_failure(self) -> RefundQuerySet:
        """With `failure`, why the last try to pay it out failed, None when there was none; and `has_come_back`."""
        tries = Payout.objects.filter(refund=OuterRef("pk"))
        failed = tries.filter(succeeded=False).order_by("-pk")
        return self.annotate(
            failure=models.Subquery(failed.values("note")[:1]),
            has_come_back=Exists(tries.filter(returned_at__isnull=False)),
        )


class Refund(models.Model):
    """The decision to give back some of a payment. What of it was for which line is in its `lines`; the rest had been
    paid beyond what was sold. That the money is on its way is told by a `Payout`, or by several that add up; what is given
    as `credit` does not leave, and is given with the decision.
    """

    order = models.ForeignKey("registration.Order", models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    credit = models.ForeignKey(
        "registration.Credit",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="refunds",
        verbose_name=_("as credit"),
    )
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("reason"), max_length=200)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"))
    # Of the form; one that goes back to several payments has a row for each.
    request_id = models.UUIDField(editable=False)

    # Of `with_failure`.
    failure: str | None
    has_come_back: bool

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.UniqueConstraint(fields=["request_id", "payment"], name="refund_decided_once"),
        ]
        indexes = [
            # Worker (`send_refunds`): those of late that are no credit.
            models.Index(fields=["credit", "decided_at"], name="refund_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} back for {self.order}"

    @property
    def left(self) -> Decimal:
        """What of it is still to be paid out. One query, none with prefetched `payouts`. See also
        `RefundQuerySet.to_pay_out`.
        """
        if self.credit_id is not None:
            return Decimal("0.00")
        return self.amount - sum((payout.amount for payout in self.payouts.all() if payout.stands), Decimal("0.00"))

    @property
    def is_paid_out(self) -> bool:
        return self.left <= 0

    @property
    def is_held_up(self) -> bool:
        """Whether a try to send it failed, or it came back: then people may have to send it. See also `with_failure`."""
        return any(not payout.stands for payout in self.payouts.all())


class RefundLine(models.Model):
    """So much of a refund was the price of this line."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines")
    line = models.ForeignKey("registration.OrderLine", models.PROTECT, related_name="refunds")
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = _("refunded line")
        verbose_name_plural = _("refunded lines")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_line_amount_positive")]

    def __str__(self) -> str:
        return f"{self.amount} of {self.line}"


class PayoutQuerySet(models.QuerySet["Payout"]):
    def standing(self) -> PayoutQuerySet:
        """See also `Payout.stands`."""
        return self.filter(succeeded=True, returned_at=None)


class Payout(models.Model):
    """A try to send a refund, or what is left of it, on its way: by staff, who say that they did it, or by whoever had taken
    the card, who names it. It changes in one way: what was sent may come back. Whoever writes one holds the order's lock,
    so that no more goes out than was decided.
    """

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="payouts")
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    succeeded = models.BooleanField(_("succeeded"))
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who"))
    external_id = models.CharField(_("their number"), max_length=255, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    returned_at = models.DateTimeField(_("came back"), null=True, blank=True)

    objects = PayoutQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_amount_positive"),
            models.UniqueConstraint(
                fields=["refund", "external_id"],
                condition=Q(succeeded=True) & ~Q(external_id=""),
                name="payout_of_theirs_noted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refund}: {self.get_outcome()}"

    @property
    def stands(self) -> bool:
        """See also `PayoutQuerySet.standing`."""
        return self.succeeded and self.returned_at is None

    def get_outcome(self) -> str:
        if self.returned_at:
            return str(_("came back"))
        return str(_("paid out")) if self.succeeded else str(_("failed"))


class Total(Sum):
    """The sum of amounts, to the cent: SQLite adds up floats, and some thousand of them are wrong by less than that."""

    def get_db_converters(self, connection: Any) -> list[Any]:
        return [*super().get_db_converters(connection), _to_the_cent]


def _to_the_cent(total: Decimal | None, _expression: object, _connection: object) -> Decimal | None:
    return None if total is None else total.quantize(CENT)


def total_of(rows: models.QuerySet) -> Decimal:
    """Of their `amount`. One query."""
    return rows.aggregate(total=Total("amount"))["total"] or Decimal("0.00")


def sum_by(name: str, rows: models.QuerySet) -> Coalesce:
    """For `annotate`: the sum of the `amount` of those `rows` whose foreign key `name` is the row."""
    mine: Any = rows.filter(**{name: OuterRef("pk")}).order_by().values(name)
    amount = DecimalField(max_digits=12, decimal_places=2)
    return Coalesce(Subquery(mine.annotate(sum=Sum("amount")).values("sum")), Value(0), output_field=amount)
