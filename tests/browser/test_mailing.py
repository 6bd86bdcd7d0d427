"""Writing to the people of the list in a real browser: the filters go along, the preview follows, nothing is lost."""

import pytest
from playwright.sync_api import expect
from post_office.models import STATUS, Email

from conferences.models import Role
from registration.attendee.models import AttendeeState
from registration.notices.mailing import queue_mailings
from registration.notices.models import Mailing
from tests import factories
from tests.browser.conftest import faults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_mail_is_written_seen_tested_and_sent(open_page, conference):
    """From the list as it is filtered to what became of it; axe at each step."""
    for name in ("Ada Coast", "Bea Inland", "Zoë Coast"):
        factories.attendee(conference=conference, name=name)
    factories.attendee(conference=conference, name="Kim Coast", state=AttendeeState.CANCELLED)
    user = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(f"/staff/{conference.slug}/attendees/", user=user)
    page.get_by_label("Name, e-mail, order, company or code").type("coast")
    page.wait_for_selector("text=1–3 of 3")
    page.get_by_role("link", name="Write a mail").click()
    page.wait_for_selector("text=found by “coast”")
    mail = page.frame_locator("iframe[name=mail-preview]")
    page.get_by_label("Text", exact=True).fill("Dear {name},\n\nbring a coat.")
    mail.get_by_text("Dear Ada Coast,").wait_for()
    page.get_by_label("As it reaches").select_option(label="Zoë Coast")
    mail.get_by_text("Dear Zoë Coast,").wait_for()
    assert faults(page, ["phone", "laptop"]) == []
    page.get_by_role("button", name="Leave them out").click()
    page.wait_for_selector("text=2 mails to 2 addresses")
    assert page.get_by_label("Text", exact=True).input_value() == "Dear {name},\n\nbring a coat."
    page.get_by_role("button", name="Send a test to me").click()
    page.wait_for_selector(f"text=A test is on its way to {user.email}")
    page.get_by_role("button", name="Read it once more").click()
    page.get_by_role("button", name="Send 2 mails").wait_for()
    mail.get_by_text("bring a coat.").wait_for()
    assert faults(page, ["phone"]) == []
    page.get_by_role("button", name="Send 2 mails").dblclick()
    page.wait_for_selector("text=On its way")
    queue_mailings(now=Mailing.objects.get().made_at)
    Email.objects.update(status=STATUS.sent)
    failed = Email.objects.latest("pk")
    Email.objects.filter(pk=failed.pk).update(status=STATUS.failed)
    failed.logs.create(status=STATUS.failed, message="550 no such mailbox")
    page.wait_for_selector("text=One not sent")
    assert faults(page, ["phone", "laptop"]) == []
    page.get_by_role("link", name="Sent mails").click()
    page.wait_for_selector("caption:has-text('Sent mails')", state="attached")
    assert faults(page, ["phone"]) == []


def test_preview_stops_nothing_that_is_pressed_before_it_comes(open_page, conference):
    factories.attendee(conference=conference)
    user = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(f"/staff/{conference.slug}/attendees/mail/", user=user)
    page.frame_locator("iframe[name=mail-preview]").get_by_text("Hello").wait_for()
    previews = """async (name) => {
        const preview = document.getElementById("mail-preview-button");
        const other = [...preview.form.elements].find((button) => button.textContent.includes(name));
        let previews = 0;
        preview.form.addEventListener("submit", (event) => {
            event.preventDefault();
            if (event.submitter === preview) previews += 1;
        });
        document.getElementById("id_text").dispatchEvent(new Event("input", { bubbles: true }));
        if (name) preview.form.requestSubmit(other);
        await new Promise((passed) => setTimeout(passed, 800));
        return previews;
    }"""
    assert page.evaluate(previews, "") == 1  # the control: the preview comes where nothing else is pressed
    assert page.evaluate(previews, "Read it once more") == 0


def test_mail_is_read_once_more_right_after_its_preview(open_page, conference):
    """The preview and the other button send the same words, and neither has a name: that is no button pressed twice."""
    factories.attendee(conference=conference)
    user = factories.staff(conference=conference, role=Role.ORGANISER).user
    page = open_page(f"/staff/{conference.slug}/attendees/mail/", user=user)
    page.get_by_label("Subject").fill("Tonight")
    page.get_by_label("Text", exact=True).fill("The party")
    page.get_by_role("button", name="Show").click()
    page.frame_locator("iframe[name=mail-preview]").get_by_text("The party").wait_for()
    page.get_by_role("button", name="Read it once more").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send this mail?")
