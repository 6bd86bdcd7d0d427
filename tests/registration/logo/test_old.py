"""Logos that were uploaded before they were drawn small and square as well."""

import pytest
from django.utils import timezone

from registration.logo import logos
from registration.logo.logos import draw_old_logos, keep_logo, picture_for_mail
from registration.logo.models import Logo
from tests import factories
from tests.registration.logo.pictures import opened, picture

pytestmark = pytest.mark.django_db

OLD = picture(size=(1000, 250))


def old_logo(conference, image=OLD):
    logo = factories.logo(conference=conference, image=image, width=1000, height=250)
    logo.small = logo.small_2x = logo.small_3x = logo.square = b""
    logo.save()
    return logo


@pytest.fixture
def old(conference):
    return old_logo(conference)


@pytest.mark.both_databases
def test_old_logo_is_drawn_small_and_square_once_and_keeps_its_address(old, django_assert_num_queries):
    assert draw_old_logos(now=timezone.now()) == 1
    logo = Logo.objects.get()
    sizes = [opened(image).size for image in (logo.small, logo.small_2x, logo.small_3x, logo.square)]
    assert sizes == [(160, 40), (320, 80), (480, 120), (660, 660)]
    assert (bytes(logo.image), logo.digest, logo.updated_at) == (OLD, old.digest, old.updated_at)
    assert picture_for_mail(logo.conference_id) == bytes(logo.small_3x)
    with django_assert_num_queries(1):
        assert draw_old_logos(now=timezone.now()) == 0


@pytest.mark.both_databases
def test_one_that_cannot_be_read_keeps_no_other(old, caplog):
    bad = old_logo(factories.conference(), image=b"none")
    assert draw_old_logos(now=timezone.now()) == 1
    assert [logo.pk for logo in Logo.objects.filter(small=b"")] == [bad.pk]
    assert [record.getMessage() for record in caplog.records] == [f"logo {bad.pk} was not drawn anew: not_a_picture"]


def test_logo_that_is_chosen_meanwhile_stays(old, monkeypatch):
    draw = logos.draw
    new = draw(picture(size=(300, 300)))

    def draw_late(file):
        keep_logo(conference=old.conference, drawing=new, now=timezone.now())
        return draw(file)

    monkeypatch.setattr(logos, "draw", draw_late)
    assert draw_old_logos(now=timezone.now()) == 0
    logo = Logo.objects.get()
    assert (logo.digest, bytes(logo.small)) == (new.digest, new.small)


@pytest.mark.both_databases
def test_logo_that_the_version_before_takes_in_meanwhile_gets_no_pictures_of_the_old_one(old, monkeypatch):
    """It has none of its own yet."""
    draw = logos.draw
    drawing = draw(OLD)

    def draw_late(file):
        Logo.objects.update(image=picture(size=(300, 300)), digest="another")
        return drawing

    monkeypatch.setattr(logos, "draw", draw_late)
    assert (draw_old_logos(now=timezone.now()), bytes(Logo.objects.get().small)) == (0, b"")
