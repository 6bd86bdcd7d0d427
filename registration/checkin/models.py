from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference, Role
from conferences.prepared import Given


class Entry(models.TextChoices):
    ONCE = "once", _("Once")
    DAILY = "daily", _("Once a day")
    UNLIMITED = "unlimited", _("As often as they like")


class Unpaid(models.TextChoices):
    REFUSE = "refuse", _("Refuse")
    ASK = "ask", _("Let the desk take the payment")


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def rehearsing(self, *, now: dt.datetime | Given) -> CheckpointQuerySet:
        """See also `Checkpoint.is_rehearsing`."""
        return self.filter(Q(rehearsal_ends_at=None) | Q(rehearsal_ends_at__gt=now), rehearsal=True)


class CheckpointManager(models.Manager["Checkpoint"].from_queryset(CheckpointQuerySet)):  # type: ignore[misc]
    def main(self, conference: Conference) -> Checkpoint:
        """The main entrance of `conference`, made when there is none."""
        return self.get_or_create(conference=conference, is_main=True, defaults={"name": str(_("Main entrance"))})[0]


class Checkpoint(models.Model):
    """A place where tickets are checked. The main one sets `Attendee.checked_in_at`."""

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="checkpoints")
    name = models.CharField(_("name"), max_length=100)
    is_main = models.BooleanField(_("main entrance"), default=False)
    entry = models.CharField(_("how often"), max_length=10, choices=Entry, default=Entry.ONCE)
    ticket_types = models.ManyToManyField(
        "registration.TicketType",
        blank=True,
        related_name="checkpoints",
        verbose_name=_("tickets"),
        help_text=_("None chosen means all."),
    )
    add_ons = models.ManyToManyField(
        "registration.AddOn",
        blank=True,
        related_name="checkpoints",
        verbose_name=_("add-ons handed out here"),
        help_text=_("None chosen means that a ticket is enough."),
    )
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    unpaid = models.CharField(_("unpaid orders"), max_length=10, choices=Unpaid, default=Unpaid.REFUSE)
    rehearsal = models.BooleanField(_("rehearsal"), default=False, help_text=_("Scans here do not count."))
    # Empty: only when somebody ends it. See `rehearsal.start_rehearsal`, by which it always ends by itself.
    rehearsal_ends_at = models.DateTimeField(_("rehearsal ends"), null=True, blank=True)

    objects = CheckpointManager()

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["-is_main", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conference"], condition=Q(is_main=True), name="one_main_checkpoint_per_conference"
            ),
            models.UniqueConstraint(fields=["conference", "name"], name="checkpoint_name_unique_in_conference"),
        ]

    def __str__(self) -> str:
        return self.name

    def entry_key(self, *, scan_id: uuid.UUID, now: dt.datetime) -> str:
        """What an admission must be unique for: nothing, the conference's own calendar day, or the scan itself."""
        if self.entry == Entry.DAILY:
            return self.conference.local_date(now).isoformat()
        return str(scan_id) if self.entry == Entry.UNLIMITED else ""

    def is_rehearsing(self, *, now: dt.datetime) -> bool:
        """Whether a scan made at `now` counts for nothing. See also `CheckpointQuerySet.rehearsing`."""
        return self.rehearsal and (self.rehearsal_ends_at is None or now < self.rehearsal_ends_at)

    def is_open(self, *, now: dt.datetime) -> bool:
        return not (self.opens_at and now < self.opens_at) and not (self.closes_at and now >= self.closes_at)


class TabletRole(models.TextChoices):
    """What a tablet may do: a person's role without the organisers'."""

    DOOR = Role.DOOR.value, Role.DOOR.label
    DESK = Role.DESK.value, Role.DESK.label


class Tablet(models.Model):
    """A named device of one conference. It is nobody's account: a secret in a cookie of its own, of which only the
    digest is kept (`tablets.digest`), says which it is. Never deleted once it scanned; revoked instead.

    `pairing_digest` is that of the last link: open until `pairing_expires_at`, used when that is null (`pairing`).
    `last_seen_at` and the fields after it are what the device told of itself when it was last here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="tablets")
    name = models.CharField(_("name"), max_length=100)
    checkpoint = models.ForeignKey(
        Checkpoint, models.SET_NULL, null=True, blank=True, related_name="tablets", verbose_name=_("checkpoint")
    )
    role = models.CharField(_("role"), max_length=10, choices=TabletRole, default=TabletRole.DOOR)
    pairing_digest = models.CharField(max_length=64, blank=True, editable=False)
    pairing_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    secret_digest = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    paired_at = models.DateTimeField(_("paired"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    # Self check-in: the page for people themselves, until somebody knows the PIN. See `kiosk`.
    is_kiosk = models.BooleanField(_("self check-in"), default=False, editable=False)
    kiosk_pin = models.CharField(max_length=128, blank=True, editable=False)  # a salted hash
    pin_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    pin_tries_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    last_person = models.CharField(_("last at it"), max_length=100, blank=True, editable=False)
    waiting = models.PositiveIntegerField(_("scans waiting"), null=True, blank=True, editable=False)
    clock_offset = models.FloatField(
        _("clock offset"), null=True, blank=True, editable=False, help_text=_("Seconds the server's clock was ahead.")
    )
    list_from = models.DateTimeField(_("list from"), null=True, blank=True, editable=False)
    battery = models.PositiveSmallIntegerField(_("battery"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("tablet")
        verbose_name_plural = _("tablets")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["conference", "name"], name="tablet_name_unique_in_conference"),
            models.UniqueConstraint(
                fields=["pairing_digest"], condition=~Q(pairing_digest=""), name="pairing_digest_unique"
            ),
            models.CheckConstraint(condition=Q(role__in=TabletRole.values), name="tablet_role_is_known"),
            # Else nobody could end it, or anybody who is let in could search for the others.
            models.CheckConstraint(
                condition=Q(is_kiosk=False) | (Q(role=TabletRole.DOOR) & ~Q(kiosk_pin="")),
                name="kiosk_is_a_door_with_a_pin",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_paired(self) -> bool:
        """A device holds its secret, and may use it."""
        return self.secret_digest is not None and self.revoked_at is None

    def is_pairing_open(self, *, now: dt.datetime) -> bool:
        return self.pairing_expires_at is not None and now < self.pairing_expires_at


class RetiredSecret(models.Model):
    """A secret that no longer opens anything, since another device took the tablet's place. Kept so that the device that
    still holds it is told so, drops its list, and has the scans it kept taken in, and is not merely unknown.
    """

    tablet = models.ForeignKey(Tablet, models.CASCADE, related_name="retired_secrets")
    digest = models.CharField(max_length=64, unique=True)
    retired_at = models.DateTimeField()

    class Meta:
        verbose_name = _("retired secret")
        verbose_name_plural = _("retired secrets")

    def __str__(self) -> str:
        return f"{self.tablet} {self.retired_at:%Y-%m-%d %H:%M}"


class Verdict(models.TextChoices):
    ADMITTED = "admitted", _("Admitted")
    ALREADY_ADMITTED = "already_admitted", _("Already in")
    UNPAID = "unpaid", _("Not paid")
    WRONG_TICKET = "wrong_ticket", _("Wrong ticket")
    NOT_OPEN = "not_open", _("Not open")
    CANCELLED = "cancelled", _("Cancelled")
    REFUNDED = "refunded", _("Refunded")
    REPLACED = "replaced", _("Replaced")
    BLOCKED = "blocked", _("Blocked")
    INCOMPLETE = "incomplete", _("Incomplete")
    UNKNOWN = "unknown", _("Not known")


class Method(models.TextChoices):
    CAMERA = "camera", _("Camera")
    WEDGE = "wedge", _("Scanner")
    TYPED = "typed", _("Typed")
    SEARCH = "search", _("Search")
    GROUP = "group", _("With their order")
    IMPORTED = "imported", _("Imported list")


class ScanQuerySet(models.QuerySet["Scan"]):
    def live_admissions(self) -> ScanQuerySet:
        """Admissions that count: not undone, no rehearsal. The constraint below keeps them unique."""
        return self.filter(verdict=Verdict.ADMITTED, undone_at=None, rehearsal=False)

    def let_in(self) -> ScanQuerySet:
        """Whoever went in: live admissions, and those that a tablet without a network let in although we would not."""
        by_tablet = Q(conflict=True, device_verdict=Verdict.ADMITTED)
        return self.filter(by_tablet | Q(verdict=Verdict.ADMITTED, undone_at=None), rehearsal=False)

    def refused(self) -> ScanQuerySet:
        return self.exclude(verdict=Verdict.ADMITTED)


class Scan(models.Model):
    """One row per scan, failed ones too, never deleted. It changes by an undo, a late `device_verdict`, or erasure.

    The primary key is made by whoever scanned, so that a retry is known as one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="scans")
    attendee = models.ForeignKey("registration.Attendee", models.PROTECT, null=True, blank=True, related_name="scans")
    code = models.CharField(_("code as read"), max_length=600)
    verdict = models.CharField(_("verdict"), max_length=20, choices=Verdict)
    entry_key = models.CharField(_("entry key"), max_length=64, blank=True)
    scanned_at = models.DateTimeField(_("scanned"), help_text=_("By the clock of the device."))
    clock_offset = models.FloatField(
        _("clock offset"), default=0, help_text=_("Seconds by which the server's clock was ahead of the device's.")
    )
    effective_at = models.DateTimeField(_("effective"), help_text=_("When it happened, by the server's clock."))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    tablet = models.ForeignKey(
        Tablet, models.PROTECT, null=True, blank=True, related_name="scans", verbose_name=_("tablet")
    )
    scanned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("scanned by")
    )
    scanned_by_name = models.CharField(_("name of who scanned"), max_length=200, blank=True)
    method = models.CharField(_("method"), max_length=10, choices=Method, default=Method.TYPED)
    device_verdict = models.CharField(_("verdict of the device"), max_length=20, blank=True)
    conflict = models.BooleanField(_("conflict"), default=False)
    rehearsal = models.BooleanField(_("rehearsal"), default=False)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_by_name = models.CharField(_("name of who undid it"), max_length=200, blank=True)
    undo_reason = models.CharField(_("reason of the undo"), max_length=200, blank=True)

    objects = ScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["-received_at"]
        constraints = [
            # The promise: one live admission per checkpoint, attendee and entry key.
            models.UniqueConstraint(
                fields=["checkpoint", "attendee", "entry_key"],
                condition=Q(verdict=Verdict.ADMITTED, undone_at=None, rehearsal=False),
                name="one_live_admission",
            ),
            # In a rehearsal the codes of `rehearsal.PRACTICE_CODES` let nobody in, in green.
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.ADMITTED) | Q(attendee__isnull=False) | Q(rehearsal=True),
                name="admitted_implies_attendee",
            ),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="scan_verdict_is_known"),
        ]
        indexes = [
            # Dashboard (`last_scans`, `count_scans`) and tablet: the last scans, and all of today's counted by person
            # or tablet and verdict without reading the rows.
            models.Index(
                fields=["checkpoint", "-received_at", "verdict", "scanned_by", "tablet", "rehearsal"],
                name="scan_recent",
            ),
            # A person's page, and the first admission told to the second scan.
            models.Index(
                fields=["attendee", "effective_at"], name="scan_of_attendee", condition=Q(attendee__isnull=False)
            ),
            # The worklist of conflicts and the tablets' lists (`tablet_list`): the few among all.
            models.Index(fields=["checkpoint", "attendee"], name="scan_conflict", condition=Q(conflict=True)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.verdict}"
