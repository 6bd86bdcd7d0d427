import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conferences.models import Role
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeProfile, AttendeeState
from registration.checkin.models import Scan
from registration.order.models import OrderStatus
from registration.order.recount import recount_places
from tests import factories
from tests.registration.ticket.reading import signed_in, text_of

pytestmark = pytest.mark.django_db

TOKEN = re.compile(rb'X-CSRFToken": "[^"]*"|csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def seat(conference):
    order = factories.order(conference=conference, total="79.00")
    return order.attendees.select_related("user", "conference", "order", "ticket_type").get()


@pytest.fixture
def page(client, seat):
    def get():
        return signed_in(client, seat.user).get(reverse("ticket", args=[seat.conference.slug]))

    return get


# --- The ticket -------------------------------------------------------------------------------------------------------
def test_ticket_shows_name_ticket_code_and_qr(page, seat):
    Attendee.objects.filter(pk=seat.pk).update(name="Nguyễn Thị <Phương> Thảo")
    response = page()
    body = response.content.decode()
    assert "<bdi>Nguyễn Thị &lt;Phương&gt; Thảo</bdi>" in body
    assert f"<span>{seat.access_code[:4]}</span><span>{seat.access_code[4:]}</span>" in body
    assert f'aria-label="QR code of ticket {seat.access_code}"' in body
    assert seat.ticket_type.name in body
    assert "Change, give away or cancel the ticket" in body
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


@pytest.mark.parametrize(
    ("seat_fields", "order_status", "pill", "heading", "has_qr"),
    [
        ({}, OrderStatus.PAID, "Valid", "This lets you in", True),
        ({}, OrderStatus.PENDING, "To be paid", "This ticket is not paid yet", True),
        (
            {"completed_registration": False},
            OrderStatus.PAID,
            "Not finished",
            "This registration is not finished",
            True,
        ),
        ({"blocked_reason": "secret reason"}, OrderStatus.PAID, "Blocked", "This ticket is blocked", True),
        ({"state": AttendeeState.CANCELLED}, OrderStatus.PAID, "Cancelled", "This ticket is cancelled", False),
        ({"state": AttendeeState.REFUNDED}, OrderStatus.REFUNDED, "Refunded", "This ticket was refunded", False),
    ],
)
def test_ticket_says_plainly_where_it_stands(client, page, seat, seat_fields, order_status, pill, heading, has_qr):
    Attendee.objects.filter(pk=seat.pk).update(**seat_fields)
    recount_places(conference=seat.conference, fix=True)
    type(seat.order).objects.update(status=order_status)
    response = page()
    text = text_of(response)
    assert [said for said in (pill, heading) if said not in text] == []
    assert ("QR code of ticket" in response.content.decode()) is has_qr
    assert "secret reason" not in text
    qr = client.get(reverse("ticket-qr", args=[seat.conference.slug]))
    assert qr.status_code == (200 if has_qr else 404)


def test_ticket_of_a_guest_without_a_name_asks_for_it(client, conference):
    order = factories.order(conference=conference, seats=2)
    guest = order.attendees.order_by("pk").last()
    Attendee.objects.filter(pk=guest.pk).update(name="")
    signed_in(client, order.user)
    text = text_of(client.get(reverse("order-ticket", args=[order.reference, guest.access_code])))
    assert [said for said in ("Not named yet", "Name missing", "Say who comes") if said not in text] == []
    assert "Name missing" in text_of(client.get("/me/"))


def test_ticket_says_when_it_was_checked_in_by_the_conferences_clock(page, seat):
    seat.conference.timezone = "Pacific/Auckland"
    seat.conference.save(update_fields=["timezone"])
    Attendee.objects.update(checked_in_at=dt.datetime(2027, 6, 8, 21, 12, tzinfo=dt.UTC))
    text = text_of(page())
    assert "Checked in 09:12" in text and "Admitted on Wednesday 9 June at 09:12." in text


def test_ticket_needs_the_same_queries_however_many_people_there_are(page, seat):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page()
        return len(queries)

    page()
    before = count()
    for _number in range(3):
        factories.order(conference=seat.conference, seats=2)
    assert count() == before


def test_ticket_ics_and_qr_are_what_they_say(client, page, seat):
    page()
    ics = client.get(reverse("ticket-ics", args=[seat.conference.slug]))
    assert (ics.status_code, ics["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert ics["Content-Disposition"] == f'attachment; filename="{seat.conference.slug}.ics"'
    assert ics.content.startswith(b"BEGIN:VCALENDAR")
    qr = client.get(reverse("ticket-qr", args=[seat.conference.slug]))
    assert (qr.status_code, qr["Content-Type"]) == (200, "image/svg+xml")


def test_buyer_sees_the_tickets_of_the_order_also_when_a_guest_has_an_account(client, conference):
    order = factories.order(conference=conference, seats=2)
    guest = order.attendees.order_by("pk").last()
    address = reverse("order-ticket", args=[order.reference, guest.access_code])
    signed_in(client, order.user)
    assert text_of(client.get(address)).count("Correct them") == 1
    guest.user = factories.user()
    guest.save(update_fields=["user"])
    response = client.get(address)
    assert (response.status_code, "Correct them" in text_of(response)) == (200, False)
    assert client.post(f"{address}details/", {"name": "Mine now"}).status_code == 404


@pytest.mark.parametrize("name", ["order-ticket", "order-ticket-details", "order-ticket-ics", "order-ticket-qr"])
def test_ticket_of_somebody_elses_order_is_not_there(client, conference, name):
    """A2: by guessed code and reference, mixed with one's own, too."""
    mine, theirs = (factories.order(conference=conference, seats=2) for _number in range(2))
    my_code, their_code = (order.attendees.order_by("pk").last().access_code for order in (mine, theirs))
    signed_in(client, mine.user)
    tried = [(theirs.reference, their_code), (mine.reference, their_code), (theirs.reference, my_code)]
    answers = {
        (response.status_code, response.content)
        for reference, code in [*tried, ("00000000", "00000000")]
        for response in [client.get(reverse(name, args=[reference, code]))]
    }
    assert len(answers) == 1 and {status for status, _body in answers} == {404}


# --- /t/CODE ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("form", ["/t/{code}/", "/T/{code}", "/T/{code}/", "/t/{lower}", "/t/{dashed}/", "/t/{typed}/"])
def test_ticket_link_leads_the_holder_to_the_ticket_however_it_is_typed(client, conference, form):
    seat = factories.attendee(conference=conference, access_code="7KQ2M0X1")
    path = form.format(code="7KQ2M0X1", lower="7kq2m0x1", dashed="7KQ2-M0X1", typed="7KQ2%20MOXL")
    response = signed_in(client, seat.user).get(path)
    assert (response.status_code, response.get("Location")) == (302, f"/conferences/{conference.slug}/ticket/")


def test_ticket_link_leads_the_buyer_to_the_order_and_staff_to_check_in(client, conference, client_as):
    order = factories.order(conference=conference, seats=2)
    guest = order.attendees.order_by("pk").last()
    path = f"/t/{guest.access_code}/"
    bought = signed_in(client, order.user).get(path)
    assert bought["Location"] == f"/orders/{order.reference}/tickets/{guest.access_code}/"
    for role in Role:
        answer = client_as(role).get(path)
        assert answer["Location"] == f"/staff/{conference.slug}/checkin/?code={guest.access_code}"
    assert (Scan.objects.count(), Attendee.objects.checked_in().count()) == (0, 0)


@pytest.mark.parametrize("who", ["anonymous", "other", "staff elsewhere"])
def test_ticket_link_says_the_same_to_everybody_else_whether_there_is_such_a_ticket_or_not(client, conference, who):
    seat = factories.attendee(conference=conference)
    if who == "other":
        client.force_login(factories.user())
    elif who == "staff elsewhere":
        client.force_login(factories.staff(conference=factories.conference(), role=Role.ORGANISER).user)
    codes = [seat.access_code, seat.access_code.lower(), "00000000", "<script>", "x" * 2000]
    answers = {
        (r.status_code, TOKEN.sub(b"", r.content))
        for code in codes
        for r in [client.get(f"/t/{code}/".replace("<", "%3C"))]
    }
    assert len(answers) == 1
    ((status, body),) = answers
    assert status == 200
    assert [word for word in (seat.access_code, seat.name, conference.name) if word.encode() in body] == []


# --- Correcting -------------------------------------------------------------------------------------------------------
def test_holder_corrects_name_and_answers(client, seat):
    address = reverse("ticket-details", args=[seat.conference.slug])
    data = {"name": "  Ada   Lovelace ", "profile-tshirt_size": "L", "profile-affiliation": "Kaai"}
    response = signed_in(client, seat.user).post(address, data)
    assert (response.status_code, response["Location"]) == (302, reverse("ticket", args=[seat.conference.slug]))
    seat.refresh_from_db()
    saved = AttendeeProfile.objects.get(user=seat.user)
    assert (seat.name, saved.tshirt_size, saved.affiliation) == ("Ada Lovelace", "L", "Kaai")


def test_correction_with_errors_is_shown_again_and_saves_nothing(client, seat):
    address = reverse("ticket-details", args=[seat.conference.slug])
    response = signed_in(client, seat.user).post(address, {"name": " ", "profile-tshirt_size": "tent"})
    assert response.status_code == 422
    assert AttendeeProfile.objects.count() == 0
    body = response.content.decode()
    assert body.count('aria-invalid="true"') == 2


def test_correction_after_the_time_says_so_and_whom_to_ask(client, seat):
    seat.conference.changes_close_at = dt.datetime(2026, 6, 4, 16, 0, tzinfo=dt.UTC)
    seat.conference.contact_email = "hello@tidewater.example"
    seat.conference.save(update_fields=["changes_close_at", "contact_email"])
    signed_in(client, seat.user)
    for name in ("ticket", "ticket-details"):
        text = text_of(client.get(reverse(name, args=[seat.conference.slug])))
        assert "Details could be changed here until 4 June 2026, 18:00." in text
        assert "hello@tidewater.example" in text
    response = client.post(reverse("ticket-details", args=[seat.conference.slug]), {"name": "Too late"})
    seat.refresh_from_db()
    assert (response.status_code, seat.name == "Too late") == (422, False)


def test_buyer_corrects_a_guest_without_an_account(client, conference):
    order = factories.order(conference=conference, seats=2)
    guest = order.attendees.order_by("pk").last()
    address = reverse("order-ticket-details", args=[order.reference, guest.access_code])
    response = signed_in(client, order.user).post(address, {"name": "Grace Hopper", "profile-dietary_needs": "vegan"})
    assert response["Location"] == reverse("order-ticket", args=[order.reference, guest.access_code])
    guest.refresh_from_db()
    saved = AttendeeProfile.objects.get(user=guest.user_id)
    assert (guest.name, saved.dietary_needs, User.objects.get(pk=guest.user_id).name) == (
        "Grace Hopper",
        "vegan",
        "Grace Hopper",
    )
