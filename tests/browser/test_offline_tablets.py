"""Tablets and tabs beside each other without the server; wrong clocks, lost sessions, roles that are no more."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from conferences.models import Role
from registration.checkin.models import Scan
from registration.order.cancellation import cancel_seat
from tests import factories
from tests.browser.conftest import AT_THE_DOOR, axe, faults
from tests.browser.offline import PATIENCE, cut, ready, scan, sent, shows, strip
from tests.browser.tablet import seat_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]


def test_whom_a_tablet_should_not_have_let_in_is_told_and_settled_at_the_desk(without_network, conference):
    seat, cancelled = seat_of(conference, "Bo Li"), seat_of(conference, "Cyd")
    door, desk = without_network(), without_network(Role.DESK)
    for page in (door, desk):
        scan(page, seat.access_code)
        shows(page, "admitted", "Bo Li", is_saved=True)
    scan(desk, cancelled.access_code)
    shows(desk, "admitted", "Cyd", is_saved=True)
    cancel_seat(attendee=cancelled, reason="ill", by=factories.user(), now=timezone.now())
    desk.reload()  # the page without the server knows nothing of roles
    for page in (door, desk):
        cut(page, is_cut=False)
        sent(page)
    expect(strip(door, "conflicts")).to_be_hidden()
    expect(strip(desk, "conflicts")).to_contain_text("1 ticket was also used elsewhere", use_inner_text=True)
    expect(strip(desk, "invalid")).to_contain_text("1 ticket used here was not valid", use_inner_text=True)
    expect(strip(door, "conflicts").get_by_role("link")).to_have_count(0)
    strip(desk, "invalid").get_by_role("button", name="Seen").click()
    expect(strip(desk, "invalid")).to_be_hidden()
    strip(desk, "conflicts").get_by_role("link", name="Show them").click()
    expect(desk.get_by_role("heading", name="Conflicts")).to_be_visible()
    first = desk.get_by_role("article").filter(has_text="Bo Li")
    expect(first).to_contain_text("Let in more than once")
    first.get_by_role("button", name="Settle").click()
    note = first.get_by_label("What was done?")
    expect(note).to_be_focused()
    desk.keyboard.type("One person, twice.")
    desk.keyboard.press("Enter")
    expect(first.get_by_role("button", name="Open again")).to_be_visible()
    expect(desk.locator("#open-conflicts")).to_have_text("1")
    assert axe(desk) == []
    assert sorted(Scan.objects.values_list("verdict", "conflict")) == [
        ("admitted", False), ("already_admitted", True), ("cancelled", True),
    ]  # fmt: skip


def test_tab_that_is_behind_does_not_store_its_list_over_a_newer_one(tablet, conference):
    one = tablet()
    ready(one)
    other = one.context.new_page()
    other.goto(one.url)
    ready(other)
    learn = "async () => { await sync.now(); await sync.now(); }"  # the first may have been under way
    seat_of(conference, "Ann")
    other.evaluate(learn)
    seat_of(conference, "Bo Li")
    one.evaluate(learn)
    for page in (one, other):
        page.evaluate("() => roster.write()")
    cut(one)
    one.reload()
    expect(strip(one, "offline")).to_be_visible()
    assert one.evaluate("() => roster.current().people().map((row) => row[1])") == ["Ann", "Bo Li"]


def test_worklist_passes_the_accessibility_audit(open_page, conference):
    seat = seat_of(conference, "Bo Li")
    factories.settlement(conflict=factories.conflict(attendee=seat), by=factories.user())
    desk = factories.staff(conference=conference, role=Role.DESK).user
    page = open_page(reverse("checkin-conflicts", args=[conference.slug]), user=desk)
    page.get_by_role("button", name="Settle").click()
    expect(page.get_by_text("Say what was done")).to_be_visible()
    assert faults(page, AT_THE_DOOR) == []
    for note, button, said in (("One person.", "Settle", "Settled: Bo Li"), ("", "Open again", "Open: Bo Li")):
        if note:
            page.get_by_label("What was done?").fill(note)
        page.get_by_role("button", name=button).click()
        expect(page.locator("#said")).to_have_text(said)
        expect(page.get_by_role("heading", name="Bo Li")).to_be_focused()
    assert faults(page, AT_THE_DOOR) == []


def test_worklist_shows_what_comes_and_takes_nobodys_note_away(open_page, conference):
    desk = factories.staff(conference=conference, role=Role.DESK).user
    page = open_page(reverse("checkin-conflicts", args=[conference.slug]), user=desk)
    expect(page.get_by_text("Nothing to look into.")).to_be_visible()
    factories.conflict(attendee=seat_of(conference, "Bo Li"))
    note = page.get_by_role("article").filter(has_text="Bo Li").get_by_label("What was done?")
    note.fill("One person, tw")
    factories.conflict(attendee=seat_of(conference, "Mo Yu"))
    expect(page.locator("#open-conflicts")).to_have_text("2")
    expect(note).to_have_value("One person, tw")


def test_tabs_of_one_tablet_know_each_others_admissions(without_network, conference):
    seat = seat_of(conference, "Bo Li")
    first = without_network()
    second = first.context.new_page()
    second.goto(reverse("checkin", args=[conference.slug]))
    expect(strip(second, "offline")).to_be_visible()
    scan(first, seat.access_code)
    shows(first, "admitted", is_saved=True)
    expect(strip(second, "offline")).to_contain_text("1 to send")
    scan(second, seat.access_code)
    shows(second, "already_admitted", is_saved=True)
    cut(first, is_cut=False)
    for page in (first, second):
        sent(page)
    assert sorted(Scan.objects.values_list("verdict", flat=True)) == ["admitted", "already_admitted"]


def test_list_follows_changes_and_says_how_old_it_is(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    factories.end(seat)
    page.evaluate("() => sync.now()")
    cut(page)
    scan(page, seat.access_code)
    shows(page, "cancelled", "Bo Li", is_saved=True)


# --- Clock, sign-in, roles --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("hours", "said"), [(3, "ahead"), (-3, "behind")])
def test_wrong_clock_is_told_and_disturbs_nothing(tablet, conference, hours, said):
    seat = seat_of(conference, "Bo Li")
    wrong = f"""
        const now = Date.now;
        Date.now = () => now() + {hours} * 3600000;
        const Real = Date;
        globalThis.Date = class extends Real {{
            constructor(...given) {{ given.length ? super(...given) : super(Real.now()); }}
        }};
    """
    page = tablet(prepare=lambda page: page.add_init_script(wrong))
    ready(page)
    expect(strip(page, "fast" if hours > 0 else "slow")).to_contain_text(f"Clock {said}", timeout=PATIENCE)
    before = dt.datetime.now(dt.UTC)
    cut(page)
    scan(page, seat.access_code)
    shows(page, "admitted", is_saved=True)
    cut(page, is_cut=False)
    sent(page)
    kept = Scan.objects.get()
    assert abs(kept.effective_at - before) < dt.timedelta(minutes=2)
    assert abs(kept.scanned_at - before) > dt.timedelta(hours=2)


@pytest.mark.parametrize("hours", [3, -3])
def test_clock_that_is_set_right_before_scans_are_sent_spoils_no_time(tablet, conference, hours):
    """As the strip asks for, or as the device does when it has a network again."""
    before, after = seat_of(conference, "Bo Li"), seat_of(conference, "Mo Yu")
    wrong = f"""
        window.wrongBy = {hours} * 3600000;
        const Real = Date;
        const right = Real.now.bind(Real);
        globalThis.Date = class extends Real {{
            constructor(...given) {{ given.length ? super(...given) : super(right() + wrongBy); }}
            static now() {{ return right() + wrongBy; }}
        }};
    """
    page = tablet(prepare=lambda page: page.add_init_script(wrong))
    ready(page)
    expect(strip(page, "fast" if hours > 0 else "slow")).to_be_visible(timeout=PATIENCE)
    cut(page)
    begun = dt.datetime.now(dt.UTC)
    scan(page, before.access_code)
    shows(page, "admitted", "Bo Li", is_saved=True)
    page.evaluate("wrongBy = 0")
    assert abs(page.evaluate("place.now()") / 1000 - dt.datetime.now(dt.UTC).timestamp()) < 60
    scan(page, after.access_code)
    shows(page, "admitted", "Mo Yu", is_saved=True)
    expect(strip(page, "fast" if hours > 0 else "slow")).to_be_hidden()
    cut(page, is_cut=False)
    sent(page)
    for kept in Scan.objects.all():
        assert abs(kept.effective_at - begun) < dt.timedelta(minutes=2)
    assert Scan.objects.count() == 2


def test_device_that_slept_does_not_know_the_time_until_the_server_tells_it(tablet):
    page = tablet()
    ready(page)
    assert page.evaluate("place.offset()") is not None
    # While it sleeps, the one clock goes on and the other may not.
    page.evaluate("() => { const now = performance.now(); performance.now = () => now; }")
    page.wait_for_timeout(100)
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 8 * 3600000; }")
    assert page.evaluate("place.offset()") is None


def test_lost_session_goes_on_and_asks_to_sign_in(tablet, conference):
    seats = [seat_of(conference, f"Guest {number}") for number in range(2)]
    page = tablet()
    ready(page)
    kept, cookies = Session.objects.get(), page.context.cookies()
    Session.objects.all().delete()
    scan(page, seats[0].access_code)
    shows(page, "admitted", "Guest 0", is_saved=True)
    expect(strip(page, "signed_out")).to_contain_text("Sign in to send 1 scan")
    scan(page, seats[1].access_code)
    expect(strip(page, "signed_out")).to_contain_text("Sign in to send 2 scans")
    expect(strip(page, "signed_out").get_by_role("link", name="Sign in")).to_be_visible()
    assert Scan.objects.count() == 0
    kept.save(force_insert=True)
    page.context.add_cookies(cookies)
    sent(page)
    expect(strip(page, "signed_out")).to_be_hidden()
    assert Scan.objects.count() == 2


def test_token_that_is_too_old_is_replaced(tablet, conference):
    """Somebody signed in again in another tab, so the token in this page is not the cookie's any more."""
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    page.context.clear_cookies(name="csrftoken")
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=False)
