"""What a device sees: who is at it, scanning as a tablet, being revoked, and staff who sign in on it."""

from __future__ import annotations

import re
import time
import uuid

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from config.middleware import STAFF_SESSION_SECONDS
from registration.checkin.access import staff_or_tablet_json
from registration.checkin.models import Checkpoint, RetiredSecret, Scan, Tablet
from registration.checkin.tablets import digest
from tests import factories

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def device(conference):
    """`device(Role.DESK)`: the browser of a paired tablet, with nobody signed in."""

    def make(role=Role.DOOR, **fields) -> Client:
        client = Client()
        client.tablet, client.cookies["tablet"] = factories.paired_tablet(conference=conference, role=role, **fields)
        return client

    return make


def url(conference, name="checkin"):
    return reverse(name, args=[conference.slug])


def scan(client, conference, code, **fields):
    if "checkpoint" not in fields:
        fields["checkpoint"] = Checkpoint.objects.main(conference).pk
    given = {"code": code, "scan_id": uuid.uuid4()} | fields
    return client.post(url(conference, "checkin-scan"), given, headers=HTMX)


def heading(response) -> str:
    return re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode()).group(1)


# --- Who is at it -----------------------------------------------------------------------------------------------------
def test_name_is_sent_with_each_scan(device, conference):
    door, seat = device(), factories.attendee(conference=conference)
    scan(door, conference, seat.access_code, by="  Kim \n O’Neill\x00 ")
    stored = Scan.objects.get()
    assert (stored.tablet, stored.scanned_by, stored.scanned_by_name) == (door.tablet, None, "Kim O’Neill")
    door.tablet.refresh_from_db()
    assert door.tablet.last_person == "Kim O’Neill"


def test_name_of_somebody_signed_in_is_their_own(client_as, conference):
    desk = client_as(Role.DESK)
    scan(desk, conference, "XX4Q0000", by="Somebody Else")
    assert Scan.objects.get().scanned_by_name == desk.user.name


@pytest.mark.parametrize("by", ["x" * 5000, "Zoë 佐藤", "", "   "])
def test_name_of_any_kind_is_taken(device, conference, by):
    assert scan(device(), conference, "XX4Q0000", by=by).status_code == 200
    assert Scan.objects.get().scanned_by_name == by[:100].strip()


def test_name_is_asked_and_kept_without_javascript(device, conference, time_machine):
    door = device()
    assert heading(door.get(url(conference, "checkin-who"))) == "Who is at this tablet?"
    response = door.post(url(conference, "checkin-who"), {"by": 'Zoë; 佐藤, "Kim"'})
    assert response["Location"] == url(conference)
    assert door.cookies["who"]["path"] == url(conference)
    assert "Zoë; 佐藤, &quot;Kim&quot;" in door.get(url(conference)).content.decode()
    scan(door, conference, "XX4Q0000")
    scan(door, conference, "XX4Q0000", by="Jo")
    assert set(Scan.objects.values_list("scanned_by_name", flat=True)) == {'Zoë; 佐藤, "Kim"', "Jo"}

    time_machine.move_to(timezone.now() + timezone.timedelta(days=1))
    text = door.get(url(conference)).content.decode()
    assert ("Zoë" in text, "Who is at it?" in text) == (False, True)


# --- Scanning as a tablet ---------------------------------------------------------------------------------------------
def test_first_admission_names_the_tablet_and_who_was_at_it(device, client_as, conference):
    door, seat = device(name="Tablet 2"), factories.attendee(conference=conference)
    scan(door, conference, seat.access_code, by="Jonas")
    for client in (device(), client_as(Role.DESK)):
        text = scan(client, conference, seat.access_code).content.decode()
        assert 'data-verdict="already_admitted"' in text
        assert "Main entrance, <bdi>Tablet 2</bdi><br>by <bdi>Jonas</bdi>" in text


def test_last_scans_are_those_of_the_tablet_with_who_made_them(device, conference):
    door = device()
    scan(door, conference, "XX4Q0001", by="Kim")
    scan(device(), conference, "XX4Q0002", by="Jo")
    rows = re.findall(r'<li id="scan-.*?</li>', door.get(url(conference)).content.decode())
    assert [re.findall(r"<bdi>(.*?)</bdi>", row) for row in rows] == [["XX4Q0001", "Kim"]]


@pytest.mark.parametrize(("role", "same", "other"), [(Role.DOOR, 200, 422), (Role.DESK, 200, 200)])
def test_undo_from_a_tablet_goes_by_its_role(device, conference, role, same, other):
    taking_back = device(role, name="Tablet 2")
    for maker, status in ((taking_back, same), (device(), other)):
        seat = factories.attendee(conference=conference)
        scan(maker, conference, seat.access_code)
        made = Scan.objects.get(attendee=seat)
        fields = {"scan_id": made.pk, "reason": "Wrong person", "by": "Kim"}
        response = taking_back.post(url(conference, "checkin-undo"), fields, headers=HTMX)
        made.refresh_from_db()
        assert (response.status_code, bool(made.undone_at)) == (status, status == 200)
        assert made.undone_by_name == ("Kim, Tablet 2" if status == 200 else "")


@pytest.mark.parametrize(("role", "found"), [(Role.DOOR, False), (Role.DESK, True)])
def test_search_of_a_tablet_goes_by_its_role(device, conference, role, found):
    seat = factories.attendee(conference=conference, user=factories.user(name="Bo Li", email="dragon@example.org"))
    answer = device(role).get(url(conference, "checkin-search"), {"q": "dragon"}, headers=HTMX)
    assert (seat.access_code in answer.content.decode()) is found


def test_panels_of_a_desk_tablet_link_to_no_page_outside_checkin(device, client_as, conference):
    Checkpoint.objects.main(conference)
    Checkpoint.objects.update(unpaid="ask")
    unpaid = factories.order(conference=conference, total="50.00", status="pending").attendees.get()
    cancelled = factories.attendee(conference=conference, state="cancelled")

    def links(client, seat):
        return len(re.findall(r"<a\b", scan(client, conference, seat.access_code).content.decode()))

    assert [links(client_as(Role.DESK), seat) for seat in (unpaid, cancelled)] == [1, 1]
    assert [links(device(Role.DESK), seat) for seat in (unpaid, cancelled)] == [0, 0]


def test_tablet_stands_where_the_organisers_put_it_until_somebody_chooses(device, conference):
    main = Checkpoint.objects.main(conference)
    lunch, room = (factories.checkpoint(conference=conference, name=name) for name in ("Lunch", "Room"))
    door = device(checkpoint=lunch)

    def place(query=""):
        return door.get(url(conference) + query).context["checkpoint"]

    assert [place(), place(f"?checkpoint={main.pk}"), place()] == [lunch, main, main]
    Tablet.objects.update(checkpoint=room)
    assert place() == room
    room.delete()
    assert place() == main


def test_scan_by_a_tablet_costs_few_queries(device, conference, django_assert_num_queries):
    door, seat = device(), factories.attendee(conference=conference)
    scan(door, conference, "XX4Q0000", by="Kim")
    checkpoint = Checkpoint.objects.main(conference)
    # Tablet, conference, checkpoint; begin, seat, scan, attendee, commit; things to hand out.
    with django_assert_num_queries(9):
        scan(door, conference, seat.access_code, checkpoint=checkpoint.pk, by="Kim")


# --- Its one conference, and its end ----------------------------------------------------------------------------------
def test_tablet_is_of_one_conference(device, client):
    elsewhere = factories.conference()
    theirs, nothing = (device().get(path) for path in (url(elsewhere), "/staff/no-such-conference/checkin/"))
    assert (theirs.status_code, theirs.content) == (404, nothing.content)


@pytest.mark.parametrize("how", ["revoked", "another device"])
def test_revoked_tablet_is_told_what_to_do(device, conference, how):
    door = device(name="Tablet 2")
    if how == "revoked":
        Tablet.objects.update(revoked_at=timezone.now())
    else:
        held = door.tablet.secret_digest
        RetiredSecret.objects.create(tablet=door.tablet, digest=held, retired_at=timezone.now())
        Tablet.objects.update(secret_digest=digest("another"))
    page = door.get(url(conference))
    assert (page.status_code, heading(page)) == (403, "No longer paired")
    assert "ask an organiser for a new QR code, or sign in with your own account" in page.content.decode()
    assert scan(door, conference, "XX4Q0000").status_code == 403
    assert Scan.objects.count() == 0

    request = RequestFactory().get("/")
    request.user, request.COOKIES["tablet"] = page.wsgi_request.user, door.cookies["tablet"].value
    answer = staff_or_tablet_json(Role.DOOR)(lambda request, access: None)(request, conference.slug)
    assert (answer.status_code, answer.content) == (403, b'{"error": "revoked"}')


# --- Staff who sign in on a tablet ------------------------------------------------------------------------------------
def test_staff_sign_in_on_a_tablet_and_out_and_it_is_itself_again(device, conference):
    """The tablet's own cookie outlives the sign-out, which on any other browser clears all of them."""
    browser = device(Role.DOOR)
    browser.cookies["paired"] = "1"
    desk = factories.staff(conference=conference, role=Role.DESK).user
    browser.force_login(desk)
    page = browser.get(url(conference)).content.decode()
    assert f"Signed in as <bdi>{desk}</bdi>" in page
    assert f'name="next" value="{url(conference)}"' in page
    assert scan(browser, conference, "XX4Q0001").status_code == 200

    response = browser.post(reverse("account_logout"), {"next": url(conference)})
    assert (response.status_code, response["Location"]) == (302, url(conference))
    assert response["Clear-Site-Data"] == '"cache"'
    assert {name for name, cookie in response.cookies.items() if cookie["max-age"] == 0} == {
        "sessionid", "csrftoken", "messages",
    }  # fmt: skip
    page = browser.get(url(conference)).content.decode()
    assert ("Signed in as" in page, str(desk) in page, browser.tablet.name in page) == (False, False, True)
    scan(browser, conference, "XX4Q0002")
    assert list(Scan.objects.order_by("code").values_list("scanned_by", "tablet")) == [
        (desk.pk, None),
        (None, browser.tablet.pk),
    ]


def test_session_of_yesterday_ends_and_the_tablet_is_itself(device, conference):
    browser = device(Role.DOOR)
    desk = factories.staff(conference=conference, role=Role.DESK).user
    browser.force_login(desk)
    session = browser.session
    yesterday = time.time() - STAFF_SESSION_SECONDS - 1
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": yesterday}]
    session.save()
    page = browser.get(url(conference)).content.decode()
    assert (str(desk) in page, browser.tablet.name in page) == (False, True)


def test_other_browsers_drop_every_cookie_at_sign_out(client_as, conference):
    desk = client_as(Role.DESK)
    assert 'name="next"' not in desk.get(url(conference)).content.decode()
    assert desk.post(reverse("account_logout"))["Clear-Site-Data"] == '"cache", "cookies"'
