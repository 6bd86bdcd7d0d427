"""Paying by card in a real browser, to Stripe's page and back; and the pages of money, for everybody."""

import re
import uuid
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from conferences.models import Role
from registration.money.models import IssueKind
from registration.order.payment import receive_payment
from registration.order.refund import refund_order
from tests import factories, factories_money, fakestripe
from tests.browser.conftest import AT_HOME, axe, faults
from tests.registration.money.conftest import unpaid_order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stripe(settings, live_server):
    with fakestripe.running() as fake:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = fakestripe.KEY, fakestripe.WEBHOOK_SECRET
        settings.STRIPE_API_BASE, settings.SITE_URL = fake.url, live_server.url
        yield fake


def test_buyer_pays_by_card_and_comes_back_to_the_tickets(open_page, stripe):
    order = unpaid_order(factories.conference())
    page = open_page(f"/orders/{order.reference}/", user=order.user, size="phone")
    page.get_by_role("button", name="Pay €100 by card").click()
    page.wait_for_url(re.compile(f"{stripe.url}/pay/"))
    page.get_by_role("link", name="Pay").click()
    expect(page.get_by_text("Stripe is confirming")).to_be_visible()
    assert axe(page) == []
    stripe.tell(Client(), "checkout.session.completed", stripe.sessions["cs_test_1"])
    expect(page.get_by_role("heading", level=1)).to_have_text("You are registered")


@pytest.fixture
def money(transactional_db):
    """A conference with an order of each kind, and what waits for people."""
    conference = factories.conference(invoice_sender="Tide Events e.V.\n20457 Hamburg", accent="#0f5a66")
    waiting, paid = unpaid_order(conference), unpaid_order(conference)
    receive_payment(
        order=paid,
        amount=Decimal("120.00"),
        method="cash",
        note="",
        by=None,
        now=timezone.now(),
        request_id=uuid.uuid4(),
    )
    refund_order(
        order=paid, amount=Decimal("50.00"), seats=[paid.attendees.last()], reason="Ill", by=None, now=timezone.now(),
        request_id=uuid.uuid4(),
    )  # fmt: skip
    for kind in IssueKind:
        factories_money.issue(
            order=paid, kind=kind, amount=Decimal("20.00"), currency="EUR", external_id="pi_3NabcdefGH"
        )
    return conference, waiting, paid


def test_pages_of_money_are_accessible(open_page, money):
    conference, waiting, paid = money
    staff = f"/staff/{conference.slug}"
    organiser = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(f"{staff}/money/", user=organiser)
    for path in (
        f"{staff}/money/", f"{staff}/money/bank/", f"{staff}/settings/payment/", f"{staff}/orders/{paid.reference}/",
        f"{staff}/orders/{paid.reference}/refund/",
    ):  # fmt: skip
        page.goto(path)
        assert (path, faults(page, AT_HOME)) == (path, [])
    page.goto(f"{staff}/money/bank/")
    content = f"Date;Purpose;Amount;Name\n2027-03-05;Ticket {waiting.reference};100,00;Ada Lovelace\n2027-03-05;hello;5,00;Bob\n"
    file = SimpleUploadedFile("list.csv", content.encode())
    page.get_by_label("The list, as CSV").set_input_files(
        {"name": file.name, "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", name="Just what is owed")).to_be_visible()
    assert faults(page) == []


def test_refund_by_keyboard_alone(open_page, money):
    conference, _waiting, paid = money
    organiser = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(f"/staff/{conference.slug}/orders/{paid.reference}/refund/", user=organiser)
    page.locator("input[name=seats]").focus()
    page.keyboard.press("Space")
    while not page.evaluate("document.activeElement.matches('[name=reason]')"):
        page.keyboard.press("Tab")
    page.keyboard.type("Ill too")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text("Given back. The buyer gets a mail.")
    paid.refresh_from_db()
    assert paid.status == "refunded"
