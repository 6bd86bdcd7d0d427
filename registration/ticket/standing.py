"""Where a ticket stands, as its holder is told: the same reasons in the same order as at the door."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from registration.attendee.models import Attendee, AttendeeState


class Standing(models.TextChoices):
    VALID = "valid", _("Valid")
    CHECKED_IN = "checked_in", _("Checked in")
    UNPAID = "unpaid", _("To be paid")
    ASKED = "asked", _("Waiting for approval")
    INCOMPLETE = "incomplete", _("Not finished")
    BLOCKED = "blocked", _("Blocked")
    CANCELLED = "cancelled", _("Cancelled")
    REFUNDED = "refunded", _("Refunded")


@dataclass(frozen=True)
class Sign:
    """Icon and colour of the pill that shows a standing."""

    icon: str
    colour: str


_SIGNS = {
    Standing.VALID: Sign("circle-check", "ok"),
    Standing.CHECKED_IN: Sign("circle-check", "ok"),
    Standing.UNPAID: Sign("hourglass", "warn"),
    Standing.ASKED: Sign("hourglass", "warn"),
    Standing.INCOMPLETE: Sign("circle-alert", "warn"),
    Standing.BLOCKED: Sign("octagon-x", "bad"),
    Standing.CANCELLED: Sign("ban", "bad"),
    Standing.REFUNDED: Sign("ban", "bad"),
}


@dataclass(frozen=True)
class Ticket:
    """A seat as its holder or buyer sees it. The seat is loaded with conference, ticket type, order and holder."""

    seat: Attendee
    standing: Standing

    @property
    def sign(self) -> Sign:
        return _SIGNS[self.standing]

    @property
    def is_void(self) -> bool:
        """Whether there is nothing left to show at the door."""
        return self.standing in {Standing.CANCELLED, Standing.REFUNDED}

    @property
    def needs_name(self) -> bool:
        """Nothing else is wrong with it, but nobody has said who comes."""
        return self.standing == Standing.VALID and not self.seat.name


def ticket_of(seat: Attendee) -> Ticket:
    """No query when the seat's order is loaded."""
    return Ticket(seat, _standing(seat))


def _standing(seat: Attendee) -> Standing:
    if seat.state == AttendeeState.CANCELLED:
        return Standing.CANCELLED
    if seat.state == AttendeeState.REFUNDED:
        return Standing.REFUNDED
    if seat.blocked_reason:
        return Standing.BLOCKED
    if seat.order and seat.order.is_to_be_paid:
        return Standing.UNPAID
    if not seat.completed_registration:
        return Standing.ASKED if seat.order and seat.order.is_waiting_for_approval else Standing.INCOMPLETE
    return Standing.CHECKED_IN if seat.checked_in_at else Standing.VALID
