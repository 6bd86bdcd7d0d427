"""The tablet page and its fragments: access, one happy path, the refusals of the request itself."""

import re
import uuid
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.attendee.models import RetiredCode
from registration.checkin.models import Checkpoint, Method, Scan
from registration.order.payment import record_payment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(client_as):
    return client_as(Role.DOOR)


@pytest.fixture
def main(conference):
    return Checkpoint.objects.main(conference)


def send(client, conference, htmx=True, **fields):
    given = {"scan_id": str(uuid.uuid4())} | fields
    if "checkpoint" not in given:
        given["checkpoint"] = Checkpoint.objects.main(conference).pk
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
    assert root(response) == {"verdict": "admitted", "scan-id": scan_id, "let-in": seat.access_code}
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


@pytest.mark.parametrize(
    ("make", "queries"),
    [
        # Session with its user, conference with role, checkpoint; begin, seat, scan, attendee, commit; things to hand out.
        (lambda conference: factories.attendee(conference=conference).access_code, 9),
        (lambda conference: factories.attendee(conference=conference, state="cancelled").access_code, 7),
        # As printed, ignoring case, retired.
        (lambda conference: "XX4Q0000", 9),
    ],
    ids=["admitted", "cancelled", "unknown"],
)
def test_scan_costs_few_queries(door, conference, django_assert_num_queries, make, queries):
    code = make(conference)
    checkpoint = Checkpoint.objects.main(conference)
    with django_assert_num_queries(queries):
        send(door, conference, code=code, checkpoint=checkpoint.pk)


@pytest.mark.parametrize("scans", [1, 3, 11])
def test_page_shows_the_last_ten_of_this_person_here(door, client_as, conference, django_assert_num_queries, scans):
    seats = [factories.attendee(conference=conference) for _ in range(scans)]
    for seat in seats:
        send(door, conference, code=seat.access_code)
    elsewhere = factories.attendee(conference=conference)
    send(client_as(Role.DOOR), conference, code=elsewhere.access_code)
    # Session, user, conference with role, checkpoint, checkpoints for the menu, last scans, whether it hands out, count.
    with django_assert_num_queries(7):
        text = door.get(reverse("checkin", args=[conference.slug])).content.decode()
    shown = re.findall(r'<li id="scan-.*?<bdi>(.*?)</bdi>', text)
    assert shown == [seat.name for seat in reversed(seats)][:10]


@pytest.mark.parametrize("hits", [1, 3])
def test_search_costs_few_queries(door, conference, django_assert_num_queries, hits):
    for number in range(hits):
        factories.attendee(conference=conference, user=factories.user(name=f"Ödön Őry {number}"))
    Checkpoint.objects.main(conference)
    path = reverse("checkin-search", args=[conference.slug])
    door.get(path, {"q": "first"}, headers={"HX-Request": "true"})  # a process looks once whether there is an index
    # Session, user, conference with role, checkpoint, who may match, people, their admissions, pieces handed out.
    with django_assert_num_queries(7):
        text = door.get(path, {"q": "odon"}, headers={"HX-Request": "true"}).content.decode()
    assert len(re.findall(r'data-code="', text)) == hits


def test_search_of_the_door_wants_three_letters_and_knows_no_emails(client_as, conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="Bo Li", email="dragon@example.org"))
    path = reverse("checkin-search", args=[conference.slug])

    def found(role, query):
        text = client_as(role).get(path, {"q": query}, headers={"HX-Request": "true"}).content.decode()
        assert "dragon@example.org" not in text
        return re.findall(r'data-code="(\w+)"', text)

    assert [found(Role.DOOR, query) for query in ("bo", "b  o", "bo l", "dragon")] == [[], [], [seat.access_code], []]
    assert [found(Role.DESK, query) for query in ("b", "bo", "dragon")] == [[], [seat.access_code], [seat.access_code]]


def test_search_of_the_door_finds_whole_names_of_two_characters(client_as, conference):
    seats = [
        factories.attendee(conference=conference, user=factories.user(name=name)) for name in ("刘洋", "김민", "王")
    ]
    door, path = client_as(Role.DOOR), reverse("checkin-search", args=[conference.slug])
    for query, found in (("刘洋", [seats[0]]), ("김민", [seats[1]]), ("王", []), ("刘", []), ("é́", [])):
        text = door.get(path, {"q": query}, headers={"HX-Request": "true"}).content.decode()
        assert re.findall(r'data-code="(\w+)"', text) == [seat.access_code for seat in found], query


def test_search_shows_twenty_and_says_that_there_are_more(door, conference):
    for number in range(21):
        factories.attendee(conference=conference, user=factories.user(name=f"Anna {number}"))
    text = door.get(reverse("checkin-search", args=[conference.slug]), {"q": "anna"}).content.decode()
    assert len(re.findall(r'data-code="', text)) == 20
    assert "Type more of the name." in text


def test_search_tells_the_state_at_this_checkpoint(door, conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="Anna Inside"))
    factories.attendee(conference=conference, user=factories.user(name="Anna Outside"))
    factories.attendee(conference=conference, user=factories.user(name="Anna Cancelled"), state="cancelled")
    owing = factories.order(
        conference=conference, total="12.50", status="pending", user=factories.user(name="Anna Owing")
    )
    record_payment(order=owing, amount=Decimal(5), method="cash", note="", by=factories.user(), now=timezone.now())
    send(door, conference, code=seat.access_code)
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    path = reverse("checkin-search", args=[conference.slug])

    def states(checkpoint):
        text = door.get(path, {"q": "anna", "checkpoint": checkpoint.pk}, headers={"HX-Request": "true"})
        return [
            re.sub(r"\d\d:\d\d", "…", one)
            for one in re.findall(r"</svg>([^<]+)</span></button>", text.content.decode())
        ]

    assert states(Checkpoint.objects.main(conference)) == ["Cancelled", "In since …", "Not in yet", "€7.50 owed"]
    assert states(lunch) == ["Cancelled", "Not in yet", "Not in yet", "€7.50 owed"]


def test_checkpoint_is_chosen_once_and_remembered_for_this_conference(door, conference):
    lunch = factories.checkpoint(conference=conference, name="Lunch")
    path = reverse("checkin", args=[conference.slug])
    assert door.get(path).context["checkpoint"] == Checkpoint.objects.main(conference)
    assert door.get(path, {"checkpoint": lunch.pk}).context["checkpoint"] == lunch
    assert door.get(path).context["checkpoint"] == lunch
    assert door.cookies["checkpoint"]["path"] == path
    elsewhere = factories.checkpoint(conference=factories.conference())
    assert door.get(path, {"checkpoint": elsewhere.pk}).context["checkpoint"] == lunch


def test_count_is_of_those_the_door_waits_for(door, conference):
    seats = [factories.attendee(conference=conference) for _ in range(3)]
    factories.attendee(conference=conference, state="cancelled")
    send(door, conference, code=seats[0].access_code)
    text = door.get(reverse("checkin-count", args=[conference.slug])).content.decode()
    assert "<b>1 of 3</b>" in text


def test_camera_is_allowed_on_this_page_alone(door, conference):
    path = reverse("checkin", args=[conference.slug])
    policies = [door.get(address)["Permissions-Policy"] for address in (path, f"{path}search/")]
    assert [("camera=(self), screen-wake-lock=(self)" in policy) for policy in policies] == [True, False]


def test_signed_out_scan_goes_to_the_login_page_as_a_whole(client, conference):
    response = send(client, conference, code="ABCD2345")
    assert response.status_code == 200
    assert response["HX-Redirect"].startswith("/accounts/login/")
    assert response.content == b""
