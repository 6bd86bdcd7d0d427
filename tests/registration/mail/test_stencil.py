"""A mail made for many at once is the one that is made for one: the same text, and the same document."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from post_office.models import PRIORITY, Email

from conferences.languages import in_language_of
from conferences.models import Conference
from registration.attendee.models import Attendee
from registration.catalogue.models import TicketType
from registration.mail.outbox import queue_copies
from registration.mail.stencil import Stencil
from registration.mail.wording import Rendered, Words, inline_css, render_mail
from tests import factories

pytestmark = pytest.mark.django_db

DAY = dt.date(2027, 6, 9)
WORDS = Words(
    "{conference} for {name}",
    "Hello {name},\n\nyour {ticket}: see https://tidewater.example/?a={name}\n\n{ nobody } {code}\n{venue} {name}",
)


# As forms take a name: one line, nothing around it.
NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40).map(str.strip)


def both(conference, seat, words):
    """The mail made both ways. HTML is compared as it is parsed: a quotation mark may be written in two ways."""
    with in_language_of(conference):
        one = render_mail("mailing", {"conference": conference, "attendee": seat}, words)
    cut = Stencil("mailing", conference=conference, words=words).cut(seat)
    return [(mail.subject, mail.text.strip(), inline_css(mail.html)) for mail in (one, cut)]


@pytest.fixture(params=["en", "de"])
def harbour(db, request):
    return factories.conference(
        name="{name} & <Sons>", language=request.param, venue="gap", contact_email="a@b.example"
    )


@pytest.mark.parametrize(
    ("name", "ticket"),
    [
        ("Ada Lovelace", "Regular"),
        ("", None),
        ('{ticket} <b onclick="x">', "{name} & {conference}"),
        ("أحمد", "\\1 $1"),
    ],
)
def test_cut_mail_is_the_rendered_mail(harbour, name, ticket):
    seat = Attendee(name=name, ticket_type=ticket and TicketType(name=ticket))
    one, cut = both(harbour, seat, WORDS)
    assert cut == one
    assert "<b onclick" not in cut[2]
    assert name in cut[1] and (name or ("Gast" if harbour.language == "de" else "guest") in cut[1])


def test_buyer_is_addressed_where_the_seat_names_nobody_yet(harbour):
    order = factories.order(conference=harbour, user=factories.user(name="Bea Buyer"))
    for seat, addressed in (
        (Attendee(order=order), "Hello Bea Buyer,"),
        (Attendee(order=order, email="ada@example.org"), f"Hello {'Gast' if harbour.language == 'de' else 'guest'},"),
    ):
        one, cut = both(harbour, seat, WORDS)
        assert (cut, addressed in cut[1]) == (one, True)


@given(name=NAMES, text=NAMES)
def test_whatever_is_written_and_whatever_people_are_called(name, text):
    conference = Conference(name="Tidewater", start_date=DAY, end_date=DAY)
    seat = Attendee(name=name, ticket_type=TicketType(name=name))
    one, cut = both(conference, seat, Words(f"{text}{{name}}", f"{text}{{ticket}}{{name}}{text}"))
    assert cut == one


def test_copies_wait_behind_all_other_mail_and_leave_out_what_is_no_address(conference, django_assert_num_queries):
    conference.contact_email = "hello@tidewater.example"
    copy = Rendered("Two\nlines", "text", "<p>html</p>")
    with django_assert_num_queries(1):
        made = queue_copies([("ada@example.org", copy), ("no address", copy), ("", copy)], conference=conference)
    (mail,) = Email.objects.all()
    assert made == [mail, None, None]
    assert (mail.to, mail.subject, mail.message, mail.html_message) == (
        ["ada@example.org"],
        "Two lines",
        "text",
        "<p>html</p>",
    )
    assert (mail.priority, mail.headers) == (PRIORITY.low, {"Reply-To": "hello@tidewater.example"})
    assert mail.message_id.endswith(">")
