"""What a tablet keeps of people while it is used (O8), after somebody signed out (O7), and after the event."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from conferences.models import Role
from tests.browser.camera import until
from tests.browser.offline import PATIENCE, cut, has_worker, ready, scan, shows, stored, waits
from tests.browser.tablet import seat_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]

# All that a browser keeps for a site, as one text: caches by address and content, every store of every database, storage.
KEPT = """async () => {
    const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) kept.push(request.url, await (await cache.match(request)).text());
    }
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((resolve) => {
            const opening = indexedDB.open(name);
            opening.onsuccess = () => resolve(opening.result);
        });
        for (const store of database.objectStoreNames) {
            kept.push(JSON.stringify(await new Promise((resolve) => {
                const all = database.transaction(store).objectStore(store).getAll();
                all.onsuccess = () => resolve(all.result);
            })));
        }
        database.close();
    }
    return kept;
}"""
CACHED = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
    }
    return found;
}"""


def kept(page: Page) -> str:
    return "\n".join(page.evaluate(KEPT))


def cached_pages(page: Page) -> list[str]:
    return [path for path in page.evaluate(CACHED) if not re.search(r"^/static/|/accent\.css$", path)]


def sign_out(page: Page) -> None:
    page.locator("#menu > summary").click()
    page.get_by_role("button", name="Sign out").click()


def test_only_the_empty_page_is_cached_and_the_list_says_no_more_than_the_door_needs(tablet, conference):
    seat = seat_of(conference, "Bo Li", email="bo.li@example.net", staff_note="owes us a cake", needs_attention=True)
    desk = tablet(Role.DESK)
    ready(desk)
    scan(desk, seat.access_code)
    shows(desk, "admitted", "Bo Li")
    desk.goto(reverse("dashboard", args=[conference.slug]))
    desk.goto(reverse("checkin", args=[conference.slug]))
    ready(desk)
    assert cached_pages(desk) == [reverse("checkin-shell", args=[conference.slug])]
    shell = desk.evaluate("(url) => caches.match(url).then((found) => found.text())", cached_pages(desk)[0])
    for secret in ("Bo Li", seat.access_code, conference.staff_roles.get().user.name, 'csrfmiddlewaretoken" value'):
        assert secret not in shell
    everything = kept(desk)
    assert seat.access_code in everything
    for secret in ("bo.li@example.net", "owes us a cake", Session.objects.get().session_key):
        assert secret not in everything


@pytest.mark.parametrize("is_cut", [False, True], ids=["online", "no network"])
def test_who_signs_out_leaves_nothing_behind(tablet, conference, is_cut):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li")
    page.evaluate("() => sync.now()")
    cut(page, is_cut=is_cut)
    sign_out(page)
    if is_cut:
        expect(page.locator("#result")).to_contain_text("Signed out")
        assert "Bo Li" not in page.locator("body").inner_text()
        assert Session.objects.count() == 1
        until(page, lambda: page.evaluate("() => caches.keys()") == [])
        assert (seat.access_code in kept(page), "Bo Li" in kept(page)) == (False, False)
        cut(page, is_cut=False)
    expect(page.get_by_role("link", name="Sign in")).to_be_visible(timeout=PATIENCE)
    assert Session.objects.count() == 0
    everything = kept(page)
    assert (seat.access_code in everything, "Bo Li" in everything) == (False, False)
    page.goto(reverse("checkin", args=[conference.slug]))
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.go_back()
    page.go_back()
    assert "/checkin/" not in page.url.partition("?")[0]


def test_sign_out_in_another_tab_leaves_nothing_however_late_the_server_hears_of_it(tablet, conference):
    seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    assert "Bo Li" in kept(page)
    other = page.context.new_page()
    other.goto("/accounts/logout/")
    waiting: list[Route] = []
    other.route("**/accounts/logout/", lambda route: waiting.append(route))
    other.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("The list is gone from this tablet.")).to_be_visible(timeout=PATIENCE)
    until(page, lambda: waiting)
    waiting[0].continue_()
    expect(other.get_by_role("link", name="Sign in")).to_be_visible()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible(timeout=PATIENCE)
    assert "Bo Li" not in kept(page)


def test_list_that_is_to_be_written_at_the_moment_of_the_sign_out_is_not(tablet, conference):
    """What is kept of the page goes slowly on some tablets, and the list is written a while after it has come."""
    seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    page.evaluate("""() => {
        const names = caches.keys.bind(caches);
        caches.keys = async () => {
            // Longer than the list waits to be written.
            await new Promise((resolve) => setTimeout(resolve, 4000));
            return names();
        };
    }""")
    cut(page)
    page.evaluate(
        "() => { roster.take({...roster.current(), complete: true, people: roster.current().people(), server_now: new Date().toISOString()}, []); }"
    )
    sign_out(page)
    expect(page.locator("#result")).to_contain_text("Signed out", timeout=PATIENCE)
    assert "Bo Li" not in kept(page)


def test_scan_after_the_session_was_ended_elsewhere_is_kept_and_the_tablet_says_why(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    # Without a list nothing can be decided here.
    page = tablet(prepare=lambda page: page.route("**/checkin/roster/**", lambda route: route.abort()))
    has_worker(page)
    user = conference.staff_roles.get().user
    Session.objects.all().delete()
    expect(page.get_by_text("Sign in to go on")).to_be_visible(timeout=PATIENCE)
    scan(page, seat.access_code)
    shows(page, "not_saved")
    expect(page.get_by_text("Nobody is signed in on this tablet any more. It keeps the scan")).to_be_visible()
    expect(page.get_by_text("The server did not answer")).to_be_hidden()
    page.get_by_role("link", name="Sign in").click()
    page.fill("#id_login", user.email)
    page.fill("#id_password", "correct horse")
    page.get_by_role("button", name="Sign in", exact=True).click()
    shows(page, "admitted", "Bo Li")
    assert conference.attendees.checked_in().get() == seat


def test_signing_out_with_scans_that_wait_is_refused_with_their_number(without_network, conference):
    seats = [seat_of(conference, f"Guest {number}") for number in range(2)]
    page = without_network()
    for seat in seats:
        scan(page, seat.access_code)
        shows(page, "admitted", seat.name, is_saved=True)
    sign_out(page)
    expect(page.get_by_text("Scans not sent yet:")).to_contain_text("2", timeout=PATIENCE)
    waiting = stored(page)
    assert len(waiting) == 2
    assert "Guest" not in str(waiting)
    cut(page, is_cut=False)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"^(?!.*/checkin/)"), timeout=PATIENCE)
    assert conference.attendees.checked_in().count() == 2


def test_next_person_sees_no_name_and_sends_what_the_one_before_left(without_network, conference, client_as):
    """The session ended without a sign-out: the list goes when somebody else comes, scans without names stay and are sent."""
    seat, other = seat_of(conference, "Bo Li"), seat_of(conference, "Cyd")
    page = without_network()
    scan(page, seat.access_code)
    shows(page, "admitted", "Bo Li", is_saved=True)
    client = client_as(Role.DOOR)
    page.context.clear_cookies(name="sessionid")
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": page.url}])
    # The list of who comes now never arrives, so that what is kept is what was kept before.
    page.route("**/checkin/roster/**", lambda route: route.abort())
    cut(page, is_cut=False)
    page.goto(reverse("checkin", args=[conference.slug]))
    expect(page.locator("#last-scans li")).to_have_count(0)
    waits(page, 0)
    assert other.access_code not in kept(page)
    assert conference.attendees.checked_in().get() == seat


LATER = """
    const Real = Date;
    const later = 10 * 86400000;
    globalThis.Date = class extends Real {
        constructor(...given) { given.length ? super(...given) : super(Real.now() + later); }
        static now() { return Real.now() + later; }
    };
"""


def test_list_in_a_drawer_is_gone_some_days_after_the_event(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    assert seat.access_code in kept(page)
    cut(page)
    page.add_init_script(LATER)
    page.reload()
    expect(page.locator('#strips [data-strip="offline"]')).to_contain_text("no list on this tablet")
    assert seat.access_code not in kept(page)


def test_list_does_not_come_back_when_somebody_looks_in_after_the_event(tablet, conference):
    seat = seat_of(conference, "Bo Li")
    page = tablet()
    ready(page)
    conference.start_date = conference.end_date = timezone.now().date() - dt.timedelta(days=5)
    conference.save(update_fields=["start_date", "end_date"])
    page.reload()
    page.wait_for_function("() => roster.current() !== null", timeout=PATIENCE)
    page.evaluate("() => roster.write()")
    until(page, lambda: seat.access_code not in kept(page))
