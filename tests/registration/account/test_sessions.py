"""L5 of the hostile cases: whose a session is, and when it ends. Time is moved, not waited for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conferences.models import Role
from config.middleware import STAFF_IDLE_SECONDS, STAFF_SESSION_SECONDS
from registration.account.models import User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

MINUTE = 60


def sign_in(user: User, client: Client | None = None) -> Client:
    client = client or Client()
    response = client.post("/accounts/login/", {"login": user.email, "password": "correct horse", "remember": "on"})
    assert response.status_code == 302
    return client


def with_session(key: str | None) -> Client:
    client = Client()
    client.cookies["sessionid"] = str(key)
    return client


def code_in_mail() -> str:
    return re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`later(60)`: a minute passes."""
    moved = [0.0]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + moved[0])

    def later(seconds: float) -> None:
        moved[0] += seconds

    return later


@pytest.fixture
def organiser(conference) -> User:
    return factories.staff(conference=conference, role=Role.ORGANISER).user


# --- Whose it is ------------------------------------------------------------------------------------------------------
def test_session_known_before_the_sign_in_is_nobodys_after_it(client):
    """An id that somebody else has put into this browser must not become a way in for them."""
    user = factories.user()
    client.post("/accounts/password/reset/", {"email": user.email})  # begins a session
    before = client.session.session_key
    sign_in(user, client)
    after = client.session.session_key

    assert before != after
    assert with_session(before).get("/me/").status_code == 302
    assert with_session(after).get("/me/").status_code == 200


def test_id_that_the_server_never_gave_is_not_taken_over():
    user = factories.user()
    client = sign_in(user, with_session("chosen0by0somebody0else0000000000"))

    assert client.session.session_key != "chosen0by0somebody0else0000000000"
    assert with_session("chosen0by0somebody0else0000000000").get("/me/").status_code == 302


def test_sign_up_changes_the_session_too(client):
    client.post("/accounts/signup/", {"name": "Ada", "email": "ada@example.org"})
    before = client.session.session_key
    assert client.post("/accounts/confirm-email/", {"code": code_in_mail()}).status_code == 302

    assert client.session.session_key != before
    assert with_session(before).get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200


def test_password_change_ends_the_other_sessions(client):
    user = factories.user()
    other = sign_in(user)
    sign_in(user, client)
    old_key = client.session.session_key
    data = {"oldpassword": "correct horse", "password1": "a better horse", "password2": "a better horse"}
    assert client.post("/accounts/password/change/", data).status_code == 302

    assert client.session.session_key != old_key
    assert client.get("/me/").status_code == 200
    assert [one.get("/me/").status_code for one in (other, with_session(old_key))] == [302, 302]


def test_password_reset_ends_all_sessions(client):
    user = factories.user()
    sessions = [sign_in(user), sign_in(user)]
    client.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "another good one", "password2": "another good one"})

    assert [one.get("/me/").status_code for one in (*sessions, client)] == [302, 302, 302]


def test_sign_out_needs_post_and_ends_the_session_for_good(client):
    key = sign_in(factories.user(), client).session.session_key
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/me/").status_code == 200
    client.post("/accounts/logout/")

    assert with_session(key).get("/me/").status_code == 302


# --- When it ends -----------------------------------------------------------------------------------------------------
PAGES = ["/staff/", "/staff/{slug}/", "/staff/{slug}/attendees/", "/staff/{slug}/attendees/export.csv"]


@pytest.mark.parametrize("page", PAGES)
def test_staff_who_were_away_for_half_an_hour_sign_in_again(conference, organiser, later, page):
    client, path = sign_in(organiser), page.format(slug=conference.slug)
    later(STAFF_IDLE_SECONDS - 2 * MINUTE)
    assert client.get(path).status_code == 200
    later(STAFF_IDLE_SECONDS - 2 * MINUTE)
    assert client.get(path).status_code == 200
    later(STAFF_IDLE_SECONDS + 1)
    response = client.get(path)

    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")
    assert client.get("/me/").status_code == 302  # it is over everywhere


def test_superuser_who_was_away_for_half_an_hour_signs_in_again(later):
    client = sign_in(factories.superuser())
    assert client.get("/admin/").status_code == 200
    later(STAFF_IDLE_SECONDS + 1)

    assert client.get("/admin/").status_code == 302


def test_what_a_forgotten_page_asks_for_by_itself_is_led_to_the_sign_in(conference, organiser, later):
    client = sign_in(organiser)
    later(STAFF_IDLE_SECONDS + 1)
    page, panel = f"/staff/{conference.slug}/orders/?q=ada", f"/staff/{conference.slug}/?tally=1"
    from_page = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
    response = client.get(panel, headers=from_page)

    assert (response.status_code, response.content) == (200, b"")
    # And from there to the page, not to what a part of it had asked for.
    assert response["HX-Redirect"] == f"/accounts/login/?{urlencode({'next': page}, safe='/')}"
    elsewhere = from_page | {"HX-Current-URL": "https://evil.example/"}
    assert (
        client.get(panel, headers=elsewhere)["HX-Redirect"]
        == f"/accounts/login/?{urlencode({'next': panel}, safe='/')}"
    )


def test_door_that_waited_for_a_talk_to_end_scans_on(conference, later):
    client = sign_in(factories.staff(conference=conference, role=Role.DESK).user)
    checkin, people = f"/staff/{conference.slug}/checkin/", f"/staff/{conference.slug}/attendees/"
    later(2 * STAFF_IDLE_SECONDS)
    assert client.get(checkin).status_code == 200
    later(MINUTE)
    assert client.get(people).status_code == 200  # who is at the door is not away
    later(2 * STAFF_IDLE_SECONDS)

    assert client.get(people).status_code == 302


@pytest.mark.parametrize("page", ["/staff/{slug}/", "/staff/{slug}/checkin/", "/admin/"])
def test_staff_session_is_over_after_twelve_hours_however_busy(conference, later, page):
    client = sign_in(factories.superuser())
    path = page.format(slug=conference.slug)
    left = STAFF_SESSION_SECONDS
    while left > 0:
        assert client.get(path).status_code == 200
        pause = min(STAFF_IDLE_SECONDS - MINUTE, left)
        later(pause)
        left -= pause
    later(1)

    assert client.get(path).status_code == 302
    assert client.get("/me/").status_code == 302


def test_session_of_a_sign_up_is_over_after_twelve_hours_too(client, conference, later):
    client.post("/accounts/signup/", {"name": "Ada", "email": "ada@example.org"})
    client.post("/accounts/confirm-email/", {"code": code_in_mail()})
    factories.staff(conference=conference, role=Role.DESK, user=User.objects.get(email="ada@example.org"))
    checkin = f"/staff/{conference.slug}/checkin/"
    assert client.get(checkin).status_code == 200
    later(STAFF_SESSION_SECONDS + 1)

    assert client.get(checkin).status_code == 302


def test_proof_that_it_is_still_them_begins_the_hours_anew(organiser, later):
    client = sign_in(organiser)
    later(STAFF_SESSION_SECONDS - MINUTE)
    assert client.post("/accounts/reauthenticate/", {"password": "correct horse"}).status_code == 302
    later(2 * MINUTE)

    assert client.get("/staff/").status_code == 200


def test_attendees_stay_signed_in(later):
    client = sign_in(factories.user())
    later(3 * STAFF_SESSION_SECONDS)

    assert client.get("/me/").status_code == 200


def test_looking_at_staff_pages_writes_the_session_once_a_minute(organiser, later):
    client = sign_in(organiser)
    later(2 * MINUTE)
    client.get("/staff/")
    noted = client.session["staff_seen_at"]
    later(MINUTE / 2)
    client.get("/staff/")
    assert client.session["staff_seen_at"] == noted
    later(MINUTE)
    client.get("/staff/")

    assert client.session["staff_seen_at"] > noted


# --- Read with its user -----------------------------------------------------------------------------------------------
def _reads(client: Client) -> list[str]:
    """What reads sessions and users when a page is loaded; not what asks of seats whose they are."""
    with CaptureQueriesContext(connection) as captured:
        client.get("/me/")
    statements = [query["sql"] for query in captured if "registration_attendee" not in query["sql"]]
    return [sql for sql in statements if re.search(r"FROM \"?(django_session|registration_user)", sql)]


def test_session_brings_its_user_along():
    client = sign_in(factories.user())
    assert len(_reads(client)) == 1


def test_user_is_read_by_the_session_where_allauth_knows_of_none_or_another():
    ada, grace = factories.user(), factories.user()
    client = sign_in(ada)
    known = UserSession.objects.filter(session_key=client.session.session_key)
    known.update(user=grace)
    assert (client.get("/me/").context["user"], len(_reads(client))) == (ada, 2)
    known.delete()
    assert (client.get("/me/").context["user"], len(_reads(client))) == (ada, 2)


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "changed"}])
def test_user_that_comes_along_is_checked_as_any(change):
    user = factories.user()
    client = sign_in(user)
    assert client.get("/me/").status_code == 200
    User.objects.filter(pk=user.pk).update(**change)
    assert client.get("/me/").status_code == 302
