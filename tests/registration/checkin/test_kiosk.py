"""Self check-in: what it shows, what the server keeps from it, and the PIN that ends it."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.attendee.models import RetiredCode
from registration.checkin.kiosk import TRIES, TRIES_WITHIN, leave_kiosk, start_kiosk
from registration.checkin.models import Checkpoint, Scan, Tablet
from registration.errors import RegistrationError
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 9, 8, tzinfo=dt.UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def kiosk(conference) -> Client:
    client = Client()
    client.tablet, client.cookies["tablet"] = factories.paired_tablet(conference=conference, name="Stand")
    start_kiosk(tablet=client.tablet, pin="2468")
    return client


def url(conference, name="checkin"):
    return reverse(name, args=[conference.slug])


def scan(client, conference, code, htmx=True, **fields):
    given = {"code": code, "scan_id": uuid.uuid4(), "checkpoint": Checkpoint.objects.main(conference).pk}
    return client.post(url(conference, "checkin-scan"), given | fields, headers=HTMX if htmx else {})


def shown(response) -> tuple[str, str]:
    """Verdict and text of the panel."""
    panel = re.search(r'<section id="result".*?</section>', response.content.decode(), re.DOTALL).group()
    text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", panel, flags=re.DOTALL)
    return re.search(r'data-verdict="(\w+)"', panel).group(1), " ".join(text.split())


# --- What its browser keeps --------------------------------------------------------------------------------------------
def test_shell_of_a_stand_has_no_place_and_no_token_and_its_worker_keeps_it(kiosk, conference):
    Checkpoint.objects.main(conference)
    response = kiosk.get(url(conference, "checkin-kiosk-shell"))
    html = response.content.decode()
    assert (response["X-Lanyard-Shell"], "camera=(self)" in response["Permissions-Policy"]) == ("1", True)
    assert "data-shell" in html and "Please see the desk" in html
    found = [word for word in ("csrfmiddlewaretoken", "Main entrance", "Stand", "data-setup") if word in html]
    assert found == []

    script = kiosk.get(url(conference, "checkin-worker")).content.decode()
    kept = json.loads(re.search(r"precache = (.*);", script).group(1))
    assert (kept["name"], kept["shell"]) == (f"{conference.slug} kiosk", url(conference, "checkin-kiosk-shell"))
    assert {"/static/js/checkin/kiosk.js", "/static/vendor/zxing-wasm/zxing_reader.wasm"} < set(kept["files"])


# --- What it shows ----------------------------------------------------------------------------------------------------
def test_welcome_shows_the_first_name_and_what_to_do_next(kiosk, conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="Zoë Šimůnková-Wolf"))
    assert shown(scan(kiosk, conference, seat.access_code)) == ("admitted", "Welcome Zoë You are checked in. Go in.")
    stored = Scan.objects.get()
    assert (stored.tablet, stored.scanned_by_name, stored.verdict) == (kiosk.tablet, "Self check-in", "admitted")
    again = shown(scan(kiosk, conference, seat.access_code))
    assert again == (
        "already_admitted", "Already in This ticket is checked in already. If that was not you, see the desk.",
    )  # fmt: skip


@pytest.mark.parametrize("fields", [{"staff_note": "owes us money"}, {"needs_attention": True}])
def test_note_for_staff_sends_to_the_desk_and_is_not_told(kiosk, conference, fields):
    seat = factories.attendee(conference=conference, user=factories.user(name="Bo Li"), **fields)
    told = shown(scan(kiosk, conference, seat.access_code))
    assert told == ("admitted", "Welcome Bo Please stop at the desk before you go in.")


def test_every_refusal_looks_the_same_and_names_nobody(kiosk, conference):
    sold = factories.ticket_type(conference=conference)
    main = Checkpoint.objects.main(conference)
    seats = [
        factories.attendee(conference=conference, state="cancelled", ticket_type=sold),
        factories.attendee(conference=conference, state="refunded", ticket_type=sold),
        factories.attendee(conference=conference, blocked_reason="Police", ticket_type=sold),
        factories.attendee(conference=conference, completed_registration=False, ticket_type=sold),
        factories.attendee(conference=conference),
        factories.order(conference=conference, total="50.00", status="pending").attendees.get(),
    ]
    main.ticket_types.add(sold)
    RetiredCode.objects.create(code="01DC0DE0", attendee=factories.attendee(conference=conference), reason="transfer")
    answers = [scan(kiosk, conference, code) for code in [*(seat.access_code for seat in seats), "01DC0DE0"]]
    assert set(map(shown, answers)) == {
        ("see_desk", "Please see the desk They will help you with this ticket."),
    }
    assert len({re.sub(r"[0-9a-f-]{36}", "", answer.content.decode()) for answer in answers}) == 1
    assert set(Scan.objects.values_list("verdict", flat=True)) == {
        "cancelled", "refunded", "blocked", "incomplete", "wrong_ticket", "unpaid", "replaced",
    }  # fmt: skip


def test_code_that_nobody_has_and_closed_doors_are_explained(kiosk, conference):
    assert shown(scan(kiosk, conference, "XX4Q0000")) == (
        "see_desk",
        "Not known This is no ticket we know. Hold up the QR code of your ticket, or see the desk.",
    )
    seat = factories.attendee(conference=conference)
    opens = timezone.now() + dt.timedelta(minutes=1)
    Checkpoint.objects.update(opens_at=opens)
    clock = f"{opens.astimezone(conference.tz):%H:%M}"
    assert shown(scan(kiosk, conference, seat.access_code))[1].endswith(f"{clock}.")


def test_page_has_no_search_no_list_and_no_way_on(kiosk, conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="Zoë Šimůnková"))
    scan(kiosk, conference, seat.access_code)
    for response in (kiosk.get(url(conference)), kiosk.get(url(conference), {"q": "zoë"})):
        text = response.content.decode()
        assert response.status_code == 200
        assert not [
            word for word in ("Zoë", "checkin-search", "/search/", "/undo/", "/count/", "last-scans") if word in text
        ]
        assert set(re.findall(r'<a [^>]*href="([^"]+)"', text)) == {url(conference, "checkin-kiosk")}
        assert "camera=(self)" in response["Permissions-Policy"]


def test_it_works_without_javascript(kiosk, conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="Bo Li"))
    response = scan(kiosk, conference, seat.access_code, htmx=False)
    assert ("<html" in response.content.decode(), shown(response)[0]) == (True, "admitted")
    empty = scan(kiosk, conference, "", htmx=False)
    assert (empty.status_code, shown(empty)[0]) == (422, "rejected")


# --- What the server keeps from it ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("method", "name"),
    [("get", "search"), ("get", "count"), ("post", "undo"), ("post", "who")],
)
def test_staffs_addresses_are_closed(kiosk, conference, method, name):
    """And send a page of the staff that is still open to the page of self check-in."""
    path = f"{url(conference)}{name}/"
    assert getattr(kiosk, method)(path, {"q": "Person"}).status_code == 403
    answer = getattr(kiosk, method)(path, {"q": "Person"}, headers=HTMX)
    assert (answer.headers["HX-Redirect"], answer.content) == (url(conference), b"")


@pytest.mark.parametrize(("method", "name"), [("get", "roster"), ("post", "sync"), ("get", "token")])
def test_list_of_people_is_closed(kiosk, conference, method, name):
    path = f"{url(conference)}{name}/?checkpoint={Checkpoint.objects.main(conference).pk}"
    answer = getattr(kiosk, method)(path)
    assert (answer.status_code, answer.json()) == (403, {"error": "forbidden"})


def test_undo_is_closed_though_the_scan_is_its_own(kiosk, conference):
    seat = factories.attendee(conference=conference)
    scan(kiosk, conference, seat.access_code)
    fields = {"scan_id": Scan.objects.get().pk, "reason": "x"}
    assert kiosk.post(url(conference, "checkin-undo"), fields).status_code == 403
    assert Scan.objects.get().undone_at is None


def test_checkpoint_is_where_the_organisers_put_it(kiosk, conference):
    lunch, room = (factories.checkpoint(conference=conference, name=name) for name in ("Lunch", "Room"))
    Tablet.objects.update(checkpoint=lunch)
    seat = factories.attendee(conference=conference)
    kiosk.get(url(conference), {"checkpoint": room.pk})
    scan(kiosk, conference, seat.access_code, checkpoint=room.pk)
    assert Scan.objects.get().checkpoint == lunch


def test_staff_who_sign_in_on_it_have_their_own_page(kiosk, conference):
    kiosk.force_login(factories.staff(conference=conference, role=Role.DESK).user)
    assert "last-scans" in kiosk.get(url(conference)).content.decode()


# --- In and out -------------------------------------------------------------------------------------------------------
def test_pin_ends_it_and_the_menu_starts_it_again(kiosk, conference):
    path = url(conference, "checkin-kiosk")
    wrong = kiosk.post(path, {"pin": "1234"})
    assert (wrong.status_code, "That is not the PIN." in wrong.content.decode()) == (422, True)
    assert Tablet.objects.get().is_kiosk
    assert kiosk.post(path, {"pin": "2468"})["Location"] == url(conference)
    page = kiosk.get(url(conference)).content.decode()
    assert ("last-scans" in page, path in page) == (True, True)
    assert kiosk.get(path).status_code == 200
    kiosk.post(path)
    assert Tablet.objects.get().is_kiosk


def test_organisers_turn_it_on_and_off(client_as, conference):
    tablet = factories.tablet(conference=conference)
    path = reverse("settings-tablet-kiosk", args=[conference.slug, tablet.pk])
    organiser = client_as(Role.ORGANISER)

    def send(**fields):
        text = organiser.post(path, fields, follow=True).content.decode()
        return Tablet.objects.get().is_kiosk, re.findall(r'<div class="note \w+"[^>]*>.*?<p>(.*?)</p>', text)

    assert send(pin="12")[0] is False
    assert send(pin="")[0] is False
    assert send(pin="2468")[0] is True
    stored = Tablet.objects.get().kiosk_pin
    assert "2468" not in stored
    edit = reverse("settings-tablet", args=[conference.slug, tablet.pk])
    fields = {"name": "Stand", "checkpoint": Checkpoint.objects.main(conference).pk}
    assert organiser.post(edit, fields | {"role": "desk"}).status_code == 422
    assert organiser.post(edit, fields | {"role": "door"}).status_code == 302
    assert send(off="1")[0] is False
    assert send()[0] is True
    assert Tablet.objects.get().kiosk_pin == stored


# --- Rules ------------------------------------------------------------------------------------------------------------
def refusal(rule, **fields) -> str:
    with pytest.raises(RegistrationError) as refused:
        rule(**fields)
    return refused.value.code


@pytest.mark.both_databases
def test_guesses_are_limited_and_the_right_pin_too_then(conference):
    tablet = factories.tablet(conference=conference)
    start_kiosk(tablet=tablet, pin="2468")
    later = NOW + dt.timedelta(minutes=14)
    codes = [refusal(leave_kiosk, tablet=tablet, pin="0000", now=NOW) for _ in range(TRIES)]
    codes += [refusal(leave_kiosk, tablet=tablet, pin=pin, now=later) for pin in ("0000", "2468")]
    assert codes == ["pin_wrong"] * TRIES + ["too_many_tries"] * 2
    leave_kiosk(tablet=tablet, pin="2468", now=NOW + TRIES_WITHIN)
    assert not Tablet.objects.get().is_kiosk


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "١٢٣٤", " 1234"])
def test_pin_is_of_digits_that_a_keypad_has(conference, pin):
    assert refusal(start_kiosk, tablet=factories.tablet(conference=conference), pin=pin) == "pin_invalid"


@pytest.mark.both_databases
def test_self_checkin_is_for_doors_with_a_pin_that_have_nothing_to_send(conference):
    desk, waiting, new = (
        factories.tablet(conference=conference, **fields) for fields in ({"role": "desk"}, {"waiting": 3}, {})
    )
    refused = [refusal(start_kiosk, tablet=tablet, pin="2468") for tablet in (desk, waiting)]
    refused.append(refusal(start_kiosk, tablet=new))
    assert refused == ["not_door", "scans_waiting", "pin_missing"]
    for fields in ({"role": "desk", "kiosk_pin": "x"}, {"kiosk_pin": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Tablet.objects.filter(pk=new.pk).update(is_kiosk=True, **fields)


# --- What it tells of itself ------------------------------------------------------------------------------------------
def test_what_the_tablet_told_before_is_not_said_of_the_stand(conference):
    now = timezone.now()
    tablet, _secret = factories.paired_tablet(conference=conference, list_from=now, clock_offset=600.0, battery=9)
    start_kiosk(tablet=tablet, pin="2468")
    tablet.refresh_from_db()
    assert (tablet.list_from, tablet.clock_offset, tablet.battery) == (None, None, None)


def test_stand_tells_its_battery_and_clock(kiosk, conference):
    told = {"now": (timezone.now() - dt.timedelta(hours=1)).isoformat(), "battery": "64"}
    assert kiosk.post(url(conference, "checkin-alive"), told).status_code == 204
    kiosk.tablet.refresh_from_db()
    assert (kiosk.tablet.battery, round(kiosk.tablet.clock_offset / 60)) == (64, 60)
    assert kiosk.post(url(conference, "checkin-alive"), told | {"battery": ""}).status_code == 204
    kiosk.tablet.refresh_from_db()
    assert kiosk.tablet.battery is None
    assert kiosk.post(url(conference, "checkin-alive"), told | {"battery": "101"}).status_code == 400
