"""Whoever chose a ticket and then had trouble with the sign-up is back at that ticket once they are in."""

import html
import re
import time
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.test import Client

from conferences.models import Conference, Role
from conferences.staffing import add_staff
from registration.account.destination import KEPT_SECONDS
from registration.account.models import User
from tests import factories
from tests.registration.account.test_signing_in import code_for, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

EMAIL = "ada@example.org"
OVER = "This code is no longer good: each is for a quarter of an hour. Have a new one sent to your address."
CONFIRM, CONFIRM_LOGIN = "/accounts/confirm-email/", "/accounts/login/code/confirm/"


@pytest.fixture
def chosen():
    """The address of a ticket that was chosen."""
    kind = factories.ticket_type(conference=factories.conference(slug="x"))
    return f"/conferences/x/register/?ticket={kind.slug}"


def sign_up(client, chosen, email=EMAIL):
    assert client.get(chosen)["Location"] == f"/accounts/signup/?{urlencode({'next': chosen})}"
    return client.post("/accounts/signup/", {"name": "Ada", "email": email, "next": chosen})


def sign_in_by_code(client, email=EMAIL):
    """As somebody who types nothing into the address: without a `next`."""
    client.post("/accounts/login/code/", {"email": email})
    return client.post(CONFIRM_LOGIN, {"code": code_for(email)})


def test_who_was_asked_to_sign_in_and_is_new_is_led_on_below_the_form(client, chosen):
    page = client.get("/accounts/login/", {"next": chosen}).content.decode()
    way = f'<a href="/accounts/signup/?{urlencode({"next": chosen})}">Create an account</a>'
    assert re.search(f"New here\\? {re.escape(way)}", page)


def wrong_codes(client, page):
    return [client.post(page, {"code": "AAAAAA"}) for _number in range(3)][-1]


def run_out(client, monkeypatch, page=CONFIRM, code=None):
    """The page that follows when the code is entered too late."""
    now = time.time()
    with monkeypatch.context() as later:
        later.setattr(time, "time", lambda: now + 16 * 60)
        return client.post(page, {"code": code or code_for(EMAIL)}, follow=True)


@pytest.mark.usefixtures("chosen")
@pytest.mark.parametrize("begun_at", ["/conferences/x/?voucher=EARLY", "/conferences/x/register/"])
def test_after_a_sign_up_by_the_links_at_the_top_of_a_conferences_page(client, begun_at):
    page = begun_at
    for text in ("Sign in", "Create an account"):
        page = html.unescape(re.search(rf'<a href="([^"]+)">{text}</a>', client.get(page).content.decode())[1])
    form = client.get(page).context["redirect_field_value"]
    client.post("/accounts/signup/", {"name": "Ada", "email": EMAIL, "next": form})
    assert client.post(CONFIRM, {"code": code_for(EMAIL)})["Location"] == begun_at


def test_after_three_wrong_codes_of_the_sign_up(client, chosen):
    sign_up(client, chosen)
    page = client.get(wrong_codes(client, CONFIRM)["Location"])
    assert "Too many wrong codes. Have a new one sent to your address." in page.content.decode()
    assert sign_in_by_code(client)["Location"] == chosen
    assert client.get(chosen).status_code == 200


def test_wrong_code_says_that_there_are_not_many_tries(client, chosen):
    sign_up(client, chosen)
    page = client.post(CONFIRM, {"code": "AAAAAA"}).content.decode()
    assert "This is not the code that we sent. After three wrong ones you need a new one." in page


def test_after_signing_up_anew_with_another_address(client, chosen):
    sign_up(client, chosen)
    wrong_codes(client, CONFIRM)
    client.post("/accounts/signup/", {"name": "Ada", "email": "other@example.org"})
    assert client.post(CONFIRM, {"code": code_for("other@example.org")})["Location"] == chosen


def test_after_three_wrong_codes_of_the_sign_in(client, chosen):
    user = factories.user(email=EMAIL)
    client.post("/accounts/login/code/", {"email": EMAIL, "next": chosen})
    wrong_codes(client, f"{CONFIRM_LOGIN}?{urlencode({'next': chosen})}")
    answer = client.post("/accounts/login/", {"login": user.email, "password": "correct horse"})
    assert answer["Location"] == chosen


def test_after_a_new_code(client, chosen):
    sign_up(client, chosen)
    assert client.post(CONFIRM, {"action": "resend"}).status_code == 302
    assert len(mail.outbox) == 2
    assert client.post(CONFIRM, {"code": code_for(EMAIL)})["Location"] == chosen


def test_after_a_code_that_ran_out(client, chosen, monkeypatch):
    sign_up(client, chosen)
    page = run_out(client, monkeypatch)
    assert (page.redirect_chain, told(page)) == ([("/accounts/login/", 302)], [OVER])
    assert OVER in page.content.decode()
    assert sign_in_by_code(client)["Location"] == chosen


@pytest.mark.parametrize("has_account", [False, True], ids=["new", "known"])
@pytest.mark.parametrize(
    ("asks", "waits", "next_page"),
    [("/accounts/signup/", CONFIRM, "/accounts/login/"), ("/accounts/login/code/", CONFIRM_LOGIN, "/accounts/login/code/")],
    ids=["sign up", "sign in"],
)  # fmt: skip
def test_code_that_ran_out_is_said_to_be_over_whether_the_address_is_known_or_not(
    client, monkeypatch, asks, waits, next_page, has_account
):
    if has_account:
        factories.user(email=EMAIL)
    client.post(asks, {"name": "Ada", "email": EMAIL})
    page = run_out(client, monkeypatch, waits, "AAAAAA")
    assert (page.redirect_chain, told(page)) == ([(next_page, 302)], [OVER])


def test_three_wrong_codes_are_said_once_and_the_page_they_were_typed_on_says_why_it_is_gone(client, chosen):
    sign_up(client, chosen)
    page = client.get(wrong_codes(client, CONFIRM)["Location"])
    assert told(page) == ["Too many wrong codes. Have a new one sent to your address."]
    assert told(client.get(CONFIRM, follow=True)) == [OVER]


def test_nothing_is_said_to_whoever_is_in(client, chosen):
    sign_up(client, chosen)
    assert OVER not in told(client.post(CONFIRM, {"code": code_for(EMAIL)}, follow=True))
    assert told(client.get(CONFIRM_LOGIN, follow=True)) == []


@pytest.mark.parametrize("has_account", [False, True], ids=["new", "known"])
def test_after_another_address(client, chosen, has_account):
    if has_account:
        factories.user(email="typo@example.org")
    sign_up(client, chosen, "typo@example.org")
    page = client.get(CONFIRM).content.decode()
    start_again = re.search(r'name="next" value="([^"]+)"', page[page.index('id="leave"') :])[1]
    answer = client.post("/accounts/logout/", {"next": start_again})
    assert answer["Location"] == f"/accounts/signup/?{urlencode({'next': chosen}, safe='')}"
    sign_up(client, chosen)
    assert client.post(CONFIRM, {"code": code_for(EMAIL)})["Location"] == chosen


def test_for_whoever_had_an_account_already_and_follows_the_mail(client, chosen):
    factories.user(email=EMAIL)
    sign_up(client, chosen)
    assert "/accounts/login/code/" in mail.outbox[-1].body
    assert sign_in_by_code(client)["Location"] == chosen


def test_back_button_leads_to_a_page_that_goes_on(client, chosen):
    sign_up(client, chosen)
    wrong_codes(client, CONFIRM)
    assert client.get(CONFIRM)["Location"] == "/accounts/login/"
    assert client.get(chosen)["Location"].startswith("/accounts/signup/")
    assert sign_in_by_code(client)["Location"] == chosen


def test_it_is_forgotten_once_somebody_is_in_and_after_two_hours(client, chosen, monkeypatch):
    sign_up(client, chosen)
    client.post(CONFIRM, {"code": code_for(EMAIL)})
    assert client.get("/accounts/login/")["Location"] == "/me/"
    late = Client()
    sign_up(late, chosen, "late@example.org")
    wrong_codes(late, CONFIRM)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + KEPT_SECONDS)
    assert sign_in_by_code(late, "late@example.org")["Location"] == "/me/"


def test_only_an_address_of_this_site_is_kept(client):
    client.post("/accounts/signup/", {"name": "Ada", "email": EMAIL, "next": "https://elsewhere.example/"})
    wrong_codes(client, CONFIRM)
    assert sign_in_by_code(client)["Location"] == "/me/"


def test_name_typed_is_that_of_an_account_that_others_made_for_the_address(chosen, client):
    """As staff are added, by address alone."""
    conference = Conference.objects.get()
    add_staff(conference=conference, email=EMAIL, role=Role.DOOR, by=factories.user())
    sign_up(client, chosen)
    assert client.post(CONFIRM, {"code": code_for(EMAIL)})["Location"] == chosen
    assert User.objects.get(email=EMAIL).name == "Ada"
