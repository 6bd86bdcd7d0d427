"""Mails about accounts: allauth sends them, we say what they say."""

from pathlib import Path

import allauth
import pytest
from django.conf import settings as django_settings
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from post_office.models import PRIORITY, Email

from tests import factories

pytestmark = pytest.mark.django_db

# What is sent only with settings this site does not have.
NOT_SENT = {"password_reset_code"}
ALLAUTH = Path(allauth.__file__).parent / "templates"
SENT = sorted(
    f"{folder}/{path.name}"
    for folder in ("account/email", "mfa/email")
    for path in (ALLAUTH / folder).glob("*.txt")
    if path.name.rpartition("_")[0] not in NOT_SENT
)


@pytest.fixture(autouse=True)
def _queue(settings, clean_cache):
    settings.EMAIL_BACKEND = "registration.mail.outbox.QueueBackend"


def test_every_mail_that_allauth_sends_is_in_our_words():
    ours = str(django_settings.BASE_DIR / "templates")
    assert len(SENT) > 20
    assert [name for name in SENT if not get_template(name).origin.name.startswith(ours)] == []


def test_login_code_is_queued_first_and_stands_large_in_the_mail(client):
    user = factories.user()
    client.post(reverse("account_request_login_code"), {"email": user.email})
    mail = Email.objects.get()
    code = mail.subject.split()[0]
    assert (mail.to, mail.priority) == ([user.email], PRIORITY.high)
    assert f"\n{code}\n" in mail.message
    assert 'class="code"' in mail.html_message and f">{code}</p>" in mail.html_message
    assert mail.html_message.count("style=") > 5


def test_known_and_unknown_addresses_get_one_mail_each_with_the_same_parts():
    for email in (factories.user().email, "nobody@example.org"):
        Client().post(reverse("account_request_login_code"), {"email": email})
    assert [(bool(mail.message), bool(mail.html_message)) for mail in Email.objects.all()] == [(True, True)] * 2


def test_name_in_an_account_mail_is_no_code(client):
    name = "{% load x %}{{ 7|add:1 }}<script>"
    data = {"name": name, "email": "new@example.org", "password1": "correct horse battery"}
    client.post(reverse("account_signup"), data)
    mail = Email.objects.get()
    assert name in mail.message
    assert "{% load x %}{{ 7|add:1 }}&lt;script&gt;" in mail.html_message
