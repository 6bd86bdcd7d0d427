"""The staff's list of people: who is on it, in which order, page by page."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conferences.models import Conference
from conferences.numbers import read_number
from registration.attendee.models import Attendee, AttendeeQuerySet, AttendeeState

PER_PAGE = 25
_FEW = 500
# As `Order.is_to_be_paid`. What waits for approval is not to be paid yet; its tickets are incomplete.
_UNPAID = Q(order__status="pending", order__total__gt=0) & ~Q(order__approval="asked")


class Condition(models.TextChoices):
    """Of the ticket, as the list and the door tell it."""

    VALID = "valid", _("Valid")
    UNPAID = "unpaid", _("Not paid")
    INCOMPLETE = "incomplete", _("Incomplete")
    BLOCKED = "blocked", _("Blocked")
    CANCELLED = "cancelled", _("Cancelled")
    REFUNDED = "refunded", _("Refunded")
    ATTENTION = "attention", _("Needs attention")
    LIVE = "live", _("All but cancelled and refunded")


class AtTheDoor(models.TextChoices):
    IN = "in", _("In")
    OUT = "out", _("Not in yet")


class Sorting(models.TextChoices):
    NAME = "name", _("Name, A to Z")
    NAME_BACKWARDS = "-name", _("Name, Z to A")
    NEWEST = "-new", _("Newest first")
    LAST_IN = "-in", _("Last in first")


@dataclass(frozen=True)
class Filters:
    query: str = ""
    ticket_type: int | None = None
    condition: str = ""
    door: str = ""
    sorting: str = Sorting.NAME
    only: tuple[int, ...] = field(default=())

    @property
    def is_restricting(self) -> bool:
        return bool(self.query.strip() or self.ticket_type or self.condition or self.door or self.only)


def people(conference: Conference, filters: Filters) -> AttendeeQuerySet:
    """Everybody of `conference` who fits, in order; e-mails are searched too."""
    seats = Attendee.objects.filter(conference=conference)
    if filters.only:
        seats = seats.filter(pk__in=filters.only)
    if filters.query.strip():
        seats = seats.matching(filters.query, emails=True)
    if filters.ticket_type:
        seats = seats.filter(ticket_type=filters.ticket_type)
    if filters.condition:
        seats = _in_condition(seats, filters.condition)
    if filters.door == AtTheDoor.IN:
        seats = seats.filter(checked_in_at__isnull=False)
    elif filters.door == AtTheDoor.OUT:
        seats = seats.filter(checked_in_at=None, state=AttendeeState.VALID)
    return _sorted(seats, filters.sorting)


def _in_condition(seats: AttendeeQuerySet, condition: str) -> AttendeeQuerySet:
    valid = seats.live()
    if condition == Condition.LIVE:
        return valid
    if condition in {AttendeeState.CANCELLED, AttendeeState.REFUNDED}:
        return seats.filter(state=condition)
    if condition == Condition.BLOCKED:
        return valid.exclude(blocked_reason="")
    if condition == Condition.UNPAID:
        return valid.filter(_UNPAID)
    if condition == Condition.INCOMPLETE:
        return valid.filter(completed_registration=False).exclude(_UNPAID)
    if condition == Condition.ATTENTION:
        return valid.filter(needs_attention=True)
    return valid.filter(blocked_reason="", completed_registration=True).exclude(_UNPAID)


def _sorted(seats: AttendeeQuerySet, sorting: str) -> AttendeeQuerySet:
    if sorting == Sorting.NAME_BACKWARDS:
        return seats.order_by("-search_text", "-pk")
    if sorting == Sorting.NEWEST:
        return seats.order_by("-pk")
    if sorting == Sorting.LAST_IN:
        return seats.order_by(F("checked_in_at").desc(nulls_last=True), "-pk")
    return seats.by_name()


@dataclass(frozen=True)
class Page:
    """`number` is the page that exists nearest to the one asked for; `first` and `last` count people from 1."""

    seats: list[Attendee]
    number: int
    pages: int
    total: int
    first: int
    last: int

    @property
    def shown(self) -> list[int | None]:
        """The page numbers to offer, None for a gap."""
        near = {1, self.number - 1, self.number, self.number + 1, self.pages}
        numbers = sorted(number for number in near if 1 <= number <= self.pages)
        shown: list[int | None] = []
        for number in numbers:
            if shown and number - (shown[-1] or 0) > 1:
                shown.append(None)
            shown.append(number)
        return shown


def get_page(seats: AttendeeQuerySet, asked: str) -> Page:
    """Three or four queries. What is skipped is skipped in the index, as keys, and only the people shown are read whole."""
    total = seats.order_by().count()
    if total <= _FEW:
        # In two steps, else SQLite walks all people in order to meet the few: 0.3 s for 100,000.
        seats = Attendee.objects.filter(pk__in=list(seats.order_by().values_list("pk", flat=True))).order_by(
            *seats.query.order_by
        )
    pages = max(1, -(-total // PER_PAGE))
    number = max(1, min(read_number(asked) or 1, pages))
    start = (number - 1) * PER_PAGE
    keys = _keys(seats, start, min(start + PER_PAGE, total), total)
    found = Attendee.objects.select_related("ticket_type", "order").in_bulk(keys)
    shown = [found[key] for key in keys if key in found]
    return Page(shown, number, pages, total, start + 1 if shown else 0, start + len(shown))


def _keys(seats: AttendeeQuerySet, start: int, stop: int, total: int) -> list[int]:
    """From the end where that is nearer: the last page is then no longer to come by than the first."""
    if start <= total - stop:
        return list(seats.values_list("pk", flat=True)[start:stop])
    return list(seats.reverse().values_list("pk", flat=True)[total - stop : total - start])[::-1]
