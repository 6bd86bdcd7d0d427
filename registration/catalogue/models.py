from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class TicketTypeQuerySet(models.QuerySet["TicketType"]):
    def on_display(self) -> TicketTypeQuerySet:
        """What the public page lists, sold out or not yet on sale included."""
        return self.filter(is_active=True, requires_voucher=False)


class TicketType(models.Model):
    """Something for sale that lets one person in. `taken` counts its live seats; only `places.py` changes it."""

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="ticket_types")
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("short name"))
    description = models.TextField(_("description"), blank=True)
    price = models.DecimalField(
        _("price"), max_digits=10, decimal_places=2, default=Decimal("0.00"), validators=[MinValueValidator(0)]
    )
    available_from = models.DateTimeField(_("on sale from"), null=True, blank=True)
    available_until = models.DateTimeField(_("on sale until"), null=True, blank=True)
    total_quantity = models.PositiveIntegerField(_("places"), default=0, help_text=_("0 for no limit of its own."))
    taken = models.PositiveIntegerField(_("places taken"), default=0, editable=False)
    limit_per_user = models.PositiveIntegerField(_("most per buyer"), default=0, help_text=_("0 for no limit."))
    requires_voucher = models.BooleanField(_("only with a voucher"), default=False)
    is_active = models.BooleanField(_("for sale"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    objects = TicketTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket type")
        verbose_name_plural = _("ticket types")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["conference", "slug"], name="ticket_type_slug_unique_in_conference"),
            models.CheckConstraint(condition=Q(price__gte=0), name="ticket_type_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_free(self) -> bool:
        return self.price == 0

    @property
    def places_left(self) -> int | None:
        """Of this type alone; None when it has no limit of its own. See also `Conference.places_left`."""
        return max(0, self.total_quantity - self.taken) if self.total_quantity else None

    def is_on_sale(self, *, now: dt.datetime) -> bool:
        """Within its sale window; says nothing of places or of the conference's own window."""
        if self.available_from and now < self.available_from:
            return False
        return self.is_active and not (self.available_until and now >= self.available_until)
