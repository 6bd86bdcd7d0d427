"""What people did about conflicts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registration.checkin.models import Scan


class Settlement(models.Model):
    """What was done about a conflict (`Scan.conflict`), by whom. It ends when somebody opens the conflict again, and stays
    on record.
    """

    scan = models.ForeignKey(Scan, models.CASCADE, related_name="settlements")
    note = models.TextField(_("what was done"))
    settled_at = models.DateTimeField(_("settled"))
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    settled_by_name = models.CharField(_("name of who settled it"), max_length=300, blank=True)
    reopened_at = models.DateTimeField(_("opened again"), null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("opened again by"),
    )
    reopened_by_name = models.CharField(_("name of who opened it again"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("settlement of a conflict")
        verbose_name_plural = _("settlements of conflicts")
        ordering = ["-settled_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["scan"], condition=Q(reopened_at=None), name="one_settlement_of_a_conflict_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="settlement_says_what_was_done"),
        ]

    def __str__(self) -> str:
        return f"{self.scan} {self.settled_at:%Y-%m-%d %H:%M}"
