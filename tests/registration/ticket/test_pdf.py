"""The ticket on paper, set by the real typesetter and read by other programs."""

from __future__ import annotations

from collections import Counter

import pypdfium2
import pytest
from django.urls import reverse

from registration.errors import RegistrationError
from registration.order.models import OrderStatus
from registration.ticket import views_files
from registration.ticket.pdf import ticket_job, ticket_pdf
from registration.ticket.press import press
from registration.typesetting import lettering
from tests import factories
from tests.registration.badge.pages import MM, boxes, codes_in, letters, picture, sizes, text_of
from tests.registration.badge.test_press import HOSTILE, NAMES

pytestmark = pytest.mark.django_db


@pytest.fixture
def seat(settings):
    settings.SITE_URL = "https://tickets.example.org"
    conference = factories.conference(name="Tidewater", venue="De Loods", address="Kaai 14, Antwerp")
    order = factories.order(conference=conference, total="79.00")
    return order.attendees.select_related("user", "conference", "order__user", "ticket_type").get()


@pytest.mark.parametrize("name", [*NAMES.values(), *HOSTILE.values()], ids=[*NAMES, *HOSTILE])
def test_any_name_is_on_the_ticket_whole_and_its_code_can_be_read(seat, name):
    seat.name = name
    job = ticket_job(seat)
    said = [lettering.cleaned(text) for key, text in job["texts"].items() if key != "nobody"]
    said += [lettering.cleaned(part) for fact in job["facts"] for part in fact]
    document = pypdfium2.PdfDocument(press(job))
    assert sizes(document) == {(210, 297)}
    (page,) = document
    wanted, found = letters("".join(said) + seat.access_code), letters(text_of(page))
    assert (wanted - found, set(found) - set(wanted)) == (Counter(), set())
    width, height = (side / MM for side in page.get_size())
    assert [box for box in boxes(page) if box.left < 5 or box.right > width - 5 or box.bottom > height - 5] == []
    assert codes_in(picture(page, dpi=120)) == [f"HTTPS://TICKETS.EXAMPLE.ORG/T/{seat.access_code}"]


def test_ticket_says_when_it_is_not_paid_or_not_named(seat):
    seat.name, seat.order.status = "", OrderStatus.PENDING
    with ticket_pdf(seat) as file:
        text = " ".join(text_of(pypdfium2.PdfDocument(file.read())[0]).split())
    assert "Not named yet" in text
    assert "Not paid yet" in text


def test_pdf_is_below_both_addresses_of_a_ticket_and_gone_with_it(client, seat):
    client.force_login(seat.user)
    for page, where in (("ticket", [seat.conference.slug]), ("order-ticket", [seat.order.reference, seat.access_code])):
        response = client.get(reverse(f"{page}-pdf", args=where))
        assert (response["Content-Type"], b"".join(response)[:5]) == ("application/pdf", b"%PDF-")
        assert f'href="{reverse(f"{page}-pdf", args=where)}"' in client.get(reverse(page, args=where)).content.decode()
    factories.end(seat)
    assert client.get(reverse("ticket-pdf", args=[seat.conference.slug])).status_code == 404


def test_pdf_that_cannot_be_made_is_said_so(client, seat, monkeypatch):
    def fail(_seat):
        raise RegistrationError("not_made", "The PDF could not be made.")

    monkeypatch.setattr(views_files, "ticket_pdf", fail)
    client.force_login(seat.user)
    response = client.get(reverse("ticket-pdf", args=[seat.conference.slug]))
    assert (response.status_code, "The PDF could not be made." in response.content.decode()) == (503, True)
