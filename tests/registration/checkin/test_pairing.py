"""Links that pair a device once, the secret it gets, and the end of a tablet."""

from __future__ import annotations

import datetime as dt

import pytest

from registration.checkin.models import RetiredSecret, Tablet
from registration.checkin.pairing import LINK_LIFETIME, find_pairing, open_pairing, pair_device
from registration.checkin.tablets import (
    SEEN_EVERY,
    Device,
    delete_tablet,
    device_of,
    note_seen,
    revoke_tablet,
)
from registration.errors import RegistrationError
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 9, 8, tzinfo=dt.UTC)


@pytest.fixture
def tablet(conference):
    return factories.tablet(conference=conference)


def refusal(rule, *args, **fields) -> str:
    with pytest.raises(RegistrationError) as refused:
        rule(*args, **fields)
    return refused.value.code


def test_link_pairs_once(conference, tablet):
    token = open_pairing(tablet=tablet, now=NOW)
    assert find_pairing(slug=conference.slug, token=token, now=NOW) == tablet
    paired = pair_device(slug=conference.slug, token=token, now=NOW)
    assert device_of(paired.secret) == Device(tablet, is_live=True)
    assert Tablet.objects.get().paired_at == NOW
    assert refusal(pair_device, slug=conference.slug, token=token, now=NOW) == "pairing_used"
    assert refusal(find_pairing, slug=conference.slug, token=token, now=NOW) == "pairing_used"


def test_secrets_are_256_bits_and_only_their_digests_are_stored(conference, tablet):
    tokens = {open_pairing(tablet=tablet, now=NOW) for _ in range(3)}
    token = open_pairing(tablet=tablet, now=NOW)
    secret = pair_device(slug=conference.slug, token=token, now=NOW).secret
    assert len(tokens | {token, secret}) == 5
    assert {len(text) for text in tokens | {token, secret}} == {43}  # 256 bits, six a letter
    stored = str(Tablet.objects.values().get())
    assert token not in stored
    assert secret not in stored


@pytest.mark.parametrize(
    ("after", "code"), [(LINK_LIFETIME - dt.timedelta(seconds=1), None), (LINK_LIFETIME, "pairing_too_old")]
)
def test_link_works_for_fifteen_minutes(conference, tablet, after, code):
    assert dt.timedelta(minutes=15) == LINK_LIFETIME
    token = open_pairing(tablet=tablet, now=NOW)
    if code is None:
        assert pair_device(slug=conference.slug, token=token, now=NOW + after).tablet == tablet
        return
    for rule in (find_pairing, pair_device):
        assert refusal(rule, slug=conference.slug, token=token, now=NOW + after) == code
    assert not Tablet.objects.get().is_paired


def test_link_of_another_conference_or_replaced_by_a_newer_one_is_unknown(conference, tablet):
    old = open_pairing(tablet=tablet, now=NOW)
    new = open_pairing(tablet=tablet, now=NOW)
    for slug, token in ((conference.slug, old), (conference.slug, "x"), (factories.conference().slug, new)):
        assert refusal(pair_device, slug=slug, token=token, now=NOW) == "pairing_unknown"
    assert pair_device(slug=conference.slug, token=new, now=NOW).tablet == tablet


@pytest.mark.parametrize("token", ["", "unknown", "used", "too old"])
def test_every_wrong_link_costs_one_query(conference, tablet, django_assert_num_queries, token):
    tokens = {"used": open_pairing(tablet=tablet, now=NOW)}
    pair_device(slug=conference.slug, token=tokens["used"], now=NOW)
    other = factories.tablet(conference=conference)
    tokens["too old"] = open_pairing(tablet=other, now=NOW - LINK_LIFETIME)
    with django_assert_num_queries(1):
        refusal(pair_device, slug=conference.slug, token=tokens.get(token, token), now=NOW)


def pair(tablet, *, now=NOW, **fields) -> str:
    tablet.refresh_from_db()
    token = open_pairing(tablet=tablet, now=now)
    return pair_device(slug=tablet.conference.slug, token=token, now=now, **fields).secret


@pytest.mark.both_databases
def test_another_device_takes_the_place_of_the_first(tablet):
    first = pair(tablet)
    note_seen(tablet=device_of(first).tablet, person="Kim", now=NOW)
    Tablet.objects.update(waiting=3, battery=80, clock_offset=9.0, list_from=NOW)
    second = pair(tablet)
    assert device_of(first) == Device(tablet, is_live=False)
    assert device_of(second) == Device(tablet, is_live=True)
    told = Tablet.objects.get()
    assert (told.waiting, told.battery, told.clock_offset, told.list_from, told.last_seen_at) == (None,) * 5
    assert RetiredSecret.objects.get().retired_at == NOW


@pytest.mark.both_databases
def test_device_that_becomes_another_tablet_leaves_the_one_it_was(conference, tablet):
    first = pair(tablet)
    other = factories.tablet(conference=conference)
    second = pair(other, in_place_of=device_of(first).tablet)
    assert device_of(first) == Device(tablet, is_live=False)
    assert device_of(second) == Device(other, is_live=True)
    assert [one.is_paired for one in Tablet.objects.order_by("created_at")] == [False, True]


def test_pairing_the_same_device_again_keeps_it(tablet):
    first = pair(tablet)
    second = pair(tablet, in_place_of=device_of(first).tablet)
    assert (device_of(first).is_live, device_of(second).is_live) == (False, True)


@pytest.mark.both_databases
def test_revoked_tablet_is_refused_at_once_and_can_be_paired_anew(tablet):
    organiser = factories.user()
    secret = pair(tablet)
    token = open_pairing(tablet=tablet, now=NOW)
    revoke_tablet(tablet=tablet, by=organiser, now=NOW)
    assert device_of(secret) == Device(tablet, is_live=False)
    assert refusal(pair_device, slug=tablet.conference.slug, token=token, now=NOW) == "pairing_unknown"
    revoke_tablet(tablet=tablet, by=factories.user(), now=NOW + dt.timedelta(hours=1))
    told = Tablet.objects.get()
    assert (told.revoked_at, told.revoked_by, told.is_paired) == (NOW, organiser, False)

    anew = pair(tablet)
    assert (device_of(secret).is_live, device_of(anew).is_live) == (False, True)
    told = Tablet.objects.get()
    assert (told.revoked_at, told.revoked_by, told.is_paired) == (None, None, True)


def test_revoking_a_tablet_without_device_closes_its_link(conference, tablet):
    token = open_pairing(tablet=tablet, now=NOW)
    revoke_tablet(tablet=tablet, by=factories.user(), now=NOW)
    assert refusal(find_pairing, slug=conference.slug, token=token, now=NOW) == "pairing_unknown"
    assert Tablet.objects.get().revoked_at is None


@pytest.mark.parametrize("secret", [None, "", "nobody's"])
def test_unknown_secret_is_no_device(tablet, secret):
    assert device_of(secret) is None


def test_seeing_a_tablet_writes_only_news(tablet, django_assert_num_queries):
    def seen(person, after, queries):
        with django_assert_num_queries(queries):
            note_seen(tablet=tablet, person=person, now=NOW + after)
        told = Tablet.objects.get()
        return told.last_person, told.last_seen_at

    soon, late = SEEN_EVERY / 2, SEEN_EVERY * 2
    assert seen("", dt.timedelta(0), 1) == ("", NOW)
    assert seen("", soon, 0) == ("", NOW)
    assert seen("Kim", soon, 1) == ("Kim", NOW + soon)
    assert seen("Kim", soon, 0) == ("Kim", NOW + soon)
    assert seen("", late, 1) == ("Kim", NOW + late)


def test_tablet_that_scanned_is_not_deleted(conference, tablet):
    scan = {"code": "X", "verdict": "unknown", "scanned_at": NOW, "effective_at": NOW}
    factories.checkpoint(conference=conference).scans.create(tablet=tablet, **scan)
    assert refusal(delete_tablet, tablet=tablet) == "scanned"
    other = factories.tablet(conference=conference)
    pair(other)
    pair(other)
    delete_tablet(tablet=other)
    assert Tablet.objects.get() == tablet
