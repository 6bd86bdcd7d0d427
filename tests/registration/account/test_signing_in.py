"""Signing up and in: one flow, no password needed, and nobody learns who has an account."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from conferences.models import Role
from registration.account.models import User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]


def last_mail(to: str) -> str:
    return [message for message in mail.outbox if message.to == [to]][-1].body


def code_for(to: str) -> str:
    return re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", last_mail(to), re.MULTILINE)[1]


def test_signup_without_password_is_confirmed_by_code_and_keeps_next(client):
    response = client.post(
        "/accounts/signup/?next=/conferences/x/register/",
        {"name": "佐藤 美咲", "email": "Misaki@Example.org", "password1": "", "next": "/conferences/x/register/"},
    )
    assert (response.status_code, response["Location"]) == (302, "/accounts/confirm-email/")
    user = User.objects.get()
    assert (user.name, user.email, user.has_usable_password()) == ("佐藤 美咲", "misaki@example.org", False)
    assert "_auth_user_id" not in client.session
    response = client.post("/accounts/confirm-email/", {"code": code_for("misaki@example.org")})
    assert (response.status_code, response["Location"]) == (302, "/conferences/x/register/")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert user.emailaddress_set.get().verified
    assert len(mail.outbox) == 1


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_whoever_signs_in_is_told_no_more_than_they_want_to_know(client):
    client.post("/accounts/signup/?next=/me/", {"name": "Ada", "email": "ada@example.org", "next": "/me/"})
    page = client.post("/accounts/confirm-email/", {"code": code_for("ada@example.org")}, follow=True)
    assert told(page) == ["ada@example.org is confirmed."]
    user = factories.user(email="bo@example.org")
    page = Client().post("/accounts/login/?next=/me/", {"login": user.email, "password": "correct horse"}, follow=True)
    assert told(page) == []
    assert user.username not in page.content.decode()


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (factories.user, "/me/"),
        (lambda: factories.staff(conference=factories.conference(), role=Role.DOOR).user, "/staff/"),
        (factories.superuser, "/staff/"),
    ],
    ids=["attendee", "door", "superuser"],
)
def test_sign_in_leads_to_what_one_came_for(client, make, path):
    response = client.post("/accounts/login/", {"login": make().email, "password": "correct horse"})
    assert response["Location"] == path


def test_closed_account_is_told_what_becomes_of_its_ticket(client):
    user = factories.user(is_active=False)
    page = client.post("/accounts/login/", {"login": user.email, "password": "correct horse"}, follow=True)
    assert page.redirect_chain == [("/accounts/inactive/", 302)]
    assert "A ticket stays valid" in page.content.decode()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("email", ["known@example.org", "nobody@example.org"])
@pytest.mark.parametrize(
    ("path", "waiting"),
    [("/accounts/signup/", "/accounts/confirm-email/"), ("/accounts/login/code/", "/accounts/login/code/confirm/")],
)
def test_new_code_is_told_on_the_page_that_waits_for_it(client, path, waiting, email):
    factories.user(email="known@example.org")
    page = client.post(path, {"name": "Ada", "email": email}, follow=True)
    assert told(page) == []
    page = client.post(waiting, {"action": "resend"}, follow=True)
    assert page.redirect_chain[0][0] == waiting
    assert f"A new code is on its way to {email}. The one before is no longer good." in page.content.decode()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/accounts/signup/", ["Enter your name.", "Enter your e-mail address."]),
        ("/accounts/login/", ["Enter your e-mail address.", "Enter your password."]),
        ("/accounts/login/code/", ["Enter your e-mail address."]),
    ],
)
def test_empty_form_says_what_to_enter(client, path, says):
    refused = client.post(path, {})
    assert [error for errors in refused.context["form"].errors.values() for error in errors] == says


def test_login_by_code_keeps_next_and_gives_a_new_session(client):
    user = factories.user(email="ada@example.org")
    client.get("/accounts/login/")
    client.post("/accounts/login/code/", {"email": "ADA@example.org", "next": "/staff/"})
    before = client.session.session_key
    assert before
    response = client.post(
        "/accounts/login/code/confirm/?next=/staff/", {"code": code_for(user.email), "next": "/staff/"}
    )
    assert response["Location"] == "/staff/"
    assert client.session.session_key != before


def test_code_goes_to_the_address_that_was_typed_at_the_sign_in_page(client):
    user = factories.user(email="ada@example.org")
    form = {"login": "Ada@example.org ", "password": "", "by_code": "", "next": "/staff/"}
    response = client.post("/accounts/login/code/", form)
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/code/confirm/?next=%2Fstaff%2F")
    assert client.post(response["Location"], {"code": code_for(user.email), "next": "/staff/"})["Location"] == "/staff/"


def test_code_is_asked_for_without_a_reproach_where_no_address_was_typed(client):
    page = client.post("/accounts/login/code/", {"login": " ", "password": "", "by_code": "", "next": "/staff/"})
    assert (page.status_code, page.context["form"].errors, mail.outbox) == (200, {}, [])
    assert '<input type="hidden" name="next" value="/staff/">' in page.content.decode()
    wrong = client.post("/accounts/login/code/", {"login": "ada", "by_code": ""})
    assert (wrong.status_code, wrong.context["form"]["email"].value()) == (422, "ada")


def test_wrong_code_is_refused_and_the_third_ends_it(client):
    factories.user(email="ada@example.org")
    client.post("/accounts/login/code/", {"email": "ada@example.org"})
    statuses = [client.post("/accounts/login/code/confirm/", {"code": "AAAAAA"}).status_code for _ in range(3)]
    assert statuses == [422, 422, 302]
    right = code_for("ada@example.org")
    client.post("/accounts/login/code/confirm/", {"code": right})
    assert "_auth_user_id" not in client.session


def _shape(path: str, data: dict[str, str], email: str) -> tuple[int, str, str, int]:
    """What a stranger sees of an answer, with the address taken out, and of the page it leads to; and the mails sent."""
    client = Client()
    before = len(mail.outbox)
    response = client.post(path, data | {"email": email, "login": email})
    body = _without(response.content.decode(), email)
    if response.status_code == 302:
        body += _without(client.get(response["Location"]).content.decode(), email)
    return response.status_code, response.get("Location", ""), body, len(mail.outbox) - before


def _without(body: str, email: str) -> str:
    body = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+', "", body)
    return body.replace(email, "").replace("&quot;", '"')


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/accounts/signup/", {"name": "Ada", "password1": ""}, 302),
        ("/accounts/signup/", {"name": "Ada", "password1": "correct horse battery"}, 302),
        ("/accounts/login/", {"password": "wrong password"}, 422),
        ("/accounts/login/code/", {}, 302),
        ("/accounts/password/reset/", {}, 302),
    ],
)
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_known_and_unknown_addresses_look_the_same(path, data, status, is_confirmed):
    factories.user(email="known@example.org", verified=is_confirmed)
    known, unknown = _shape(path, data, "known@example.org"), _shape(path, data, "nobody@example.org")
    assert known == unknown
    assert known[0] == status
    assert known[3] == (0 if status == 422 else 1)


def test_adding_a_known_address_looks_like_adding_an_unknown_one():
    factories.user(email="known@example.org")

    def seen(email: str) -> tuple[int, str, str]:
        client = Client()
        client.post("/accounts/login/", {"login": adder.email, "password": "correct horse"})
        client.post("/accounts/reauthenticate/", {"password": "correct horse"})
        response = client.post("/accounts/email/", {"email": email, "action_add": ""})
        page = client.get(response["Location"])
        return response.status_code, response["Location"], _without(page.content.decode(), email)

    adder = factories.user(email="adder@example.org")
    known = seen("known@example.org")
    assert known == seen("nobody@example.org")
    assert known[:2] == (302, "/accounts/confirm-email/")


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_wrong_codes_look_the_same_for_known_and_unknown(is_confirmed):
    factories.user(email="known@example.org", verified=is_confirmed)

    def seen(email: str) -> list[tuple[int, str, str]]:
        client = Client()
        client.post("/accounts/signup/", {"name": "Ada", "email": email})
        answers = [client.post("/accounts/confirm-email/", {"code": "AAAAAA"}) for _ in range(3)]
        return [(r.status_code, r.get("Location", ""), _without(r.content.decode(), email)) for r in answers]

    assert seen("known@example.org") == seen("nobody@example.org")


def test_placeholder_cannot_sign_in_in_any_way(client):
    placeholder = User.objects.create_placeholder(name="Guest")
    for login in ("", "None", "null", placeholder.username):
        client.post("/accounts/login/", {"login": login, "password": ""})
        client.post("/accounts/login/code/", {"email": login})
        client.post("/accounts/password/reset/", {"email": login})
    placeholder.set_password("correct horse")
    placeholder.save(update_fields=["password"])
    assert not client.login(username=placeholder.username, password="correct horse")
    assert not client.login(email="", password="correct horse")
    assert mail.outbox == []
    assert "_auth_user_id" not in client.session


def test_stranger_who_signed_up_with_an_address_gains_nothing_when_its_owner_confirms_it(client):
    client.post("/accounts/signup/", {"name": "Mallory", "email": "ada@example.org", "password1": "mallory knows this"})
    owner = Client()
    owner.post("/accounts/login/code/", {"email": "ada@example.org"})
    owner.post("/accounts/login/code/confirm/", {"code": code_for("ada@example.org")})
    assert "_auth_user_id" in owner.session
    assert not User.objects.get().has_usable_password()
    client.post("/accounts/login/", {"login": "ada@example.org", "password": "mallory knows this"})
    assert "_auth_user_id" not in client.session


def test_reset_link_works_once_and_does_not_sign_in(client):
    user = factories.user(email="ada@example.org")
    client.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", last_mail(user.email))[1]
    page = client.get(link, follow=True)
    assert page.status_code == 200
    response = client.post(
        page.redirect_chain[-1][0], {"password1": "another good one", "password2": "another good one"}
    )
    assert response.status_code == 302
    assert "_auth_user_id" not in client.session
    assert "used up" in Client().get(link, follow=True).content.decode()
    user.refresh_from_db()
    assert user.check_password("another good one")


@pytest.mark.parametrize("change", ["password", "email"])
def test_reset_link_dies_with_a_change_of_password_or_address(client, change):
    user = factories.user(email="ada@example.org")
    client.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", last_mail(user.email))[1]
    if change == "password":
        user.set_password("something else")
        user.save(update_fields=["password"])
    else:
        user.emailaddress_set.create(email="new@example.org", verified=True)
    assert "used up" in client.get(link, follow=True).content.decode()


def test_admin_login_leads_to_the_limited_one(client):
    factories.superuser(email="admin@example.org")
    response = client.post("/admin/login/?next=/admin/", {"username": "admin@example.org", "password": "correct horse"})
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=%2Fadmin%2F")
    assert "_auth_user_id" not in client.session


def test_superuser_of_the_command_can_sign_in(client, monkeypatch):
    from django.core.management import call_command

    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "correct horse")
    call_command("createsuperuser", interactive=False, email="Admin@Example.org", name="Admin", verbosity=0)
    response = client.post(
        "/accounts/login/", {"login": "admin@example.org", "password": "correct horse", "next": "/admin/"}
    )
    assert response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_name_is_changed_on_the_account_page(client):
    user = factories.user(name="Old")
    client.force_login(user)
    assert client.post("/accounts/", {"name": ""}).status_code == 422
    assert client.post("/accounts/", {"name": "New"}).status_code == 302
    user.refresh_from_db()
    assert user.name == "New"
