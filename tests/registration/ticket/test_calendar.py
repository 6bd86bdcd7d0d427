import datetime as dt

import pytest
from icalendar import Calendar

from registration.attendee.models import AttendeeState
from registration.ticket.calendar import ticket_ics
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 3, 1, 12, 0, tzinfo=dt.UTC)


def _seat(**fields):
    days = {"start_date": dt.date(2027, 6, 9), "end_date": dt.date(2027, 6, 11)}
    conference = factories.conference(**{"name": "Tidewater", "timezone": "Pacific/Auckland"} | days | fields)
    return factories.attendee(conference=conference, created_at=NOW - dt.timedelta(days=1))


def _event(seat, now=NOW):
    calendar = Calendar.from_ical(ticket_ics(seat, now=now))
    (event,) = calendar.walk("VEVENT")
    return event


def test_ticket_ics_is_the_whole_days_of_the_conference(settings):
    settings.SITE_URL = "https://tickets.example.org"
    seat = _seat(venue="De Loods", address="Kaai 14, Antwerp")
    event = _event(seat)
    assert {name: event[name].to_ical().decode() for name in event} == {
        "UID": f"seat-{seat.pk}@tickets.example.org",
        "DTSTAMP": "20270301T120000Z",
        "SEQUENCE": "86400",
        "SUMMARY": "Tidewater",
        "DTSTART": "20270609",
        "DTEND": "20270612",
        "STATUS": "CONFIRMED",
        "LOCATION": r"De Loods\, Kaai 14\, Antwerp",
        "URL": f"https://tickets.example.org/conferences/{seat.conference.slug}/ticket/",
        "DESCRIPTION": f"https://tickets.example.org/conferences/{seat.conference.slug}/ticket/",
    }
    assert event["DTSTART"].params["VALUE"] == event["DTEND"].params["VALUE"] == "DATE"


@pytest.mark.parametrize(
    "name",
    [
        "A; B, C\\D",
        "One\r\nBEGIN:VEVENT\r\nUID:evil",
        "مؤتمر القاهرة",
        "京都コンパイラ・フォーラム" * 10,
        'quote " : colon',
    ],
)
def test_ticket_ics_gives_any_name_back_as_it_was(name):
    event = _event(_seat(name=name, venue=name))
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == (name.replace("\r\n", "\n"),) * 2


def test_ticket_ics_downloaded_later_replaces_the_earlier():
    seat = _seat()
    first, later = _event(seat), _event(seat, NOW + dt.timedelta(hours=1))
    assert first["UID"] == later["UID"]
    assert int(later["SEQUENCE"]) > int(first["SEQUENCE"])


def test_ticket_ics_of_a_cancelled_ticket_cancels_the_entry():
    seat = _seat()
    seat.state = AttendeeState.CANCELLED
    assert str(_event(seat)["STATUS"]) == "CANCELLED"


def test_ticket_ics_keeps_the_access_code_to_itself():
    seat = _seat()
    assert seat.access_code.encode() not in ticket_ics(seat, now=NOW)
