"""Whom it is about: by which names and addresses somebody is called here, and what is theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.html import escape
from django.utils.translation import gettext_lazy

from conferences.languages import say
from registration.account.models import User
from registration.attendee.claim import addressed_to
from registration.attendee.models import Attendee, AttendeeQuerySet
from registration.badge.models import BadgePrint
from registration.order.models import Order, OrderEvent, OrderLine

# Stands where a name stood, and where a text named somebody.
_MARK = gettext_lazy("[deleted]")


@dataclass(frozen=True)
class Person:
    """`seats` are theirs, and what an account has not taken over of what bears their name and address; `addressed` are
    those of others that only bear the address. `orders` they bought; in `attended` they have a seat, or had it before it
    was changed; in `touched` they did something, as staff too.
    """

    user: User
    names: frozenset[str]
    addresses: frozenset[str]  # in small letters
    seats: frozenset[int]
    addressed: frozenset[int]
    orders: frozenset[int]
    attended: frozenset[int]
    touched: frozenset[int]
    conferences: frozenset[int]
    mark: str  # in the language of the conference they were at

    @property
    def own_orders(self) -> frozenset[int]:
        return self.orders | self.attended

    def is_called(self, text: object) -> bool:
        return isinstance(text, str) and text.strip().casefold() in {name.casefold() for name in self.names}

    @property
    def whole_names(self) -> list[str]:
        """A name of one word may be a word."""
        return [name for name in self.names if len(name.split()) > 1]

    @property
    def words(self) -> Words:
        """Only for what has to do with them: people choose their names, and may choose any words."""
        return Words([*self.addresses, *self.whole_names], mark=self.mark)

    @property
    def address_words(self) -> Words:
        """For any text: that it is their address is proven."""
        return Words(self.addresses, mark=self.mark)


def know(user: User) -> Person:
    """A few queries, of what has an index by user, seat or address."""
    own = list(Attendee.objects.filter(user=user).select_related("conference"))
    addresses = addresses_of(user) | _of_placeholder(user, own)
    names = {user.name, *(seat.name for seat in own)}
    bought = list(Order.objects.filter(user=user).select_related("conference"))
    others = list(waiting_for(addresses).exclude(pk__in=[seat.pk for seat in own]).select_related("conference"))
    called = {name.casefold() for name in names if name}
    same = [seat for seat in others if seat.name.casefold() in called]
    seats = {seat.pk for seat in (*own, *same)}
    names |= set(BadgePrint.objects.filter(attendee__in=seats).values_list("name", flat=True))
    on = OrderLine.objects.filter(attendee__in=seats).values_list("order", flat=True)
    places = [*(order.conference for order in bought), *(seat.conference for seat in own)]
    return Person(
        user=user,
        names=frozenset(name.strip() for name in names if name.strip()),
        addresses=frozenset(addresses),
        seats=frozenset(seats),
        addressed=frozenset(seat.pk for seat in others) - seats,
        orders=frozenset(order.pk for order in bought),
        attended=frozenset({*on, *(seat.order_id for seat in (*own, *same) if seat.order_id)}),
        touched=frozenset(OrderEvent.objects.filter(by=user).values_list("order", flat=True)),
        conferences=frozenset(each.pk for each in places),
        mark=say(_MARK, to=places[0]) if places else str(_MARK),
    )


def addresses_of(user: User) -> set[str]:
    """Those that they have proven to be theirs; until then that of the account, which nobody can sign in to."""
    confirmed = list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))
    return {address.lower() for address in confirmed or [user.email] if address}


def waiting_for(addresses: Iterable[str]) -> AttendeeQuerySet:
    """Seats with one of these that no account has taken over."""
    return addressed_to(list(addresses)).filter(user__email=None)


def _of_placeholder(user: User, own: Iterable[Attendee]) -> set[str]:
    """The address of a seat without an account, unless a family shares it."""
    if not user.is_placeholder:
        return set()
    found = {seat.email.lower() for seat in own if seat.email}
    shared = addressed_to(list(found)).exclude(user=user).values_list(Lower("email"), flat=True)
    accounts = EmailAddress.objects.filter(email__in=found).values_list("email", flat=True)
    return found - set(shared) - {address.lower() for address in accounts}


class Words:
    """Names and addresses in a text, as it is, in HTML and in JSON, in whatever letters; not as parts of other words."""

    def __init__(self, words: Iterable[str], *, mark: str) -> None:
        self.words, self.mark = list(words), mark
        self.spellings = sorted(
            {each for word in self.words for each in (word, str(escape(word)), json.dumps(word)[1:-1])}
        )
        parts = "|".join(re.escape(each) for each in sorted(self.spellings, key=len, reverse=True))
        self._found = re.compile(rf"(?<![\w+-])(?<!\w\.)(?:{parts})(?![\w-]|\.\w)", re.IGNORECASE)

    def occur_in(self, *fields: str) -> Q:
        """Rows of which one of `fields` may hold one. Reads them all."""
        found = Q(pk__in=[])
        for field in fields:
            for spelling in self.spellings:
                found |= Q(**{f"{field}__icontains": spelling})
        return found

    def wipe(self, text: str) -> str:
        return self._found.sub(lambda _found: self.mark, text) if self.spellings else text
