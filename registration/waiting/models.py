from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WaitingState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("Place offered")
    TAKEN = "taken", _("Place taken")
    LAPSED = "lapsed", _("Offer not taken")
    LEFT = "left", _("Left the list")


LIVE_STATES = (WaitingState.WAITING, WaitingState.OFFERED)


class WaitingEntryQuerySet(models.QuerySet["WaitingEntry"]):
    def waiting(self) -> WaitingEntryQuerySet:
        """Those whose turn is still to come, in their order. See also `TicketType.waiting`, which counts them."""
        return self.filter(state=WaitingState.WAITING).order_by("position", "pk")

    def in_line_of(self, conference_pk: int) -> WaitingEntryQuerySet:
        """Whichever ticket they wait for."""
        return self.filter(ticket_type__conference=conference_pk)

    def live(self) -> WaitingEntryQuerySet:
        """Those who wait or are offered a place."""
        return self.filter(state__in=LIVE_STATES)

    def still_open(self) -> WaitingEntryQuerySet:
        """`live`, without those who took their offer: the worker settles that half a minute later. See also
        `WaitingEntry.is_offered`.
        """
        return self.live().exclude(state=WaitingState.OFFERED, order__isnull=False, order__hold_expires_at=None)


class WaitingEntry(models.Model):
    """Somebody who waits for a place of one ticket type. Lock the row before changing `state`; only the rules of this room
    do, because `TicketType.waiting` counts with it.
    """

    ticket_type = models.ForeignKey("registration.TicketType", models.CASCADE, related_name="waiting_entries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="waiting_entries")
    state = models.CharField(_("state"), max_length=10, choices=WaitingState, default=WaitingState.WAITING)
    # In the one line of the conference, since its ticket types share the places of the venue.
    position = models.PositiveIntegerField(_("position"), default=0)
    # The order that holds the offered place.
    order = models.OneToOneField(
        "registration.Order", models.SET_NULL, null=True, blank=True, related_name="waiting_entry"
    )
    created_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    offered_at = models.DateTimeField(_("offered"), null=True, blank=True)
    offer_ends_at = models.DateTimeField(_("offer ends"), null=True, blank=True)

    objects = WaitingEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("waiting entry")
        verbose_name_plural = _("waiting list")
        ordering = ["ticket_type", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket_type", "user"], condition=Q(state__in=LIVE_STATES), name="one_live_waiting_entry"
            ),
            models.CheckConstraint(condition=Q(state__in=WaitingState.values), name="waiting_state_is_known"),
        ]
        indexes = [
            # `place_in_line` and the organisers' list of one ticket type: who comes before.
            models.Index(
                fields=["ticket_type", "position"], name="waiting_next", condition=Q(state=WaitingState.WAITING)
            ),
        ]

    @property
    def is_offered(self) -> bool:
        """Whether there is an offer to be taken. Needs its order. See also `WaitingEntryQuerySet.still_open`."""
        return self.state == WaitingState.OFFERED and self.order is not None and self.order.is_held

    def __str__(self) -> str:
        return f"{self.user} waits for {self.ticket_type}"
