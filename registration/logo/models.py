from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Logo(models.Model):
    """The picture that stands for a conference on badges, tickets and its page. A row and no file, so that every process
    and every backup has it. `image` is a PNG that our own press drew, never what somebody uploaded.
    """

    conference = models.OneToOneField(
        "conferences.Conference", models.CASCADE, related_name="logo", verbose_name=_("conference")
    )
    image = models.BinaryField(_("image"))
    # The same for a place of 160 × 50 points, in a mail or in Apple Wallet, with one, two and three pixels a point; and in
    # a square for Google Wallet. Empty where the logo is older than these, until the worker has drawn them; then `image` does, or none.
    small = models.BinaryField(_("small image"), default=b"")
    small_2x = models.BinaryField(_("small image, twice"), default=b"")
    small_3x = models.BinaryField(_("small image, three times"), default=b"")
    square = models.BinaryField(_("square image"), default=b"")
    # Of `image`, in hexadecimal; it stands in the address, so that browsers may keep the picture for ever.
    digest = models.CharField(_("digest"), max_length=32)
    width = models.PositiveSmallIntegerField(_("width in pixels"))
    height = models.PositiveSmallIntegerField(_("height in pixels"))
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        ordering = ["conference"]
        constraints = [
            # What divides by them fits the picture into its box.
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="logo_has_a_size")
        ]

    def __str__(self) -> str:
        return f"{self.width} × {self.height}, {self.digest[:8]}"
