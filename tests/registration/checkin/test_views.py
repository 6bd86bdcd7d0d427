"""The tablet page and its fragments: access, one happy path, the refusals of the request itself."""

import re
import uuid

import pytest
from django.urls import reverse

from conferences.models import Role
from registration.attendee.models import RetiredCode
from registration.checkin.models import Checkpoint, Method, Scan
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(client_as):
    return client_as(Role.DOOR)


@pytest.fixture
def main(conference):
    return Checkpoint.objects.main(conference)


def send(client, conference, htmx=True, **fields):
    given = {"scan_id": str(uuid.uuid4()), "checkpoint": Checkpoint.objects.main(conference).pk} | fields
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse("checkin-scan", args=[conference.slug]), given, headers=headers)


def root(response):
    """The attributes of the panel that decide what staff see."""
    text = response.content.decode()
    tag = re.search(r'<section id="result"[^>]*>', text).group()
    return dict(re.findall(r'data-([\w-]+)="([^"]*)"', tag))


def test_scan_answers_a_fragment_with_verdict_and_id(door, conference):
    seat = factories.attendee(conference=conference)
    scan_id = str(uuid.uuid4())
    response = send(door, conference, code=seat.access_code, scan_id=scan_id, method="wedge")
    assert response.status_code == 200
    assert root(response) == {"verdict": "admitted", "scan-id": scan_id}
    assert "<html" not in response.content.decode()
    stored = Scan.objects.get()
    assert (str(stored.pk), stored.attendee, stored.scanned_by, stored.method) == (
        scan_id,
        seat,
        door.user,
        Method.WEDGE,
    )


def test_scan_without_javascript_answers_the_whole_page(door, conference):
    seat = factories.attendee(conference=conference)
    response = send(door, conference, htmx=False, code=seat.access_code)
    text = response.content.decode()
    assert (response.status_code, root(response)["verdict"]) == (200, "admitted")
    assert "<html" in text
    assert f"scan-{Scan.objects.get().pk}" in text


@pytest.mark.parametrize(
    "fields",
    [
        {"scan_id": ""},
        {"scan_id": "1234"},
        {"checkpoint": ""},
        {"checkpoint": "abc"},
        {"checkpoint": "9" * 400},
        {"checkpoint": "-1"},
        {"code": ""},
        {"code": "   "},
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_malformed_scan_is_refused_and_writes_nothing(door, conference, fields, htmx):
    seat = factories.attendee(conference=conference)
    response = send(door, conference, htmx=htmx, **{"code": seat.access_code} | fields)
    assert (response.status_code, root(response)["verdict"]) == (422, "rejected")
    assert Scan.objects.count() == 0


def test_checkpoint_of_another_conference_is_refused(door, conference):
    other = factories.checkpoint(conference=factories.conference())
    seat = factories.attendee(conference=conference)
    response = send(door, conference, code=seat.access_code, checkpoint=other.pk)
    assert (response.status_code, Scan.objects.count()) == (422, 0)


def test_scan_id_with_another_code_is_refused(door, conference):
    first, second = (factories.attendee(conference=conference) for _ in range(2))
    scan_id = str(uuid.uuid4())
    send(door, conference, code=first.access_code, scan_id=scan_id)
    response = send(door, conference, code=second.access_code, scan_id=scan_id)
    assert (response.status_code, root(response)) == (422, {"verdict": "rejected", "scan-id": scan_id})
    assert second.name not in response.content.decode()
    assert first.name not in response.content.decode()
    assert Scan.objects.count() == 1


def test_replaced_code_never_shows_the_new_holder(door, conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="New Holder"))
    RetiredCode.objects.create(code="01DC0DE0", attendee=seat, reason="transfer")
    old, new = send(door, conference, code="oidc-ode0"), send(door, conference, code=seat.access_code)
    assert [root(old)["verdict"], root(new)["verdict"]] == ["replaced", "admitted"]
    assert ["New Holder" in answer.content.decode() for answer in (old, new)] == [False, True]


@pytest.mark.parametrize("state", ["cancelled", "refunded"])
def test_ended_ticket_is_refused_by_its_state(door, conference, state):
    seat = factories.attendee(conference=conference, state=state)
    assert root(send(door, conference, code=seat.access_code))["verdict"] == state


def test_code_of_another_conference_reads_as_any_unknown_one(door, conference):
    other = factories.attendee(conference=factories.conference(), user=factories.user(name="Somebody Elsewhere"))
    known, unknown = (
        re.sub(r"[0-9a-f-]{36}|scan-\S+|<time.*?</time>", "", send(door, conference, code=code).content.decode())
        for code in (other.access_code, "XX4Q0000")
    )
    groups = [f"<span>{code[:4]}</span><span>{code[4:]}</span>" for code in (other.access_code, "XX4Q0000")]
    assert known.replace(groups[0], groups[1]).replace(other.access_code, "XX4Q0000") == unknown
