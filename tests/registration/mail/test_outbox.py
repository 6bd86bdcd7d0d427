import email
import email.policy

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from post_office.models import PRIORITY, STATUS, Attachment, Email

from registration.mail.colour import contrast, mail_colours
from registration.mail.models import MailAttachment
from registration.mail.outbox import PLAIN_ADDRESS, MailFile, QueueBackend, is_address, queue_mail
from tests import factories

pytestmark = pytest.mark.django_db


def _ticket_mail(conference, *, name="Ada Lovelace", attachments=(), to="ada@example.org"):
    seat = factories.attendee(conference=conference, name=name)
    context = {"attendee": seat, "conference": conference}
    return queue_mail(template="ticket", to=to, context=context, attachments=attachments)


@pytest.mark.both_databases
def test_queue_mail_is_undone_with_the_callers_transaction(conference):
    with pytest.raises(RuntimeError), transaction.atomic():
        _ticket_mail(conference, attachments=[MailFile("qr.png", b"png", "image/png")])
        raise RuntimeError
    assert (Email.objects.count(), Attachment.objects.count(), MailAttachment.objects.count()) == (0, 0, 0)


@pytest.mark.both_databases
def test_queue_mail_keeps_the_bytes_of_an_attachment_in_the_database(conference):
    content = bytes(range(256))
    _ticket_mail(conference, attachments=[MailFile("qr.png", content, "image/png")])
    kept = Email.objects.get().attachments.get()
    assert (kept.name, kept.mimetype, kept.file.read()) == ("qr.png", "image/png", content)


def test_queue_mail_writes_subject_text_and_html(conference, settings):
    settings.SITE_URL = "https://tickets.example.org"
    conference.name, conference.contact_email = "Tidewater", "hello@tidewater.example"
    queued = _ticket_mail(conference)
    seat = conference.attendees.get()
    assert queued.subject == "Your ticket for Tidewater"
    assert queued.headers == {"Reply-To": "hello@tidewater.example"}
    assert f"https://tickets.example.org/t/{seat.access_code}/" in queued.message
    assert f'href="https://tickets.example.org/t/{seat.access_code}/"' in queued.html_message
    assert 'src="cid:qr.png"' in queued.html_message
    assert (queued.status, queued.priority) == (STATUS.queued, PRIORITY.medium)
    assert queued.message_id.endswith("@tickets.example.org>")


def test_names_never_become_code_or_headers(conference):
    conference.name = "Tide\r\nBcc: all@example.org\r\n{{ settings }}{% boom %}"
    queued = _ticket_mail(conference, name='<script>alert(1)</script>{{ 7|add:1 }}{% load %}"&')
    assert queued.subject == "Your ticket for Tide Bcc: all@example.org {{ settings }}{% boom %}"
    assert "<script" not in queued.html_message
    assert "{{ 7|add:1 }}{% load %}" in queued.message
    parsed = email.message_from_bytes(queued.email_message().message().as_bytes(), policy=email.policy.default)
    assert parsed["Bcc"] is None


def test_what_the_mail_shows_is_styled_in_the_elements(conference):
    conference.accent = "#0f5a66"
    html = _ticket_mail(conference).html_message
    assert 'class="btn" href=' in html and "background: #0f5a66" in html
    assert "@media (prefers-color-scheme:dark)" in html.replace(": ", ":").replace("scheme: dark", "scheme:dark")


def test_queue_mail_refuses_what_is_no_address(conference):
    with pytest.raises(ValidationError):
        _ticket_mail(conference, to="ada@example.org\nBcc: all@example.org")
    assert Email.objects.count() == 0


def test_djangos_own_mails_are_queued_as_they_are_and_go_first():
    message = EmailMultiAlternatives(
        "{% boom %} {{ x }}", "{{ code }} {% if %}", to=["ada@example.org"], reply_to=["hello@tidewater.example"]
    )
    message.attach_alternative("<p>{{ code }}</p>", "text/html")
    assert QueueBackend().send_messages([message]) == 1
    queued = Email.objects.get()
    assert (queued.subject, queued.message) == ("{% boom %} {{ x }}", "{{ code }} {% if %}")
    assert "<p>{{ code }}</p>" in queued.html_message
    assert (queued.priority, queued.headers) == (PRIORITY.high, {"Reply-To": "hello@tidewater.example"})


@pytest.mark.parametrize("accent", ["#000000", "#ffffff", "#808080", "#ffe600", "#37389a", "#00ff88", "#f4b91f"])
def test_mail_colours_are_readable_whatever_the_accent(accent):
    colours = mail_colours(accent)
    assert contrast("#ffffff", colours.fill) >= 4.5 and contrast("#f4f2ed", colours.fill) >= 4.5
    assert contrast("#211e18", colours.on_dark) >= 4.5 and contrast("#171510", colours.on_dark) >= 4.5


@given(st.from_regex(PLAIN_ADDRESS, fullmatch=True).filter(lambda to: len(to) <= 254))
def test_what_is_taken_for_an_address_at_a_glance_is_one(to):
    validate_email(to)


@pytest.mark.parametrize(
    "to", ["ada", "ada@", "@example.org", "ada@example", "ada@-example.org", "a.@example.org", "ada@example.org\n"]
)
def test_what_is_no_address(to):
    assert not is_address(to)


@pytest.mark.parametrize("to", ["o'hara@example.org", "ada@localhost", "ADA+tag@sub.example.co.uk", "ada@[127.0.0.1]"])
def test_what_is_an_address(to):
    assert is_address(to)
