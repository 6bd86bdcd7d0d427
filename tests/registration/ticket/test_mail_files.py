"""The files of a ticket's mail, made by whoever sends it."""

from __future__ import annotations

import re

import pypdfium2
import pytest
from icalendar import Calendar
from post_office.models import Email

from registration.mail.delivery import Postman
from registration.order.completion import send_ticket
from registration.ticket.mail_files import MAKERS
from registration.ticket.qr import ticket_url
from tests import factories
from tests.registration.badge.pages import codes_in, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat():
    return factories.order(conference=factories.conference(name="Tidewater"), total="79.00").attendees.get()


def test_mail_brings_the_ticket_of_its_code_and_no_other(seat):
    """Given away or cancelled before the mail went out, it is no longer for whom the mail is for. The QR code says no more
    than the mail itself.
    """
    made_from = {"seat": seat.pk, "code": seat.access_code}

    def begin() -> dict[str, bytes | None]:
        return {name: content and content[:4] for name, content in ((n, make(made_from)) for n, make in MAKERS.items())}

    assert begin() == {"ticket_qr": b"\x89PNG", "ticket_ics": b"BEGI", "ticket_pdf": b"%PDF"}
    nothing = {"ticket_qr": b"\x89PNG", "ticket_ics": None, "ticket_pdf": None}
    type(seat).objects.filter(pk=seat.pk).update(access_code="NEWCODE1")
    assert begin() == nothing
    type(seat).objects.filter(pk=seat.pk).update(access_code=seat.access_code)
    factories.end(seat)
    assert begin() == nothing


def test_whoever_sends_the_mail_of_a_ticket_makes_its_files(seat, settings, mailoutbox, django_assert_num_queries):
    settings.POST_OFFICE = {"BACKENDS": {"default": "django.core.mail.backends.locmem.EmailBackend"}}
    with django_assert_num_queries(4):  # the ticket type, the words and the logo of the conference, the mail
        send_ticket(seat, order=seat.order)
    assert Postman().send_due() == 1
    (message,) = mailoutbox
    files = {
        part.get_filename(): part.get_payload(decode=True) for part in message.message().walk() if part.get_filename()
    }
    assert list(files) == ["qr.png", "ticket.ics", "ticket.pdf"]
    assert codes_in(picture(pypdfium2.PdfDocument(files["ticket.pdf"])[0])) == [ticket_url(seat)]
    assert Calendar.from_ical(files["ticket.ics"]).walk("VEVENT")[0]["summary"] == "Tidewater"


def test_page_of_kept_mails_shows_the_code_that_is_not_made_yet(client, seat, settings):
    settings.KEEPS_MAILS = True
    send_ticket(seat, order=seat.order)
    html = client.get(f"/outbox/{Email.objects.get().pk}/").content.decode()
    assert 'src="data:image/png;base64,iVBORw' in html


@pytest.mark.parametrize(
    ("name", "email", "says"),
    [
        ("Ada", "ada@example.org", ["Something wrong with the name?", "because you were registered"]),
        ("Ada", "", ["Something wrong with the name?", "because you ordered this ticket"]),
        ("", "", ["It names nobody yet.", "because you ordered this ticket"]),
    ],
)
def test_mail_says_what_to_do_to_whoever_gets_it(seat, name, email, says):
    seat.name, seat.email = name, email
    mail = send_ticket(seat, order=seat.order)
    for text in (mail.message, mail.html_message):
        assert [each in text for each in says] == [True, True]
        names_it = f"/orders/{seat.order.reference}/tickets/{seat.access_code}/details/" in text
        assert (names_it, "/me/" in text) == (not name, bool(name))


@pytest.mark.parametrize(
    ("language", "begins", "stands"),
    [("en", "Your ticket, Bea Buyer", "Not named yet"), ("de", "Dein Ticket, Bea Buyer", "Noch ohne Namen")],
)
def test_mail_of_a_seat_that_names_nobody_yet_addresses_who_gets_it(seat, language, begins, stands):
    seat.conference.language, seat.order.user.name = language, "Bea Buyer"
    seat.order.conference.language = language
    seat.name = seat.email = ""
    mail = send_ticket(seat, order=seat.order)
    for text in (mail.message, re.sub("</?bdi>", "", mail.html_message)):
        assert [text.count(each) for each in (begins, stands)] == [1, 1]
        assert ("guest" in text, "Gast" in text) == (False, False)
