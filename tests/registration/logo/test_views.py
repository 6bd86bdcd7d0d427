from __future__ import annotations

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from conferences.models import Role
from registration.logo.models import Logo
from tests import factories
from tests.registration.logo.pictures import SVG, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser(client_as):
    return client_as(Role.ORGANISER)


def upload(client, conference, file, name="logo.svg"):
    return client.post(reverse("settings-logo", args=[conference.slug]), {"file": SimpleUploadedFile(name, file)})


def page(client, conference):
    return client.get(reverse("settings-logo", args=[conference.slug])).content.decode()


@pytest.mark.both_databases
def test_organiser_uploads_a_logo_takes_another_and_removes_it(organiser, conference):
    assert "The logo now" not in page(organiser, conference)

    assert upload(organiser, conference, SVG).status_code == 302
    first = Logo.objects.get()
    assert (first.conference, first.width, first.height) == (conference, 1000, 250)
    assert reverse("conference-logo", args=[conference.slug, first.digest]) in page(organiser, conference)

    assert upload(organiser, conference, picture("PNG"), "logo.png").status_code == 302
    second = Logo.objects.get()
    assert (second.width, second.digest != first.digest) == (400, True)

    response = organiser.post(reverse("settings-logo-remove", args=[conference.slug]))
    assert (response.status_code, Logo.objects.count()) == (302, 0)
    assert "The logo now" not in page(organiser, conference)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"Hello", "This is no PNG, JPEG or SVG."),
        (b"", "The file is empty. Choose another."),
        (SVG[:90], "This picture cannot be read."),
    ],
)
def test_refusal_stands_at_the_field_and_the_logo_stays(organiser, conference, file, said):
    kept = factories.logo(conference=conference)
    response = upload(organiser, conference, file)
    html = response.content.decode()
    assert (response.status_code, said in html, 'aria-invalid="true"' in html) == (422, True, True)
    assert Logo.objects.get().digest == kept.digest


def test_nothing_chosen_is_said_so(organiser, conference):
    response = organiser.post(reverse("settings-logo", args=[conference.slug]))
    assert (response.status_code, "Choose a file first." in response.content.decode()) == (422, True)


def test_image_may_be_kept_for_ever_and_is_taken_for_nothing_else(client, conference):
    logo = factories.logo(conference=conference)
    response = client.get(reverse("conference-logo", args=[conference.slug, logo.digest]))
    assert hashlib.sha256(response.content).hexdigest()[:32] == logo.digest
    told = (
        "Content-Type",
        "Cache-Control",
        "X-Content-Type-Options",
        "Cross-Origin-Resource-Policy",
        "Set-Cookie",
    )
    assert {name: response.get(name) for name in told} == {
        "Content-Type": "image/png",
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Set-Cookie": None,
    }


def test_address_of_an_old_logo_or_of_another_conference_shows_nothing(client, conference):
    logo = factories.logo(conference=conference)
    other = factories.logo(conference=factories.conference(), image=b"other")
    for digest in ("0" * 32, other.digest):
        assert client.get(reverse("conference-logo", args=[conference.slug, digest])).status_code == 404
    assert client.get(reverse("conference-logo", args=[other.conference.slug, logo.digest])).status_code == 404


def test_logo_is_on_the_page_of_the_conference_and_on_the_ticket(client, conference):
    seat = factories.attendee(conference=conference)
    client.force_login(seat.user)
    paths = [reverse("conference", args=[conference.slug]), reverse("ticket", args=[conference.slug])]
    assert ["logo-plate" in client.get(path).content.decode() for path in paths] == [False, False]
    logo = factories.logo(conference=conference)
    address = reverse("conference-logo", args=[conference.slug, logo.digest])
    shown = f'src="{address}" width="{logo.width}" height="{logo.height}" alt="{conference.name}"'
    assert [shown in client.get(path).content.decode() for path in paths] == [True, True]
