"""What comes out of the browser: labels of the right size with a code that reads, once an admission; and the big file."""

from __future__ import annotations

import pypdfium2
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from conferences.models import Role
from registration.badge.models import BadgePrint
from registration.ticket.qr import ticket_url
from tests import factories
from tests.browser.conftest import axe
from tests.browser.offline import cut, ready, sent, strip
from tests.browser.tablet import field, seat_of, shows
from tests.registration.badge.pages import codes_in, picture, sizes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# As with --kiosk-printing: no dialog. What would be printed is asked for by `printed`.
PRINTER = "window.calls = 0; window.print = () => { window.calls += 1; dispatchEvent(new Event('afterprint')); };"
SIZES = {"62x100": (62.0, 100.0), "4x6": (101.6, 152.4), "cr80": (85.6, 53.98)}


def printed(page: Page) -> pypdfium2.PdfDocument:
    """The pages as the printer gets them."""
    return pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))


def about(size: tuple[float, float]) -> tuple[float, float]:
    return round(size[0]), round(size[1])


def calls(page: Page) -> int:
    return page.evaluate("window.calls")


def scan(page: Page, code: str) -> None:
    field(page).fill(code)
    field(page).press("Enter")


@pytest.fixture
def printing_tablet(tablet):
    """`printing_tablet("62x100")`: the page, set to print."""

    def make(size: str, role: Role = Role.DOOR, **options) -> Page:
        page = tablet(role, **options)
        page.add_init_script(PRINTER)
        page.reload()
        page.locator("#menu > summary").click()
        page.locator(f'[data-label="{size}"]').click()
        expect(page.locator(f'[data-label="{size}"]')).to_have_attribute("aria-pressed", "true")
        page.locator("#menu > summary").click()
        return page

    return make


@pytest.mark.parametrize("size", SIZES)
def test_tablet_prints_whom_it_lets_in(printing_tablet, conference, size):
    seat = seat_of(conference, "Ada Lovelace")
    page = printing_tablet(size)
    scan(page, seat.access_code)
    shows(page, "admitted", "Ada Lovelace")
    expect(page.locator(".badge-said")).to_have_text("The badge is on its way to the printer.")
    expect(page.locator("[data-badge]")).to_be_visible()
    assert calls(page) == 1
    document = printed(page)
    assert [about(one) for one in sizes(document)] == [about(SIZES[size])]
    assert len(document) == 1
    assert codes_in(picture(document[0])) == [ticket_url(seat)]
    assert BadgePrint.objects.get().format == size


def test_tablet_prints_once_and_again_by_hand(printing_tablet, conference):
    seat = seat_of(conference, "Ada Lovelace")
    page = printing_tablet("62x100")
    scan(page, seat.access_code)
    expect(page.locator("[data-badge]")).to_be_visible()
    scan(page, seat.access_code)
    shows(page, "already_admitted", "Ada Lovelace")
    expect(page.locator("[data-badge]")).to_be_visible()
    assert (calls(page), BadgePrint.objects.count()) == (1, 1)
    page.locator("[data-badge]").click()
    expect(page.locator(".badge-said")).to_have_text("The badge is on its way to the printer.")
    expect(page.locator("[data-badge]")).to_be_visible()
    assert calls(page) == 2
    assert list(BadgePrint.objects.values_list("reason", flat=True)) == ["Printed again at the door", ""]


def test_tablet_prints_none_for_who_has_a_badge(printing_tablet, conference):
    seat = seat_of(conference, "Ada Lovelace")
    factories.badge_print(attendee=seat, format="a4")
    page = printing_tablet("62x100")
    scan(page, seat.access_code)
    expect(page.locator(".badge-said")).to_contain_text("The badge was printed before")
    assert (calls(page), BadgePrint.objects.count()) == (0, 1)


def test_tablet_that_is_not_set_prints_nothing(tablet, conference):
    seat = seat_of(conference, "Ada Lovelace")
    page = tablet()
    scan(page, seat.access_code)
    shows(page, "admitted", "Ada Lovelace")
    expect(page.locator(".badge-said, [data-badge]")).to_have_count(0)
    assert BadgePrint.objects.count() == 0


def test_badge_that_did_not_come_is_printed_when_the_server_answers(printing_tablet, conference):
    seat = seat_of(conference, "Ada Lovelace")
    page = printing_tablet("62x100")
    page.route("**/badges/print/", lambda route: route.abort())
    scan(page, seat.access_code)
    expect(page.locator(".badge-said")).to_have_text("No badge came: the server did not answer.")
    page.unroute("**/badges/print/")
    page.locator("[data-badge]").click()
    expect(page.locator(".badge-said")).to_have_text("The badge is on its way to the printer.")
    assert BadgePrint.objects.count() == 1


def test_setting_lasts_and_its_test_prints_nobody(printing_tablet, conference):
    page = printing_tablet("cr80")
    page.reload()
    page.locator("#menu > summary").click()
    expect(page.locator('[data-label="cr80"]')).to_have_attribute("aria-pressed", "true")
    page.locator("[data-test-label]").click()
    expect(page.locator("body")).to_have_class("tablet printing-label")
    assert [about(one) for one in sizes(printed(page))] == [about(SIZES["cr80"])]
    assert axe(page) == []
    page.locator('[data-label=""]').click()
    expect(page.locator("[data-test-label]")).to_be_hidden()
    assert BadgePrint.objects.count() == 0


@pytest.mark.parametrize("size", SIZES)
def test_label_page_prints_itself_once_at_its_size(open_page, conference, size):
    seat = seat_of(conference, "Thảo Nguyễn")
    made = factories.badge_print(attendee=seat, format=size)
    user = factories.staff(conference=conference, role=Role.DESK).user
    page = open_page(user=user)
    page.add_init_script(PRINTER)
    page.goto(reverse("badge-label", args=[conference.slug, made.request_id]))
    expect(page.get_by_role("img", name="Badge of Thảo Nguyễn")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert calls(page) == 1
    document = printed(page)
    assert ([about(one) for one in sizes(document)], len(document)) == ([about(SIZES[size])], 1)
    assert codes_in(picture(document[0])) == [ticket_url(seat)]
    assert axe(page) == []
    page.reload()
    page.wait_for_load_state("networkidle")
    assert calls(page) == 0


def test_big_file_is_made_and_saved(open_page, conference):
    kind = factories.ticket_type(conference=conference)
    for number in range(30):
        seat_of(conference, f"Person {number}", ticket_type=kind)
    user = factories.staff(conference=conference, role=Role.DESK).user
    page = open_page(reverse("badges", args=[conference.slug]), user=user)
    assert axe(page) == []
    page.get_by_label("Everybody").check()
    page.get_by_label("A4, two to fold").check()
    expect(page.locator("#chosen")).to_contain_text("on 15 pages")
    first = page.locator(".badge-preview img").get_attribute("src")
    for name in ("The next badge", "The badge before", "The next badge"):
        button = page.get_by_role("button", name=name)
        shown = page.locator(".badge-preview img").get_attribute("src")
        button.press("Enter")
        expect(page.locator(".badge-preview img")).not_to_have_attribute("src", shown)
        expect(button).to_be_focused()
    expect(page.locator(".badge-preview img")).not_to_have_attribute("src", first)
    with page.expect_download() as download:
        page.get_by_role("button", name="Make the PDF").click()
    document = pypdfium2.PdfDocument(download.value.path())
    assert (len(document), sizes(document)) == (15, {(210.0, 297.0)})
    expect(page.locator('[data-slot="done"]')).to_be_focused()
    assert axe(page) == []
    assert BadgePrint.objects.count() == 30
    expect(page.get_by_text("30 people expected, 0 without a badge")).to_be_visible()
    expect(page.get_by_role("region", name="Printed last")).to_contain_text("30 badges")
    page.get_by_role("link", name="Who is still without a badge?").click()
    expect(page.locator("#chosen")).to_contain_text("Every badge is printed")


def test_same_file_made_twice_counts_twice_also_without_https(open_page, conference):
    seat_of(conference, "Ada Lovelace")
    user = factories.staff(conference=conference, role=Role.DESK).user
    page = open_page(f"{reverse('badges', args=[conference.slug])}?who=all", user=user)
    page.evaluate("crypto.randomUUID = undefined")  # as on the address of a laptop on the venue's own network
    for number in (1, 2):
        with page.expect_download():
            page.get_by_role("button", name="Make the PDF").click()
        expect(page.locator('[data-slot="done"]')).to_be_visible()
        assert BadgePrint.objects.count() == number


@pytest.mark.usefixtures("service_worker")
def test_tablet_that_started_without_the_network_counts_badges_and_prints_when_it_is_back(printing_tablet, conference):
    seat, *others = (seat_of(conference, name) for name in ("Ada Lovelace", "Bo Li", "Cyd Ng"))
    page = printing_tablet("62x100")
    ready(page)
    cut(page)
    page.reload()
    expect(page.locator("#offline")).to_be_visible()
    for number, other in enumerate(others, start=1):
        scan(page, other.access_code)
        expect(page.locator(".badge-said")).to_have_text("No badge: this tablet is offline. The desk prints it later.")
        expect(strip(page, "badges")).to_contain_text(
            f"{number} badge{'s' * (number > 1)} to print later", use_inner_text=True
        )
    page.reload()  # they are not forgotten
    expect(strip(page, "badges")).to_contain_text("2 badges to print later")
    cut(page, is_cut=False)
    sent(page)
    strip(page, "badges").get_by_role("button", name="Seen").click()
    expect(strip(page, "badges")).to_be_hidden()
    scan(page, seat.access_code)
    expect(page.locator(".badge-said")).to_have_text("The badge is on its way to the printer.")
    expect(page.locator("[data-badge]")).to_be_visible()
    assert calls(page) == 1


def test_badge_is_printed_with_a_token_that_was_too_old(printing_tablet, conference):
    seat = seat_of(conference, "Ada Lovelace")
    page = printing_tablet("62x100")
    page.route("**/badges/print/", lambda route: route.fulfill(status=403, json={"error": "csrf"}), times=1)
    scan(page, seat.access_code)
    expect(page.locator(".badge-said")).to_have_text("The badge is on its way to the printer.")


def test_refused_badge_says_so_and_can_be_asked_for_again(printing_tablet, conference):
    seat = seat_of(conference, "Ada Lovelace")
    page = printing_tablet("62x100")
    page.route("**/badges/print/", lambda route: route.fulfill(status=403, json={"error": "csrf"}))
    scan(page, seat.access_code)
    expect(page.locator(".badge-said")).to_contain_text("No badge came")
    page.unroute("**/badges/print/")
    page.locator("[data-badge]").click()
    expect(page.locator(".badge-said")).to_have_text("The badge is on its way to the printer.")
    assert BadgePrint.objects.count() == 1
