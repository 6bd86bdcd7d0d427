"""A form of the staff that was left open until its session ended: it waits for the sign-in, and nothing of it is lost."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import expect

from conferences.models import Role
from registration.mail.models import MailText
from registration.order.models_money import Payment
from tests import factories
from tests.browser.conftest import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# As if it had been open for long.
LONG_AGO = "document.getElementById('signed-out').dataset.after = 0"


def sign_in_elsewhere(page, user):
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Sign in in a new window").click()
    window = popup.value
    window.get_by_label("E-mail").first.fill(user.email)
    window.fill("#id_password", "correct horse")
    window.get_by_role("button", name="Sign in", exact=True).click()
    window.wait_for_url("**/staff/")
    window.close()


def test_mail_that_was_half_written_is_sent_on_after_signing_in_again(open_page, conference):
    factories.attendee(conference=conference, name="Ada")
    user = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(f"/staff/{conference.slug}/attendees/mail/", user=user)
    frame = page.frame_locator("iframe[name=mail-preview]")
    frame.get_by_text("Hello Ada").wait_for()
    page.evaluate(LONG_AGO)
    Session.objects.all().delete()
    page.get_by_label("Text", exact=True).fill("Dear {name},\n\nbring a coat.")
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    assert faults(page, ["phone", "laptop"]) == []
    page.get_by_role("button", name="Signed in: go on").click()
    expect(page.get_by_text("Still signed out.")).to_be_visible()
    sign_in_elsewhere(page, user)
    page.get_by_role("button", name="Signed in: go on").click()
    frame.get_by_text("Dear Ada,").wait_for()
    page.get_by_role("button", name="Read it once more").click()
    page.get_by_role("button", name="Send 1 mail").wait_for()
    frame.get_by_text("bring a coat.").wait_for()


def test_form_is_sent_as_ever_while_its_sender_is_signed_in(open_page, conference):
    order = factories.order(conference=conference, total="50.00", status="pending")
    user = factories.staff(conference=conference, role=Role.DESK).user
    page = open_page(f"/staff/{conference.slug}/orders/{order.reference}/", user=user)
    page.evaluate(LONG_AGO)
    page.get_by_role("button", name="Record the payment").dblclick()
    expect(page.get_by_role("heading", name="Record a payment")).to_have_count(0)
    assert Payment.objects.count() == 1


def test_payment_that_was_half_written_waits_for_the_sign_in(open_page, conference):
    """One of its fields is called `method`, as what a form has."""
    order = factories.order(conference=conference, total="50.00", status="pending")
    user = factories.staff(conference=conference, role=Role.DESK).user
    page = open_page(f"/staff/{conference.slug}/orders/{order.reference}/", user=user)
    page.evaluate(LONG_AGO)
    Session.objects.all().delete()
    page.get_by_label("Note").fill("An envelope")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    sign_in_elsewhere(page, user)
    page.get_by_role("button", name="Signed in: go on").click()
    expect(page.get_by_role("heading", name="Record a payment")).to_have_count(0)
    assert Payment.objects.get().note == "An envelope"


def test_words_of_a_mail_in_admin_wait_too(open_page, conference):
    text = MailText.objects.create(
        conference=conference, kind="day_before", subject="Tomorrow", text="See you, {name}."
    )
    factories.attendee(conference=conference, name="Ada")
    user = factories.superuser()
    page = open_page(reverse("admin:registration_mailtext_change", args=[text.pk]), user=user)
    frame = page.frame_locator("iframe[name=mail-preview]")
    frame.get_by_text("See you,").wait_for()
    page.evaluate(LONG_AGO)
    Session.objects.all().delete()
    page.locator("#id_text").fill("Bring a coat, {name}.")
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    sign_in_elsewhere(page, user)
    page.get_by_role("button", name="Signed in: go on").click()
    frame.get_by_text("Bring a coat,").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/mailtext/")
    text.refresh_from_db()
    assert text.text == "Bring a coat, {name}."
