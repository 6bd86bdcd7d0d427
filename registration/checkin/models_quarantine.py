"""Scans that arrived from whoever was no longer here, or could not be recorded as they came, and wait for an organiser."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration.checkin.models import Checkpoint, Method, Tablet


class Decision(models.TextChoices):
    ACCEPTED = "accepted", _("Taken in")
    DISCARDED = "discarded", _("Discarded")


class HeldBatch(models.Model):
    """Scans of a device or a person who was no longer here when they arrived, or that could not be recorded, kept until an
    organiser decides. Whoever sends more before that adds to the same batch. Never deleted, and a discarded one can still
    be taken in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="held_batches")
    tablet = models.ForeignKey(
        Tablet, models.PROTECT, null=True, blank=True, related_name="held_batches", verbose_name=_("tablet")
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    sent_by_name = models.CharField(_("name of who sent it"), max_length=200, blank=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_by_name = models.CharField(_("name of who decided"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("batch held back")
        verbose_name_plural = _("batches held back")
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["tablet"], condition=Q(decision=""), name="one_open_batch_of_a_tablet"),
            models.UniqueConstraint(
                fields=["conference", "sent_by"], condition=Q(decision=""), name="one_open_batch_of_a_person"
            ),
            models.CheckConstraint(condition=Q(decision__in=["", *Decision.values]), name="batch_decision_is_known"),
            models.CheckConstraint(
                condition=~Q(decision=Decision.DISCARDED) | ~Q(reason=""), name="discarding_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.received_at:%Y-%m-%d %H:%M}"

    @property
    def sender(self) -> str:
        return self.tablet.name if self.tablet else self.sent_by_name


class HeldScan(models.Model):
    """One scan of such a batch, by the id that the tablet gave it, or one of our own where that says nothing; when it is
    taken in it becomes the `Scan` of that id. One with a `refusal` could not be recorded as it came, and `given` is all
    that came.
    """

    id = models.UUIDField(primary_key=True)
    batch = models.ForeignKey(HeldBatch, models.CASCADE, related_name="scans")
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, null=True, blank=True, related_name="held_scans")
    place = models.CharField(
        _("place"), max_length=100, blank=True, help_text=_("The name of the checkpoint, as the device knew it.")
    )
    code = models.CharField(_("code as read"), max_length=2000, blank=True)
    scanned_at = models.DateTimeField(_("scanned"), help_text=_("By the clock of the device."))
    clock_offset = models.FloatField(_("clock offset"), default=0)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    scanned_by_name = models.CharField(_("name of who scanned"), max_length=200, blank=True)
    method = models.CharField(_("method"), max_length=10, choices=Method, default=Method.TYPED)
    device_verdict = models.CharField(_("verdict of the device"), max_length=20, blank=True)
    rehearsal = models.BooleanField(_("rehearsal"), null=True, help_text=_("As the device showed it."))
    refusal = models.CharField(
        _("refusal"), max_length=200, blank=True, help_text=_("Why it could not be recorded when it arrived.")
    )
    given = models.TextField(_("as it came"), blank=True)
    taken_at = models.DateTimeField(_("taken in"), null=True, blank=True)
    problem = models.CharField(
        _("problem"), max_length=200, blank=True, help_text=_("Why it could not become a scan when it was taken in.")
    )

    class Meta:
        verbose_name = _("scan held back")
        verbose_name_plural = _("scans held back")
        ordering = ["scanned_at", "pk"]

    def __str__(self) -> str:
        return f"{self.code} {self.device_verdict}"
