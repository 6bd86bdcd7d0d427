"""Who waits already is told where they stand, and who no longer does."""

import pytest
from post_office.models import Email

from conferences.models import Role
from registration.order.holding import release_expired_holds
from registration.waiting.models import WaitingEntry
from registration.waiting.offering import offer_places
from registration.waiting.waiting_list import leave_waiting_list
from tests import factories
from tests.registration.waiting.test_waiting import LATER, NOW, buy, give_back, wait

pytestmark = pytest.mark.django_db


@pytest.fixture
def kind(conference):
    """One place, and it is sold."""
    kind = factories.ticket_type(conference=conference, total_quantity=1)
    buy(kind, factories.user())
    return kind


@pytest.mark.both_databases
def test_pages_that_sell_say_where_somebody_stands(client, kind, django_assert_num_queries):
    """And do not ask them to join; the page that is asked for again and again tells of an offer too."""
    entry, _next = wait(kind, 2)
    home = f"/conferences/{kind.conference.slug}/"
    version = client.get(home).context["version"]
    client.force_login(entry.user)
    since = f"On the waiting list since {NOW.astimezone(kind.conference.tz):%-d %B %Y}."
    for page in (home, f"{home}register/"):
        shown = client.get(page).content.decode()
        assert (since in shown, "Join the waiting list" in shown) == (True, False)
    before = client.get(home).context["version"]
    assert before != version
    give_back(kind)
    offer_places(now=NOW)
    with django_assert_num_queries(4):  # session, its user, what is for sale, where they stand
        shown = client.get(f"{home}places/?v={before}").content.decode()
    until = WaitingEntry.objects.get(pk=entry.pk).offer_ends_at.astimezone(kind.conference.tz)
    assert f"A place is held for you until {until:%A} {until.day} {until:%B, %H:%M}." in shown
    assert (f'href="{home}register/?ticket={kind.slug}"' in shown, "waiting/" in shown) == (True, False)
    release_expired_holds(now=LATER)
    assert "Join the waiting list" in client.get(home).content.decode()


@pytest.mark.both_databases
@pytest.mark.parametrize("is_offered", [False, True])
def test_who_is_taken_off_is_mailed_whom_to_ask_and_only_once(client_as, kind, is_offered):
    type(kind.conference).objects.update(contact_email="hello@tidewater.example", language="de")
    [entry] = wait(kind, 1)
    if is_offered:
        give_back(kind)
        offer_places(now=NOW)
    organiser = client_as(Role.ORGANISER)
    for _again in range(2):
        organiser.post(f"/staff/{kind.conference.slug}/waiting/{entry.pk}/remove/")
    [mail] = Email.objects.filter(subject__contains="nicht mehr auf der Warteliste")
    kept = "Der Platz, der für dich reserviert war" in mail.message
    assert (mail.to, kept) == ([entry.user.email], is_offered)
    assert kind.name in mail.message and "hello@tidewater.example" in mail.message


def test_who_leaves_by_themselves_gets_no_mail(kind):
    [entry] = wait(kind, 1)
    count = Email.objects.count()
    leave_waiting_list(entry=entry, now=NOW)
    assert Email.objects.count() == count
