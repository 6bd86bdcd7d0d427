"""Lost tickets: whoever asks learns nothing, the address gets what is its own."""

import datetime as dt
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from post_office.models import Email

from registration.account.models import User
from registration.changes.lost import answer_lost_requests, ask_for_lost_tickets
from registration.changes.models import LostTicketRequest
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

NOW = timezone.now()


def guest(conference, **fields):
    return factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Ada"), **fields)


def answered(email):
    ask_for_lost_tickets(email=email, now=NOW)
    assert answer_lost_requests(now=NOW) == 1
    sent = [(mail.to, mail.subject) for mail in Email.objects.order_by("pk")]
    Email.objects.all().delete()
    return sent


@pytest.mark.both_databases
def test_all_tickets_that_go_to_the_address_are_sent_and_no_others(conference):
    other = factories.conference(name="Other")
    guest(conference, email="Ada@Example.org")
    guest(other, email="ada@example.org")
    guest(conference, email="ada@example.org", state="cancelled")
    guest(conference, email="ada@example.org", completed_registration=False)
    guest(conference, email="eve@example.org")
    past = factories.conference(start_date=dt.date(2020, 1, 1), end_date=dt.date(2020, 1, 2))
    guest(past, email="ada@example.org")
    buyer = factories.user(email="ada@example.org")
    order = factories.order(conference=conference, user=buyer, seats=2)
    order.attendees.filter(user=buyer).update(email="elsewhere@example.org")
    order.attendees.exclude(user=buyer).update(email="")
    mine = f"Your ticket for {conference.name}"
    assert answered("ADA@example.org ") == [
        (["Ada@Example.org"], mine),
        (["ada@example.org"], "Your ticket for Other"),
        (["ada@example.org"], mine),
    ]


def test_address_without_tickets_is_told_so(conference):
    assert answered("nobody@example.org") == [(["nobody@example.org"], "No tickets for this address")]


def test_answered_once(conference):
    ask_for_lost_tickets(email="ada@example.org", now=NOW)
    assert [answer_lost_requests(now=NOW), answer_lost_requests(now=NOW)] == [1, 0]


def test_page_says_and_does_the_same_for_every_address(client, conference):
    """Statement by statement: so it takes the same time."""
    guest(conference, email="known@example.org")
    answers = []
    for address in ("known@example.org", "unknown@example.org"):
        cache.clear()
        with CaptureQueriesContext(connection) as done:
            answer = client.post("/tickets/lost/", {"email": address})
        kinds = [re.sub(r"'[^']*'|\d+", "", query["sql"].replace(address, "")) for query in done.captured_queries]
        page = re.sub(r'X-CSRFToken": "[^"]*"', "", client.get(answer["Location"]).content.decode())
        answers.append((answer.status_code, answer["Location"], page, kinds))
    assert answers[0] == answers[1]
    assert not any("registration_attendee" in kind for kind in answers[0][3])
    assert (LostTicketRequest.objects.count(), Email.objects.count()) == (2, 0)


def test_three_times_an_hour_and_then_the_same_answer(client):
    answers = {client.post("/tickets/lost/", {"email": "Ada@example.org"})["Location"] for _ in range(5)}
    assert (answers, LostTicketRequest.objects.count()) == ({"/tickets/lost/?sent"}, 3)


def test_what_is_no_address_is_told(client):
    answer = client.post("/tickets/lost/", {"email": "ada"})
    assert (answer.status_code, "Write it like name@example.org." in answer.content.decode()) == (422, True)
