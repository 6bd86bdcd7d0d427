"""The organisers' pages for tablets."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from conferences.forms import is_saved
from conferences.models import Role
from registration.checkin import views_tablets
from registration.checkin.models import Checkpoint, Tablet
from registration.checkin.pairing import LINK_LIFETIME, pair_device
from registration.checkin.tablet_states import tablet_rows
from registration.checkin.tablets import digest
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


def address(conference, name="settings-tablets", *args):
    return reverse(name, args=[conference.slug, *args])


def link_in(response) -> str:
    return re.search(r'class="pairing-link"><bdi>(.*?)</bdi>', response.content.decode()).group(1)


def test_tablet_is_added_and_its_qr_code_shown(organiser, conference, settings):
    settings.SITE_URL = "https://tickets.example.org"
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    form = {"name": "Tablet 1", "checkpoint": lunch.pk, "role": "desk"}
    response = organiser.post(address(conference, "settings-tablet-new"), form, follow=True)
    tablet = Tablet.objects.get()
    assert response.redirect_chain == [(address(conference, "settings-tablet-pair", tablet.pk), 307)]
    assert (tablet.conference, tablet.name, tablet.checkpoint, tablet.role) == (conference, "Tablet 1", lunch, "desk")
    link = link_in(response)
    assert link.startswith(f"https://tickets.example.org/staff/{conference.slug}/checkin/pair/")
    assert digest(link.rstrip("/").rpartition("/")[2]) == tablet.pairing_digest
    assert '<svg class="qr"' in response.content.decode()
    assert response["Cache-Control"].split(", ")[-1] == "private"

    again = organiser.post(address(conference, "settings-tablet-new"), form | {"name": "TABLET 1"})
    elsewhere = factories.checkpoint(conference=factories.conference())
    wrong = organiser.post(address(conference, "settings-tablet-new"), form | {"name": "B", "checkpoint": elsewhere.pk})
    assert (again.status_code, wrong.status_code, Tablet.objects.count()) == (422, 422, 1)


def test_tablet_is_changed(organiser, conference):
    tablet = factories.tablet(conference=conference)
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    page = address(conference, "settings-tablet", tablet.pk)
    assert organiser.post(page, {"name": "Rear", "checkpoint": lunch.pk, "role": "desk"}).status_code == 302
    tablet.refresh_from_db()
    assert (tablet.name, tablet.checkpoint, tablet.role) == ("Rear", lunch, "desk")
    refused = organiser.post(page, {"name": "", "checkpoint": lunch.pk, "role": "organiser"})
    assert (refused.status_code, Tablet.objects.get().role) == (422, "desk")


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_what_speaks_against_a_tablet_in_the_moment_it_is_saved_is_told(organiser, conference, monkeypatch):
    """When the form was looked at, nothing did: another had taken neither the name, nor the place away."""
    tablet = factories.tablet(conference=conference, name="Front")
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    page, form = address(conference, "settings-tablet", tablet.pk), {"name": "Rear", "role": "door"}

    def refusal(meanwhile, checkpoint):
        def be_quicker(form, save):
            meanwhile()
            return is_saved(form, save)

        monkeypatch.setattr(views_tablets, "is_saved", be_quicker)
        response = organiser.post(page, form | {"checkpoint": checkpoint.pk})
        return response.status_code, list(response.context["form"].errors)

    assert refusal(lunch.delete, lunch) == (422, ["checkpoint"])
    main = Checkpoint.objects.main(conference)
    assert refusal(lambda: factories.tablet(conference=conference, name="Rear"), main) == (422, ["name"])
    tablet.refresh_from_db()
    assert tablet.name == "Front"


def test_page_tells_what_became_of_the_qr_code_it_shows(organiser, conference, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    tablet = factories.tablet(conference=conference)
    page = address(conference, "settings-tablet-pair", tablet.pk)

    def shown():
        response = organiser.post(page)
        poll = re.search(r'hx-get="([^"]+)"', response.content.decode()).group(1)
        return link_in(response).rstrip("/").rpartition("/")[2], poll

    def told(poll):
        response = organiser.get(poll, headers=HTMX)
        return response.status_code, re.findall(r'<div class="note \w+">.*?<p>(.*?)</p>', response.content.decode())

    token, poll = shown()
    assert token not in poll
    assert told(poll) == (204, [])
    time_machine.shift(LINK_LIFETIME)
    assert told(poll) == (200, ["Nobody used the QR code in its 15 minutes. Make a new one."])
    time_machine.shift(60)
    _token, second = shown()
    ended = "That QR code is no longer good: a newer one was made, or the tablet was revoked."
    assert (told(poll), told(second)) == ((200, [ended]), (204, []))
    time_machine.shift(60)
    token, third = shown()
    pair_device(slug=conference.slug, token=token, now=timezone.now())
    clock = f"{timezone.now().astimezone(conference.tz):%H:%M}"
    assert told(third) == (200, [f"Paired at {clock}. The device is ready to scan."])
    assert organiser.get(third).status_code == 302


def test_revoking_asks_only_when_scans_wait(organiser, conference):
    quiet, _ = factories.paired_tablet(conference=conference)
    busy, _ = factories.paired_tablet(conference=conference, waiting=37, last_seen_at=timezone.now())

    def revoke(tablet, **fields):
        return organiser.post(address(conference, "settings-tablet-revoke", tablet.pk), fields)

    assert revoke(quiet).status_code == 302
    asked = revoke(busy)
    assert (asked.status_code, "37 scans to send" in asked.content.decode()) == (422, True)
    assert [tablet.is_paired for tablet in Tablet.objects.order_by("created_at")] == [False, True]
    assert revoke(busy, confirmed="1").status_code == 302
    busy.refresh_from_db()
    assert (busy.revoked_by, busy.is_paired) == (organiser.user, False)


@pytest.mark.both_databases
def test_tablet_without_scans_is_deleted(organiser, conference):
    tablet = factories.tablet(conference=conference)
    organiser.post(address(conference, "settings-tablet-delete", tablet.pk))
    assert not Tablet.objects.exists()


def test_tablets_of_others_are_not_found(organiser, conference):
    theirs = factories.tablet(conference=factories.conference())
    for name in ("settings-tablet", "settings-tablet-pair", "settings-tablet-revoke", "settings-tablet-delete"):
        assert organiser.post(address(conference, name, theirs.pk)).status_code == 404
    assert Tablet.objects.values("name", "pairing_digest").get() == {"name": theirs.name, "pairing_digest": ""}


def test_list_says_in_words_how_each_tablet_is_doing(conference):
    now = dt.datetime(2027, 6, 9, 8, tzinfo=dt.UTC)
    minute = dt.timedelta(minutes=1)

    def add(name, **fields):
        factories.paired_tablet(conference=conference, name=name, **fields)

    factories.tablet(conference=conference, name="1 new")
    factories.tablet(conference=conference, name="2 shown", pairing_digest="x", pairing_expires_at=now + minute)
    add("3 fresh")
    add("4 online", last_seen_at=now - minute, last_person="Kim", clock_offset=2.4, list_from=now, battery=64)
    add("5 away", last_seen_at=now - 90 * minute, clock_offset=90.0, list_from=now - 90 * minute, battery=7)
    add("6 waiting", last_seen_at=now - minute, waiting=37, clock_offset=-3 * 3600.0)
    add("7 yesterday", last_seen_at=now - 24 * 60 * minute, waiting=0)
    add("8 revoked", revoked_at=now - 30 * minute, waiting=1)
    rows = tablet_rows(conference, now=now)
    assert [row.state.words for row in rows] == [
        "Not paired", "Waiting for the device", "Paired", "Online", "Seen 08:30", "37 scans to send",
        "Seen Tue 8 Jun, 10:00", "Revoked 09:30",
    ]  # fmt: skip
    told = [(row.seen, row.person, row.clock.words, row.list_age, row.battery.words) for row in rows]
    assert told[2:7] == [
        ("", "", "", "", ""),
        ("now", "Kim", "right", "fresh", "64 %"),
        ("08:30", "", "90 s slow", "90 min old", "7 %"),
        ("now", "", "3 h fast", "", ""),
        ("Tue 8 Jun, 10:00", "", "", "", ""),
    ]
    assert [row.waiting for row in rows if row.waiting] == ["37 scans to send", "1 scan to send"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_few_queries_and_is_sent_anew_only_when_it_changed(
    organiser, conference, count, django_assert_num_queries
):
    now = timezone.now()
    scan = {"code": "X", "verdict": "unknown", "scanned_at": now, "effective_at": now}
    for _ in range(count):
        tablet, _secret = factories.paired_tablet(conference=conference)
        factories.checkpoint(conference=conference).scans.create(tablet=tablet, **scan)
    # Session, user, conference with role, tablets with their scans.
    with django_assert_num_queries(3):
        response = organiser.get(address(conference), headers=HTMX)
    assert "<html" not in response.content.decode()
    poll = re.search(r'hx-get="([^"]+)"', response.content.decode()).group(1)
    assert organiser.get(poll, headers=HTMX).status_code == 204
    Tablet.objects.filter(pk=tablet.pk).update(battery=5)
    assert "5 %" in organiser.get(poll, headers=HTMX).content.decode()
