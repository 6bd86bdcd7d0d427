"""The pairing page on the device."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.checkin.models import Checkpoint, RetiredSecret, Tablet
from registration.checkin.pairing import LINK_LIFETIME, open_pairing
from registration.checkin.tablets import digest
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def tablet(conference):
    return factories.tablet(conference=conference, name="Tablet 2", checkpoint=Checkpoint.objects.main(conference))


@pytest.fixture
def link(conference, tablet):
    return pairing_link(tablet)


def pairing_link(tablet, **fields):
    return reverse("checkin-pair", args=[tablet.conference.slug, open_pairing(tablet=tablet, now=timezone.now())])


def url(conference, name="checkin"):
    return reverse(name, args=[conference.slug])


def heading(response) -> str:
    return re.search(r"<h1[^>]*>(.*?)</h1>", response.content.decode()).group(1)


def test_looking_at_the_link_uses_nothing_up(client, link, tablet):
    for method in (client.get, client.head, client.get):
        assert method(link).status_code == 200
    text = client.get(link).content.decode()
    assert [part in text for part in ("Tablet 2", "Main entrance", "is signed in")] == [True, True, False]
    assert not Tablet.objects.get().is_paired


def test_pairing_makes_the_browser_the_tablet(client, link, conference):
    response = client.post(link)
    assert (response.status_code, response["Location"]) == (302, url(conference))
    cookie = client.cookies["tablet"]
    assert digest(cookie.value) == Tablet.objects.get().secret_digest
    assert {name: cookie[name] for name in ("path", "httponly", "samesite", "secure", "max-age")} == {
        "path": "/staff/", "httponly": True, "samesite": "Lax", "secure": "", "max-age": 365 * 24 * 3600,
    }  # fmt: skip
    assert client.get(url(conference)).status_code == 200


def test_cookie_is_for_tls_alone_where_the_site_is(client, link):
    client.post(link, secure=True)
    assert (client.cookies["tablet"]["secure"], client.cookies["paired"]["secure"]) == (True, True)


def test_link_that_pairs_nothing_says_why_and_leaves_the_device_alone(client, client_as, tablet, link):
    Client().post(link)
    used = tablet
    old = factories.tablet(conference=tablet.conference)
    old_link = pairing_link(old)
    Tablet.objects.filter(pk=old.pk).update(pairing_expires_at=timezone.now() - LINK_LIFETIME)
    unknown = reverse("checkin-pair", args=[tablet.conference.slug, "A" * 43])
    elsewhere = unknown.replace(tablet.conference.slug, "no-such-conference")
    staff = client_as(Role.DOOR)
    for path, status, words in (
        (link, 410, "works only once"),
        (old_link, 410, "it works for 15 minutes"),
        (unknown, 404, "is not known"),
        (elsewhere, 404, "is not known"),
    ):
        for method in (client.get, client.post, staff.post):
            response = method(path)
            assert (response.status_code, heading(response)) == (status, "This link pairs nothing"), path
            assert words in response.content.decode()
            assert "tablet" not in response.cookies
    assert staff.get(url(used.conference)).context["user"] == staff.user


def test_who_is_signed_in_is_told_and_signed_out(client_as, conference, link):
    desk = client_as(Role.DESK)
    page = desk.get(link).content.decode()
    assert f"<bdi>{desk.user}</bdi> is signed in on this device. Pairing signs them out of this browser." in page
    session = desk.cookies["sessionid"].value
    response = desk.post(link)
    assert response["Clear-Site-Data"] == '"cache"'
    assert "_auth_user_id" not in desk.session
    other = Client()
    other.cookies["sessionid"] = session
    assert other.get(reverse("me")).status_code == 302
    assert "Signed in as" not in desk.get(url(conference)).content.decode()


def test_device_that_is_a_tablet_already_is_told_what_changes(client, conference, tablet):
    client.post(pairing_link(tablet))
    rear = factories.tablet(conference=conference, name="Rear")
    text = client.get(pairing_link(rear)).content.decode()
    assert "This device is the tablet “<bdi>Tablet 2</bdi>”, which will have no device then." in text
    assert "Another device is this tablet now." in Client().get(pairing_link(tablet)).content.decode()
    client.post(pairing_link(rear))
    assert [one.is_paired for one in Tablet.objects.order_by("created_at")] == [False, True]
    assert RetiredSecret.objects.get().tablet == tablet


@pytest.mark.parametrize("method", ["get", "post"])
def test_pairing_page_tells_nobody_its_address(client, link, method):
    response = getattr(client, method)(link)
    assert response["Referrer-Policy"] == "strict-origin"
    assert "no-store" in response["Cache-Control"]
    assert link not in response.content.decode()


def test_mark_for_the_sign_out_comes_with_the_pairing(client, link):
    client.post(link)
    assert client.cookies["paired"]["path"] == "/accounts/"
    assert reverse("account_logout").startswith(client.cookies["paired"]["path"])
