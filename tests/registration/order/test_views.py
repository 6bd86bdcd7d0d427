"""Registering through the pages, without JavaScript and with htmx, and what the pages refuse."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.attendee.models import Attendee, AttendeeProfile
from registration.mail.message import files_of
from registration.order.models import Order, OrderStatus
from tests import factories

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def client(client_as):
    """Signed in, nobody's staff."""
    made = client_as()
    made.user.name = "Ada Lovelace"
    made.user.save()
    return made


def path_of(kind):
    return f"/conferences/{kind.conference.slug}/register/?ticket={kind.slug}"


def filled(client, path, **changes):
    """What the page's own form would send: every control with its value, as a browser without JavaScript."""
    page = client.get(path)
    context = page.context
    data = {name: context["sale"][name].value() for name in ("checkout_id", "ticket", "price", "quantity")}
    for field in context["details"].fields():
        value = field.value()
        if value not in (None, False):
            data[field.html_name] = value
    listed = {"ticket": data.pop("ticket")} | changes
    return {name: str(value) for name, value in data.items()} | listed


def test_visitor_goes_through_sign_up_and_comes_back(conference):
    from django.test import Client

    kind = factories.ticket_type(conference=conference)
    response = Client().get(path_of(kind))
    where = urlsplit(response["Location"])
    assert (where.path, parse_qs(where.query)) == ("/accounts/signup/", {"next": [path_of(kind)]})


def test_register_without_a_ticket_offers_them(client, conference):
    kind = factories.ticket_type(conference=conference, name="Student")
    page = client.get(f"/conferences/{conference.slug}/register/")
    assert page.status_code == 200
    assert f'name="n-{kind.slug}"' in text(page)


def test_free_ticket_is_registered_in_one_form(client, conference):
    kind = factories.ticket_type(conference=conference)
    data = filled(client, path_of(kind), **{"profile-affiliation": "Engines", "profile-photo_consent": "on"})
    assert (data["seat-name"], data["seat-email"]) == ("Ada Lovelace", client.user.email)
    response = client.post(path_of(kind), data)
    placed = Order.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/orders/{placed.reference}/?done")
    seat = placed.attendees.get()
    assert (seat.user, seat.ticket_type, seat.completed_registration) == (client.user, kind, True)
    profile = AttendeeProfile.objects.get(user=client.user)
    assert (profile.affiliation, profile.photo_consent, profile.completed_registration) == ("Engines", True, True)
    mail = Email.objects.get()
    assert (mail.to, seat.access_code[:4] in mail.message) == ([client.user.email], True)
    done = client.get(response["Location"])
    assert "You are registered" in text(done)
    assert f'href="/conferences/{conference.slug}/ticket/"' in text(done)
    assert [file.name for file in files_of(mail)] == ["qr.png", "ticket.ics", "ticket.pdf"]


def test_paid_ticket_says_and_mails_how_to_pay(client, conference):
    conference.payment_instructions = "IBAN BE00 0000\nvzw Getijdenwerk"
    conference.save()
    kind = factories.ticket_type(conference=conference, price=Decimal("79.50"))
    response = client.post(path_of(kind), filled(client, path_of(kind)))
    placed = Order.objects.get()
    assert placed.status == OrderStatus.PENDING
    page = text(client.get(response["Location"]))
    mail = Email.objects.get()
    assert mail.to == [client.user.email]
    for said in ("€79.50", "IBAN BE00 0000"):
        assert said in page
        assert said in mail.message
    halves = "</span><span>".join([placed.reference[:4], placed.reference[4:]])
    assert re.search(rf"By bank transfer.*<dt>Reference</dt><dd><span[^>]*><span>{halves}<", page)
    assert "At the desk" in page
    for written in (mail.message, mail.html_message):
        assert "At the desk it can be paid from" in written
    assert f"Reference: {placed.reference}\n" in mail.message and f">{placed.reference}</p>" in mail.html_message


def test_answers_given_before_are_filled_in(client, conference):
    AttendeeProfile.objects.create(user=client.user, pronouns="she/her")
    kind = factories.ticket_type(conference=conference)
    assert filled(client, path_of(kind))["profile-pronouns"] == "she/her"


def test_second_ticket_is_somebody_elses(client, conference):
    kind = factories.ticket_type(conference=conference)
    client.post(path_of(kind), filled(client, path_of(kind)))
    page = client.get(path_of(kind))
    assert "This one is for somebody else." in text(page)
    data = filled(client, path_of(kind))
    assert (data["seat-name"], data["seat-email"]) == ("", "") if "seat-name" in data else True
    client.post(path_of(kind), data | {"seat-name": "Grace Hopper", "seat-email": "grace@example.org"})
    guest = Attendee.objects.get(name="Grace Hopper")
    assert (guest.user.is_placeholder, guest.order.user) == (True, client.user)


def test_own_seat_twice_is_refused_in_words(client, conference):
    kind = factories.ticket_type(conference=conference)
    client.post(path_of(kind), filled(client, path_of(kind)))
    mine = {"seat-name": "Ada Lovelace", "seat-email": client.user.email}
    response = client.post(path_of(kind), filled(client, path_of(kind)) | mine)
    assert (response.status_code, Order.objects.count()) == (422, 1)
    assert "You are registered already." in text(response)


@pytest.mark.both_databases
def test_form_sent_twice_makes_one_of_everything(client, conference):
    kind = factories.ticket_type(conference=conference, total_quantity=1)
    data = filled(client, path_of(kind))
    first, again = (client.post(path_of(kind), data) for _ in range(2))
    assert (first.status_code, again.status_code, first["Location"]) == (302, 302, again["Location"])
    assert (Order.objects.count(), Attendee.objects.count(), Email.objects.count()) == (1, 1, 1)


def test_wrong_fields_are_named_and_nothing_typed_is_lost(client, conference):
    kind = factories.ticket_type(conference=conference)
    data = filled(
        client, path_of(kind), **{"seat-name": " ", "seat-email": "ada.example", "profile-affiliation": "Engines & Co"}
    )
    response = client.post(path_of(kind), data)
    page = text(response)
    assert (response.status_code, Order.objects.count()) == (422, 0)
    assert "2 things to correct" in page
    assert '<a href="#id_seat-name">Name: Enter a name.</a>' in page
    assert '<a href="#id_seat-email">E-mail: Write it like name@example.org.</a>' in page
    assert 'value="ada.example"' in page
    assert 'value="Engines &amp; Co"' in page
    assert f'value="{data["checkout_id"]}"' in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"price": "0.00"}, "costs €79, which is not what the form says"),
        ({"price": "-1"}, "costs €79"),
        ({"price": "cheap"}, "The price in the form cannot be read."),
        ({"price": ""}, "The price in the form cannot be read."),
        ({"quantity": "2"}, "names 1 tickets and says 2"),
        ({"quantity": "0"}, "names 1 tickets and says 0"),
        ({"quantity": "-1"}, "names 1 tickets and says -1"),
        ({"quantity": "many"}, "The quantity in the form cannot be read."),
        ({"checkout_id": "1"}, "The form is incomplete."),
        ({"checkout_id": ""}, "The form is incomplete."),
        ({"ticket": "no-such-ticket"}, "not for sale here"),
    ],
)
def test_tampered_form_writes_nothing_and_says_what_is_wrong(client, conference, change, says):
    kind = factories.ticket_type(conference=conference, price=Decimal("79"))
    response = client.post(path_of(kind), filled(client, path_of(kind)) | change)
    assert (response.status_code, Order.objects.count(), Attendee.objects.count()) == (422, 0, 0)
    assert says in text(response)


@pytest.mark.parametrize(
    "fields",
    [{"is_active": False}, {"requires_voucher": True}, {"conference": None}],
    ids=["inactive", "voucher", "other conference"],
)
def test_ticket_that_is_not_for_sale_here_cannot_be_posted(client, conference, fields):
    kind = factories.ticket_type(conference=conference)
    data = filled(client, path_of(kind))
    if "conference" in fields:
        fields = {"conference": factories.conference()}
    hidden = factories.ticket_type(**{"conference": conference} | fields)
    response = client.post(path_of(kind), data | {"ticket": hidden.slug})
    assert (response.status_code, Order.objects.count()) == (422, 0)
    assert "That ticket is not for sale here." in text(response)


def test_ticket_named_by_the_address_alone_is_not_enough(client, conference):
    kind, other = (factories.ticket_type(conference=conference) for _ in range(2))
    data = filled(client, path_of(kind))
    del data["ticket"]
    response = client.post(path_of(other), data)
    assert (response.status_code, Order.objects.count()) == (422, 0)
    assert "The form names no ticket." in text(response)


@pytest.mark.counters_falsified
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"available_from": timezone.now() + dt.timedelta(days=1)}, "is not on sale yet."),
        ({"available_until": timezone.now() - dt.timedelta(days=1)}, "is no longer on sale."),
        ({"total_quantity": 1, "taken": 1}, "is sold out."),
    ],
)
def test_ticket_that_went_while_the_form_was_open_is_refused(client, conference, fields, says):
    kind = factories.ticket_type(conference=conference)
    data = filled(client, path_of(kind), **{"profile-affiliation": "Engines"})
    type(kind).objects.filter(pk=kind.pk).update(**fields)
    response = client.post(path_of(kind), data)
    assert (response.status_code, Order.objects.count()) == (422, 0)
    assert says in text(response)
    assert 'value="Engines"' in text(response)
    assert says in text(client.get(path_of(kind)))


def test_closed_registration_is_refused(client, conference):
    kind = factories.ticket_type(conference=conference)
    data = filled(client, path_of(kind))
    conference.registration_closes_at = timezone.now()
    conference.save()
    response = client.post(path_of(kind), data)
    assert (response.status_code, Order.objects.count()) == (422, 0)
    assert "Registration is closed." in text(response)


def test_only_what_the_conference_asks_is_in_the_form(client):
    conference = factories.conference(profile_fields=["tshirt_size"])
    kind = factories.ticket_type(conference=conference)
    fields = client.get(path_of(kind)).context["details"].fields()
    assert [field.html_name for field in fields] == ["seat-name", "seat-email", "profile-tshirt_size"]


def test_check_answers_one_field_and_writes_nothing(client, conference):
    path = f"/conferences/{conference.slug}/register/check/?field=seat-email"
    wrong = client.post(path, {"seat-email": "ada.example"}, headers={"HX-Request": "true"})
    assert re.match(r'\s*<div class="field[^"]*" id="id_seat-email_field">', wrong.content.decode())
    assert "Write it like name@example.org." in text(wrong)
    assert 'aria-invalid="true"' in text(wrong)
    right = client.post(path, {"seat-email": "ada@example.org"}, headers={"HX-Request": "true"})
    assert ("invalid" in text(right), 'value="ada@example.org"' in text(right)) == (False, True)
    assert Attendee.objects.count() == Order.objects.count() == 0


def test_check_of_an_unknown_field_is_refused(client, conference):
    assert client.post(f"/conferences/{conference.slug}/register/check/?field=id").status_code == 400


def test_order_of_somebody_else_is_not_there(client, conference):
    theirs = factories.order(conference=conference)
    assert client.get(f"/orders/{theirs.reference}/").status_code == 404
    assert client.get("/orders/00000000/").status_code == 404


def test_order_is_found_in_any_case(client, conference):
    mine = factories.order(conference=conference, user=client.user)
    assert client.get(f"/orders/{mine.reference.lower()}/").status_code == 200


def test_partly_paid_order_says_what_is_left(client, conference):
    mine = factories.order(conference=conference, user=client.user, total="100.00", status=OrderStatus.PENDING)
    mine.payments.create(amount=Decimal("60"), currency="EUR", method="cash", recorded_by=factories.user())
    page = text(client.get(f"/orders/{mine.reference}/"))
    assert "€40" in page
    assert "Still to pay" in page


@pytest.mark.parametrize("seats", [1, 3])
def test_order_page_needs_as_many_queries_for_any_number_of_seats(client, conference, django_assert_num_queries, seats):
    mine = factories.order(conference=conference, user=client.user, seats=seats)
    # Session with its user, order, lines, payments, refunds, invoices, history, who is in it, staff role for the head.
    with django_assert_num_queries(8):
        client.get(f"/orders/{mine.reference}/")


def test_registering_is_lean(client, conference, django_assert_num_queries):
    kind = factories.ticket_type(conference=conference)
    data = filled(client, path_of(kind))
    # Who and what (2), own seat, order (2), profile (2), code, seat, line, history, mail with its words and logo, places (2), savepoints.
    with django_assert_num_queries(18):
        assert client.post(path_of(kind), data).status_code == 302


def test_checkout_id_of_somebody_else_is_refused(client, conference):
    kind = factories.ticket_type(conference=conference)
    theirs = factories.order(conference=conference, checkout_id=uuid.uuid4())
    response = client.post(path_of(kind), filled(client, path_of(kind)) | {"checkout_id": str(theirs.checkout_id)})
    assert (response.status_code, Order.objects.count()) == (422, 1)
