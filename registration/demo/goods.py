"""What the invented conferences sell beside tickets, for less, and not any more."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.utils.text import slugify

from conferences.models import Conference
from registration.account.models import User
from registration.catalogue.models import AddOn, Discount, Reduction, TicketType, Voucher
from registration.demo.people import Person
from registration.waiting.waiting_list import join_waiting_list

VOUCHER = "FRIENDS"
_SHARE_WITH_ADD_ONS = 0.25


def sell_beside(conference: Conference, *goods: tuple[str, str, str, int, int]) -> None:
    """Each with name, price, description, stock (0 without limit) and how many one person may have."""
    AddOn.objects.bulk_create(
        AddOn(
            conference=conference, name=name, slug=slugify(name), price=Decimal(price), description=description,
            total_quantity=stock, limit_per_seat=most, position=position,
        )
        for position, (name, price, description, stock, most) in enumerate(goods)
    )  # fmt: skip


def lower_prices(conference: Conference, *, until: dt.datetime) -> None:
    percent = {"conference": conference, "reduction": Reduction.PERCENT}
    Discount.objects.create(**percent, name="Early price", value=20, valid_until=until)
    Discount.objects.create(**percent, name="Group price", value=30, at_least=5)


def give_voucher(conference: Conference, *tickets: TicketType) -> None:
    voucher = Voucher.objects.create(
        conference=conference,
        code=VOUCHER,
        reduction=Reduction.PERCENT,
        value=50,
        max_uses=20,
        note="For the newsletter",
    )
    voucher.ticket_types.set(tickets)


def choose_extras(goods: list[AddOn], chance: random.Random) -> list[tuple[AddOn, int]]:
    """What somebody takes along, often nothing, and how many of it."""
    if not goods or chance.random() >= _SHARE_WITH_ADD_ONS:
        return []
    add_on = chance.choice(goods)
    return [(add_on, chance.randint(1, add_on.limit_per_seat or 1))]


def wait_for(ticket_type: TicketType, people: list[Person], *, now: dt.datetime) -> None:
    """They have no ticket, and `ticket_type` is sold out."""
    for hours, person in enumerate(people, start=1):
        user = User.objects.create_user(person.email, name=person.name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        join_waiting_list(ticket_type=ticket_type, user=user, now=now - dt.timedelta(hours=9) / hours)
