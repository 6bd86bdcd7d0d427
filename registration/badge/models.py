from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from registration.attendee.badge_face import digest_of, face_of
from registration.attendee.models import Attendee
from registration.attendee.profile import profile_of


class BadgeFormat(models.TextChoices):
    """See `formats.py` for the measures."""

    LABEL = "62x100", _("Label, 62 × 100 mm")
    CARD = "4x6", _("Card, 4 × 6 inch")
    PLASTIC = "cr80", _("Plastic card, CR80")
    A4 = "a4", _("A4, four badges")
    A4_FOLD = "a4-fold", _("A4, two to fold")
    LETTER = "letter", _("US Letter, four badges")
    LETTER_FOLD = "letter-fold", _("US Letter, two to fold")


class BadgePrintQuerySet(models.QuerySet["BadgePrint"]):
    def jobs(self, conference: Conference) -> models.QuerySet[BadgePrint, dict]:
        """What was printed together, newest first, as dictionaries with the number of `badges`."""
        told = ("request_id", "printed_at", "format", "printed_by_name", "tablet__name")
        rows = self.filter(conference=conference).order_by("-printed_at", "request_id")
        return rows.values(*told).annotate(badges=Count("pk"))


class BadgePrint(models.Model):
    """One badge, printed once; never changed and never deleted. A later one of the same attendee is a reprint.

    `request_id` is made by whoever asked, one for all that is printed together, so that a repetition is known as one.
    `name` and `code` are as printed, and `face_digest` is of all that the badge said of them, "" for what was printed before
    that was noted: where it is another by now (`shows`), the badge they wear is out of date.
    """

    attendee = models.ForeignKey(
        "registration.Attendee", models.PROTECT, related_name="badge_prints", verbose_name=_("attendee")
    )
    conference = models.ForeignKey("conferences.Conference", models.PROTECT, related_name="badge_prints")
    request_id = models.UUIDField(_("request"))
    format = models.CharField(_("format"), max_length=20, choices=BadgeFormat)
    name = models.CharField(_("name as printed"), max_length=200, blank=True)
    code = models.CharField(_("code as printed"), max_length=20)
    face_digest = models.CharField(_("digest of what was printed"), max_length=32, blank=True)
    printed_at = models.DateTimeField(_("printed"))
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("printed by")
    )
    printed_by_name = models.CharField(_("name of who printed"), max_length=200, blank=True)
    tablet = models.ForeignKey(
        "registration.Tablet", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tablet")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = BadgePrintQuerySet.as_manager()

    class Meta:
        verbose_name = _("printed badge")
        verbose_name_plural = _("printed badges")
        ordering = ["-printed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["request_id", "attendee"], name="badge_printed_once_per_request"),
            models.CheckConstraint(condition=Q(format__in=BadgeFormat.values), name="badge_format_is_known"),
        ]
        indexes = [
            # The list of what was printed last (`jobs`).
            models.Index(fields=["conference", "-printed_at"], name="badge_print_recent"),
            # Whether and when somebody's badge was printed (the page of badges, a person's page).
            models.Index(fields=["attendee", "-printed_at"], name="badge_print_of_attendee"),
        ]

    def shows(self, face: Mapping[str, str]) -> bool:
        """Whether the badge says this (`face_of`). What all badges of the conference have alike, such as its logo, is left out."""
        if self.face_digest:
            return self.face_digest == digest_of(face)
        return (self.name, self.code) == (face["name"][:200], face["code"])

    def is_outdated(self, seat: Attendee, conference: Conference) -> bool:
        """Whether it says something else than the badge of its attendee would now. The seat is loaded with its ticket type. One query."""
        return not self.shows(face_of(seat, profile_of(seat.user_id), conference))

    def __str__(self) -> str:
        return f"{self.name or self.code}, {self.printed_at:%Y-%m-%d %H:%M}"
