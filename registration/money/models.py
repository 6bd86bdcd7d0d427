from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CardState(models.TextChoices):
    OPEN = "open", _("Open")
    PAID = "paid", _("Paid")
    OVER = "over", _("Not paid")


class CardPaymentQuerySet(models.QuerySet["CardPayment"]):
    def open(self) -> CardPaymentQuerySet:
        return self.filter(state=CardState.OPEN)

    def to_ask_about(self, *, now: dt.datetime) -> CardPaymentQuerySet:
        """Open, and not asked about for a while."""
        return self.open().filter(ask_at__lte=now)

    def look_for_refunds_by(self, when: dt.datetime) -> int:
        """Let the worker ask by then what of them has gone back."""
        return self.filter(Q(refunds_ask_at=None) | Q(refunds_ask_at__gt=when)).update(refunds_ask_at=when)


class CardPayment(models.Model):
    """A try to pay an order by card, on a page of Stripe's: one Checkout Session. Its key goes with everything that is
    asked of Stripe about it, so that the same question again is answered as the first time, and comes back with the answer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    order = models.ForeignKey("registration.Order", models.PROTECT, related_name="card_payments")
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    # Null until Stripe has answered.
    session_id = models.CharField(_("session"), max_length=255, null=True, unique=True)
    url = models.TextField(_("page"), blank=True)
    state = models.CharField(_("state"), max_length=10, choices=CardState, default=CardState.OPEN)
    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("open until"))
    # When the worker asks Stripe next, for customers who never come back and events that never arrive.
    ask_at = models.DateTimeField(_("asked about at"))
    # When the worker asks what of it has gone back; null while nothing is to be expected.
    refunds_ask_at = models.DateTimeField(_("refunds asked about at"), null=True)

    objects = CardPaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("card payment")
        verbose_name_plural = _("card payments")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(state="open"), name="one_open_card_payment_per_order")
        ]
        indexes = [
            # Worker (`to_ask_about`).
            models.Index(fields=["ask_at"], name="card_payment_open", condition=Q(state="open")),
            # Worker (`ask_about_refunds`).
            models.Index(
                fields=["refunds_ask_at"], name="card_payment_refunds", condition=Q(refunds_ask_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} for {self.order}"


class StripeEvent(models.Model):
    """An event of Stripe's that was dealt with, written in the transaction of what it brought about."""

    event_id = models.CharField(_("number"), max_length=255, unique=True)
    kind = models.CharField(_("what"), max_length=100)
    received_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.event_id


class EventReading(models.Model):
    """How far Stripe's own list of its events was read, by `read_missed_events`: all that happened until `read_until` was
    dealt with. One row.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    read_until = models.DateTimeField(_("read until"))
    # A reading that is not through: when its first page was asked for, or an event before that failed; and the last event of
    # its last page.
    begun_at = models.DateTimeField(_("begun"), null=True, blank=True)
    page_after = models.CharField(_("page after"), max_length=255, blank=True)
    ask_at = models.DateTimeField(_("asked at"))

    class Meta:
        verbose_name = _("reading of Stripe's events")
        verbose_name_plural = _("readings of Stripe's events")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_reading_of_events")]

    def __str__(self) -> str:
        return f"until {self.read_until:%Y-%m-%d %H:%M}"


class BankLine(models.Model):
    """A line of a bank's list that was recorded, so that the same list again records nothing; or one of which `said_by` has
    said that it is a payment that was recorded before, by hand or from another list.
    """

    conference = models.ForeignKey("conferences.Conference", models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, editable=False)
    payment = models.ForeignKey("registration.Payment", models.PROTECT, related_name="bank_lines")
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("known again by"),
    )

    class Meta:
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        constraints = [
            models.UniqueConstraint(fields=["conference", "digest"], name="bank_line_recorded_once_at_conference")
        ]

    def __str__(self) -> str:
        return str(self.payment)


class IssueKind(models.TextChoices):
    LATE = "late", _("Paid after it had expired, and its places are gone")
    CLOSED = "closed", _("Paid for an order that is closed")
    TWICE = "twice", _("Paid twice, or too much")
    WRONG_AMOUNT = "wrong_amount", _("Another amount than was asked for")
    WRONG_CURRENCY = "wrong_currency", _("Another currency than was asked for; not recorded")
    UNKNOWN = "unknown", _("Nobody's: it names an order that is not here; not recorded")
    REFUND_FAILED = "refund_failed", _("A refund could not be sent")
    REFUNDED_THERE = "refunded_there", _("Refunded at Stripe; its tickets are still valid")
    COUNTED_THERE = "counted_there", _("Refunded at Stripe before it was sent from here; counted, and not sent again")
    GIVEN_TWICE = "given_twice", _("Refunded at Stripe, and given back here before; the buyer has it twice")
    CREDIT_AGAIN = "credit_again", _("Refunded at Stripe, and sent back by the bank; it is the buyer's credit again")
    DISPUTED = "disputed", _("The card's owner disputes it; answer at Stripe")


class IssueQuerySet(models.QuerySet["Issue"]):
    def open(self) -> IssueQuerySet:
        return self.filter(resolved_at=None)


class Issue(models.Model):
    """Money that people have to look at. `key` says what it is about, so that the same trouble is raised once."""

    conference = models.ForeignKey(
        "conferences.Conference", models.PROTECT, null=True, blank=True, related_name="money_issues"
    )
    order = models.ForeignKey("registration.Order", models.PROTECT, null=True, blank=True, related_name="money_issues")
    key = models.CharField(max_length=255, unique=True, editable=False)
    kind = models.CharField(_("what"), max_length=20, choices=IssueKind)
    amount = models.DecimalField(_("amount"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    external_id = models.CharField(_("their number"), max_length=255, blank=True)
    raised_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    resolved_at = models.DateTimeField(_("settled"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment to look at")
        verbose_name_plural = _("payments to look at")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.order or self.external_id}"
