"""The ticket, my tickets, the details and the outbox in a real browser: nothing broken, nothing inaccessible."""

from __future__ import annotations

import pytest
from django.core.mail import EmailMessage
from django.urls import reverse
from playwright.sync_api import expect

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.mail.outbox import MailFile, QueueBackend, queue_mail
from registration.order.models import Order
from registration.order.recount import recount_places
from registration.ticket.qr import qr_png
from tests import factories
from tests.browser.conftest import AT_HOME, axe, faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def order() -> Order:
    conference = factories.conference(name="Tidewater", venue="De Loods", contact_email="hello@tidewater.example")
    buyer = factories.user(name="Nguyễn Thị Phương Thảo")
    return factories.order(conference=conference, user=buyer, total="158.00", seats=2)


@pytest.fixture
def mail(order):
    seat = order.attendees.first()
    context = {"attendee": seat, "conference": order.conference, "order": order}
    return queue_mail(
        template="ticket",
        to="thao@example.org",
        context=context,
        attachments=[MailFile("qr.png", qr_png(seat.access_code), "image/png")],
    )


def test_ticket_pages_fit_every_screen_and_axe_finds_nothing(open_page, order, mail):
    own = reverse("ticket", args=[order.conference.slug])
    guest = order.attendees.order_by("pk").last()
    page = open_page(own, user=order.user)
    paths = [
        own,
        f"{own}details/",
        reverse("order-ticket", args=[order.reference, guest.access_code]),
        "/me/",
        "/outbox/",
    ]
    for path in paths:
        page.goto(path)
        assert (path, faults(page, AT_HOME)) == (path, [])


@pytest.mark.parametrize("fields", [{"state": "cancelled"}, {"blocked_reason": "x"}, {"completed_registration": False}])
def test_ticket_that_does_not_open_the_door_is_accessible_too(open_page, order, fields):
    Attendee.objects.filter(user=order.user).update(**fields)
    recount_places(conference=order.conference, fix=True)
    page = open_page(reverse("ticket", args=[order.conference.slug]), user=order.user, size="phone", dark=True)
    assert axe(page) == []


def test_code_is_large_and_qr_dark_on_white_in_dark_mode(open_page, order):
    page = open_page(reverse("ticket", args=[order.conference.slug]), user=order.user, size="phone", dark=True)
    painted = page.eval_on_selector_all("svg.qr path", "paths => paths.map(path => getComputedStyle(path).fill)")
    assert painted == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    box = page.locator("svg.qr").bounding_box()
    assert box["width"] >= 240 and abs(box["width"] - box["height"]) < 1
    size, font = page.locator(".pass .code").evaluate(
        "(code) => { const { fontSize, fontFamily } = getComputedStyle(code); return [parseFloat(fontSize), fontFamily] }"
    )
    assert (size > 1.5 * 17, font.startswith('"Roboto Mono"')) == (True, True)  # its zero is slashed
    page.wait_for_function(
        "() => [...document.fonts].some((font) => font.family.includes('Mono') && font.status === 'loaded')"
    )


def test_nothing_of_the_head_is_hidden_by_the_ribbon(open_page, order):
    type(order.conference).objects.update(name="A conference whose name is long enough for two lines of a phone")
    page = open_page(reverse("ticket", args=[order.conference.slug]), user=order.user, size="phone")
    middle = 390 / 2
    for box in (page.locator(".site-head .brand").bounding_box(), page.locator(".site-head nav").bounding_box()):
        assert box["x"] + box["width"] <= middle - 17 or box["x"] >= middle + 17


def test_ticket_is_whole_without_javascript(open_page, order):
    page = open_page(
        reverse("ticket", args=[order.conference.slug]), user=order.user, size="phone", java_script_enabled=False
    )
    seat = order.attendees.get(user=order.user)
    expect(page.get_by_role("img", name=f"QR code of ticket {seat.access_code}")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nguyễn Thị Phương Thảo")
    assert page.locator(".pass .code").inner_text().replace("\n", "") == seat.access_code


def test_holder_corrects_the_details_by_keyboard(open_page, order):
    page = open_page(reverse("ticket", args=[order.conference.slug]), user=order.user, size="phone")
    page.get_by_role("link", name="Correct them").press("Enter")
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    assert axe(page) == []
    page.get_by_label("Name", exact=True).fill("Phương Thảo")
    page.get_by_label("Affiliation").fill("Universiteit Antwerpen")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Phương Thảo")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("Universiteit Antwerpen")).to_be_visible()


def test_outbox_shows_new_mails_by_itself(open_page, mail):
    page = open_page("/outbox/")
    expect(page.get_by_text("K7QD-4XTB").first).to_be_hidden()
    QueueBackend().send_messages([EmailMessage("Your code", "Hello\n\nK7QD-4XTB\n", to=["new@example.org"])])
    expect(page.locator(".big .code").first).to_have_text("K7QD-4XTB")


def test_mail_is_shown_as_it_looks_and_can_do_nothing(open_page, mail):
    type(mail).objects.update(
        html_message=mail.html_message.replace("</main>", "<script>document.title='ran'</script></main>")
    )
    # Its script is refused, and the browser says so; that is what this test is about.
    page = open_page("/outbox/")
    with page.context.new_page() as shown:
        shown.goto(f"/outbox/{mail.pk}/")
        assert shown.title() == "Your ticket for Tidewater"
        loaded = shown.eval_on_selector("img.qr", "image => image.naturalWidth > 0")
        assert loaded is True


def test_empty_me_is_accessible(open_page):
    page = open_page("/me/", user=User.objects.get(pk=factories.user().pk), size="phone")
    expect(page.get_by_role("heading", name="No tickets yet")).to_be_visible()
    assert axe(page) == []
