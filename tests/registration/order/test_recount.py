"""`manage.py recount_places` proves the counters against the rows."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from registration.order.recount import Miscount, recount_places
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def miscounted(conference):
    kind = factories.ticket_type(conference=conference, name="Student")
    factories.attendee(conference=conference, ticket_type=kind)
    factories.attendee(conference=conference, ticket_type=kind, state="cancelled")
    factories.attendee(conference=conference)
    type(conference).objects.update(places_taken=0)
    type(kind).objects.update(taken=0)
    return kind


def run(*args):
    out = io.StringIO()
    call_command("recount_places", *args, stdout=out)
    return out.getvalue()


@pytest.mark.counters_falsified
def test_recount_counts_live_seats(conference, miscounted):
    assert recount_places(conference=conference) == [
        Miscount(conference, None, 0, 2),
        Miscount(conference, miscounted, 0, 1),
    ]


def test_recount_counts_what_is_held_and_pieces_and_uses(conference):
    kind = factories.ticket_type(conference=conference)
    dinner = factories.add_on(conference=conference, taken=1)
    voucher = factories.voucher(conference=conference, max_uses=5)
    held = factories.order(conference=conference, seats=0, status="pending", hold_expires_at=timezone.now())
    held.lines.create(ticket_type=kind, voucher=voucher, text="Held", price=0, quantity=2)
    held.lines.create(add_on=dinner, text="Dinner", price=0, quantity=3)
    held.lines.create(add_on=dinner, text="Dinner", price=0, quantity=5, released_at=timezone.now())
    assert recount_places(conference=conference, fix=True) == [
        Miscount(conference, None, 0, 2),
        Miscount(conference, kind, 0, 2),
        Miscount(conference, dinner, 1, 3),
        Miscount(conference, voucher, 0, 2),
    ]
    assert recount_places(conference=conference) == []


@pytest.mark.both_databases
@pytest.mark.counters_falsified
def test_command_names_what_is_wrong_and_fails(conference, miscounted):
    out = io.StringIO()
    with pytest.raises(CommandError, match="2 wrong"):
        call_command("recount_places", conference.slug, stdout=out)
    assert out.getvalue() == (
        f"{conference.slug}: in all: counted 0, there are 2\n{conference.slug}: Student: counted 0, there are 1\n"
    )


def test_command_sets_it_right(conference, miscounted):
    run("--fix")
    assert run() == "Every counter agrees with its seats.\n"
    conference.refresh_from_db()
    miscounted.refresh_from_db()
    assert (conference.places_taken, miscounted.taken) == (2, 1)


def test_command_refuses_an_unknown_conference(db):
    with pytest.raises(CommandError, match="No such conference: nowhere"):
        run("nowhere")
