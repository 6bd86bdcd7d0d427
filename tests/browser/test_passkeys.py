"""Passkeys, with an authenticator that Chromium plays."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.test_accounts import assert_is_fine

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clean_cache")]


def add_authenticator(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_passkey_is_added_and_signs_in(open_page):
    user = factories.user(email="ada@example.org")
    page = open_page("/accounts/login/?next=/accounts/2fa/webauthn/add/")
    add_authenticator(page)
    page.fill("#id_login", user.email)
    page.fill("#id_password", "correct horse")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.fill("#id_password", "correct horse")  # asked once more, before a key is added
    page.get_by_role("button", name="Confirm").click()
    assert_is_fine(page)
    page.fill("#id_name", "My phone")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    assert_is_fine(page)
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("My phone", exact=True).first).to_be_visible()
    assert_is_fine(page)
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("navigation", name="Site").get_by_role("link", name="Sign in")).to_be_visible()
    page.goto("/accounts/login/?next=/accounts/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/accounts/")
    page.fill("#id_login", user.email)
    page.fill("#id_password", "correct horse")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Type one of your recovery codes.")).to_be_visible()
    assert_is_fine(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


@pytest.mark.long
def test_first_passkey_of_an_account_without_a_password_leads_to_its_recovery_codes(open_page):
    user = factories.user(email="ada@example.org")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    page = open_page("/accounts/2fa/webauthn/add/", user=user, size="phone")
    add_authenticator(page)
    page.locator("#mfa_webauthn_add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    # Who comes for them another day is asked once more.
    page.context.clear_cookies()
    page.goto("/accounts/login/?next=/accounts/2fa/recovery-codes/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    assert_is_fine(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")


def test_device_without_a_passkey_says_so(open_page):
    page = open_page("/accounts/login/")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})
    for _twice in range(2):
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert")).to_contain_text("No passkey came from this device")
    assert_is_fine(page)


def test_site_whose_address_is_a_number_says_that_there_are_no_passkeys(open_page):
    user = factories.user()
    page = open_page("/accounts/login/")
    page.goto(page.url.replace("localhost", "127.0.0.1") + "?next=/accounts/2fa/webauthn/add/")
    expect(page.get_by_role("button", name="Send me a sign-in code")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    page.fill("#id_login", user.email)
    for button in ("Sign in", "Confirm"):
        page.fill("#id_password", "correct horse")
        page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("There are no passkeys where the address of a site is a number.")).to_be_visible()
    expect(page.get_by_text("No passkey came from this device.")).to_be_hidden()


def test_without_scripts_no_button_waits_for_one(open_page):
    page = open_page("/accounts/login/", size="phone", java_script_enabled=False)
    expect(page.get_by_text("Passkeys need JavaScript.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    expect(page.get_by_role("button", name="Send me a sign-in code")).to_be_visible()
