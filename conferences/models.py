from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.zones import known_zones

# Longer than anybody waits for money, and no more than a calendar has.
_MOST_DAYS = MaxValueValidator(3650)


def validate_timezone(value: str) -> None:
    if value not in known_zones():
        raise ValidationError(_("%(value)s is not a time zone. Write it like Europe/Berlin."), params={"value": value})


class ConferenceQuerySet(models.QuerySet["Conference"]):
    def active(self) -> ConferenceQuerySet:
        return self.filter(is_active=True)

    def upcoming(self, *, now: dt.datetime) -> ConferenceQuerySet:
        """Those not over yet. A conference is over when its last day is, anywhere on earth (UTC-12)."""
        return self.filter(end_date__gte=(now - dt.timedelta(hours=12)).date())

    def past(self, *, now: dt.datetime) -> ConferenceQuerySet:
        return self.filter(end_date__lt=(now - dt.timedelta(hours=12)).date())


class Conference(models.Model):
    """A conference. Its dates are days of its own calendar; all other times are UTC, shown in `timezone`."""

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(
        _("short name"), unique=True, help_text=_("The part of the address that names this conference.")
    )
    start_date = models.DateField(_("first day"))
    end_date = models.DateField(_("last day"))
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_timezone])
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    directions = models.TextField(
        _("the way there"),
        blank=True,
        max_length=2000,
        help_text=_("Station, entrance, parking. Mailed with the ticket the day before."),
    )
    website_url = models.URLField(_("website"), blank=True)
    tagline = models.CharField(_("in one line"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capitals, like EUR."))],
    )
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#37389a",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write it like #37389a."))],
    )
    total_capacity = models.PositiveIntegerField(_("places in all"), default=0, help_text=_("0 for no limit."))
    places_taken = models.PositiveIntegerField(_("places taken"), default=0, editable=False)
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)
    changes_close_at = models.DateTimeField(_("own details can be changed until"), null=True, blank=True)
    allows_transfers = models.BooleanField(_("tickets can be given to somebody else"), default=True)
    transfers_close_at = models.DateTimeField(_("given to somebody else until"), null=True, blank=True)
    payment_instructions = models.TextField(
        _("how to pay by bank transfer"), blank=True,
        help_text=_("Account, bank, and until when. Shown and mailed with every unpaid order; the amount and the reference are added."),
    )  # fmt: skip
    language = models.CharField(
        _("language"), max_length=10, default=settings.LANGUAGE_CODE, choices=settings.CONFERENCE_LANGUAGES,
        help_text=_("Of invoices, receipts, tickets and mails."),
    )  # fmt: skip
    invoice_sender = models.TextField(
        _("who issues the invoices"), blank=True, max_length=600,
        help_text=_("Name and address, one part a line. Empty: no invoices are issued."),
    )  # fmt: skip
    invoice_tax_id = models.CharField(_("your tax number"), max_length=60, blank=True)
    invoice_prefix = models.CharField(
        _("before the number"),
        max_length=20,
        blank=True,
        help_text=_("Such as PY27-, which makes PY27-0001. Empty: the short name."),
    )
    invoice_note = models.TextField(
        _("below the sums"), blank=True, max_length=600, help_text=_("Why there is no tax, your bank, thanks.")
    )
    takes_cards = models.BooleanField(
        _("cards"), default=True, help_text=_("By Stripe, where the site has a key for it.")
    )
    offers_credit = models.BooleanField(
        _("credit instead of money"), default=False,
        help_text=_("Whoever cancels a ticket by themselves may choose it. You can always give it."),
    )  # fmt: skip
    days_to_pay = models.PositiveSmallIntegerField(
        _("days to pay"), default=14, validators=[_MOST_DAYS],
        help_text=_("From the order to its due date. 0 for no due date; then no unpaid order ends by itself."),
    )  # fmt: skip
    remind_before_days = models.PositiveSmallIntegerField(
        _("remind before it is due"), default=3, validators=[_MOST_DAYS], help_text=_("So many days before, once. 0 for no mail.")
    )  # fmt: skip
    remind_after_days = models.PositiveSmallIntegerField(
        _("remind after it was due"), default=3, validators=[_MOST_DAYS], help_text=_("So many days after, once. 0 for no mail.")
    )  # fmt: skip
    expire_after_days = models.PositiveSmallIntegerField(
        _("free the places of who has not paid"), default=7, null=True, blank=True, validators=[_MOST_DAYS],
        help_text=_("So many days after the due date, if nothing was paid. Empty: never, until somebody cancels it."),
    )  # fmt: skip
    offer_hours = models.PositiveSmallIntegerField(
        _("waiting list: an offered place is kept for (hours)"), default=24,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 365)],
    )  # fmt: skip
    profile_fields = models.JSONField(
        _("what is asked"),
        default=None,
        null=True,
        blank=True,
        help_text=_("Names of profile fields; null means all of them."),
    )
    desk_fields = models.JSONField(
        _("what the desk sees at a scan"),
        default=list,
        blank=True,
        help_text=_("Names of profile fields. The door sees none of them."),
    )
    is_active = models.BooleanField(_("shown to the public"), default=True)

    objects = ConferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("conference")
        verbose_name_plural = _("conferences")
        ordering = ["start_date", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gte=F("start_date")),
                name="conference_ends_after_start",
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What the database cannot say: what was sold and issued stays what it was. For the forms of pages and admin."""
        super().clean()
        before = Conference.objects.filter(pk=self.pk).first()
        if before and before.currency != self.currency and before.orders.filter(total__gt=0).exists():
            message = _("It stays %(currency)s, in which something was ordered already.")
            raise ValidationError({"currency": message % {"currency": before.currency}})
        if self.invoice_sender.strip() and (before is None or self._numbers != before._numbers):
            others = Conference.objects.exclude(pk=self.pk).exclude(invoice_sender="")
            if self._numbers in {other._numbers for other in others}:
                message = _("Another conference of this sender has the same. No two invoices are alike.")
                raise ValidationError({"invoice_prefix": message})

    def get_absolute_url(self) -> str:
        return reverse("conference", args=[self.slug])

    @property
    def place(self) -> str:
        """Venue and address in one line; empty where nobody has said where it is."""
        return ", ".join(filter(None, [self.venue, self.address]))

    @property
    def map_url(self) -> str:
        """Of the place, for a link; empty where there is none."""
        return f"https://www.openstreetmap.org/search?{urlencode({'query': self.place})}" if self.place else ""

    @property
    def number_prefix(self) -> str:
        """What the numbers of its invoices begin with, so that one sender gives none twice."""
        return self.invoice_prefix or f"{self.slug.upper()}-"

    @property
    def _numbers(self) -> tuple[str, str]:
        return self.invoice_sender.strip(), self.number_prefix

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def zone_name(self) -> str:
        """The time zone as people call it: Berlin; New York."""
        return self.timezone.rpartition("/")[2].replace("_", " ")

    def local_date(self, moment: dt.datetime) -> dt.date:
        """The conference's own calendar day at an aware `moment`."""
        return moment.astimezone(self.tz).date()

    def has_begun(self, *, now: dt.datetime) -> bool:
        return self.local_date(now) >= self.start_date

    def is_over(self, *, now: dt.datetime) -> bool:
        return self.local_date(now) > self.end_date

    def is_registration_open(self, *, now: dt.datetime) -> bool:
        """Open from `registration_opens_at` (or always) to `registration_closes_at` (or the last day)."""
        if self.registration_opens_at and now < self.registration_opens_at:
            return False
        if self.registration_closes_at and now >= self.registration_closes_at:
            return False
        return self.is_active and not self.is_over(now=now)

    def can_change_details(self, *, now: dt.datetime) -> bool:
        """Until `changes_close_at`, or the end of the conference."""
        return now < self.changes_close_at if self.changes_close_at else not self.is_over(now=now)

    def can_transfer(self, *, now: dt.datetime) -> bool:
        """Until `transfers_close_at`, or the end of the conference; never where organisers do not want it."""
        closes = self.transfers_close_at
        return self.allows_transfers and (now < closes if closes else not self.is_over(now=now))

    @property
    def places_left(self) -> int | None:
        """None when there is no limit. Never negative: imports and walk-ins may go beyond."""
        return max(0, self.total_capacity - self.places_taken) if self.total_capacity else None


class Role(models.TextChoices):
    """What a member of staff may do at one conference; each includes the ones below it."""

    ORGANISER = "organiser", _("Organiser")
    DESK = "desk", _("Desk")
    DOOR = "door", _("Door")


class StaffRole(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="staff_roles")
    conference = models.ForeignKey(Conference, models.CASCADE, related_name="staff_roles")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    email = models.EmailField(_("added as"), blank=True, help_text=_("The address an organiser typed."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("staff role")
        verbose_name_plural = _("staff roles")
        ordering = ["conference", "role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "conference"], name="one_role_per_user_and_conference"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="staff_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} @ {self.conference}"

    @property
    def has_come(self) -> bool:
        """Signed in since they were added. Until then organisers are shown the address they typed and no name, so that
        adding somebody tells nobody whether they have an account.
        """
        return bool(self.user.last_login and self.user.last_login >= self.created_at)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Leaves a `FormerStaff` behind."""
        FormerStaff.objects.update_or_create(
            user=self.user, conference=self.conference, defaults={"ended_at": timezone.now()}
        )
        return super().delete(*args, **kwargs)


class FormerStaff(models.Model):
    """Whose role at a conference was taken. What they did without the network may still arrive, and must be told from
    what a stranger sends.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="former_roles")
    conference = models.ForeignKey(Conference, models.CASCADE, related_name="former_staff")
    ended_at = models.DateTimeField(_("ended"))

    class Meta:
        verbose_name = _("former staff")
        verbose_name_plural = _("former staff")
        ordering = ["-ended_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "conference"], name="one_former_role_per_user_and_conference")
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.conference}"
