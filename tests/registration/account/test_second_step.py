"""The second step: its codes work once, and nothing leads around it."""

from __future__ import annotations

import logging
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core import mail
from django.test import Client
from django.utils import timezone
from time_machine import TimeMachineFixture

from registration.account.models import User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


@pytest.fixture(autouse=True)
def _same_half_minute(time_machine: TimeMachineFixture) -> None:
    """For which a code is good: else one made at its end is none when it arrives."""
    time_machine.move_to(timezone.now(), tick=False)


@pytest.fixture
def secret() -> str:
    return generate_totp_secret()


@pytest.fixture
def user(secret: str) -> User:
    user = factories.user(email="ada@example.org")
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return user


def totp_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def after_password(password: str = "correct horse") -> Client:
    client = Client()
    response = client.post("/accounts/login/", {"login": "ada@example.org", "password": password})
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    return client


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def without_password() -> User:
    user = factories.user()
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return user


def test_code_of_the_app_signs_in_once(user, secret):
    used = totp_code(secret)
    first, second = after_password(), after_password()
    first.post("/accounts/2fa/authenticate/", {"code": used})
    assert second.post("/accounts/2fa/authenticate/", {"code": used}).status_code == 422
    assert (is_in(first), is_in(second)) == (True, False)


@pytest.mark.usefixtures("user")
def test_page_of_the_second_step_names_recovery_codes_and_no_key_where_there_is_none():
    page = after_password().get("/accounts/2fa/authenticate/").content.decode()
    assert ("or one of your recovery codes" in page, "Use a passkey" in page) == (True, False)


def test_who_has_passkeys_alone_is_told_of_no_app(client, monkeypatch):
    monkeypatch.setattr(webauthn, "get_credentials", lambda user: [])  # the key below is none
    user = factories.user(email="ada@example.org")
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Phone", "credential": {}})
    RecoveryCodes.activate(user)
    client.force_login(user)
    assert "On: your passkey or security key is asked for" in client.get("/accounts/").content.decode()
    for asked, path in ((after_password(), "authenticate"), (client, "reauthenticate")):
        page = asked.get(f"/accounts/2fa/{path}/").content.decode()
        assert ("Type one of your recovery codes." in page, "your app" in page) == (True, False)
        refused = asked.post(f"/accounts/2fa/{path}/", {"code": "wrong"})
        assert refused.context["form"].errors == {"code": ["This code is wrong, or was used already."]}


def test_recovery_code_signs_in_once(user):
    used = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()[0]
    first, second = after_password(), after_password()
    first.post("/accounts/2fa/authenticate/", {"code": used})
    assert second.post("/accounts/2fa/authenticate/", {"code": used}).status_code == 422
    assert (is_in(first), is_in(second)) == (True, False)


def test_sign_in_code_and_password_reset_do_not_lead_around_it(client, user):
    client.post("/accounts/login/code/", {"email": user.email})
    code = re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]
    response = client.post("/accounts/login/code/confirm/", {"code": code})
    assert response["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(client)
    other = Client()
    other.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]
    form = other.get(link, follow=True).redirect_chain[-1][0]
    other.post(form, {"password1": "another good one", "password2": "another good one"})
    assert not is_in(other)
    after_password("another good one")


@pytest.mark.parametrize(
    "path", ["/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/webauthn/add/"]
)
def test_changing_the_second_step_asks_once_more(user, secret, path):
    client = after_password()
    client.post("/accounts/2fa/authenticate/", {"code": totp_code(secret)})
    response = client.get(path)
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/accounts/reauthenticate/")


@pytest.mark.parametrize(
    ("path", "asks", "others", "wrong"),
    [
        (
            "/accounts/reauthenticate/",
            "Type the password of your account.",
            ["Use a code", "Use a passkey"],
            {"password": "This is not the password of your account."},
        ),
        (
            "/accounts/2fa/reauthenticate/",
            "Type the code that your app shows, or one of your recovery codes.",
            ["Use a passkey", "Use your password"],
            {"code": "This code is wrong, or was used already. An app shows a new one every half a minute."},
        ),
    ],
)
def test_page_that_asks_once_more_is_in_our_words(client, user, path, asks, others, wrong):
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Phone", "credential": {}})
    client.force_login(user)
    page = client.get(path, {"next": "/accounts/2fa/recovery-codes/"})
    assert asks in page.content.decode()
    assert [str(way["description"]) for way in page.context["reauthentication_alternatives"]] == others
    assert '<input type="hidden" name="next" value="/accounts/2fa/recovery-codes/">' in page.content.decode()
    assert page.content.decode().count("/accounts/password/reset/") == ("password" in wrong)
    refused = client.post(path, dict.fromkeys(wrong, "wrong"))
    assert (refused.status_code, refused.context["form"].errors) == (
        422,
        {field: [says] for field, says in wrong.items()},
    )


def test_passkey_is_asked_for_before_codes_that_nobody_has_seen_yet(client):
    user = without_password()
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "Phone", "credential": {}})
    RecoveryCodes.activate(user)
    client.force_login(user)
    asked = client.get("/accounts/2fa/recovery-codes/")
    assert asked["Location"].partition("?")[0] == "/accounts/2fa/webauthn/reauthenticate/"


def test_app_is_set_up_on_the_phone_that_has_it(client):
    client.force_login(without_password())
    page = client.get("/accounts/2fa/totp/activate/")
    link = re.search(
        r'<a class="back-a" href="(otpauth://totp/[^"]+)">Open the app on this device', page.content.decode()
    )
    assert f"secret={page.context['form'].secret}" in link[1]


@pytest.mark.parametrize("path", ["authenticate/", "reauthenticate/", "totp/activate/"])
def test_field_for_a_code_of_the_app_is_made_for_digits(client, user, path):
    client.force_login(without_password() if "totp" in path else user)
    client, path = after_password() if path == "authenticate/" else client, f"/accounts/2fa/{path}"
    field = client.get(path).context["form"]["code"]
    assert (str(field.label), field.field.widget.attrs) == (
        "Code", {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )  # fmt: skip
    refused = client.post(path, {"code": ""})
    assert (refused.status_code, refused.context["form"].errors) == (422, {"code": ["Enter the code."]})


@pytest.mark.parametrize(
    "credential",
    ['{"id": %s}' % ("9" * 5000), "[" * 100_000, "{}", "nonsense"],
    ids=["number", "deep", "empty", "none"],
)
@pytest.mark.parametrize("path", ["login/", "add/", "reauthenticate/"])
def test_passkey_that_makes_no_sense_is_refused(client, user, path, credential):
    if path != "login/":
        client.force_login(without_password() if path == "add/" else user)
    refused = client.post(f"/accounts/2fa/webauthn/{path}", {"credential": credential})
    assert refused.status_code == (422 if path == "add/" else 302)
    assert is_in(client) == (path != "login/")


def test_passkey_is_called_by_the_device_it_is_added_on(client):
    client.force_login(without_password())
    agent = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
    page = client.get("/accounts/2fa/webauthn/add/", headers={"User-Agent": agent})
    assert page.context["form"]["name"].value() == "Firefox on Android"


@pytest.mark.django_db(transaction=True)
def test_who_sets_up_the_app_types_its_code_once(client, time_machine):
    client.force_login(without_password())
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    set_up = client.post("/accounts/2fa/totp/activate/", {"code": totp_code(secret)}, follow=True)
    assert set_up.redirect_chain == [("/accounts/2fa/recovery-codes/", 302)]
    assert "Recovery codes" in set_up.content.decode()
    # As whoever has proved it in any other way: for five minutes.
    time_machine.shift(299)
    assert client.get("/accounts/2fa/totp/deactivate/").status_code == 200
    time_machine.shift(2)
    asked = client.get("/accounts/2fa/totp/deactivate/")
    assert asked["Location"].partition("?")[0] == "/accounts/2fa/reauthenticate/"


def test_adding_an_address_asks_for_the_password_once_more(client):
    user = factories.user()
    client.post("/accounts/login/", {"login": user.email, "password": "correct horse"})
    response = client.post("/accounts/email/", {"email": "new@example.org", "action_add": ""})
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/accounts/reauthenticate/")
    assert mail.outbox == []


def test_log_names_no_passkey():
    """The library writes the number of each key that is added, which says again and again whose device it is."""
    assert not logging.getLogger("fido2.server").isEnabledFor(logging.INFO)
