from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.badge.models import BadgePrint
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint, Tablet
from registration.checkin.tablets import COOKIE
from tests import factories

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture
def seat(conference):
    return factories.attendee(conference=conference, user=factories.user(name="Ada Lovelace"))


@pytest.fixture
def door(client_as):
    return client_as(Role.DOOR)


@pytest.fixture
def desk(client_as):
    return client_as(Role.DESK)


@pytest.fixture
def tablet(conference):
    """A client that is a paired tablet and nobody."""
    _tablet, secret = factories.paired_tablet(conference=conference, name="Left door")
    client = Client()
    client.cookies[COOKIE] = secret
    return client


def address(name, conference, *args):
    return reverse(name, args=[conference.slug, *args])


def admitted(seat):
    scan_id = uuid.uuid4()
    place = Checkpoint.objects.main(seat.conference)
    check_in(checkpoint=place, code=seat.access_code, scan_id=scan_id, by=None, now=timezone.now())
    return scan_id


def post(client, conference, headers=JSON, **fields):
    return client.post(address("badge-print", conference), {"format": "62x100"} | fields, headers=headers)


def test_tablet_prints_the_badge_of_whom_it_admitted(conference, seat, tablet):
    scan_id = admitted(seat)
    answer = post(tablet, conference, scan=scan_id, automatic="1", by="Zoë")
    image = address("badge-image", conference, scan_id)
    assert answer.json() == {
        "due": True, "format": "62x100", "image": image, "message": "The badge is on its way to the printer.",
    }  # fmt: skip
    printed = BadgePrint.objects.get()
    assert (printed.attendee, printed.tablet.name, printed.printed_by_name) == (seat, "Left door", "Zoë")
    svg = tablet.get(image)
    assert svg["Content-Type"] == "image/svg+xml"
    assert b"".join(svg.streaming_content).startswith(b'<svg viewBox="0 0 175.748')


def test_scan_sent_twice_is_one_print(conference, seat, tablet):
    scan_id = admitted(seat)
    answers = [post(tablet, conference, scan=scan_id, automatic="1").json() for _try in range(2)]
    assert answers[0] == answers[1]
    assert BadgePrint.objects.count() == 1


def test_who_has_a_badge_gets_none_by_itself_but_by_hand(conference, seat, door):
    factories.badge_print(attendee=seat, format="a4")
    scan_id = admitted(seat)
    answer = post(door, conference, scan=scan_id, automatic="1").json()
    assert (answer["due"], answer["image"]) == (False, None)
    assert answer["message"].startswith("The badge was printed before, ")
    again = post(door, conference, scan=scan_id, request_id=uuid.uuid4(), reason="Lost").json()
    assert again["due"]
    assert list(BadgePrint.objects.values_list("reason", flat=True)) == ["Lost", ""]


def test_person_is_for_the_desk_to_print(conference, seat, door, desk):
    fields = {"attendee": seat.pk, "request_id": uuid.uuid4()}
    assert post(door, conference, **fields).status_code == 403
    page = post(desk, conference, headers={}, **fields)
    assert page["Location"] == address("badge-label", conference, fields["request_id"])
    html = desk.get(page["Location"]).content.decode()
    assert f'src="{address("badge-image", conference, fields["request_id"])}"' in html
    assert "css/labels/62x100.css" in html


def test_refusal_comes_back_to_the_person(conference, desk):
    blocked = factories.attendee(conference=conference, blocked_reason="Talk to us")
    answer = post(desk, conference, headers={}, attendee=blocked.pk, request_id=uuid.uuid4())
    assert answer["Location"] == address("attendee", conference, blocked.pk)
    assert "This ticket is blocked." in desk.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"format": "a4"}, "format_invalid"),
        ({"scan": "x", "automatic": "1"}, "request_invalid"),
        ({"scan": "00000000-0000-0000-0000-000000000000", "automatic": "1"}, "unknown_scan"),
        ({"scan": ""}, "request_invalid"),
    ],
)
def test_nonsense_is_refused_and_records_nothing(conference, tablet, fields, code):
    answer = post(tablet, conference, **fields)
    assert (answer.status_code, answer.json()["error"], BadgePrint.objects.count()) == (422, code, 0)


@pytest.mark.parametrize("pk", ["abc", "9" * 30, "-1", "²"])
def test_person_who_is_none_is_not_found(conference, desk, pk):
    assert post(desk, conference, attendee=pk, request_id=uuid.uuid4()).status_code == 404


def test_others_people_labels_and_sheets_are_not_found(conference, desk, seat):
    elsewhere = factories.badge_print(attendee=factories.attendee(conference=factories.conference()))
    assert post(desk, conference, attendee=elsewhere.attendee_id, request_id=uuid.uuid4()).status_code == 404
    sheet = factories.badge_print(attendee=seat, format="a4")
    for printed in (elsewhere, sheet):
        for name in ("badge-label", "badge-image"):
            assert desk.get(address(name, conference, printed.request_id)).status_code == 404


def test_revoked_tablet_prints_nothing(conference, seat, tablet):
    scan_id = admitted(seat)
    Tablet.objects.update(revoked_at=timezone.now())
    assert post(tablet, conference, scan=scan_id, automatic="1").status_code == 403
    assert BadgePrint.objects.count() == 0


def test_tablet_of_another_conference_is_told_nothing(seat, tablet):
    elsewhere = factories.conference()
    assert post(tablet, elsewhere, scan=uuid.uuid4(), automatic="1").status_code == 404


def test_sample_is_nobodys(conference, tablet):
    image = tablet.get(address("badge-sample", conference, "cr80"))
    assert b"".join(image.streaming_content).startswith(b'<svg viewBox="0 0 242.645')
    assert tablet.get(address("badge-sample", conference, "a4")).status_code == 404
    assert BadgePrint.objects.count() == 0


def test_self_check_in_prints_by_itself_and_never_by_hand(conference, seat, tablet):
    Tablet.objects.update(is_kiosk=True, kiosk_pin="x")
    scan_id = admitted(seat)
    assert post(tablet, conference, scan=scan_id, automatic="1").json()["due"]
    by_hand = post(tablet, conference, scan=scan_id, request_id=uuid.uuid4())
    assert (by_hand.status_code, BadgePrint.objects.count()) == (403, 1)
