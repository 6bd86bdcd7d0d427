"""The organisers' pages for checkpoints."""

from __future__ import annotations

import datetime as dt

import pytest

from conferences.models import Role
from registration.checkin.checkpoints import delete_checkpoint
from registration.checkin.models import Checkpoint, Scan
from registration.errors import RegistrationError
from tests import factories

pytestmark = pytest.mark.django_db

FORM = {"name": "Lunch", "entry": "daily", "unpaid": "refuse"}


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


def scan_at(checkpoint: Checkpoint) -> Scan:
    now = dt.datetime(2027, 6, 9, 8, tzinfo=dt.UTC)
    return Scan.objects.create(checkpoint=checkpoint, code="X", verdict="unknown", scanned_at=now, effective_at=now)


def test_checkpoint_is_added_with_its_tickets_and_hours(organiser, conference):
    ticket_type = factories.ticket_type(conference=conference)
    hours = {"opens_at": "2027-06-09T12:00", "closes_at": "2027-06-09T14:00"}
    url = f"/staff/{conference.slug}/settings/checkpoints/new/"
    assert organiser.post(url, FORM | hours | {"ticket_types": [ticket_type.pk]}).status_code == 302
    made = Checkpoint.objects.get(name="Lunch")
    assert (made.entry, made.unpaid, made.is_main, made.rehearsal) == ("daily", "refuse", False, False)
    assert made.opens_at == dt.datetime(2027, 6, 9, 10, tzinfo=dt.UTC)
    assert list(made.ticket_types.all()) == [ticket_type]
    assert organiser.post(url, FORM).status_code == 422
    assert Checkpoint.objects.filter(name="Lunch").count() == 1


def test_tickets_of_another_conference_are_refused(organiser, conference):
    other = factories.ticket_type(conference=factories.conference())
    url = f"/staff/{conference.slug}/settings/checkpoints/new/"
    assert organiser.post(url, FORM | {"ticket_types": [other.pk]}).status_code == 422
    assert not Checkpoint.objects.filter(name="Lunch").exists()


def test_closing_before_opening_is_refused(organiser, conference):
    hours = {"opens_at": "2027-06-09T14:00", "closes_at": "2027-06-09T12:00"}
    response = organiser.post(f"/staff/{conference.slug}/settings/checkpoints/new/", FORM | hours)
    assert list(response.context["form"].errors) == ["closes_at"]


def test_main_entrance_is_edited_but_never_deleted(organiser, conference):
    page = organiser.get(f"/staff/{conference.slug}/settings/checkpoints/")
    assert "Main entrance" in page.content.decode()
    main = Checkpoint.objects.get()
    url = f"/staff/{conference.slug}/settings/checkpoints/{main.pk}/"
    assert organiser.post(url, FORM | {"name": "North door", "is_main": ""}).status_code == 302
    with pytest.raises(RegistrationError) as refusal:
        delete_checkpoint(checkpoint=main)
    assert refusal.value.code == "main"
    organiser.post(f"{url}delete/")
    main.refresh_from_db()
    assert (main.name, main.is_main) == ("North door", True)


@pytest.mark.both_databases
def test_checkpoint_with_scans_cannot_be_deleted(organiser, conference):
    used, unused = factories.checkpoint(conference=conference), factories.checkpoint(conference=conference)
    scan_at(used)
    with pytest.raises(RegistrationError) as refusal:
        delete_checkpoint(checkpoint=used)
    assert refusal.value.code == "scanned"
    page = organiser.post(f"/staff/{conference.slug}/settings/checkpoints/{used.pk}/delete/", follow=True)
    assert "scans are never deleted" in page.content.decode()
    organiser.post(f"/staff/{conference.slug}/settings/checkpoints/{unused.pk}/delete/")
    assert set(Checkpoint.objects.filter(is_main=False)) == {used}


def test_checkpoint_of_another_conference_is_not_found(organiser, conference):
    other = factories.checkpoint(conference=factories.conference())
    for action in ("", "delete/"):
        url = f"/staff/{conference.slug}/settings/checkpoints/{other.pk}/{action}"
        assert organiser.post(url, FORM).status_code == 404
    assert Checkpoint.objects.filter(pk=other.pk, name=other.name).exists()


@pytest.mark.parametrize("number", [1, 3])
def test_list_costs_the_same_for_more_checkpoints(organiser, conference, django_assert_num_queries, number):
    Checkpoint.objects.main(conference)
    for _ in range(number):
        factories.checkpoint(conference=conference)
    with django_assert_num_queries(6):
        organiser.get(f"/staff/{conference.slug}/settings/checkpoints/")


def test_older_page_does_not_put_back_what_somebody_else_has_changed(organiser, conference):
    lunch = factories.add_on(conference=conference, name="Lunch")
    # A time with seconds, which no form shows.
    opens = dt.datetime(2027, 6, 9, 10, 0, 30, tzinfo=dt.UTC)
    found = factories.checkpoint(conference=conference, name="Lunch", entry="daily", unpaid="refuse", opens_at=opens)
    url = f"/staff/{conference.slug}/settings/checkpoints/{found.pk}/"
    form = FORM | {"opens_at": "2027-06-09T12:00", "seen": organiser.get(url).context["form"]["seen"].value()}
    changed = form | {"unpaid": "ask", "add_ons": [lunch.pk]}
    assert [organiser.post(url, changed).status_code for _press in range(2)] == [302, 302]
    late = organiser.post(url, form | {"closes_at": "2027-06-09T14:00"})
    assert late.status_code == 422
    said = "it now says: Closes: nothing; Unpaid orders: Let the desk take the payment; Add-ons handed out here: Lunch."
    assert said in late.content.decode()
    found.refresh_from_db()
    assert (found.unpaid, found.closes_at, list(found.add_ons.all())) == ("ask", None, [lunch])
    form |= {"closes_at": "2027-06-09T14:00", "seen": late.context["form"]["seen"].value()}
    assert organiser.post(url, form).status_code == 302
    found.refresh_from_db()
    assert (found.unpaid, found.closes_at, list(found.add_ons.all())) == (
        "refuse",
        opens.replace(hour=12, second=0),
        [],
    )
