"""Invoices and credit notes: numbered without a gap at each conference, and never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")


class InvoiceCounter(models.Model):
    """The last number that a conference has given. Whoever takes the next holds the lock of this row until they have
    stored what it is for, so that no number is left out and none is given twice.
    """

    conference = models.OneToOneField("conferences.Conference", models.PROTECT, related_name="+")
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("invoice counter")
        verbose_name_plural = _("invoice counters")

    def __str__(self) -> str:
        return f"{self.conference}: {self.last}"


class Invoice(models.Model):
    """`content` is all that stands on it, in words; its PDF is made of that alone. A credit note's amounts are positive."""

    conference = models.ForeignKey("conferences.Conference", models.PROTECT, related_name="invoices")
    order = models.ForeignKey("registration.Order", models.PROTECT, related_name="invoices")
    kind = models.CharField(_("kind"), max_length=20, choices=InvoiceKind)
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("number as written"), max_length=70)
    total = models.DecimalField(_("total"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    content = models.JSONField(_("content"))
    issued_at = models.DateTimeField(_("issued"))

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["conference", "number"], name="invoice_number_unique_at_conference"),
            models.CheckConstraint(condition=Q(total__gt=0), name="invoice_total_positive"),
            models.CheckConstraint(
                condition=Q(kind="invoice", corrects=None) | Q(kind="credit_note", corrects__isnull=False),
                name="credit_note_corrects_an_invoice",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_invoice(self) -> bool:
        return self.kind == InvoiceKind.INVOICE
