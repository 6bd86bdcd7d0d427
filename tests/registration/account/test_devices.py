"""Devices in the list of one's sessions, by what their browsers send."""

import pytest
from django.core import mail

from registration.account.devices import device_name
from tests import factories

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_MAC, _IPHONE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)",
)
_WINDOWS, _ANDROID = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Mozilla/5.0 (Linux; Android 10; K)"
SAID = {
    "Mozilla/5.0 (Android 15; Mobile; rv:141.0) Gecko/141.0 Firefox/141.0": "Firefox on Android",
    f"{_ANDROID} {_WEBKIT} Chrome/139.0.0.0 Mobile Safari/537.36": "Chrome on Android",
    f"{_ANDROID} {_WEBKIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": "Samsung Internet on Android",
    f"{_WINDOWS} {_WEBKIT} Chrome/139.0.0.0 Safari/537.36 Edg/139.0.0.0": "Edge on Windows",
    f"{_WINDOWS} {_WEBKIT} Chrome/139.0.0.0 Safari/537.36 OPR/120.0.0.0": "Opera on Windows",
    f"{_IPHONE} {_APPLE} Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    f"{_IPHONE} {_APPLE} FxiOS/141.0 Mobile/15E148 Safari/605.1.15": "Firefox on iPhone",
    f"{_MAC} {_APPLE} Version/18.5 Safari/605.1.15": "Safari on Mac or iPad",
    f"{_MAC} {_WEBKIT} Chrome/139.0.0.0 Safari/537.36": "Chrome on Mac",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/139.0.0.0 Safari/537.36": "Chrome on ChromeOS",
    "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0": "Firefox on Linux",
    # Of what is not known nothing is guessed.
    f"Mozilla/5.0 (Unheard-of 1.0) {_WEBKIT} Chrome/139.0.0.0": f"Mozilla/5.0 (Unheard-of 1.0) {_WEBKIT} Chrome/139.0.0.0",
    "curl/8.14.1": "curl/8.14.1",
    "x" * 200: "x" * 90,
    "": "Unknown device",
}


@pytest.mark.parametrize(("user_agent", "name"), SAID.items(), ids=[name[:30] for name in SAID.values()])
def test_browser_and_system_are_named_where_they_are_known(user_agent, name):
    assert device_name(user_agent) == name


@pytest.mark.django_db
def test_sessions_and_mails_about_the_account_name_the_device(client):
    user = factories.user()
    phone = "Mozilla/5.0 (Android 15; Mobile; rv:141.0) Gecko/141.0 Firefox/141.0"
    client.post("/accounts/login/", {"login": user.email, "password": "correct horse"}, headers={"user-agent": phone})
    changed = {"oldpassword": "correct horse", "password1": "another long one", "password2": "another long one"}
    client.post("/accounts/password/change/", changed, headers={"user-agent": phone})
    assert "With: Firefox on Android" in mail.outbox[-1].body
    page = client.get("/accounts/sessions/").content.decode()
    assert (">Firefox on Android<" in page, "Mozilla" in page) == (True, False)
