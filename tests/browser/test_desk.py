"""The desk at its tablet: one flow each, with guns, fingers and a network in between."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from conferences.models import Role
from registration.attendee.models import Attendee
from registration.attendee.search import update_search_text
from registration.badge.models import BadgePrint
from registration.checkin.models import Checkpoint, Scan
from registration.order.models_money import Payment
from tests import factories
from tests.browser.conftest import AT_THE_DOOR, SIZES, faults
from tests.browser.gun import Gun
from tests.browser.offline import cut, ready, sent, stored
from tests.browser.offline import shows as shows_offline
from tests.browser.tablet import field, seat_of, shows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PRINTER = "window.calls = 0; window.print = () => { window.calls += 1; dispatchEvent(new Event('afterprint')); };"
LISTEN = "() => { window.played = []; sounds.play = (...names) => { window.played.push(names.join(' ')); }; }"


@pytest.fixture
def main(conference):
    place = Checkpoint.objects.main(conference)
    place.unpaid = "ask"
    place.save()
    return place


@pytest.fixture
def owing(conference, main):
    buyer = factories.user(name="Layla Haddad")
    return factories.order(conference=conference, total="79.00", status="pending", user=buyer).attendees.get()


@pytest.fixture
def family(conference):
    seats = list(factories.order(conference=conference, seats=3).attendees.order_by("pk"))
    for seat, name in zip(seats, ("Ada Ansel", "Ben Ansel", "Cleo Ansel"), strict=True):
        seat.name = name
        seat.save()
    update_search_text(*seats)
    return seats


def scan(page: Page, code: str) -> None:
    field(page).fill(code)
    field(page).press("Enter")


def tap(page: Page, name: str) -> None:
    """When the panel has settled under the finger (desk.js)."""
    page.wait_for_function("() => performance.now() - window.shownAt > 450")
    page.get_by_role("button", name=name).click()


@pytest.fixture
def desk(tablet, main):
    def desk(**options) -> Page:
        page = tablet(Role.DESK, **options)
        page.evaluate("() => { window.shownAt = 0; }")
        page.evaluate("() => document.addEventListener('checkin:panel', () => { window.shownAt = performance.now(); })")
        return page

    return desk


def lose_one_answer(page: Page, path: str) -> None:
    """The server does what it is asked, and its answer gets lost on the way, once."""
    lost = []

    def lose(route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch())
        return route.abort()

    page.route(f"**/{path}/", lose)


def test_gun_waits_for_the_payment_and_neither_is_lost(desk, conference, owing):
    next_one = seat_of(conference, "Bo Li")
    page = desk()
    scan(page, owing.access_code)
    shows(page, "unpaid", "€79")
    page.get_by_text("Amount, note").click()
    expect(page.get_by_label("Amount")).to_be_focused()
    page.get_by_label("Note").fill("Receipt 12")
    Gun(page).scan(next_one.access_code)
    expect(page.locator("[data-strip=held]")).to_contain_text("Scanned meanwhile: 1")
    expect(page.get_by_label("Note")).to_have_value("Receipt 12")
    page.evaluate("code => sight.see([code], performance.now())", "XX4Q0000")  # the camera looks away
    page.get_by_label("Note").press("Enter")  # a key is no payment
    shows(page, "unpaid", "€79")
    tap(page, "Card: admit")
    shows(page, "admitted", "Layla Haddad")
    shows(page, "admitted", "Bo Li")
    expect(page.locator("[data-strip=held]")).to_be_hidden()
    payment = Payment.objects.get()
    assert (payment.amount, payment.method, payment.note) == (Decimal("79.00"), "card_terminal", "Receipt 12")
    assert set(Scan.objects.values_list("attendee__name", "verdict")) == {
        ("Layla Haddad", "unpaid"),
        ("Layla Haddad", "admitted"),
        ("Bo Li", "admitted"),
    }


@pytest.mark.parametrize("is_cut", [False, True], ids=["online", "offline"])
@pytest.mark.usefixtures("service_worker")
def test_what_a_gun_reads_meanwhile_is_looked_up_after_a_reload(desk, conference, owing, is_cut):
    """The form is gone with the page; the scans are on the disk."""
    seats = [seat_of(conference, name) for name in ("Bo Li", "Cyd")]
    page = desk()
    ready(page)
    scan(page, owing.access_code)
    shows(page, "unpaid")
    page.get_by_text("Amount, note").click()
    for seat in seats:
        Gun(page).scan(seat.access_code)
    expect(page.locator("[data-strip=held]")).to_contain_text("Scanned meanwhile: 2")
    assert len(stored(page)) == 2
    cut(page, is_cut=is_cut)
    page.reload()
    shows_offline(page, "admitted", "Cyd", is_saved=is_cut)
    expect(page.locator("#last-scans")).to_contain_text("Bo Li")
    cut(page, is_cut=False)
    sent(page)
    assert sorted(Scan.objects.filter(verdict="admitted").values_list("attendee__name", "method")) == [
        ("Bo Li", "wedge"), ("Cyd", "wedge"),
    ]  # fmt: skip


def test_payment_whose_answer_was_lost_is_sent_again_and_counts_once(desk, owing):
    page = desk()
    scan(page, owing.access_code)
    shows(page, "unpaid")
    lose_one_answer(page, "pay")
    tap(page, "Cash: admit")
    shows(page, "not_saved", "This needs the network")
    page.get_by_role("button", name="Try again").click()
    shows(page, "admitted", "Layla Haddad")
    assert (Payment.objects.count(), Scan.objects.filter(verdict="admitted").count()) == (1, 1)


def test_walk_in_from_a_search_in_vain_to_the_badge(desk, conference):
    factories.ticket_type(conference=conference, name="Week", price=Decimal("90.00"))
    factories.ticket_type(conference=conference, name="Day", price=Decimal("25.00"))
    page = desk()
    page.add_init_script(PRINTER)
    page.evaluate("() => localStorage.setItem('lanyard-label', '62x100')")
    page.reload()
    page.keyboard.type("Zoe Simun", delay=40)
    shows(page, "search", "Nobody for")
    page.get_by_role("link", name="Register a walk-in").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Zoe Simun")
    page.get_by_text("Day", exact=True).click()
    # Somebody looks for a name in between; the form is kept.
    field(page).fill("nobody else")
    shows(page, "search", "Nobody for")
    page.get_by_role("button", name="Back to it").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Zoe Simun")
    lose_one_answer(page, "walk-in")
    page.get_by_role("button", name="Cash: admit").click()
    shows(page, "not_saved", "Try again")
    page.get_by_role("button", name="Try again").click()
    shows(page, "admitted", "Zoe Simun")
    expect(page.locator("[data-badge]")).to_be_visible(timeout=20_000)
    assert page.evaluate("window.calls") == 1
    assert [model.objects.count() for model in (Attendee, Payment, Scan, BadgePrint)] == [1, 1, 1, 1]


COUNT = """() => {
    window.taps = 0;
    window.fields = new Set();
    addEventListener("pointerdown", () => { taps += 1; }, true);
    addEventListener("input", ({ target }) => { if (target.matches("input:not([type=radio])")) fields.add(target.name); }, true);
}"""


def test_walk_in_is_a_name_and_three_taps_badge_included(desk, conference):
    """Under 20 seconds of work: from an empty page to the badge, with two kinds of ticket to choose from."""
    factories.ticket_type(conference=conference, name="Week", price=Decimal("90.00"))
    factories.ticket_type(conference=conference, name="Day", price=Decimal("25.00"))
    page = desk()
    page.add_init_script(PRINTER)
    page.evaluate("() => localStorage.setItem('lanyard-label', '62x100')")
    page.reload()
    page.evaluate(COUNT)
    page.keyboard.type("Zoe Simun")
    shows(page, "search", "Nobody for")
    page.get_by_role("link", name="Register a walk-in").click()
    page.get_by_text("Day", exact=True).click()
    page.get_by_role("button", name="Card: admit").click()
    shows(page, "admitted", "Zoe Simun")
    expect(page.locator("[data-badge]")).to_be_visible(timeout=20_000)
    assert page.evaluate("[taps, fields.size, calls]") == [3, 1, 1]
    assert [model.objects.count() for model in (Attendee, Payment, Scan, BadgePrint)] == [1, 1, 1, 1]


def test_group_is_admitted_with_one_tap_and_its_notes_are_heard(desk, family):
    Attendee.objects.filter(pk=family[1].pk).update(staff_note="Wheelchair")
    page = desk()
    page.evaluate(LISTEN)
    scan(page, family[0].access_code)
    shows(page, "admitted", "1 of 3 of this order are here")
    tap(page, "Admit the other 2")
    shows(page, "group", "2 of 2 admitted")
    expect(page.locator("#result")).to_contain_text("Wheelchair")
    assert page.evaluate("played") == ["admitted", "admitted attention"]
    expect(page.locator("#last-scans li")).to_have_count(3)
    page.locator(".members li", has_text="Cleo Ansel").get_by_text("Undo", exact=True).click()
    page.get_by_role("button", name="Did not go in").click()
    shows(page, "undone", "Cleo Ansel")
    scan(page, family[0].access_code)
    shows(page, "already_admitted", "2 of 3 of this order are here")
    assert Scan.objects.live_admissions().count() == 2


def test_name_is_corrected_from_a_search_and_printed_again(desk, family):
    page = desk()
    for seat in family[:2]:
        scan(page, seat.access_code)
        shows(page, "admitted", seat.name)
    expect(page.locator("#last-scans bdi")).to_have_count(2)
    page.add_init_script(PRINTER)
    page.evaluate("() => localStorage.setItem('lanyard-label', '62x100')")
    page.reload()
    page.keyboard.type("ben ansel", delay=40)
    shows(page, "search", "Ben Ansel")
    page.get_by_role("link", name="Correct the name Ben Ansel").click()
    page.get_by_label("Name", exact=True).fill("Benedikt Ansel")
    expect(page.get_by_label("Print the badge again")).to_be_checked()
    page.get_by_role("button", name="Save").click()
    shows(page, "corrected", "Benedikt Ansel")
    expect(page.locator("#last-scans bdi")).to_have_text(["Benedikt Ansel", "Ada Ansel"])
    expect(page.locator("[data-badge]")).to_be_visible(timeout=20_000)
    assert page.evaluate("window.calls") == 1
    printed = BadgePrint.objects.get()
    assert (printed.name, printed.reason) == ("Benedikt Ansel", "The name was corrected")


def test_without_the_network_the_desk_is_told_so(desk, owing):
    page = desk()
    scan(page, owing.access_code)
    shows(page, "unpaid")
    cut(page)
    tap(page, "Cash: admit")
    shows(page, "not_saved", "This needs the network")
    page.get_by_role("button", name="Leave it").click()
    shows(page, "ready")
    page.get_by_role("link", name="Walk-in").click()
    shows(page, "not_saved", "This needs the network")
    cut(page, is_cut=False)
    assert Payment.objects.count() == 0


def test_forms_pass_the_accessibility_audit(desk, conference, owing, family):
    conference.desk_fields = ["photo_consent"]
    conference.save()
    Attendee.objects.filter(pk=family[1].pk).update(blocked_reason="Left", staff_note="Wheelchair")
    day = factories.ticket_type(conference=conference, name="Day", price=Decimal("25.00"), total_quantity=1)
    factories.attendee(conference=conference, ticket_type=day)
    page = desk()
    scan(page, owing.access_code)
    shows(page, "unpaid")
    page.get_by_text("Amount, note").click()
    assert faults(page, AT_THE_DOOR) == [], "payment"
    tap(page, "Do not admit")
    scan(page, family[0].access_code)
    shows(page, "admitted", "of this order")
    assert faults(page, AT_THE_DOOR) == [], "others"
    tap(page, "Admit the other one")
    shows(page, "group")
    assert faults(page, AT_THE_DOOR) == [], "group"
    page.keyboard.type("ansel", delay=40)
    shows(page, "search")
    page.get_by_role("link", name="Correct the name Ada").click()
    shows(page, "form")
    assert faults(page, AT_THE_DOOR) == [], "name"
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Walk-in").first.click()
    shows(page, "form")
    page.get_by_role("button", name="Cash: admit").click()
    expect(page.locator("#result")).to_contain_text("Enter a name.")
    assert faults(page, AT_THE_DOOR) == [], "walk-in"
    small = "els => els.map(e => [e.getBoundingClientRect().height, e.textContent]).filter(([h]) => h && h < 63.5)"
    for size in AT_THE_DOOR:
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        assert page.locator("#result :is(.btn, .choice, input.form-control)").evaluate_all(small) == [], size
