"""The desk's forms on the tablet page: who may, what they show, and what comes back."""

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.attendee.models import Attendee, AttendeeProfile
from registration.checkin.models import Checkpoint, Scan
from registration.order.models_money import Payment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def main(conference):
    checkpoint = Checkpoint.objects.main(conference)
    checkpoint.unpaid = "ask"
    checkpoint.save()
    return checkpoint


@pytest.fixture
def owing(conference):
    return factories.order(conference=conference, total="79.00", status="pending").attendees.get()


@pytest.fixture
def desk_tablet(conference):
    _tablet, secret = factories.paired_tablet(conference=conference, name="Tablet 1", role="desk")
    client = Client()
    client.cookies["tablet"] = secret
    return client


def post(client, main, action, htmx=True, **fields):
    given = {"checkpoint": main.pk, "scan_id": str(uuid.uuid4())} | fields
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse(f"checkin-{action}", args=[main.conference.slug]), given, headers=headers)


def text_of(response):
    return response.content.decode()


def verdict(response):
    return re.search(r'<section id="result"[^>]*data-verdict="([^"]+)"', text_of(response)).group(1)


def hidden(response, action):
    """What the form to `action` brings along, as a browser without scripts would send it."""
    form = re.search(rf'<form[^>]*action="[^"]*/{action}/".*?</form>', text_of(response), re.DOTALL).group()
    return re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)


@pytest.mark.parametrize(("role", "offered"), [(Role.DOOR, False), (Role.DESK, True), (Role.ORGANISER, True)])
def test_payment_is_offered_to_the_desk_alone(client_as, main, owing, role, offered):
    client = client_as(role)
    shown = text_of(post(client, main, "scan", code=owing.access_code))
    assert ("Cash: admit" in shown, "data-refuse" in shown) == (offered, not offered)
    answer = post(client, main, "pay", code=owing.access_code, amount="79.00", paid_by="cash")
    assert (answer.status_code, Payment.objects.count()) == ((200, 1) if offered else (403, 0))


def test_who_is_to_take_money_reads_that_the_buyer_is_at_stripe(client_as, desk_tablet, main, owing):
    until = timezone.now() + dt.timedelta(minutes=30)
    begun = owing.order.card_payments.create(
        amount=owing.order.total, currency="EUR", expires_at=until, ask_at=until, session_id="cs_1"
    )
    for client in (client_as(Role.DESK), desk_tablet):
        assert "Stripe" not in text_of(post(client, main, "scan", code=owing.access_code))  # no page was made
    begun.url = "https://checkout.stripe.example/cs_1"
    begun.save()
    said = f"can pay €79 there by card until {until.astimezone(main.conference.tz):%H:%M}."
    for client in (client_as(Role.DESK), desk_tablet):
        for htmx in (True, False):
            assert said in text_of(post(client, main, "scan", code=owing.access_code, htmx=htmx))
    assert "Stripe" not in text_of(post(client_as(Role.DOOR), main, "scan", code=owing.access_code))


@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_form_that_the_panel_brought_pays_and_admits(client_as, main, owing, htmx):
    client = client_as(Role.DESK)
    form = dict(hidden(post(client, main, "scan", code=owing.access_code, htmx=htmx), "pay"))
    form |= {"amount": "79.00", "paid_by": "card_terminal", "note": "Receipt 12"}
    answers = [post(client, main, "pay", htmx=htmx, **form) for _ in range(2)]
    assert [(one.status_code, verdict(one)) for one in answers] == [(200, "admitted")] * 2
    payment = Payment.objects.get()
    assert (payment.method, payment.note, str(payment.request_id)) == ("card_terminal", "Receipt 12", form["scan_id"])
    assert Scan.objects.filter(attendee=owing, verdict="admitted").count() == 1


def test_tablet_of_the_desk_takes_payments_in_the_name_of_who_is_at_it(desk_tablet, main, owing):
    answer = post(desk_tablet, main, "pay", code=owing.access_code, amount="79", paid_by="cash", by="Ada")
    assert (verdict(answer), Payment.objects.get().by_name) == ("admitted", "Ada, Tablet 1")


@pytest.mark.parametrize(
    "fields", [{"amount": "0"}, {"amount": "much"}, {"paid_by": "shells"}, {"paid_by": "stripe"}, {"code": "XX4Q0000"}]
)
def test_payment_that_makes_no_sense_records_nothing(client_as, main, owing, fields):
    given = {"code": owing.access_code, "amount": "79.00", "paid_by": "cash"} | fields
    answer = post(client_as(Role.DESK), main, "pay", **given)
    assert (answer.status_code, verdict(answer), Payment.objects.count()) == (422, "rejected", 0)


def test_rehearsal_takes_no_money(client_as, main, owing):
    Checkpoint.objects.update(rehearsal=True)
    client = client_as(Role.DESK)
    shown = text_of(post(client, main, "scan", code=owing.access_code))
    assert ("no money is taken" in shown, "Cash: admit" in shown) == (True, False)
    assert post(client, main, "pay", code=owing.access_code, amount="79", paid_by="cash").status_code == 422


@pytest.mark.parametrize("role", [Role.DOOR, Role.DESK])
@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_group_is_admitted_by_one_form(client_as, conference, main, role, htmx):
    client = client_as(role)
    seats = list(factories.order(conference=conference, seats=3).attendees.order_by("pk"))
    first = post(client, main, "scan", code=seats[0].access_code, htmx=htmx)
    assert "1 of 3 of this order are here" in text_of(first)
    pairs = hidden(first, "group")
    form = {name: [value for key, value in pairs if key == name] for name in ("code", "scan_id")}
    answer = post(client, main, "group", htmx=htmx, **form)
    assert (answer.status_code, verdict(answer), "2 of 2 admitted" in text_of(answer)) == (200, "group", True)
    assert Attendee.objects.checked_in().count() == 3
    assert {str(pk) for pk in Scan.objects.filter(method="group").values_list("pk", flat=True)} == set(form["scan_id"])


def test_group_says_of_each_what_it_is_and_what_is_to_be_known(client_as, conference, main):
    seats = list(factories.order(conference=conference, seats=3).attendees.order_by("pk"))
    Attendee.objects.filter(pk=seats[1].pk).update(staff_note="Call Ines.", needs_attention=True)
    Attendee.objects.filter(pk=seats[2].pk).update(blocked_reason="Left without paying")
    scans = {"code": [seat.access_code for seat in seats[1:]], "scan_id": [str(uuid.uuid4()) for _ in range(2)]}
    shown = text_of(post(client_as(Role.DOOR), main, "group", **scans))
    assert 'data-worst="blocked"' in shown
    assert "data-attention" in shown
    assert all(words in shown for words in ("1 of 2 admitted", "Call Ines.", "Left without paying"))


@pytest.mark.parametrize(
    "fields", [{"code": []}, {"code": ["A", "B"]}, {"code": ["A"] * 21, "scan_id": [str(uuid.uuid4())] * 21}]
)
def test_group_that_is_no_group_writes_nothing(client_as, main, fields):
    answer = post(client_as(Role.DOOR), main, "group", **{"scan_id": [str(uuid.uuid4())]} | fields)
    assert (answer.status_code, Scan.objects.count()) == (422, 0)


# --- Walk-in ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("htmx", [True, False], ids=["htmx", "plain"])
def test_walk_in_form_sells_pays_and_admits(desk_tablet, conference, main, htmx):
    day = factories.ticket_type(conference=conference, name="Day", price=Decimal("25.00"), total_quantity=1)
    factories.attendee(conference=conference, ticket_type=day)
    path = reverse("checkin-walk-in", args=[conference.slug])
    shown = desk_tablet.get(path, {"name": "Ada"}, headers={"HX-Request": "true"} if htmx else {})
    assert all(words in text_of(shown) for words in ('value="Ada"', "Day", "€25", "Full: goes beyond"))
    fields = {"name": "Ada Lovelace", "ticket": f"{day.pk}:25.00", "paid_by": "cash", "by": "Ines"}
    answer = post(desk_tablet, main, "walk-in", htmx=htmx, **fields)
    assert (answer.status_code, verdict(answer)) == (200, "admitted")
    assert all(words in text_of(answer) for words in ("Ada Lovelace", "€25 paid.", "There was no place left"))
    assert Payment.objects.get().by_name == "Ines, Tablet 1"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": " "}, "Name: Enter a name."),
        ({"email": "nowhere"}, "E-mail: Write it like name@example.org."),
        ({"paid_by": ""}, "How: Say how it was paid."),
        ({"ticket": ""}, "Ticket: Choose a ticket."),
        ({"ticket": "{pk}:20.00"}, "This ticket or its price has changed."),
    ],
)
def test_walk_in_says_what_is_missing_and_keeps_what_was_written(client_as, conference, main, fields, says):
    day = factories.ticket_type(conference=conference, price=Decimal("25.00"))
    given = {"name": "Ada", "ticket": "{pk}:25.00", "paid_by": "cash"} | fields
    given["ticket"] = given["ticket"].format(pk=day.pk)
    answer = post(client_as(Role.DESK), main, "walk-in", **given)
    assert (answer.status_code, verdict(answer), says in text_of(answer)) == (422, "form", True)
    assert Attendee.objects.count() == 0


def test_walk_in_offers_what_is_for_sale_and_valid_here(client_as, conference, main):
    closed, here, hidden_type, elsewhere = (
        factories.ticket_type(conference=conference, name=name, **fields)
        for name, fields in (
            ("Early", {"is_active": False}),
            ("Day", {}),
            ("Speaker", {"requires_voucher": True, "needs_approval": True}),
            ("Dinner", {}),
        )
    )
    main.ticket_types.add(closed, here, hidden_type)
    text = text_of(client_as(Role.DESK).get(reverse("checkin-walk-in", args=[conference.slug])))
    assert [name in text for name in ("Early", "Day", "Speaker", "Dinner")] == [False, True, False, False]
    assert elsewhere.name == "Dinner"


def test_walk_in_is_for_the_desk(client_as, conference, main):
    shown = {role: text_of(client_as(role).get(reverse("checkin", args=[conference.slug]))) for role in Role}
    assert {role: "Walk-in" in text for role, text in shown.items()} == {
        Role.DOOR: False,
        Role.DESK: True,
        Role.ORGANISER: True,
    }


# --- What the desk may know -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "role", "seen"),
    [
        (["photo_consent", "accessibility_needs"], Role.DESK, (True, True)),
        (["photo_consent"], Role.DESK, (True, False)),
        ([], Role.DESK, (False, False)),
        (["photo_consent", "accessibility_needs"], Role.DOOR, (False, False)),
    ],
)
def test_desk_sees_the_answers_that_the_conference_chose(client_as, conference, main, fields, role, seen):
    conference.desk_fields = fields
    conference.save()
    seat = factories.attendee(conference=conference)
    AttendeeProfile.objects.create(user=seat.user, accessibility_needs="Wheelchair", dietary_needs="vegan")
    text = text_of(post(client_as(role), main, "scan", code=seat.access_code))
    assert ("Photographs" in text, "Wheelchair" in text, "vegan" in text) == (*seen, False)


def test_what_is_asked_no_more_is_not_shown(client_as, conference, main):
    conference.desk_fields, conference.profile_fields = ["accessibility_needs"], ["dietary_needs"]
    conference.save()
    seat = factories.attendee(conference=conference)
    AttendeeProfile.objects.create(user=seat.user, accessibility_needs="Wheelchair")
    assert "Wheelchair" not in text_of(post(client_as(Role.DESK), main, "scan", code=seat.access_code))


def test_nothing_is_handed_out_that_the_conference_does_not_ask_for(client_as, conference, main):
    """The size may have been told to another conference."""
    conference.profile_fields = ["dietary_needs"]
    conference.save()
    seat = factories.attendee(conference=conference)
    AttendeeProfile.objects.create(user=seat.user, tshirt_size="L")
    assert "T-shirt" not in text_of(post(client_as(Role.DESK), main, "scan", code=seat.access_code))
