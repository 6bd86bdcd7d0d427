from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LostTicketRequest(models.Model):
    """Somebody asked for the tickets of this address. Gone as soon as the worker has answered (`lost.py`)."""

    email = models.EmailField(_("e-mail"))
    created_at = models.DateTimeField(_("asked"), default=timezone.now)

    class Meta:
        verbose_name = _("request for lost tickets")
        verbose_name_plural = _("requests for lost tickets")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"request {self.pk}"
