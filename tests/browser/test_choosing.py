"""Several tickets, add-ons and a voucher in a real browser: held as soon as the page is open, summed as people choose."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from registration.catalogue.models import AddOn
from registration.order.models import Order, OrderStatus
from registration.order.recount import recount_places
from tests import factories
from tests.browser.conftest import AT_HOME, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def conference(transactional_db):
    made = factories.conference(name="Tidewater", tagline="Three days on open infrastructure", accent="#0f5a66")
    factories.ticket_type(
        conference=made, name="Regular", slug="regular", price=Decimal("249"), tax_rate=Decimal("21"), total_quantity=9,
        description="All three days, with lunch.",
    )  # fmt: skip
    factories.ticket_type(conference=made, name="Student", slug="student", price=Decimal("79"), tax_rate=Decimal("21"))
    factories.add_on(
        conference=made, name="Conference dinner", slug="dinner", price=Decimal("45"), tax_rate=Decimal("12"),
        total_quantity=30, description="Thursday at eight, in the old harbour hall.",
    )  # fmt: skip
    factories.add_on(conference=made, name="T-shirt", slug="shirt", price=Decimal("18"), limit_per_seat=3)
    factories.voucher(conference=made, code="GETIJDE", reduction="amount", value=Decimal("25"), max_uses=20)
    return made


def test_group_is_chosen_held_and_ordered(open_page, conference):
    page = open_page(f"/conferences/{conference.slug}/register/", user=factories.user(name="Ada Lovelace"))
    page.get_by_label("Number of Regular tickets").select_option("1")
    page.get_by_label("Number of Student tickets").select_option("1")
    page.get_by_role("button", name="Continue").click()
    order = page.get_by_label("Your order")
    expect(page.locator("#held")).to_contain_text("(14:5")
    page.get_by_label("Conference dinner").first.check()
    expect(order).to_contain_text("€373")
    page.get_by_label("T-shirt").nth(1).select_option("2")
    expect(order).to_contain_text("€409")
    order.get_by_label("Voucher").fill("getijde")
    order.get_by_role("button", name="Apply").click()
    expect(order).to_contain_text("€359")
    expect(page.get_by_role("button", name="Order for €359")).to_be_visible()
    # The address alone brings it all back.
    page.reload()
    expect(order).to_contain_text("€359")
    expect(page.get_by_label("Conference dinner").first).to_be_checked()
    page.get_by_label("I will name this person later").check()
    page.get_by_role("button", name="Order for €359").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How would you like to pay?")
    placed = Order.objects.get()
    assert (placed.status, placed.total, placed.lines.count()) == (OrderStatus.PENDING, Decimal("359.00"), 4)
    assert recount_places(conference=conference) == []


def test_voucher_makes_the_prices_at_the_seats_those_of_the_sum(open_page, conference):
    code = factories.voucher(conference=conference, code="HALF", reduction="percent", value=Decimal("50"), max_uses=2)
    code.add_ons.add(AddOn.objects.get(slug="dinner"))
    page = open_page(
        f"/conferences/{conference.slug}/register/?ticket=regular&ticket=student",
        user=factories.user(name="Ada"), size="phone",
    )  # fmt: skip
    page.get_by_label("Conference dinner · €45").nth(1).check()
    order = page.get_by_label("Your order")
    expect(order).to_contain_text("€373")
    order.get_by_label("Voucher").fill("half")
    order.get_by_role("button", name="Apply").click()
    expect(page.get_by_label("Conference dinner · €22.50")).to_have_count(2)
    expect(page.get_by_label("Conference dinner · €22.50").nth(1)).to_be_checked()
    # What was put in place anew still asks for the sum.
    page.get_by_label("Conference dinner · €22.50").first.check()
    expect(order).to_contain_text("€209")


def test_details_page_holds_by_itself_and_the_clock_says_when_it_is_over(open_page, conference):
    page = open_page(f"/conferences/{conference.slug}/register/?ticket=regular", user=factories.user(name="Ada"))
    expect(page.locator("#held")).to_be_visible()
    assert Order.objects.choices().count() == 1
    page.evaluate(
        """() => {
            const held = document.querySelector("#held [data-seconds]");
            const over = held.cloneNode(true);
            over.dataset.seconds = "0";
            held.replaceWith(over);
        }"""
    )
    for place in ("#held", "#said"):
        expect(page.locator(place)).to_contain_text("The time is over.")


def test_time_goes_on_while_the_phone_sleeps(open_page, conference):
    """The clock that counts for how long a page is open stands still meanwhile."""
    page = open_page(f"/conferences/{conference.slug}/register/?ticket=regular", user=factories.user(name="Ada"))
    held = page.locator("#held")
    expect(held).to_contain_text("(14:")
    page.evaluate("""() => {
        const clock = Date.now;
        Date.now = () => clock() + 10 * 60_000;
    }""")
    expect(held).to_contain_text("(4:")


def test_pages_of_a_group_are_accessible(open_page, conference):
    page = open_page("/", user=factories.user(name="Ada Lovelace"))
    for path in (
        "?voucher=GETIJDE", "register/?choose&ticket=regular&voucher=GETIJDE", "register/?ticket=regular&ticket=student",
    ):  # fmt: skip
        page.goto(f"/conferences/{conference.slug}/{path}")
        page.wait_for_load_state("networkidle")
        assert (path, faults(page, AT_HOME)) == (path, [])
