"""Tablets and tabs beside each other without the server; wrong clocks, lost sessions, roles that are no more."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from conferences.models import Role
from registration.checkin.models import Scan
from tests.browser.offline import PATIENCE, cut, ready, scan, sent, shows, strip
from tests.browser.tablet import seat_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_tablets_that_let_the_same_ticket_in_are_told(without_network, conference):
    seat = seat_of(conference, "Bo Li")
    pages = [without_network(Role.DESK), without_network()]
    for page in pages:
        scan(page, seat.access_code)
        shows(page, "admitted", "Bo Li", is_saved=True)
    for page in pages:
        cut(page, is_cut=False)
        sent(page)
    expect(strip(pages[0], "conflicts")).to_be_hidden()
    expect(strip(pages[1], "conflicts")).to_contain_text("1 ticket was also admitted elsewhere")
    assert sorted(Scan.objects.values_list("verdict", "conflict")) == [("admitted", False), ("already_admitted", True)]
    pages[1].reload()
    expect(strip(pages[1], "conflicts")).to_be_visible()
    strip(pages[1], "conflicts").get_by_role("button", name="Seen").click()
    expect(strip(pages[1], "conflicts")).to_be_hidden()


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
    seat.state = "cancelled"
    seat.save(update_fields=["state"])
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


def test_who_may_not_be_here_any_more_has_no_list(tablet, conference):
    seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    conference.staff_roles.all().delete()
    page.evaluate("() => { sync.now(); }")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible(timeout=PATIENCE)
    lists = """() => new Promise((resolve) => {
        const opening = indexedDB.open("lanyard-checkin");
        opening.onsuccess = () => {
            const all = opening.result.transaction("people").objectStore("people").getAll();
            all.onsuccess = () => resolve(all.result);
        };
    })"""
    assert page.evaluate(lists) == []
