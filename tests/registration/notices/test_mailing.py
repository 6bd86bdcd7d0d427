"""A mail to the people of a list: who gets it, once, and what is known of it afterwards."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from post_office.models import STATUS, Email, Log

from conferences.models import Role
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeState
from registration.errors import RegistrationError
from registration.mail.delivery import KEPT_FOR, forget_old_mails
from registration.mail.wording import Words
from registration.notices import mailing as mailings
from registration.notices import telling
from registration.notices.mailing import (
    Audience,
    Counts,
    count_mails,
    failed_notices,
    find_audience,
    queue_mailings,
    send_mailing,
    settle_mailings,
)
from registration.notices.models import Mailing, Notice
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)
SAME = Words("The hall is heated", "Leave your coats at home.")
PERSONAL = Words("{name}, the hall is heated", "Hello {name}")


@pytest.fixture
def organiser(conference):
    return factories.staff(conference=conference, role=Role.ORGANISER).user


@pytest.fixture
def send(conference, organiser):
    def send(words=SAME, **given):
        seats = given.pop("seats", conference.attendees.all())
        mails = find_audience(seats, words).mails
        asked = {"mailing_id": uuid.uuid4(), "conference": conference, "audience": "Everybody", "mails": mails}
        return send_mailing(seats=seats, words=words, by=organiser, now=NOW, **asked | given)

    return send


def child(conference, **fields):
    return factories.attendee(conference=conference, user=User.objects.create_placeholder(name="Kim"), **fields)


def test_who_gets_it_is_counted_by_people_and_by_addresses(conference):
    order = factories.order(conference=conference, seats=2)  # the guest has no address of their own
    buyer, guest = order.attendees.order_by("pk")
    shared = child(conference, email=buyer.email.upper())
    child(conference)  # nobody can be reached for it
    Attendee.objects.filter(pk=child(conference).pk).update(email="not an address")
    # By address, in which the tenth comes before the ninth.
    gone = factories.attendee(conference=conference, state=AttendeeState.REFUNDED, email="zoe@example.org")
    seats = conference.attendees.all()
    assert find_audience(seats, SAME) == Audience(6, 2, 1, 2, [buyer.pk, gone.pk])
    assert find_audience(seats, PERSONAL) == Audience(6, 2, 1, 2, [buyer.pk, guest.pk, shared.pk, gone.pk])
    assert find_audience(seats.none(), SAME) == Audience(0, 0, 0, 0, [])


@pytest.mark.both_databases
def test_everybody_of_the_list_gets_it_once_in_their_own_name_and_nobody_else(conference, send):
    conference.contact_email = "hello@tidewater.example"
    conference.save()
    seats = [factories.attendee(conference=conference, name=name) for name in ("Ada & Co", "Zoë")]
    chosen = conference.attendees.filter(pk__in=[seat.pk for seat in seats])
    factories.attendee(conference=conference)
    factories.attendee(conference=factories.conference())
    made = send(PERSONAL, seats=chosen)
    # Who comes afterwards, and what becomes of the ticket, changes nothing.
    factories.attendee(conference=conference)
    factories.end(seats[0])
    assert [queue_mailings(now=NOW) for _turn in range(2)] == [2, 0]
    mails = list(Email.objects.order_by("pk"))
    assert [(mail.to, mail.subject) for mail in mails] == [
        ([seats[0].email], "Ada & Co, the hall is heated"),
        ([seats[1].email], "Zoë, the hall is heated"),
    ]
    assert "Hello <bdi>Ada &amp; Co</bdi>" in mails[0].html_message and "Hello Ada & Co" in mails[0].message
    assert {mail.headers["Reply-To"] for mail in mails} == {"hello@tidewater.example"}
    made.refresh_from_db()
    assert (made.people, made.mails, made.without_address, made.queued_at) == (2, 2, 0, NOW)


def test_form_sent_again_is_the_same_mailing_and_another_mail_under_its_id_is_refused(conference, send):
    factories.attendee(conference=conference)
    one = send()
    factories.attendee(conference=conference)
    assert send(mailing_id=one.pk, mails=1) == one
    with pytest.raises(RegistrationError, match="already") as refused:
        send(PERSONAL, mailing_id=one.pk)
    with pytest.raises(RegistrationError) as elsewhere:
        send(mailing_id=one.pk, conference=factories.conference())
    assert (refused.value.code, elsewhere.value.code) == ("sent_already", "sent_already")
    queue_mailings(now=NOW)
    assert (Mailing.objects.count(), Email.objects.count()) == (1, 1)


def test_number_that_changed_since_it_was_shown_and_nobody_are_refused(conference, send):
    with pytest.raises(RegistrationError) as nobody:
        send()
    factories.attendee(conference=conference)
    with pytest.raises(RegistrationError) as other:
        send(mails=2)
    assert (nobody.value.code, other.value.code, Mailing.objects.count()) == ("nobody", "other_number", 0)


@pytest.mark.both_databases
def test_killed_in_the_middle_it_goes_on_without_a_double(conference, send, monkeypatch):
    """Killed is: what was not committed is gone."""
    monkeypatch.setattr(telling, "TOGETHER", 2)
    for _number in range(5):
        factories.attendee(conference=conference)
    made, queue, turns = send(), mailings.queue_copies, []

    def die_at_the_second(copies, **given):
        turns.append(queue(copies, **given))
        if len(turns) == 2:
            raise KeyboardInterrupt
        return turns[-1]

    monkeypatch.setattr(mailings, "queue_copies", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        queue_mailings(now=NOW)
    assert (Email.objects.count(), Notice.objects.filter(sent_at=None).count()) == (2, 3)
    assert count_mails([made])[made.pk] == Counts(mails=5, written=2, sent=0, failed=0)
    assert [queue_mailings(now=NOW) for _turn in range(2)] == [3, 0]
    assert sorted(mail.to[0] for mail in Email.objects.all()) == sorted(seat.email for seat in Attendee.objects.all())


def test_turns_end_so_that_other_jobs_come_to_theirs(conference, send, monkeypatch):
    monkeypatch.setattr(mailings, "AT_ONCE", 2)
    for _number in range(3):
        factories.attendee(conference=conference)
    made = send()
    assert queue_mailings(now=NOW) == 2
    assert Mailing.objects.get().queued_at is None
    assert queue_mailings(now=NOW) == 1
    assert Mailing.objects.get(pk=made.pk).queued_at == NOW


@pytest.mark.both_databases
def test_what_became_of_it_is_known_also_when_the_mails_are_forgotten(conference, send, django_assert_num_queries):
    seats = [factories.attendee(conference=conference, name=name) for name in "DCBA"]
    made = send()
    Attendee.objects.filter(pk=seats[0].pk).update(email="")  # taken back before the worker came to it
    queue_mailings(now=NOW)
    sent, failed, waiting = Email.objects.order_by("pk")
    Email.objects.filter(pk=sent.pk).update(status=STATUS.sent)
    Email.objects.filter(pk=failed.pk).update(status=STATUS.failed)
    Log.objects.create(email=failed, status=STATUS.failed, message="550 no such mailbox")
    with django_assert_num_queries(1):
        assert count_mails([made])[made.pk] == Counts(mails=4, written=4, sent=1, failed=2)
    assert [(notice.attendee.name, notice.why) for notice in failed_notices(made)] == [
        ("B", "550 no such mailbox"),
        ("D", None),
    ]
    Email.objects.filter(pk=waiting.pk).update(status=STATUS.sent)
    counted = Counts(mails=4, written=4, sent=2, failed=2)
    settle_mailings(now=NOW + KEPT_FOR - dt.timedelta(days=2))
    assert Mailing.objects.get().settled_at is None
    later = NOW + KEPT_FOR - dt.timedelta(hours=23)
    settle_mailings(now=later)
    Email.objects.update(created=NOW)
    assert forget_old_mails(now=NOW + KEPT_FOR + dt.timedelta(hours=1)) == 3
    made.refresh_from_db()
    with django_assert_num_queries(0):
        assert count_mails([made])[made.pk] == counted
        assert failed_notices(made) == []
    assert (made.settled_at, queue_mailings(now=later)) == (later, 0)


def test_people_cost_a_batch_no_queries_of_their_own(conference, send, monkeypatch):
    factories.order(conference=conference, seats=2)
    counts = []
    for more in (1, 4):
        for _number in range(more):
            factories.attendee(conference=conference, ticket_type=factories.ticket_type(conference=conference))
        with CaptureQueriesContext(connection) as sending:
            send(PERSONAL)
        with CaptureQueriesContext(connection) as queueing:
            queue_mailings(now=NOW)
        counts.append((len(sending), len(queueing)))
    assert counts[0] == counts[1]
