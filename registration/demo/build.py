"""Make the demo, and remove it again.

Rows are written in bulk and not by the rules of sale, so that nobody's mail queue fills with tickets for invented
people; the counters of places are set right at the end.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
import zoneinfo
from decimal import Decimal
from pathlib import Path

from django.db import models, transaction
from django.utils.text import slugify

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.access_code import ALPHABET
from registration.attendee.models import Attendee, AttendeeState
from registration.attendee.search import update_search_text
from registration.badge.models import BadgePrint
from registration.catalogue.models import TicketType
from registration.checkin.models import Checkpoint, Entry, Scan, Tablet, TabletRole
from registration.checkin.models_quarantine import HeldBatch
from registration.demo.arrivals import let_people_in
from registration.demo.goods import choose_extras, give_voucher, lower_prices, sell_beside, wait_for
from registration.demo.logins import ROLES, Login, address_of, make_logins
from registration.demo.money import forget_money, pay_for
from registration.demo.people import DOMAIN, Person, fill_profiles, invent_people
from registration.invitation.models import Invitation
from registration.logo.drawing import Drawing, draw
from registration.logo.logos import keep_logo
from registration.order.due import due_at
from registration.order.models import Order, OrderLine, OrderStatus, generate_reference
from registration.order.recount import recount_places

TODAY_SLUG, NEXT_SLUG = SLUGS = ("harbour-days", "small-tools-summit")
_LOGO = Path(__file__).parent / "logo.svg"
_PEOPLE_TODAY, _PEOPLE_NEXT, _PEOPLE_WAITING = 320, 24, 4
# Where the first conference is held: where it is day now, so that its arrivals are of today whenever somebody looks.
_CITIES = [
    ("Europe/Berlin", "Kai 7", "Alte Werft, Hamburg"),
    ("America/Chicago", "Pier 4", "Lakeside Hall, Chicago"),
    ("Pacific/Auckland", "Wharf 3", "Viaduct Rooms, Auckland"),
    ("Asia/Tokyo", "Pier 2", "Pier House, Yokohama"),
]

_NOTES = ("Speaker: the green room is on the left", "Brings a guide dog", "Speaker: needs an adapter", "Lost their bag")


def make_demo(*, now: dt.datetime) -> list[Login]:
    """Two conferences with their people, one of them today, and one login of each role with a new random password. Never
    call it in a transaction: a logo is drawn.
    """
    return _fill(draw(_LOGO.read_bytes()), now)


@transaction.atomic
def _fill(logo: Drawing, now: dt.datetime) -> list[Login]:
    chance = random.Random(8)  # noqa: S311 -- nothing secret
    people = list(invent_people(_PEOPLE_TODAY + _PEOPLE_NEXT + _PEOPLE_WAITING, seed=8))
    conference = _conference_today(now)
    keep_logo(conference=conference, drawing=logo, now=now)
    _register(conference, people[:_PEOPLE_TODAY], chance, now)
    coming = _conference_next(now)
    _register(coming, people[_PEOPLE_TODAY:-_PEOPLE_WAITING], chance, now)
    logins = make_logins(conference)
    _add_tablets(conference)
    let_people_in(conference, User.objects.get(email=address_of("door")), chance, now)
    _give_ticket(User.objects.get(email=address_of("attendee")), conference, now)
    for place in (conference, coming):
        recount_places(conference=place, fix=True)
    _sell_out(conference.ticket_types.get(slug="student"), people[-_PEOPLE_WAITING:], now)
    return logins


def _sell_out(ticket_type: TicketType, waiting: list[Person], now: dt.datetime) -> None:
    """To the last place, and beyond it."""
    ticket_type.total_quantity = ticket_type.taken
    ticket_type.save(update_fields=["total_quantity"])
    wait_for(ticket_type, waiting, now=now)


def somebody_waiting(conference: Conference) -> Attendee | None:
    """A seat to try the door with."""
    waiting = Attendee.objects.expected().filter(conference=conference, checked_in_at=None, needs_attention=False)
    return waiting.exclude(user__email=address_of("attendee")).order_by("pk").first()


@transaction.atomic
def remove_demo() -> int:
    """Delete the demo's conferences with all that belongs to them, and its invented accounts. Returns how many people
    that were. Whoever else registered there keeps their account; an invented one that did something elsewhere is closed.
    """
    conferences = Conference.objects.filter(slug__in=SLUGS)
    seats = Attendee.objects.filter(conference__in=conferences)
    people = seats.count()
    holders = set(seats.values_list("user", flat=True))
    orders = Order.objects.filter(conference__in=conferences)
    for model in (HeldBatch, BadgePrint, Invitation):
        model.objects.filter(conference__in=conferences).delete()
    Scan.objects.filter(checkpoint__conference__in=conferences).delete()
    forget_money(conferences, orders)
    lines = OrderLine.objects.filter(order__in=orders)
    lines.update(replaces_line=None)
    lines.delete()
    orders.update(replaces=None)
    for seat in seats.filter(retired_codes__isnull=False):
        seat.retired_codes.all().delete()
    seats.delete()
    orders.delete()
    conferences.delete()
    invented = User.objects.filter(email__endswith=f"@{DOMAIN}", attendees=None, orders=None)
    for login in invented.filter(email__in=map(address_of, ROLES)):
        _remove_login(login)
    invented.exclude(email__in=map(address_of, ROLES)).delete()
    User.objects.filter(pk__in=holders, email=None, attendees=None, orders=None).delete()
    return people


def _remove_login(account: User) -> None:
    """One that has taken money elsewhere stays in those books, and opens nothing any more."""
    try:
        with transaction.atomic():
            account.delete()
    except models.ProtectedError:
        account.staff_roles.all().delete()  # type: ignore[attr-defined]
        account.emailaddress_set.all().delete()  # type: ignore[attr-defined]
        account.email = None  # so that there can be another demo
        account.is_active = account.is_staff = account.is_superuser = False
        account.set_unusable_password()
        account.save()


def _conference_today(now: dt.datetime) -> Conference:
    zone, address, venue = next(
        (place for place in _CITIES if 9 <= now.astimezone(zoneinfo.ZoneInfo(place[0])).hour < 20), _CITIES[0]
    )
    today = now.astimezone(zoneinfo.ZoneInfo(zone)).date()
    conference = Conference.objects.create(
        name=f"Harbour Days {today.year}",
        slug=TODAY_SLUG,
        start_date=today,
        end_date=today + dt.timedelta(days=2),
        timezone=zone,
        venue=venue,
        address=address,
        tagline="Three days of Python by the water",
        description="Talks, tutorials and a long table for lunch. This conference is invented; its people are too.",
        contact_email=f"hello@{DOMAIN}",
        accent="#0f766e",
        total_capacity=400,
        expire_after_days=None,  # who has not paid is still there to be seen
        payment_instructions="Harbour Days e.V.\nIBAN DE02 1203 0000 0000 2020 51",
    )
    _sell(conference, "Community", "0", "For volunteers, speakers and everybody who would not come otherwise.", 120)
    _sell(conference, "Regular", "120", "All talks, and lunch on three days.", 250)
    _sell(conference, "Student", "25", "With a student card, shown at the desk.", 60)
    tutorials = _sell(conference, "Talks and tutorials", "260", "All of Regular, and a seat in tutorial room 3.", 60)
    sprint = _sell(conference, "Sprint day", "40", "One day of writing code together.", 80)
    sprint.available_from = now + dt.timedelta(days=1)
    sprint.save(update_fields=["available_from"])
    give_voucher(conference, conference.ticket_types.get(slug="regular"), tutorials)
    sell_beside(
        conference,
        ("T-shirt", "20", "Heavy cotton, printed in the city. Pick it up at the desk.", 0, 3),
        ("Evening on the boat", "35", "Three hours on the water, with dinner.", 90, 1),
    )
    Checkpoint.objects.main(conference)
    Checkpoint.objects.create(conference=conference, name="Lunch", entry=Entry.DAILY)
    desk = Checkpoint.objects.create(conference=conference, name="T-shirt desk")
    desk.add_ons.add(conference.add_ons.get(slug="t-shirt"))
    room = Checkpoint.objects.create(conference=conference, name="Tutorial room 3", entry=Entry.UNLIMITED)
    room.ticket_types.add(tutorials)
    return conference


def _conference_next(now: dt.datetime) -> Conference:
    first_day = (now + dt.timedelta(days=45)).date()
    conference = Conference.objects.create(
        name="Small Tools Summit",
        slug=NEXT_SLUG,
        start_date=first_day,
        end_date=first_day + dt.timedelta(days=1),
        timezone="Europe/Lisbon",
        venue="Biblioteca do Cais, Lisboa",
        tagline="Two days about software that does one thing well",
        description="A small conference with long breaks. This one is invented, too.",
        contact_email=f"hello@{DOMAIN}",
        accent="#9d174d",
        total_capacity=150,
        expire_after_days=None,
        payment_instructions="Small Tools, associação\nIBAN PT50 0002 0123 1234 5678 9015 4",
    )
    _sell(conference, "Free ticket", "0", "Everybody is welcome.", 0)
    _sell(conference, "Supporter", "80", "The same ticket; you pay for somebody else’s lunch.", 0)
    lower_prices(conference, until=now + dt.timedelta(days=14))
    sell_beside(conference, ("Walk to the lighthouse", "12", "On the evening before, with a guide.", 30, 1))
    Checkpoint.objects.main(conference)
    return conference


def _add_tablets(conference: Conference) -> None:
    """Not paired: that takes a device, and an organiser who shows it a QR code."""
    main = Checkpoint.objects.main(conference)
    for name, role in (("Tablet 1", TabletRole.DOOR), ("Tablet 2", TabletRole.DESK)):
        Tablet.objects.create(conference=conference, name=name, checkpoint=main, role=role)


def _sell(conference: Conference, name: str, price: str, description: str, quantity: int) -> TicketType:
    return TicketType.objects.create(
        conference=conference, name=name, slug=slugify(name), price=Decimal(price), description=description,
        total_quantity=quantity, limit_per_user=5, position=conference.ticket_types.count(),
    )  # fmt: skip


def _register(conference: Conference, people: list[Person], chance: random.Random, now: dt.datetime) -> None:
    """A seat and an order each, most of them paid; a few cancelled, blocked, or with a note for the desk."""
    kinds = [kind for kind in conference.ticket_types.all() if kind.is_on_sale(now=now)]
    weights, goods = [3, 8, 2, 2][: len(kinds)], list(conference.add_ons.all())
    users = User.objects.bulk_create(
        User(username=person.email, email=person.email, name=person.name, password="!")  # noqa: S106
        for person in people
    )
    orders, seats, extras = [], [], []
    for user in users:
        kind, along = chance.choices(kinds, weights)[0], choose_extras(goods, chance)
        total = sum((add_on.price * number for add_on, number in along), kind.price)
        status = OrderStatus.PENDING if total and chance.random() < 0.05 else OrderStatus.PAID
        ordered = now - dt.timedelta(days=chance.uniform(5, 90))
        order = Order(
            conference=conference, user=user, status=status, reference=generate_reference(), subtotal=total,
            total=total, currency=conference.currency, created_at=ordered,
            # Told as if they had been: mails to invented people go nowhere.
            **dict.fromkeys(("due_at", "reminded_at", "overdue_told_at"), _due(conference, status, ordered)),
        )  # fmt: skip
        seat = Attendee(
            user=user, conference=conference, order=order, ticket_type=kind, name=user.name, email=user.email or "",
            access_code="".join(secrets.choice(ALPHABET) for _ in range(8)),
            completed_registration=status == OrderStatus.PAID, created_at=ordered,
        )  # fmt: skip
        orders.append(order)
        seats.append(seat)
        extras += [
            OrderLine(order=order, attendee=seat, add_on=add_on, text=str(add_on), price=add_on.price, quantity=number)
            for add_on, number in along
        ]
    for seat in chance.sample(seats, len(seats) // 40):
        seat.state = AttendeeState.CANCELLED
    for seat, note in zip(chance.sample(seats, len(_NOTES)), _NOTES, strict=True):
        seat.staff_note, seat.needs_attention = note, True
    seats[7].blocked_reason = "Talk to the organisers first"
    Order.objects.bulk_create(orders)
    pay_for(orders)
    Attendee.objects.bulk_create(seats)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=seat.order, attendee=seat, ticket_type=seat.ticket_type, text=str(seat.ticket_type),
            price=seat.ticket_type.price,
        )
        for seat in seats
        if seat.order and seat.ticket_type
    )  # fmt: skip
    for line in extras:
        line.released_at = None if line.attendee and line.attendee.is_live else now
    OrderLine.objects.bulk_create(extras)
    fill_profiles(users, people, chance)
    update_search_text(*seats)


def _due(conference: Conference, status: OrderStatus, ordered: dt.datetime) -> dt.datetime | None:
    return due_at(conference, now=ordered) if status == OrderStatus.PENDING else None


def _give_ticket(user: User, conference: Conference, now: dt.datetime) -> None:
    kind = conference.ticket_types.get(slug="community")
    order = Order.objects.create(conference=conference, user=user, status=OrderStatus.PAID, created_at=now)
    seat = Attendee.objects.create(
        user=user, conference=conference, order=order, ticket_type=kind, completed_registration=True
    )
    OrderLine.objects.create(order=order, attendee=seat, ticket_type=kind, text=kind.name, price=kind.price)
