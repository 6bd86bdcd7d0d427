"""A conference with as many people as asked for, made as fast as the database takes rows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from django.db import connection

from conferences.models import Conference, Role
from registration.account.models import User
from registration.attendee.access_code import ALPHABET
from registration.attendee.models import Attendee
from registration.attendee.search import searchable
from registration.catalogue.models import TicketType
from registration.checkin.models import Checkpoint
from registration.demo.people import invent_people
from tests import factories

_BATCH = 2000


@dataclass
class Crowd:
    conference: Conference
    main: Checkpoint
    bare: Checkpoint
    staff: User
    codes: list[str]  # in no order
    names: list[str]


def make_crowd(people: int) -> Crowd:
    """`people` seats of three ticket types, all of which the door admits."""
    conference = factories.conference(name=f"Bench {people}", total_capacity=0)
    kinds = [
        factories.ticket_type(conference=conference, name=name, price=Decimal(price))
        for name, price in (("Free", "0"), ("Regular", "120"), ("Student", "40"))
    ]
    chance = random.Random(people)
    codes, names = [], []
    invented = invent_people(people, seed=people)
    while batch := list(islice(invented, _BATCH)):
        users = User.objects.bulk_create(
            # Of this crowd alone: one database holds several.
            User(username=f"{people}.{person.email}", email=f"{people}.{person.email}", name=person.name, password="!")
            for person in batch
        )
        seats = [
            Attendee(
                user=user, conference=conference, ticket_type=chance.choice(kinds), name=person.name, email=user.email,
                access_code="".join(chance.choices(ALPHABET, k=8)), completed_registration=True,
                search_text=searchable(person.name, user.email, person.company),
            )
            for user, person in zip(users, batch, strict=True)
        ]  # fmt: skip
        Attendee.objects.bulk_create(seats)
        codes += [seat.access_code for seat in seats]
        names += [seat.name for seat in seats]
    Conference.objects.filter(pk=conference.pk).update(places_taken=people)
    for kind in kinds:
        TicketType.objects.filter(pk=kind.pk).update(taken=kind.attendees.count())
    chance.shuffle(codes)
    with connection.cursor() as cursor:
        # What autovacuum does by itself on a site that has grown to this size.
        cursor.execute("ANALYZE")
    staff = factories.staff(conference=conference, role=Role.DESK).user
    return Crowd(
        conference=conference,
        main=Checkpoint.objects.main(conference),
        bare=factories.checkpoint(conference=conference, name="Bare"),
        staff=staff,
        codes=codes,
        names=names,
    )
