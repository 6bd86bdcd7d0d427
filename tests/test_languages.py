"""What goes to people on paper and by mail is in the language of their conference, whoever makes it; the pages are not."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from post_office.models import Email

from conferences.models import Role
from registration.changes.own_cancellation import cancel_own_ticket
from registration.mail.kinds import KINDS
from registration.mail.preview import preview_mail
from registration.mail.wording import default_words
from registration.order.checkout import place_order
from registration.order.choice import SeatRequest
from registration.order.completion import ask_for_payment, send_ticket
from registration.order.exchange import exchange_ticket
from registration.order.invoice_pdf import invoice_pdf, receipt_pdf
from registration.order.models_money import Payment
from registration.order.payment import record_payment
from registration.ticket.mail_files import MAKERS
from registration.ticket.pdf import ticket_pdf
from tests import factories

NOW = timezone.now()
GERMAN = Path(settings.BASE_DIR) / "locale" / "de" / "LC_MESSAGES"
NAMES = re.compile(r"%\(\w+\)s|\{\w+\}")


def catalogue(message):
    return read_po((GERMAN / "django.po").open("rb")) if message == "po" else read_mo((GERMAN / "django.mo").open("rb"))


def plain(entries):
    """With its plurals as tuples."""
    return {
        entry.id if isinstance(entry.id, str) else tuple(entry.id): entry.string
        if isinstance(entry.string, str)
        else tuple(entry.string)
        for entry in entries
        if entry.id
    }


def text_of(file):
    with file, pypdfium2.PdfDocument(BytesIO(file.read())) as document:
        return " ".join(page.get_textpage().get_text_range() for page in document)


@pytest.fixture
def order(db):
    conference = factories.conference(
        language="de", invoice_sender="Beispiel e.V.", currency="EUR", start_date=dt.date(2099, 3, 9), end_date=dt.date(2099, 3, 11)
    )  # fmt: skip
    kind = factories.ticket_type(conference=conference, price=Decimal("1079"), tax_rate=19)
    return factories.order(
        conference=conference, total="1079.00", status="pending", ticket_type=kind, due_at=dt.datetime(2099, 3, 5, 12, tzinfo=dt.UTC)
    )  # fmt: skip


def test_compiled_catalogue_is_that_of_the_source():
    assert plain(catalogue("mo")) == plain(catalogue("po"))


def test_translations_fill_in_the_same_names():
    for entry in catalogue("po"):
        if entry.id and isinstance(entry.id, str):
            assert set(NAMES.findall(entry.string)) == set(NAMES.findall(entry.id)), entry.id


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_has_german_words(kind, conference):
    conference.contact_email = "hello@tidewater.example"
    with translation.override("de"):
        german = default_words(kind, conference)
    english = default_words(kind, conference)
    assert {german.subject, german.text}.isdisjoint({english.subject, english.text})
    conference.language = "de"
    mail = preview_mail(kind=kind, conference=conference, words=german, now=NOW)
    assert '<html lang="de">' in mail.html
    # What is left in English of the facts around the words.
    assert re.findall(r"\b(?:the|your|you|order|ticket for|open|until|this)\b", mail.text, re.IGNORECASE) == []


def test_mails_are_in_the_language_of_the_conference(order):
    """As the worker makes them, in which no language is active, and as a web process does, in which English is."""
    seat = order.attendees.get()
    with translation.override(None):
        send_ticket(seat, order=order)
    with translation.override("en"):
        ask_for_payment(order=order)
    ticket, asked = Email.objects.order_by("pk")
    assert ticket.subject == f"Dein Ticket für {order.conference}"
    assert "9.–11. März 2099" in ticket.message
    assert "Zu bezahlen: 1.079\u00a0€" in asked.message
    assert "Bis Donnerstag, 5. März 2099" in asked.message
    other = factories.attendee(conference=factories.conference())
    send_ticket(other, order=None)
    assert Email.objects.latest("pk").subject.startswith("Your ticket for")


def test_what_lines_and_papers_say_is_in_the_language_of_the_conference(order):
    """Also where it was written down when somebody ordered, on a page in English."""
    conference, buyer = order.conference, factories.user(name="Ada")
    sold = {"conference": conference, "price": Decimal("100"), "is_cancellable": True}
    regular, business = (factories.ticket_type(**sold, name=name) for name in ("Regular", "Business"))
    code = factories.voucher(conference=conference, code="FREUNDE", reduction="percent", value=Decimal("10")).code
    with translation.override("en"):
        placed = place_order(
            conference=conference, buyer=buyer, seats=[SeatRequest(ticket_type=regular, name="Ada")],
            voucher_code=code, checkout_id=uuid.uuid4(), now=NOW,
        )  # fmt: skip
        record_payment(order=placed, amount=placed.total, method="cash", note="", by=None, now=NOW)
        seat = placed.attendees.get()
        change = {"by": buyer, "now": NOW, "request_id": uuid.uuid4()}
        exchange_ticket(attendee=seat, ticket_type=business, **change)
        seat.refresh_from_db()
        cancel_own_ticket(attendee=seat, **change)
    said = " ".join(Email.objects.order_by("pk").values_list("message", flat=True))
    assert ["Gutschein FREUNDE" in said, "anstelle von Regular" in said, "Rechnungskorrektur " in said] == [True] * 3
    assert re.findall(r"Voucher|in place of|Credit note|Invoice", said) == []


@pytest.mark.parametrize("active", [None, "en"])
def test_papers_are_in_the_language_of_the_conference(order, active):
    order.lines.update(tax_rate=19)
    with translation.override(active):
        record_payment(order=order, amount=order.total, method="bank_transfer", note="", by=None, now=NOW)
        (invoice,) = order.invoices.all()
        seat = order.attendees.select_related("conference", "ticket_type", "order", "user").get()
        said = [text_of(ticket_pdf(seat)), text_of(invoice_pdf(invoice)), text_of(receipt_pdf(Payment.objects.get()))]
        by_mail = MAKERS["ticket_pdf"]({"seat": seat.pk, "code": seat.access_code})
    assert ["Wann" in said[0], "Zeig diesen Code am Einlass." in said[0]] == [True, True]
    assert ["Rechnung" in said[1], "1.079,00" in said[1], "Umsatzsteuer 19" in said[1]] == [True, True, True]
    assert ["Quittung" in said[2], "Überweisung" in said[2]] == [True, True]
    assert "Wann" in text_of(BytesIO(by_mail))


def test_organisers_choose_the_language_and_pages_stay_as_they_are(client_as, conference):
    client, path = client_as(Role.ORGANISER), reverse("settings", args=[conference.slug])
    page = client.get(path, headers={"accept-language": "de"}).content.decode()
    assert '<html lang="en"' in page
    fields = dict.fromkeys(("name", "timezone", "start_date", "end_date", "accent", "currency", "offer_hours"))
    given = {name: getattr(conference, name) for name in fields} | {
        "total_capacity": 0,
        "language": "de",
        "is_active": "on",
    }
    assert client.post(path, given).status_code == 302
    conference.refresh_from_db()
    assert conference.language == "de"
