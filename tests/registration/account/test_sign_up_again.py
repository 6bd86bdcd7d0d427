"""Somebody signs up once more with an address that nobody has confirmed yet: pressed twice, or they came back later."""

from __future__ import annotations

import re

import pytest
from allauth.account.internal.flows.login import perform_login
from django.core import mail
from django.test import Client
from django.utils import timezone

from registration.account import forms
from registration.account.models import User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


def codes_for(to: str) -> list[str]:
    found = (
        re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", each.body, re.MULTILINE) for each in mail.outbox if to in each.to
    )
    return [code[1] for code in found if code]


@pytest.mark.parametrize("password", ["", "correct horse battery"])
@pytest.mark.parametrize("ends_at", [0, 1])
def test_sign_up_that_came_twice_is_confirmed_on_whichever_page_it_ends_at(password, ends_at):
    """A browser without JavaScript that sends a form again drops the first answer, and with it the session."""
    presses = [Client(), Client()]
    for browser in presses:
        sent = browser.post("/accounts/signup/", {"name": "Ada", "email": "ada@example.org", "password1": password})
        assert sent["Location"] == "/accounts/confirm-email/"
    codes = codes_for("ada@example.org")
    presses[ends_at].post("/accounts/confirm-email/", {"code": codes[ends_at]})
    user = User.objects.get()
    assert presses[ends_at].session["_auth_user_id"] == str(user.pk)
    assert (user.emailaddress_set.get().verified, user.has_usable_password()) == (True, bool(password))


@pytest.mark.both_databases
@pytest.mark.parametrize(("first", "second"), [("mallory knows this", ""), ("mallory knows this", "my own password")])
def test_password_is_nobodys_where_two_who_signed_up_with_one_address_chose_another(first, second):
    for password in (first, second):
        Client().post("/accounts/signup/", {"name": "Ada", "email": "ada@example.org", "password1": password})
    assert not User.objects.get().has_usable_password()


@pytest.mark.both_databases
@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": True}, {"last_login": timezone.now()}])
def test_sign_up_with_the_address_of_an_account_in_use_changes_nothing_of_it(change):
    user = factories.user(email="ada@example.org", verified=False, **change)
    browser = Client()
    browser.post("/accounts/signup/", {"name": "Ada", "email": user.email, "password1": "my own password"})
    user.refresh_from_db()
    assert (user.has_usable_password(), codes_for(user.email)) == (True, [])
    assert "user_id" not in browser.session["account_email_verification_code"]


@pytest.mark.parametrize("second", ["", "correct horse battery"])
def test_who_signs_up_with_an_address_is_not_in_when_its_owner_confirms_it_in_that_moment(monkeypatch, second):
    owner, stranger = Client(), Client()
    owner.post("/accounts/signup/", {"name": "Ada", "email": "ada@example.org", "password1": "correct horse battery"})

    def confirm_first(request, login):
        owner.post("/accounts/confirm-email/", {"code": codes_for("ada@example.org")[0]})
        return perform_login(request, login)

    monkeypatch.setattr(forms, "perform_login", confirm_first)
    stranger.post("/accounts/signup/", {"name": "Mallory", "email": "ada@example.org", "password1": second})
    assert ("_auth_user_id" in owner.session, "_auth_user_id" in stranger.session) == (True, False)
    for path in ("/accounts/confirm-email/", "/accounts/login/", "/me/"):
        stranger.get(path, follow=True)
        assert "_auth_user_id" not in stranger.session, path
