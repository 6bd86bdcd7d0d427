"""Whose voucher and discounts count, and when."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from registration.catalogue.reductions import reductions_of
from registration.errors import RegistrationError
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
HOUR = dt.timedelta(hours=1)


def names(terms):
    return [str(each.by) for each in terms]


def test_voucher_is_found_however_it_is_typed(conference):
    kind, dinner = factories.ticket_type(conference=conference), factories.add_on(conference=conference)
    made = factories.voucher(conference=conference, code="early-7")
    made.ticket_types.add(kind)
    made.add_ons.add(dinner)
    found = reductions_of(conference, " EARLY -7 ").voucher(now=NOW)
    assert (found.by, found.ticket_types, found.add_ons) == (made, {kind.pk}, {dinner.pk})


@pytest.mark.parametrize(
    ("fields", "code", "says"),
    [
        ({"valid_from": NOW + HOUR}, "voucher_not_valid", "is not valid yet"),
        ({"valid_until": NOW}, "voucher_not_valid", "is no longer valid"),
        ({"is_active": False}, "voucher_not_valid", "is no longer valid"),
        ({"conference": None}, "voucher_unknown", "There is no voucher “GIFT” here."),
    ],
)
def test_voucher_that_cannot_be_used_is_refused(conference, fields, code, says):
    fields = {key: value or factories.conference() if key == "conference" else value for key, value in fields.items()}
    factories.voucher(**{"conference": conference, "code": "GIFT"} | fields)
    with pytest.raises(RegistrationError) as refused:
        reductions_of(conference, "GIFT").voucher(now=NOW)
    assert (refused.value.code, says in refused.value.message) == (code, True)


@pytest.mark.parametrize("code", ["", "NO", "x" * 1000, "a\x00b"])
def test_what_is_no_voucher_is_refused_in_words(conference, code):
    with pytest.raises(RegistrationError) as refused:
        reductions_of(conference, code).voucher(now=NOW)
    assert refused.value.code == "voucher_unknown"


def test_discounts_are_by_date_for_everybody(conference):
    factories.discount(conference=conference, name="Early", valid_until=NOW + HOUR)
    factories.discount(conference=conference, name="Past", valid_until=NOW)
    factories.discount(conference=conference, name="Late", valid_from=NOW + HOUR)
    factories.discount(conference=conference, name="Off", is_active=False)
    factories.discount(conference=factories.conference(), name="Elsewhere")
    found = reductions_of(conference).discounts(buyer=None, now=NOW)
    assert (names(found.for_all), found.personal) == (["Early"], ())


def test_discounts_are_personal_by_group_and_by_confirmed_address(conference):
    board = Group.objects.create(name="Board")
    factories.discount(conference=conference, name="Board", group=board)
    factories.discount(conference=conference, name="Speakers", emails="Grace@Example.org\nada@example.org\n")
    member, speaker = factories.user(), factories.user(email="ada@example.org")
    member.groups.add(board)
    unconfirmed = factories.user(email="grace@example.org", verified=False)
    found = [
        names(reductions_of(conference).discounts(buyer=buyer, now=NOW).personal)
        for buyer in (member, speaker, unconfirmed, factories.user(), None)
    ]
    assert found == [["Board"], ["Speakers"], [], [], []]


def test_personal_discounts_come_to_the_own_seat_alone(conference):
    factories.discount(conference=conference, name="Early")
    factories.discount(conference=conference, name="Speakers", emails="ada@example.org")
    found = reductions_of(conference).discounts(buyer=factories.user(email="ada@example.org"), now=NOW)
    assert names(found.of_seat(is_own=True)) == ["Early", "Speakers"]
    assert names(found.of_seat(is_own=False)) == ["Early"]


def test_discounts_need_one_query_where_there_are_none(conference, django_assert_num_queries):
    with django_assert_num_queries(1):
        reductions_of(conference).discounts(buyer=None, now=NOW)
