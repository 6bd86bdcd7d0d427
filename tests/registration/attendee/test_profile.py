"""The profile form and what is saved of it, with the profile the site ships."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from registration.account.models import User
from registration.attendee.forms import NameForm, form_field, profile_form
from registration.attendee.models import AttendeeProfile
from registration.attendee.profile import profile_answers, profiles_of, save_profile
from tests import factories

pytestmark = pytest.mark.django_db

ALL_FIELDS = [
    "badge_name",
    "pronouns",
    "affiliation",
    "dietary_needs",
    "accessibility_needs",
    "tshirt_size",
    "photo_consent",
]


def test_profile_form_asks_every_field_of_the_model(conference):
    assert list(profile_form(conference=conference).fields) == ALL_FIELDS


def test_profile_form_asks_only_what_the_conference_wants_in_the_order_of_the_model(conference):
    conference.profile_fields = ["tshirt_size", "affiliation", "no_longer_there"]
    assert list(profile_form(conference=conference).fields) == ["affiliation", "tshirt_size"]


def test_profile_form_without_a_model_asks_nothing(conference, settings):
    settings.DJANGO_PROGRAM = {"attendee_profile_model": ""}
    form = profile_form(conference=conference, data={})
    assert (list(form.fields), form.is_valid(), form.cleaned_data) == ([], True, {})


def test_profile_form_starts_from_the_answers_given_before(conference):
    user = factories.user()
    AttendeeProfile.objects.create(user=user, affiliation="Kaai BV")
    assert profile_form(conference=conference, user=user)["affiliation"].value() == "Kaai BV"


def test_profile_form_tells_the_browser_what_it_may_fill_in(conference):
    form = profile_form(conference=conference)
    told = {name: field.widget.attrs.get("autocomplete") for name, field in form.fields.items()}
    assert told == dict.fromkeys(ALL_FIELDS, "off") | {
        "badge_name": "nickname",
        "affiliation": "organization",
        "photo_consent": None,
    }


def test_profile_form_refuses_a_choice_that_does_not_exist(conference):
    form = profile_form(conference=conference, data={"profile-tshirt_size": "tent"})
    assert (form.is_valid(), list(form.errors)) == (False, ["tshirt_size"])


@pytest.mark.both_databases
def test_save_profile_makes_it_once_and_keeps_what_is_not_answered():
    user = factories.user()
    save_profile(user=user, answers={"affiliation": "Kaai BV", "pronouns": "she/her"}, by=user)
    save_profile(user=user, answers={"affiliation": "De Loods"}, by=user)
    saved = AttendeeProfile.objects.get()
    assert (saved.user, saved.affiliation, saved.pronouns) == (user, "De Loods", "she/her")
    assert (len(saved.access_code), saved.completed_registration) == (8, True)


@pytest.mark.parametrize("by_somebody", [True, False])
def test_save_profile_never_touches_the_profile_of_another_persons_account(by_somebody):
    holder, other = factories.user(), factories.user()
    save_profile(user=holder, answers={"affiliation": "mine"}, by=holder)
    kept = save_profile(user=holder, answers={"affiliation": "theirs"}, by=other if by_somebody else None)
    assert (kept.affiliation, AttendeeProfile.objects.get().affiliation) == ("mine", "mine")
    assert save_profile(user=other, answers={"affiliation": "import"}, by=None) is None


def test_save_profile_fills_the_profile_of_a_placeholder():
    placeholder = User.objects.create_placeholder("Walk In")
    save_profile(user=placeholder, answers={"tshirt_size": "M"}, by=None, is_complete=False)
    saved = AttendeeProfile.objects.get()
    assert (saved.user, saved.tshirt_size, saved.completed_registration) == (placeholder, "M", False)


def test_save_profile_leaves_out_what_nobody_is_asked():
    user = factories.user()
    save_profile(user=user, answers={"access_code": "HACKED00", "user_id": 1, "nonsense": "x"}, by=user)
    assert AttendeeProfile.objects.get().access_code != "HACKED00"


def test_profile_answers_are_words_for_people(conference, django_assert_num_queries):
    seat = factories.attendee(conference=conference)
    save_profile(user=seat.user, answers={"tshirt_size": "XL", "photo_consent": True, "pronouns": "they"}, by=seat.user)
    with django_assert_num_queries(1):
        answers = profile_answers(seat)
    assert answers == [
        ("name on the badge", ""),
        ("pronouns", "they"),
        ("affiliation", ""),
        ("food", ""),
        ("what would make the days easier for you?", ""),
        ("T-shirt size", "XL"),
        ("photographs with me in them may be published", "yes"),
    ]


def test_profile_answers_of_many_take_one_query(conference, django_assert_num_queries):
    seats = [factories.attendee(conference=conference) for _number in range(3)]
    with django_assert_num_queries(1):
        profiles = profiles_of(seat.user_id for seat in seats)
        answers = [dict(profile_answers(seat, profiles))["food"] for seat in seats]
    assert answers == ["", "", ""]


@pytest.mark.parametrize(
    ("field", "says"),
    [
        (models.CharField(max_length=9), "Write an answer."),
        (models.CharField(max_length=9, choices=[("a", "A")]), "Choose an answer."),
        (models.DateField(), "Enter a date."),
        (models.PositiveIntegerField(), "Enter a number."),
        (models.EmailField(), "Enter an e-mail address."),
    ],
)
def test_what_must_be_answered_says_what_is_missing(field, says):
    field.set_attributes_from_name("answer")
    with pytest.raises(ValidationError, match=re.escape(says)):
        form_field(field).clean("")


def test_name_is_one_line():
    form = NameForm({"name": " Ada\u2028 \t Lovelace\r\nBcc: x "})
    assert form.is_valid() and form.cleaned_data == {"name": "Ada Lovelace Bcc: x"}
