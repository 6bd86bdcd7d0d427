from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from conferences.prepared import PreparedSave
from registration.attendee import access_code as codes
from registration.attendee.search import matching, search_columns

_SAVE_RETRIES = 10


class HasAccessCode(PreparedSave):
    """A row with an access code, made in `save()` on first save when it is not set."""

    class Meta:
        abstract = True

    new_access_code = staticmethod(codes.draw_code)

    def is_access_code_taken(self) -> bool:
        """Whether another row has this code."""
        return type(self)._default_manager.filter(access_code=self.access_code).exists()  # type: ignore[misc]

    def before_insert(self) -> None:
        """Called when the code is known, before the row is written; for what is derived from both."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Draws again when the unique constraint refuses the drawn code, inside a savepoint, so that a surrounding
        transaction lives on. Any other IntegrityError (a second seat of the same user, say) is raised as it is.
        """
        if not self._state.adding:
            super().save(*args, **kwargs)
            return
        if self.access_code:  # type: ignore[has-type]
            self.before_insert()
            super().save(*args, **kwargs)
            return
        for _attempt in range(_SAVE_RETRIES):
            self.access_code = self.new_access_code()
            self.before_insert()
            try:
                with transaction.atomic():
                    super().save(*args, **kwargs)
                return
            except IntegrityError:
                clashed = self.is_access_code_taken()
                self.access_code = ""
                if not clashed:
                    raise
        raise RuntimeError(f"no free access code in {_SAVE_RETRIES} tries")


class AttendeeState(models.TextChoices):
    VALID = "valid", _("Valid")
    CANCELLED = "cancelled", _("Cancelled")
    REFUNDED = "refunded", _("Refunded")


class AttendeeQuerySet(models.QuerySet["Attendee"]):
    def live(self) -> AttendeeQuerySet:
        """Neither cancelled nor refunded; these are the seats that places are counted for."""
        return self.filter(state=AttendeeState.VALID)

    def expected(self) -> AttendeeQuerySet:
        """Who the door waits for: live, not blocked, and registered to the end."""
        return self.live().filter(blocked_reason="", completed_registration=True)

    def checked_in(self) -> AttendeeQuerySet:
        return self.filter(checked_in_at__isnull=False)

    def matching(self, query: str, *, emails: bool) -> AttendeeQuerySet:
        """Those in whom every word of `query` occurs: in name, order reference, company, access code, imported barcode,
        and in the e-mail if `emails`. Nothing typed is no restriction. Queries the index of `search_index.py` at once.
        Order by `by_name()` and slice: words that very many match are then met soon, along the names.
        """
        return matching(self, query, emails=emails)

    def by_name(self) -> AttendeeQuerySet:
        """As people look for names, accents and case ignored; those without a name first."""
        return self.order_by("search_text", "pk")


class Attendee(HasAccessCode):
    """A seat at a conference. `user` holds it now, perhaps a placeholder; `name` and `email` are those of the seat.

    Lock the row (several: by primary key) before changing `state`, `blocked_reason` or anything about its payment:
    `check_in` holds the same lock, so no admission follows a cancellation.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="attendees", verbose_name=_("holder")
    )
    conference = models.ForeignKey("conferences.Conference", models.PROTECT, related_name="attendees")
    order = models.ForeignKey("registration.Order", models.SET_NULL, null=True, blank=True, related_name="attendees")
    ticket_type = models.ForeignKey(
        "registration.TicketType",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attendees",
        verbose_name=_("ticket"),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    access_code = models.CharField(_("access code"), max_length=20, unique=True, editable=False)
    imported_code = models.CharField(
        _("imported barcode"),
        max_length=512,
        null=True,
        blank=True,
        help_text=_("The barcode of a ticket that another system has issued; it scans like our own."),
    )
    # Of the row of the list it came from, so that the same list again changes nothing, not even what staff corrected.
    imported_digest = models.CharField(max_length=24, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=AttendeeState, default=AttendeeState.VALID)
    blocked_reason = models.CharField(
        _("blocked because"),
        max_length=200,
        blank=True,
        help_text=_("When not empty, the ticket is refused at every checkpoint."),
    )
    staff_note = models.TextField(_("note for staff"), blank=True)
    needs_attention = models.BooleanField(
        _("attention"), default=False, help_text=_("Staff see and hear it before the person walks on.")
    )
    checked_in_at = models.DateTimeField(_("checked in"), null=True, blank=True, editable=False)
    completed_registration = models.BooleanField(_("registration completed"), default=False)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("cancelled by"),
    )
    # From then on it is its holder's alone, and out of the reach of who bought it (`ticket/access.py`).
    given_away_at = models.DateTimeField(_("given to somebody else"), null=True, blank=True, editable=False)
    cancel_reason = models.CharField(_("cancelled because"), max_length=200, blank=True, editable=False)
    # Written by `search.py` alone. The e-mail stands apart, because the door role neither finds nor sees it.
    search_text = models.TextField(editable=False, default="")
    search_email = models.TextField(editable=False, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AttendeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "conference"], name="one_seat_per_user_and_conference"),
            models.UniqueConstraint(fields=["conference", "imported_code"], name="imported_code_unique_in_conference"),
            models.CheckConstraint(condition=Q(state__in=AttendeeState.values), name="attendee_state_is_known"),
            models.CheckConstraint(condition=~Q(imported_code=""), name="imported_code_is_null_not_empty"),
        ]
        indexes = [
            # Check-in: an imported barcode typed in another case (`lookup.lock_seat`).
            models.Index(
                "conference",
                Lower("imported_code"),
                name="attendee_imported_code_lower",
                condition=Q(imported_code__isnull=False),
            ),
            # A new code must not be somebody's imported barcode at any conference (`is_taken`).
            models.Index(
                fields=["imported_code"], name="attendee_imported_code", condition=Q(imported_code__isnull=False)
            ),
            # Dashboard (`count_heads`): how many are registered and expected, ticket by ticket.
            models.Index(
                fields=["conference", "state", "ticket_type", "completed_registration", "blocked_reason"],
                name="attendee_heads",
            ),
            # Dashboard (`memo.heads`): whether anything changed lately but arrivals.
            models.Index(fields=["conference", "updated_at", "checked_in_at"], name="attendee_updated"),
            # Dashboard before the first day (`count_between`): registrations per day.
            models.Index(fields=["conference", "created_at", "state"], name="attendee_created"),
            # Dashboard (`count_heads`, `first_and_last_arrival`, `count_between`): how many are in, and when they came.
            models.Index(
                fields=["conference", "checked_in_at", "ticket_type"],
                name="attendee_checked_in",
                condition=Q(checked_in_at__isnull=False),
            ),
            # Search and the list by name (`matching`, `by_name`): all that both read stands in the index, which is a
            # small part of the table.
            models.Index(fields=["conference", "search_text", "id", "search_email"], name="attendee_search"),
            # Sign-in and lost tickets (`addressed_to`). Of all, since PostgreSQL knows how many share an address only then.
            models.Index(Lower("email"), name="attendee_email_lower"),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.conference}"

    # No imported or retired one either, of which no constraint of this column knows.
    new_access_code = staticmethod(codes.generate_access_code)

    def is_access_code_taken(self) -> bool:
        return codes.is_taken(self.access_code)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.imported_code = (self.imported_code or "").strip() or None
        if self._state.adding:
            # Records made from the fields named first get the holder's.
            self.name = self.name or self.user.name
            self.email = self.email or self.user.email or ""
        super().save(*args, **kwargs)

    def before_insert(self) -> None:
        if not self.search_text:
            references = [self.order.reference, self.order.imported_reference or ""] if self.order else []
            self.search_text, self.search_email = search_columns(self, references=references)

    @property
    def is_live(self) -> bool:
        """See also `AttendeeQuerySet.live`."""
        return self.state == AttendeeState.VALID


class RetiredCode(models.Model):
    """A code that a transfer or a reissue took from its attendee; scanning it answers `replaced`."""

    code = models.CharField(_("code"), max_length=512, unique=True)
    attendee = models.ForeignKey(Attendee, models.PROTECT, related_name="retired_codes")
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("retired code")
        verbose_name_plural = _("retired codes")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.code


class AttendeeProfileBase(HasAccessCode):
    """What a person told about themselves. A conference team adds its own fields by subclassing it."""

    # Names of fields whose answers the entrance shows when it lets the person in, such as the size of a T-shirt, and so does
    # each checkpoint that they pass once.
    hand_out_fields: ClassVar[tuple[str, ...]] = ()

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    access_code = models.CharField(_("access code"), max_length=20, unique=True, editable=False)
    completed_registration = models.BooleanField(_("registration completed"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.user)


class AttendeeProfile(AttendeeProfileBase):
    """The profile the site ships with."""

    hand_out_fields = ("tshirt_size",)

    badge_name = models.CharField(
        _("name on the badge"), max_length=100, blank=True, help_text=_("When it should differ from your name.")
    )
    pronouns = models.CharField(_("pronouns"), max_length=40, blank=True)
    affiliation = models.CharField(
        _("affiliation"), max_length=200, blank=True, help_text=_("Company, school or project.")
    )
    dietary_needs = models.CharField(
        _("food"), max_length=200, blank=True, help_text=_("Vegetarian, vegan, allergies.")
    )
    accessibility_needs = models.TextField(
        _("what would make the days easier for you?"),
        max_length=1000,
        blank=True,
        help_text=_("Only the organisers read this, and their desk where they say so."),
    )
    tshirt_size = models.CharField(
        _("T-shirt size"),
        max_length=5,
        blank=True,
        choices=[(size, size) for size in ("XS", "S", "M", "L", "XL", "XXL", "3XL")],
    )
    photo_consent = models.BooleanField(_("photographs with me in them may be published"), default=False)

    class Meta:
        verbose_name = _("attendee profile")
        verbose_name_plural = _("attendee profiles")
