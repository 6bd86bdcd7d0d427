"""`manage.py recount_places` proves the counters against the rows."""

import io

import pytest
from django.core.management import CommandError, call_command

from registration.order.recount import Miscount, recount_places
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def miscounted(conference):
    kind = factories.ticket_type(conference=conference, name="Student")
    factories.attendee(conference=conference, ticket_type=kind)
    factories.attendee(conference=conference, ticket_type=kind, state="cancelled")
    factories.attendee(conference=conference)
    return kind


def run(*args):
    out = io.StringIO()
    call_command("recount_places", *args, stdout=out)
    return out.getvalue()


def test_recount_counts_live_seats(conference, miscounted):
    assert recount_places(conference=conference) == [
        Miscount(conference, None, 0, 2),
        Miscount(conference, miscounted, 0, 1),
    ]


def test_command_names_what_is_wrong_and_fails(conference, miscounted):
    out = io.StringIO()
    with pytest.raises(CommandError, match="2 wrong"):
        call_command("recount_places", conference.slug, stdout=out)
    assert out.getvalue() == (
        f"{conference.slug}: in all: counted 0, live seats 2\n{conference.slug}: Student: counted 0, live seats 1\n"
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
