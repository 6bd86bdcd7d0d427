"""The page where people delete their own account: with nothing that is kept, and with everything that speaks against it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from conferences.models import Role
from registration.account.models import User
from registration.order.models import Order, OrderStatus
from registration.order.models_credit import Credit
from tests import factories, factories_money
from tests.browser.conftest import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clean_cache")]

PAGE = "/accounts/delete/"


@pytest.fixture
def person():
    return factories.user(name="Ada Ansel", email="ada@example.org")


@pytest.fixture
def leave(open_page, person):
    """The page, opened by a person who proves once more that it is they."""

    def leave():
        page = open_page("/accounts/", user=person, size="phone")
        page.get_by_role("link", name="Delete your account").click()
        page.locator("#id_password").fill("correct horse")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{PAGE}")
        return page

    return leave


def test_page_with_nothing_kept(leave, person, conference):
    page = leave()
    assert faults(page) == []
    factories.waiting(ticket_type=factories.ticket_type(conference=conference, name="Week"), user=person)
    factories.staff(conference=conference, role=Role.ORGANISER)
    factories.staff(conference=conference, role=Role.DESK, user=person)
    page.reload()
    words, after = (page.get_by_text(text).bounding_box() for text in ("You give up", "You are no longer"))
    listed = page.get_by_role("listitem").filter(has_text="Week").bounding_box()
    above, below = listed["y"] - words["y"] - words["height"], after["y"] - listed["y"] - listed["height"]
    assert above < below, "a list is nearer to its own words than to what comes next"
    assert faults(page) == []
    page.get_by_role("button", name="Delete my account").click()
    page.wait_for_url(lambda url: PAGE not in url)
    assert not User.objects.filter(pk=person.pk).exists()


def test_page_with_everything_that_speaks_against_it(leave, person, conference):
    type(conference).objects.update(contact_email="hello@a-rather-long-domain-of-a-conference.example.org")
    User.objects.filter(pk=person.pk).update(is_superuser=True)
    factories.staff(conference=conference, role=Role.ORGANISER, user=person)
    order = factories.order(conference=conference, user=person, total="50.00", seats=2)
    payment = factories_money.payment(order=order, recorded_by=person)
    refund = factories_money.refund(payment=payment)
    credit = Credit.objects.create(conference=conference, user=person)
    type(refund).objects.filter(pk=refund.pk).update(credit=credit)
    Order.objects.create(
        user=person, conference=conference, status=OrderStatus.PENDING, reference="HELD1234", subtotal=0, total=0,
        hold_expires_at=timezone.now() + dt.timedelta(minutes=9),
    )  # fmt: skip
    ended = factories.order(conference=conference, user=person, total="9.00", status="cancelled", seats=0)
    factories_money.payment(order=ended, amount="9.00")
    page = leave()
    assert page.locator("section h2").count() == 6
    assert faults(page) == []
