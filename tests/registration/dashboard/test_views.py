"""The dashboard page and what htmx gets of it."""

import datetime as dt
import re
import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from conferences.models import Role
from registration.account.models import User
from registration.checkin.admission import check_in
from registration.checkin.conflicts import find_conflict, settle_conflict
from registration.checkin.models import Checkpoint
from registration.dashboard import memo
from registration.order.payment import record_payment
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
PANELS = ["rehearsals", "moment", "conflicts", "tally", "arrivals", "tickets", "desks", "refusals", "last_scans"]


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch):
    """No minute passes during a test. (Freezing every clock would stop those of the test workers too.)"""
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(2026, 11, 25, 10, 30, 30, tzinfo=dt.UTC))


def marks_in(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w{16})">', html))


def ids_in(html: str) -> list[str]:
    return re.findall(r'<(?:section|div) id="([\w-]+)"', html)


def admit(conference, seat) -> None:
    check_in(
        checkpoint=Checkpoint.objects.main(conference),
        code=seat.access_code,
        scan_id=uuid.uuid4(),
        by=factories.user(name="Ines Okafor"),
        now=timezone.now(),
    )


def test_page_shows_what_a_scan_did(client_as, conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="Łukasz <b>Żak</b>"))
    client = client_as(Role.DESK)
    admit(conference, seat)
    kind = factories.ticket_type(conference=conference, name="Student")
    for status in ("paid", "pending"):
        factories.order(conference=conference, total="9.00", status=status, ticket_type=kind)
    conference.attendees.filter(order__status="pending").update(completed_registration=False)
    html = client.get(f"/staff/{conference.slug}/").content.decode()
    assert "<bdi>Łukasz &lt;b&gt;Żak&lt;/b&gt;</bdi>" in html
    assert '<p class="figure">1 <small>of 2 expected, 50 %</small></p>' in html
    assert re.search(r'Registered</span><p class="figure">3</p><span class="small">2 paid', html)
    assert re.search(r'<bdi>Student</bdi>.*?</th><td class="n">0</td><td class="n soft">1</td>', html)
    local = timezone.now().astimezone(conference.tz)
    assert f'<tr><td>{local:%H:%M}</td><td class="n">1</td>' in html.partition('id="arrivals-table"')[2]
    assert "<bdi>Ines Okafor</bdi>" in html
    assert list(marks_in(html)) == PANELS


def test_last_scans_say_who_has_no_name(client_as, conference):
    admit(conference, factories.attendee(conference=conference, user=User.objects.create_placeholder(name="")))
    html = client_as(Role.ORGANISER).get(f"/staff/{conference.slug}/").content.decode()
    assert re.search(r'<a id="scan-[^>]*><bdi>No name yet</bdi></a>', html)


def test_nothing_is_sent_when_nothing_changed(client_as, conference):
    client, path = client_as(Role.ORGANISER), f"/staff/{conference.slug}/"
    marks = marks_in(client.get(path).content.decode())
    response = client.get(path, marks, **HTMX)
    assert (response.status_code, response.content) == (204, b"")


def test_only_panels_that_changed_are_sent(client_as, conference):
    factories.attendee(conference=conference)
    client, path = client_as(Role.ORGANISER), f"/staff/{conference.slug}/"
    marks = marks_in(client.get(path).content.decode())
    check_in(
        checkpoint=Checkpoint.objects.main(conference), code="NOSUCH", scan_id=uuid.uuid4(), by=None, now=timezone.now()
    )
    response = client.get(path, marks, **HTMX)
    html = response.content.decode()
    assert ids_in(html) == ["changed", "desks", "refusals", "last-scans", "marks"]
    assert response.headers["Vary"].startswith("HX-Request")
    assert client.get(path, marks_in(html), **HTMX).status_code == 204


def test_open_conflicts_are_counted_with_a_link_to_them(client_as, conference):
    client, path = client_as(Role.DESK), f"/staff/{conference.slug}/"
    said = re.compile(r'<div id="conflicts"( hidden)?>(.*?)</div>', re.DOTALL)
    assert said.search(client.get(path).content.decode()).groups() == (" hidden", "")
    scan = factories.conflict(attendee=factories.attendee(conference=conference))
    factories.conflict(attendee=factories.attendee(conference=factories.conference()))
    hidden, words = said.search(client.get(path).content.decode()).groups()
    assert (hidden, "1 open conflict." in words, f"{path}checkin/conflicts/" in words) == (None, True, True)
    settle_conflict(conflict=find_conflict(conference, scan.pk), note="done", by=None, by_name="", now=timezone.now())
    assert said.search(client.get(path).content.decode()).groups() == (" hidden", "")


def test_other_conferences_scan_changes_nothing(client_as, conference):
    client, path = client_as(Role.ORGANISER), f"/staff/{conference.slug}/"
    marks = marks_in(client.get(path).content.decode())
    other = factories.conference()
    admit(other, factories.attendee(conference=other))
    assert client.get(path, marks, **HTMX).status_code == 204


@pytest.mark.parametrize("days", [0, 10, -10], ids=["running", "before", "over"])
@pytest.mark.parametrize("kept", [False, True], ids=["small", "large"])
def test_dashboard_asks_the_same_whatever_there_is_to_count(
    client_as, conference, django_assert_num_queries, monkeypatch, days, kept
):
    """Session and user, role; then rehearsals and open conflicts 1, arrivals 3, open payments 1, last scans 2, and for heads and
    scans, two panels each, 4 together, with the names; a large conference asks also whether anything changed, and how many scans
    there were five minutes ago, and keeps the days that are over.
    """
    monkeypatch.setattr(memo, "WORTH_KEEPING", -1 if kept else 10**9)
    monkeypatch.setattr(memo, "_heads", {})
    monkeypatch.setattr(memo, "_marks", {})
    conference.start_date += dt.timedelta(days=days) + (dt.date(2026, 11, 25) - conference.start_date)
    conference.end_date = conference.start_date + dt.timedelta(days=2)
    conference.save()
    client, path = client_as(Role.ORGANISER), f"/staff/{conference.slug}/"
    Checkpoint.objects.main(conference)
    for seats in (1, 2):
        for _ in range(seats):
            ticket_type = factories.ticket_type(conference=conference)
            admit(conference, factories.attendee(conference=conference, ticket_type=ticket_type))
        client.get(path)
        with django_assert_num_queries((14 if days < 0 else 15) if kept else 13):
            client.get(path, **HTMX)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "Nobody has come in yet today."),
        (10, "Nobody has registered in the last four weeks."),
        (-10, "Nobody was checked in."),
    ],
)
def test_empty_conference_says_so_instead_of_an_empty_chart(client_as, conference, days, words):
    conference.start_date = dt.date(2026, 11, 25) + dt.timedelta(days=days)
    conference.end_date = conference.start_date
    conference.save()
    html = client_as(Role.DESK).get(f"/staff/{conference.slug}/").content.decode()
    assert words in html
    assert 'class="chart' not in html
    assert "No ticket has been scanned yet." in html


def test_name_of_who_holds_a_replaced_ticket_now_is_not_shown(client_as, conference):
    seat = factories.attendee(conference=conference, user=factories.user(name="New Holder"))
    seat.retired_codes.create(code="OLDCODE1", reason="transfer")
    check_in(
        checkpoint=Checkpoint.objects.main(conference),
        code="OLDCODE1",
        scan_id=uuid.uuid4(),
        by=None,
        now=timezone.now(),
    )
    html = client_as(Role.DESK).get(f"/staff/{conference.slug}/").content.decode()
    assert "Replaced" in html
    assert "New Holder" not in html


def test_open_payments_are_counted_and_added_up_with_a_link_to_them(client_as, conference):
    def page():
        return " ".join(client.get(f"/staff/{conference.slug}/").content.decode().split())

    def order(total, **fields):
        made = factories.order(conference=conference, total=total, **{"status": "pending"} | fields)
        made.attendees.update(completed_registration=made.is_paid)
        return made

    client = client_as(Role.DESK)
    assert ("to be paid, in" in page(), "for approval" in page()) == (False, False)
    half = order("100.10")
    factories.order(conference=factories.conference(), total="7.00", status="pending")
    order("50.00", status="paid"), order("0.00", status="paid"), order("60.00", approval="asked")
    order("70.00", seats=0, hold_expires_at=timezone.now())
    assert (
        f'<a class="small" href="/staff/{conference.slug}/orders/?status=pending">€100.10 to be paid, in one order</a>'
        in page()
    )
    record_payment(order=half, amount=Decimal("40"), method="cash", note="", by=client.user, now=timezone.now())
    order("20.20")
    assert "€80.30 to be paid, in 2 orders" in page()
    assert f'/staff/{conference.slug}/orders/?status=waiting">One order waits for approval</a>' in page()
