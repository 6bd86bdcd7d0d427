"""One's own ticket on a phone that has no network: kept when its owner says so, and gone when they sign out."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.urls import reverse
from playwright.sync_api import expect

from registration.ticket import views
from tests import factories
from tests.browser.conftest import axe
from tests.browser.offline import cut

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("service_worker"),
]


@pytest.fixture
def seat():
    conference = factories.conference(name="Tidewater", venue="De Loods", accent="#7a1f5c")
    factories.logo(conference=conference)
    order = factories.order(conference=conference, user=factories.user(name="Thảo"), total="79.00")
    return order.attendees.get()


@pytest.fixture
def ticket(open_page, seat):
    return open_page(reverse("ticket", args=[seat.conference.slug]), user=seat.user, size="phone")


def keep(page) -> None:
    page.get_by_role("button", name="Keep on this device").click()
    expect(page.get_by_text("Kept on this device: it can be read without a network.")).to_be_visible()


def kept_names(page) -> list[str]:
    return page.evaluate("async () => [...await caches.keys()].filter((name) => name.startsWith('lanyard-ticket'))")


def test_kept_ticket_is_read_without_a_network_with_its_code_and_its_look(ticket, seat):
    assert kept_names(ticket) == []  # nothing is kept that nobody asked for
    keep(ticket)
    assert axe(ticket) == []
    cut(ticket)
    ticket.reload()
    expect(ticket.get_by_text("Without a network: this is the ticket as it was kept")).to_be_visible()
    expect(ticket.get_by_role("img", name=f"QR code of ticket {seat.access_code}")).to_be_visible()
    expect(ticket.get_by_role("heading", name="Thảo")).to_be_visible()
    # In its own look: style sheets and fonts came along.
    assert ticket.evaluate("getComputedStyle(document.querySelector('.qr')).width") != "auto"
    assert ticket.evaluate("[...document.styleSheets].length") >= 2
    assert ticket.evaluate("getComputedStyle(document.body).getPropertyValue('--conference-accent')") == "#7a1f5c"
    assert ticket.evaluate("document.querySelector('.logo-plate').naturalWidth") == 1
    assert axe(ticket) == []
    cut(ticket, is_cut=False)
    ticket.reload()
    expect(ticket.get_by_text("Without a network: this is the ticket as it was kept")).to_be_hidden()


def test_copy_is_brought_up_to_date_and_dropped_on_demand(ticket, seat):
    keep(ticket)
    type(seat).objects.filter(pk=seat.pk).update(name="Dr Thảo")
    ticket.reload()
    ticket.wait_for_load_state("networkidle")
    cut(ticket)
    ticket.reload()
    expect(ticket.get_by_role("heading", name="Dr Thảo")).to_be_visible()
    ticket.get_by_role("button", name="Remove from this device").click()
    expect(ticket.get_by_role("button", name="Keep on this device")).to_be_focused()
    assert kept_names(ticket) == []


def is_kept(page, seat) -> None:
    cut(page)
    page.reload()
    expect(page.get_by_text("Without a network: this is the ticket as it was kept")).to_be_visible()
    expect(page.get_by_role("img", name=f"QR code of ticket {seat.access_code}")).to_be_visible()


def test_sign_in_page_is_never_kept_in_place_of_the_ticket(ticket, seat, monkeypatch):
    """The session ended between two requests, as while a bad network delays the second."""
    keep(ticket)
    page_of = views._page

    def last_one(*given, **fields):
        page = page_of(*given, **fields)
        Session.objects.all().delete()
        return page

    monkeypatch.setattr(views, "_page", last_one)
    ticket.reload()
    ticket.wait_for_load_state("networkidle")
    is_kept(ticket, seat)


def test_ticket_is_not_said_to_be_kept_where_nobody_is_signed_in_any_more(ticket):
    Session.objects.all().delete()
    ticket.get_by_role("button", name="Keep on this device").click()
    expect(ticket.get_by_text("That did not work.")).to_be_visible()
    assert kept_names(ticket) == []


def test_kept_ticket_is_shown_where_the_server_is_in_trouble(ticket, seat, monkeypatch):
    keep(ticket)
    with monkeypatch.context() as trouble:
        trouble.setattr(views, "_page", lambda *given, **fields: HttpResponse("<h1>Back soon</h1>", status=503))
        ticket.reload()
        expect(ticket.get_by_role("img", name=f"QR code of ticket {seat.access_code}")).to_be_visible()
        ticket.wait_for_load_state("networkidle")
    is_kept(ticket, seat)


def test_signing_out_leaves_no_ticket_behind(ticket, seat):
    keep(ticket)
    ticket.goto(reverse("account_logout"))
    ticket.get_by_role("button", name="Sign out").click()
    ticket.wait_for_url(lambda url: "/accounts/" not in url)
    assert kept_names(ticket) == []
    assert ticket.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0


def test_page_can_be_put_on_the_home_screen(ticket, seat):
    address = ticket.locator("link[rel=manifest]").get_attribute("href")
    made = ticket.request.get(ticket.url.split("/conferences/")[0] + address).json()
    page = reverse("ticket", args=[seat.conference.slug])
    assert (made["start_url"], made["scope"], made["display"]) == (page, page, "standalone")
    for icon in made["icons"]:
        assert ticket.request.get(ticket.url.split("/conferences/")[0] + icon["src"]).ok
