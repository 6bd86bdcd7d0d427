"""What a mail says is true of whoever reads it."""

import datetime as dt

import pytest
from post_office.models import Email

from registration.attendee.models import Attendee
from registration.mail.outbox import queue_mail
from registration.mail.preview import sample_context
from registration.order.cancellation import cancel_seat
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)


def send(kind, conference, **context):
    return queue_mail(template=kind, to="ada@example.org", context=sample_context(conference, now=NOW) | context)


@pytest.mark.parametrize(
    ("name", "email", "named"), [("Ben Babbage", "", "Ben Babbage"), ("", "", "Not named yet"), ("Ben", "BUYER", "Ben")]
)
def test_buyer_is_not_told_that_the_ticket_of_somebody_else_is_theirs(conference, name, email, named):
    order = factories.order(conference=conference, seats=2)
    guest, mine = order.attendees.exclude(user=order.user).get(), order.attendees.get(user=order.user)
    guest.name, guest.email = name, email and order.user.email.upper()
    guest.save()
    for seat in (guest, mine):
        cancel_seat(attendee=seat, reason="ill", by=None, now=NOW)
    first, second = Email.objects.order_by("pk")
    assert (first.to, first.subject) == (
        [order.user.email], f"A ticket of your order for {conference} is cancelled: {order.reference}",
    )  # fmt: skip
    for said in (first.message, first.html_message):
        assert named in said and f"The code {guest.access_code} no longer opens the door." in said
    assert (second.to, second.subject) == ([order.user.email], f"Your ticket for {conference} is cancelled")


def test_tickets_that_end_without_a_name_are_told_as_such(conference):
    mail = send("refund", conference, ended=[Attendee(name=""), Attendee(name="Ben")])
    assert "\nNot named yet\nBen\n" in mail.message
    assert "<bdi>Not named yet</bdi><br>" in mail.html_message


def test_invitation_says_until_when_its_link_is_good(conference):
    until = dt.datetime(2027, 3, 5, 23, 30, tzinfo=dt.UTC)
    said = "The link is good until Saturday 6 March 2027, 00:30."
    for ends, found in ((until, True), (None, False)):
        mail = send("invitation", conference, until=ends)
        assert [said in mail.message, said in mail.html_message] == [found, found]


def test_move_to_a_place_that_is_not_known_says_so(conference):
    mail = send("conference_moved", conference, before={"days": "", "place": "Old Hall"})
    assert "The place is not known yet." in mail.message and "The place is not known yet." in mail.html_message
    assert "not known" not in send("conference_moved", conference, before={"days": "3 May", "place": ""}).message
