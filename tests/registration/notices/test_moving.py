import datetime as dt

import pytest
from django.urls import reverse
from icalendar import Calendar
from post_office.models import Email

from conferences.models import Role
from registration.attendee.models import AttendeeState
from registration.errors import RegistrationError
from registration.notices.models import Announcement
from registration.notices.moving import Move, announce_move, note_places, tell_the_moved, what_moved
from registration.ticket.calendar import ticket_ics
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=7)


@pytest.fixture
def moved():
    """A conference that was moved by a week and to another house, with two live seats and one that is not."""
    days = {"start_date": dt.date(2027, 6, 9), "end_date": dt.date(2027, 6, 11)}
    made = factories.conference(name="Tidewater", venue="Old Hall", **days)
    for state in (AttendeeState.VALID, AttendeeState.VALID, AttendeeState.CANCELLED):
        factories.attendee(conference=made, state=state, created_at=NOW)
    note_places(now=NOW)
    made.start_date, made.end_date, made.venue = dt.date(2027, 6, 16), dt.date(2027, 6, 18), "New Hall"
    made.save()
    return made


@pytest.fixture
def organiser(moved):
    return factories.staff(conference=moved, role=Role.ORGANISER).user


def events(seats):
    return [Calendar.from_ical(ticket_ics(seat, now=NOW)).walk("VEVENT")[0] for seat in seats]


@pytest.mark.parametrize(("apple", "google"), [(None, None), ({}, None), (None, {})])
def test_that_a_pass_in_a_wallet_stays_as_it_was_is_said_where_there_are_any(moved, organiser, settings, apple, google):
    settings.APPLE_WALLET, settings.GOOGLE_WALLET = apple, google
    announce_move(conference=moved, by=organiser, now=LATER)
    tell_the_moved(now=LATER)
    mail = Email.objects.first()
    said = "A pass in your phone's wallet does not change by itself"
    has_any = apple is not None or google is not None
    assert [said in mail.message, said in mail.html_message.replace("&#x27;", "'")] == [has_any, has_any]


@pytest.mark.both_databases
def test_everybody_is_told_once_with_an_entry_that_takes_the_place_of_theirs(moved, organiser):
    seats = list(moved.attendees.live().order_by("pk"))
    before = events(seats)
    assert what_moved(moved) == Move(days="9–11 June 2027", place="Old Hall", people=2)
    announce_move(conference=moved, by=organiser, now=LATER)
    assert what_moved(moved) is None
    factories.attendee(conference=moved, created_at=LATER + dt.timedelta(hours=1))  # knows the new days already
    assert [tell_the_moved(now=LATER + dt.timedelta(hours=2)) for _turn in range(2)] == [2, 0]
    assert Announcement.objects.get().finished_at is not None
    mails = list(Email.objects.order_by("pk"))
    assert [mail.to for mail in mails] == [[seat.email] for seat in seats]
    assert "New Hall" in mails[0].message and "Before: 9–11 June 2027, Old Hall" in mails[0].message
    for mail, old in zip(mails, before, strict=True):
        (file,) = mail.attachments.all()
        (entry,) = Calendar.from_ical(file.file.read()).walk("VEVENT")
        assert (file.name, entry["UID"], entry["DTSTART"].dt) == ("ticket.ics", old["UID"], dt.date(2027, 6, 16))
        assert int(entry["SEQUENCE"]) > int(old["SEQUENCE"])


@pytest.mark.both_databases
def test_subject_says_what_is_new_and_no_more(moved, organiser):
    for change, new in (
        ({}, "16–18 June 2027, New Hall"),
        ({"venue": "Third Hall"}, "Third Hall"),
        ({"start_date": dt.date(2027, 6, 17)}, "17–18 June 2027"),
        ({"venue": ""}, "place not known yet"),
    ):
        type(moved).objects.update(**change)
        moved.refresh_from_db()
        announce_move(conference=moved, by=organiser, now=LATER)
        tell_the_moved(now=LATER)
        assert Email.objects.latest("pk").subject == f"Tidewater has moved: {new}"


@pytest.mark.both_databases
def test_where_it_was_is_told_in_the_language_of_the_conference(moved, organiser):
    """Whatever the language of the page that tells them."""
    type(moved).objects.update(language="de")
    moved.refresh_from_db()
    announce_move(conference=moved, by=organiser, now=LATER)
    tell_the_moved(now=LATER)
    assert "Bisher: 9.–11. Juni 2027, Old Hall" in Email.objects.first().message


def test_moving_twice_before_anybody_is_told_says_where_they_think_it_is(moved, organiser):
    moved.venue = "Third Hall"
    moved.save()
    announce_move(conference=moved, by=organiser, now=LATER)
    tell_the_moved(now=LATER)
    assert (
        "Third Hall" in Email.objects.first().message
        and "Before: 9–11 June 2027, Old Hall" in Email.objects.first().message
    )


def test_form_sent_twice_tells_once(moved, organiser):
    announce_move(conference=moved, by=organiser, now=LATER)
    with pytest.raises(RegistrationError) as refused:
        announce_move(conference=moved, by=organiser, now=LATER)
    assert (refused.value.code, Announcement.objects.count()) == ("not_moved", 1)


def test_without_need_nobody_is_told_or_asked_again(moved, organiser):
    announce_move(conference=moved, by=organiser, now=LATER, is_told=False)
    assert (what_moved(moved), tell_the_moved(now=LATER), Email.objects.count()) == (None, 0, 0)


def test_nobody_is_asked_while_nobody_has_a_ticket():
    empty = factories.conference(venue="Old Hall")
    note_places(now=NOW)
    empty.venue = "New Hall"
    empty.save()
    assert what_moved(empty) is None


@pytest.mark.both_databases
def test_organiser_is_asked_beside_the_settings_and_on_the_dashboard(client, moved, organiser):
    client.force_login(organiser)
    address = reverse("notices-moved", args=[moved.slug])
    for page in ("settings", "dashboard"):
        assert f'hx-get="{address}"' in client.get(reverse(page, args=[moved.slug])).content.decode()
    question = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "2 people get a mail each" in question and "Old Hall" in question and "<html" not in question
    page = client.post(address, {"tell": ""}, follow=True).content.decode()
    assert "The mails are on their way." in page and "Everybody with a ticket knows: 16–18 June 2027." in page
    assert Announcement.objects.get().made_by == organiser
