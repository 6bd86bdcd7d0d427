"""Setting a conference up, and what organisers may change of it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.test import Client

from conferences.errors import SettingUpError
from conferences.models import Conference, Role, StaffRole
from conferences.staffing import add_staff, change_role, remove_staff
from registration.account.models import User
from registration.attendee.models import AttendeeProfile
from registration.attendee.profile import asked_fields
from tests import factories

pytestmark = pytest.mark.django_db

NEW = {
    "name": "Tidewater 2027",
    "slug": "",
    "start_date": "2027-06-09",
    "end_date": "2027-06-11",
    "timezone": "berlin",
    "venue": "De Loods",
    "address": "Kaai 14, Antwerp",
    "currency": "eur",
    "accent": "#0b5d66",
    "total_capacity": "300",
    "registration_opens_at": "2027-01-15T10:00",
    "asked": ["tshirt_size"],
    "organisers": "Marit@Example.org, known@example.org",
    "is_active": "on",
}


@pytest.fixture
def superuser_client(client: Client) -> Client:
    client.force_login(factories.superuser())
    return client


def settings_of(conference: Conference, **changes: object) -> dict[str, object]:
    kept = {
        "name": conference.name,
        "start_date": conference.start_date.isoformat(),
        "end_date": conference.end_date.isoformat(),
        "timezone": conference.timezone,
        "currency": conference.currency,
        "accent": conference.accent,
        "total_capacity": conference.total_capacity,
        "asked": [field.name for field in asked_fields(AttendeeProfile)],
        "is_active": "on",
    }
    return kept | changes


def test_answers_to_mails_reach_who_sets_up_unless_another_address_is_named(client):
    user = factories.superuser()
    client.force_login(user)
    assert client.get("/staff/new/").context["form"]["contact_email"].value() == user.email
    client.post("/staff/new/", NEW | {"contact_email": ""})
    assert Conference.objects.get().contact_email == ""


def test_superuser_sets_up_a_conference_and_names_its_organisers(superuser_client):
    known = factories.user(email="known@example.org")
    response = superuser_client.post("/staff/new/", NEW)
    assert (response.status_code, response["Location"]) == (302, "/staff/tidewater-2027/settings/tickets/")
    made = Conference.objects.get()
    names = ("name", "slug", "venue", "address", "timezone", "currency", "accent")
    assert [getattr(made, name) for name in names] == [
        "Tidewater 2027", "tidewater-2027", "De Loods", "Kaai 14, Antwerp", "Europe/Berlin", "EUR", "#0b5d66",
    ]  # fmt: skip
    assert made.registration_opens_at == dt.datetime(2027, 1, 15, 10, tzinfo=made.tz)
    assert made.profile_fields == ["tshirt_size"]
    invited = User.objects.get(email="marit@example.org")
    assert set(made.staff_roles.values_list("user", "role")) == {(known.pk, "organiser"), (invited.pk, "organiser")}
    assert [message.to for message in mail.outbox] == [["marit@example.org"], ["known@example.org"]]
    assert "/accounts/login/code/?next=/staff/" in mail.outbox[0].body


def test_short_name_says_what_it_is_made_of(superuser_client):
    page = superuser_client.post("/staff/new/", NEW | {"slug": "two words"}).content.decode()
    assert "Only Latin letters, digits, hyphens and underscores" in page


def test_a_conference_that_is_over_already_is_made_and_said_to_be(superuser_client):
    page = superuser_client.post(
        "/staff/new/", NEW | {"start_date": "2020-06-09", "end_date": "2020-06-11"}, follow=True
    )
    assert "Its last day, 11 June 2020, is over." in page.content.decode()


@pytest.mark.both_databases
def test_the_same_form_again_makes_no_second_conference(superuser_client):
    superuser_client.post("/staff/new/", NEW)
    assert superuser_client.post("/staff/new/", NEW).status_code == 422
    assert Conference.objects.count() == 1
    assert len(mail.outbox) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "new"}, "slug"),
        ({"name": "大会"}, "slug"),
        ({"end_date": "2027-06-01"}, "__all__"),
        ({"start_date": "0027-06-09"}, "start_date"),
        ({"registration_opens_at": "0001-01-01T00:00", "timezone": "Asia/Tokyo"}, "registration_opens_at"),
        ({"timezone": "Nowhere/Town"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"currency": "XYZ1"}, "currency"),
        ({"currency": "QQQ"}, "currency"),
        ({"accent": "red;}"}, "accent"),
        ({"organisers": "not an address"}, "organisers"),
        ({"organisers": f"{'a' * 250}@example.org"}, "organisers"),
        ({"asked": ["is_superuser"]}, "asked"),
        ({"registration_closes_at": "2027-01-14T10:00"}, "registration_closes_at"),
        ({"registration_opens_at": "2027-03-28T02:30", "timezone": "Europe/Berlin"}, "registration_opens_at"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(superuser_client, change, field):
    response = superuser_client.post("/staff/new/", NEW | change)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Conference.objects.exists()


def test_only_superusers_set_up(client_as):
    client = client_as(Role.ORGANISER)
    assert client.get("/staff/new/").status_code == 403
    assert client.post("/staff/new/", NEW).status_code == 403


def test_invited_organiser_signs_in_by_code_and_finds_the_conference(superuser_client):
    import re

    superuser_client.post("/staff/new/", NEW)
    client = Client()
    client.post("/accounts/login/code/", {"email": "marit@example.org", "next": "/staff/"})
    code = re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]
    response = client.post("/accounts/login/code/confirm/", {"code": code, "next": "/staff/"}, follow=True)
    assert "Tidewater 2027" in response.content.decode()
    assert client.get("/staff/tidewater-2027/settings/").status_code == 200


@pytest.mark.both_databases
@pytest.mark.counters_falsified
def test_settings_never_overwrite_the_places_taken(client_as, conference, monkeypatch):
    client = client_as(Role.ORGANISER)
    Conference.objects.update(total_capacity=100, places_taken=5)
    from conferences import views

    original = views.change_conference

    def sold_meanwhile(**kwargs):
        Conference.objects.update(places_taken=6)
        return original(**kwargs)

    monkeypatch.setattr(views, "change_conference", sold_meanwhile)
    data = settings_of(conference, name="Renamed", total_capacity=50, places_taken=0)
    assert client.post(f"/staff/{conference.slug}/settings/", data).status_code == 302
    conference.refresh_from_db()
    assert (conference.name, conference.total_capacity, conference.places_taken) == ("Renamed", 50, 6)


@pytest.mark.counters_falsified
def test_capacity_below_the_places_taken_is_refused(client_as, conference):
    Conference.objects.update(total_capacity=100, places_taken=51)
    client = client_as(Role.ORGANISER)
    response = client.post(f"/staff/{conference.slug}/settings/", settings_of(conference, total_capacity=50))
    assert response.status_code == 422
    assert "51 places are taken already" in response.content.decode()
    assert client.post(f"/staff/{conference.slug}/settings/", settings_of(conference)).status_code == 302


def test_currency_stays_once_something_was_ordered_in_it(client_as, conference):
    client, data = client_as(Role.ORGANISER), settings_of(conference, currency="USD")
    factories.order(conference=conference, total="0.00")
    assert client.post(f"/staff/{conference.slug}/settings/", data).status_code == 302
    factories.order(conference=conference, total="10.00")
    refused = client.post(f"/staff/{conference.slug}/settings/", data | {"currency": "EUR"})
    assert (refused.status_code, "It stays USD" in refused.content.decode()) == (422, True)
    assert client.post(f"/staff/{conference.slug}/settings/", data).status_code == 302


def test_moments_are_those_of_the_zone_typed_beside_them(client_as, conference):
    client = client_as(Role.ORGANISER)
    data = settings_of(conference, timezone="Pacific/Auckland", registration_opens_at="2026-01-10T09:00")
    client.post(f"/staff/{conference.slug}/settings/", data)
    conference.refresh_from_db()
    assert conference.registration_opens_at == dt.datetime(2026, 1, 9, 20, tzinfo=dt.UTC)
    assert 'value="2026-01-10T09:00"' in client.get(f"/staff/{conference.slug}/settings/").content.decode()


@pytest.mark.parametrize(("asked", "stored"), [([], []), (None, None), (["pronouns"], ["pronouns"])])
def test_what_is_asked_is_all_some_or_nothing(client_as, conference, asked, stored):
    changes = {} if asked is None else {"asked": asked}
    client_as(Role.ORGANISER).post(f"/staff/{conference.slug}/settings/", settings_of(conference, **changes))
    conference.refresh_from_db()
    assert conference.profile_fields == stored
    names = [field.name for field in asked_fields(AttendeeProfile, conference)]
    assert names == (stored if stored is not None else [field.name for field in asked_fields(AttendeeProfile)])


def test_desk_sees_what_is_chosen_and_nothing_else(client_as, conference):
    client = client_as(Role.ORGANISER)
    for chosen in (["photo_consent"], []):
        client.post(f"/staff/{conference.slug}/settings/", settings_of(conference, for_desk=chosen))
        conference.refresh_from_db()
        assert conference.desk_fields == chosen
    refused = client.post(f"/staff/{conference.slug}/settings/", settings_of(conference, for_desk=["password"]))
    assert refused.status_code == 422


# --- Staff ------------------------------------------------------------------------------------------------------------
def test_adding_known_and_unknown_people_looks_the_same(client_as, conference):
    client = client_as(Role.ORGANISER)
    factories.user(email="known@example.org", name="A Well Known Name")
    pages = []
    for email in ("known@example.org", "nobody@example.org"):
        client.post(f"/staff/{conference.slug}/settings/staff/", {"email": email, "role": "door"})
        pages.append(client.get(f"/staff/{conference.slug}/settings/staff/").content.decode())
        added = StaffRole.objects.latest("pk")
        assert (added.email, added.role, added.has_come) == (email, "door", False)
    assert "A Well Known Name" not in "".join(pages)
    assert [message.to[0] for message in mail.outbox] == ["known@example.org", "nobody@example.org"]


def test_adding_by_a_second_confirmed_address_finds_the_account(conference):
    user = factories.user(email="first@example.org")
    user.emailaddress_set.create(email="second@example.org", verified=True)
    held = add_staff(conference=conference, email="Second@example.org", role=Role.DESK, by=factories.user())
    assert (held.user, held.email) == (user, "second@example.org")


@pytest.mark.both_databases
def test_adding_twice_is_refused_and_writes_nothing(client_as, conference):
    client = client_as(Role.ORGANISER)
    statuses = [
        client.post(f"/staff/{conference.slug}/settings/staff/", {"email": "a@example.org", "role": "door"}).status_code
        for _ in range(2)
    ]
    assert statuses == [302, 422]
    assert (conference.staff_roles.count(), len(mail.outbox)) == (2, 1)


@pytest.mark.both_databases
def test_last_organiser_stays(conference):
    only = factories.staff(conference=conference, role=Role.ORGANISER)
    for refused in (lambda: change_role(held=only, role=Role.DOOR), lambda: remove_staff(held=only)):
        with pytest.raises(SettingUpError) as refusal:
            refused()
        assert refusal.value.code == "last_organiser"
    second = factories.staff(conference=conference, role=Role.ORGANISER)
    remove_staff(held=only)
    assert list(conference.staff_roles.values_list("pk", "role")) == [(second.pk, "organiser")]


def test_role_of_another_conference_is_not_found(client_as):
    client = client_as(Role.ORGANISER)
    own = StaffRole.objects.get(user=client.user).conference
    other = factories.staff(conference=factories.conference(), role=Role.DOOR)
    for action in ("role", "remove"):
        response = client.post(f"/staff/{own.slug}/settings/staff/{other.pk}/{action}/", {"role": "organiser"})
        assert response.status_code == 404
    other.refresh_from_db()
    assert other.role == Role.DOOR


def test_organiser_who_removes_themself_is_led_away(client_as, conference):
    client = client_as(Role.ORGANISER)
    factories.staff(conference=conference, role=Role.ORGANISER)
    held = StaffRole.objects.get(user=client.user)
    assert client.post(f"/staff/{conference.slug}/settings/staff/{held.pk}/remove/")["Location"] == "/staff/"


def test_staff_list_offers_what_the_role_may_do(client_as, conference, client):
    door = client_as(Role.DOOR).get("/staff/").content.decode()
    assert f"/staff/{conference.slug}/checkin/" in door
    assert f"/staff/{conference.slug}/settings/" not in door
    client.force_login(factories.user(email="new@example.org"))
    empty = client.get("/staff/").content.decode()
    assert "None yet" in empty
    assert "new@example.org" in empty
    assert "/staff/new/" not in empty


@pytest.mark.parametrize("conferences", [1, 3])
def test_staff_list_costs_the_same_for_more_conferences(client, django_assert_num_queries, conferences):
    user = factories.user()
    for _ in range(conferences):
        factories.staff(user=user, conference=factories.conference(), role=Role.DESK)
    client.force_login(user)
    with django_assert_num_queries(3):
        client.get("/staff/")
