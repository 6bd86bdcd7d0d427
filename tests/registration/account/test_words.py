"""Account pages and what is said on them are in our words, not in those of the library."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests import factories

OURS = Path(settings.BASE_DIR) / "templates"
# Of pages that no way leads to: codes by text message, links instead of codes, and sign-up that is closed.
_UNUSED = {"account/email_confirm.html", "account/signup_closed.html", "account/verification_sent.html"}
_WITHOUT_WORDS = {"mfa/recovery_codes/download.txt"}


def templates_of(patterns: list[URLPattern | URLResolver]) -> set[str]:
    names = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            names |= templates_of(pattern.url_patterns)
        else:
            view = getattr(pattern.callback, "view_class", None)
            if view and view.__module__.startswith("allauth.") and getattr(view, "template_name", None):
                names.add(view.template_name)
    return names


def test_every_page_of_the_library_has_a_template_of_ours():
    names = templates_of(get_resolver().url_patterns) - _UNUSED - _WITHOUT_WORDS
    assert "account/login.html" in names
    theirs = {name for name in names if not Path(get_template(name).origin.name).is_relative_to(OURS)}
    assert theirs == set()


@pytest.mark.django_db
def test_password_is_set_and_changed_in_our_words(client):
    user = factories.user(email="ada@example.org")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    client.force_login(user)
    refused = client.post("/accounts/password/set/", {"password1": "a good long one"})
    assert (refused.status_code, refused.context["form"].errors) == (422, {"password2": ["Enter it once more."]})
    assert [str(field.label) for field in refused.context["form"]] == ["Password", "The same once more"]
    both = {"password1": "a good long one", "password2": "a good long one"}
    done = client.post("/accounts/password/set/", both, follow=True)
    assert [str(message) for message in done.context["messages"]] == ["The password is set."]
    assert done.redirect_chain == [("/accounts/", 302)]
    changed = {"oldpassword": "a good long one", "password1": "another long one", "password2": "another long one"}
    assert client.post("/accounts/password/change/", changed)["Location"] == "/accounts/"
    wrong = client.post(
        "/accounts/password/change/", {"oldpassword": "wrong", "password1": "short", "password2": "other"}
    )
    assert wrong.context["form"].errors["oldpassword"] == ["This is not the password of your account."]
    empty = client.post("/accounts/password/change/", {})
    assert [str(field.label) for field in empty.context["form"]] == [
        "Current password", "New password", "The same once more",
    ]  # fmt: skip
    assert [list(errors) for errors in empty.context["form"].errors.values()] == [
        ["Enter the password you have now."], ["Enter a new password."], ["Enter it once more."],
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["login/", "login/code/", "signup/", "password/reset/", "ticket-lost"])
@pytest.mark.parametrize("mails_wait", [True, False])
def test_site_without_the_internet_offers_no_mail(client, settings, path, mails_wait):
    settings.MAILS_WAIT = mails_wait
    page = client.get(reverse(path) if path == "ticket-lost" else f"/accounts/{path}").content.decode()
    assert ("sends no mail meanwhile" in page) == mails_wait
    if path == "login/":
        offers = ("Send me a sign-in code", "Forgotten?", "we mail you a code", "Lost your ticket?")
        assert [each in page for each in offers] == [not mails_wait] * 4
