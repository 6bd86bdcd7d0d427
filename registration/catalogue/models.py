from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

# More tickets in one order are no group of friends but somebody who takes places away from others; they may order twice.
MAX_SEATS = 20


class ForSale(models.Model):
    """What ticket types and add-ons have in common. Prices are what the buyer pays: `tax_rate` percent of tax are in
    them. `taken` counts what is sold or held; only `places.py` changes it.
    """

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("short name"))
    description = models.TextField(_("description"), blank=True)
    price = models.DecimalField(
        _("price"), max_digits=10, decimal_places=2, default=Decimal("0.00"), validators=[MinValueValidator(0)]
    )
    tax_rate = models.DecimalField(
        _("tax in the price, in percent"),
        max_digits=5,
        decimal_places=2,
        default=Decimal("0.00"),
        validators=[MinValueValidator(0), MaxValueValidator(99)],
    )
    available_from = models.DateTimeField(_("on sale from"), null=True, blank=True)
    available_until = models.DateTimeField(_("on sale until"), null=True, blank=True)
    total_quantity = models.PositiveIntegerField(_("places"), default=0, help_text=_("0 for no limit of its own."))
    taken = models.PositiveIntegerField(_("places taken"), default=0, editable=False)
    requires_voucher = models.BooleanField(
        _("only with a voucher"), default=False, help_text=_("Hidden until somebody brings a voucher that unlocks it.")
    )
    is_active = models.BooleanField(_("for sale"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_free(self) -> bool:
        return self.price == 0

    @property
    def places_left(self) -> int | None:
        """Of this one alone; None when it has no limit of its own. See also `Conference.places_left`."""
        return max(0, self.total_quantity - self.taken) if self.total_quantity else None

    def is_on_sale(self, *, now: dt.datetime) -> bool:
        """Within its sale window; says nothing of places or of the conference's own window."""
        if self.available_from and now < self.available_from:
            return False
        return self.is_active and not (self.available_until and now >= self.available_until)


class TicketTypeQuerySet(models.QuerySet["TicketType"]):
    def on_display(self) -> TicketTypeQuerySet:
        """What the public page lists, sold out or not yet on sale included."""
        return self.filter(is_active=True, requires_voucher=False)


class TicketType(ForSale):
    """Something for sale that lets one person in; `taken` counts its live seats and those held."""

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="ticket_types")
    limit_per_user = models.PositiveIntegerField(_("most per buyer"), default=0, help_text=_("0 for no limit."))
    needs_approval = models.BooleanField(
        _("approval"), default=False, help_text=_("Organisers look at each registration before it is confirmed.")
    )
    is_transferable = models.BooleanField(_("can be given to somebody else"), default=True)
    is_cancellable = models.BooleanField(
        _("can be cancelled by oneself"), default=False, help_text=_("What was paid goes back, less the fee.")
    )
    cancellable_until = models.DateField(
        _("last day to cancel"), null=True, blank=True, help_text=_("Empty: until the conference begins.")
    )
    cancellation_fee = models.DecimalField(
        _("fee for cancelling"), max_digits=10, decimal_places=2, default=Decimal("0.00"),
        validators=[MinValueValidator(0)],
    )  # fmt: skip

    # Those on the waiting list whose turn is to come; the rules of `waiting` count it. While there are any, a place that
    # is given back is theirs.
    waiting = models.PositiveIntegerField(_("waiting"), default=0, editable=False)

    objects = TicketTypeQuerySet.as_manager()

    class Meta(ForSale.Meta):
        verbose_name = _("ticket type")
        verbose_name_plural = _("ticket types")
        constraints = [
            models.UniqueConstraint(fields=["conference", "slug"], name="ticket_type_slug_unique_in_conference"),
            models.CheckConstraint(condition=Q(price__gte=0), name="ticket_type_price_not_negative"),
            models.CheckConstraint(condition=Q(cancellation_fee__gte=0), name="ticket_type_fee_not_negative"),
        ]

    def is_cancellable_on(self, day: dt.date) -> bool:
        """By whoever holds one, on this day of the conference's own calendar."""
        return self.is_cancellable and day <= self.last_day_to_cancel

    @property
    def last_day_to_cancel(self) -> dt.date:
        """Hidden query when the conference is not loaded."""
        return self.cancellable_until or self.conference.start_date - dt.timedelta(days=1)

    @property
    def places_left(self) -> int | None:
        """For whoever comes now: none while others wait."""
        return 0 if self.waiting else super().places_left


class AddOn(ForSale):
    """Something bought along with a seat: a dinner, a T-shirt, a workshop. `taken` counts pieces."""

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="add_ons")
    limit_per_seat = models.PositiveIntegerField(
        _("most per person"), default=1, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    ticket_types = models.ManyToManyField(
        TicketType,
        blank=True,
        related_name="add_ons",
        verbose_name=_("with these tickets"),
        help_text=_("None chosen means all."),
    )

    class Meta(ForSale.Meta):
        verbose_name = _("add-on")
        verbose_name_plural = _("add-ons")
        constraints = [
            models.UniqueConstraint(fields=["conference", "slug"], name="add_on_slug_unique_in_conference"),
            models.CheckConstraint(condition=Q(price__gte=0), name="add_on_price_not_negative"),
            models.CheckConstraint(condition=Q(limit_per_seat__gte=1), name="add_on_limit_positive"),
        ]


class Reduction(models.TextChoices):
    """What a voucher or a discount does to the price of one piece."""

    NONE = "none", _("Nothing: it only unlocks")
    FREE = "free", _("Free")
    PERCENT = "percent", _("Percent off")
    AMOUNT = "amount", _("Amount off")


class Reduces(models.Model):
    """What vouchers and automatic discounts have in common. `value` is percent or money, by `reduction`."""

    reduction = models.CharField(_("what it does"), max_length=10, choices=Reduction, default=Reduction.PERCENT)
    value = models.DecimalField(
        _("value"), max_digits=10, decimal_places=2, default=Decimal("0.00"), validators=[MinValueValidator(0)]
    )
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True

    def is_valid(self, *, now: dt.datetime) -> bool:
        """Switched on and within its time; says nothing of how often it was used."""
        if self.valid_from and now < self.valid_from:
            return False
        return self.is_active and not (self.valid_until and now >= self.valid_until)


def _reduction_is_sound(name: str) -> list[models.CheckConstraint]:
    percent = ~Q(reduction=Reduction.PERCENT) | Q(value__lte=100)
    return [
        models.CheckConstraint(condition=Q(reduction__in=Reduction.values), name=f"{name}_reduction_is_known"),
        models.CheckConstraint(condition=Q(value__gte=0) & percent, name=f"{name}_value_in_bounds"),
    ]


class Voucher(Reduces):
    """A code that makes seats cheaper or unlocks what is hidden. Each seat it is used for is one use; only `places.py`
    changes `used`.
    """

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="vouchers")
    code = models.CharField(_("code"), max_length=40, help_text=_("Upper and lower case are the same."))
    max_uses = models.PositiveIntegerField(_("uses"), default=1, help_text=_("0 for no limit."))
    used = models.PositiveIntegerField(_("used"), default=0, editable=False)
    ticket_types = models.ManyToManyField(
        TicketType,
        blank=True,
        related_name="vouchers",
        verbose_name=_("for these tickets"),
        help_text=_("None chosen means all."),
    )
    add_ons = models.ManyToManyField(
        AddOn,
        blank=True,
        related_name="vouchers",
        verbose_name=_("for these add-ons"),
        help_text=_("None chosen means none."),
    )
    unlocks_hidden = models.BooleanField(
        _("unlocks hidden tickets"), default=False, help_text=_("Those it is for, and add-ons named above.")
    )
    batch = models.CharField(_("batch"), max_length=100, blank=True, help_text=_("Made together, exported together."))
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["conference", "code"], name="voucher_code_unique_in_conference"),
            models.CheckConstraint(condition=Q(max_uses=0) | Q(used__lte=F("max_uses")), name="voucher_not_overused"),
            *_reduction_is_sound("voucher"),
        ]

    def __str__(self) -> str:
        return self.code

    def save(self, *args: object, **kwargs: object) -> None:
        self.code = clean_voucher_code(self.code)
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def uses_left(self) -> int | None:
        """None without a limit."""
        return max(0, self.max_uses - self.used) if self.max_uses else None


def clean_voucher_code(code: str) -> str:
    """As it is stored and looked for: capitals, without spaces."""
    return "".join(code.split()).upper()


class Discount(Reduces):
    """A reduction that comes by itself: for everybody in its time (early), or for the people of a Django group or of a
    list of confirmed addresses; in an order of enough tickets (a group), or with an add-on beside the ticket (a bundle).
    The best one counts; it is not added to a voucher, the lower price is taken.

    What was sold keeps its price, whatever becomes of the other tickets of the order.
    """

    conference = models.ForeignKey("conferences.Conference", models.CASCADE, related_name="discounts")
    name = models.CharField(_("name"), max_length=100, help_text=_("Buyers read it beside the price."))
    ticket_types = models.ManyToManyField(
        TicketType,
        blank=True,
        related_name="discounts",
        verbose_name=_("for these tickets"),
        help_text=_("None chosen means all."),
    )
    at_least = models.PositiveSmallIntegerField(
        _("from how many tickets"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_SEATS)],
        help_text=_("Of those it is for, in one order; free ones do not count. Then each of them gets it."),
    )  # fmt: skip
    add_on = models.ForeignKey(
        AddOn, models.RESTRICT, null=True, blank=True, related_name="discounts", verbose_name=_("only together with"),
        help_text=_("Each ticket that has it gets the discount; the add-on keeps its price."),
    )  # fmt: skip
    group = models.ForeignKey(
        "auth.Group", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("for this group")
    )
    emails = models.TextField(
        _("for these addresses"), blank=True, help_text=_("One a line. The account must have confirmed it.")
    )

    class Meta:
        verbose_name = _("discount")
        verbose_name_plural = _("discounts")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(at_least__gte=1), name="discount_asks_for_a_ticket"),
            *_reduction_is_sound("discount"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_for_one_ticket(self) -> bool:
        """Whether it comes to a ticket that is bought alone."""
        return self.at_least == 1 and self.add_on_id is None

    @property
    def is_for_everybody(self) -> bool:
        return self.group_id is None and not self.emails.strip()

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(self.emails.casefold().split())
