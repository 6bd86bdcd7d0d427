"""Where the bars stand."""

import datetime as dt

import pytest

from registration.dashboard.chart import Bar, draw
from registration.dashboard.day import Phase, arrival_figures, arrivals_today, headline, phase_of, registration_figures
from tests import factories


@pytest.mark.parametrize(
    ("highest", "axis"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (4, ["0", "1", "2", "3", "4"]),
        (46, ["0", "10", "20", "30", "40", "50"]),
        (1001, ["0", "500", "1000", "1500"]),
    ],
)
def test_axis_is_round_and_short(highest, axis):
    assert [row.text for row in draw([Bar("09:00", highest)], width=340).rows] == axis


def test_bar_is_as_high_as_its_number():
    chart = draw([Bar("a", 50), Bar("b", 25), Bar("c", None, 10), Bar("d", 0)], width=840)
    assert [(box.height, box.is_expected) for box in chart.boxes] == [(198.0, False), (99.0, False), (39.6, True)]
    assert all(box.y + box.height == chart.bottom for box in chart.boxes)
    assert all(box.x >= 34 and box.x + box.width <= 840 for box in chart.boxes)


@pytest.mark.django_db
def test_arrivals_are_told_per_five_minutes_and_what_is_to_come():
    conference = factories.conference(timezone="Europe/Berlin")
    now = dt.datetime(2026, 11, 25, 8, 41, 20, tzinfo=dt.UTC)
    for minutes in (60, 59, 21, 3, 2):
        factories.attendee(conference=conference, checked_in_at=now - dt.timedelta(minutes=minutes))
    figures = arrival_figures(conference, arrivals_today(conference, now=now), missing=3, now=now)
    told = {bar.label: (bar.count, bar.expected) for bar in figures.bars if bar.count or bar.expected}
    assert told == {
        "08:40": (2, None),
        "09:20": (1, None),
        "09:35": (2, None),
        "09:40": (0, 2),
        "09:45": (None, 1),
    }
    assert figures.bars[0].label == "08:30"
    assert (figures.wide.now.text, figures.narrow.now.text) == ("now 09:41", "now 09:41")
    assert figures.sentence.startswith("Arrivals every five minutes from 08:30 to 09:40, up to 2.")


@pytest.mark.django_db
def test_hour_that_comes_twice_is_told_twice():
    """C8: both 02:30 of the autumn change."""
    conference = factories.conference(timezone="Europe/Berlin")
    first = dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)
    for hours in (0, 1):
        factories.attendee(conference=conference, checked_in_at=first + dt.timedelta(hours=hours))
    now = first + dt.timedelta(hours=1, minutes=1)
    figures = arrival_figures(conference, arrivals_today(conference, now=now), missing=0, now=now)
    assert [bar.label for bar in figures.bars if bar.count] == ["02:30", "02:30"]


@pytest.mark.django_db
def test_registrations_are_told_by_day_of_the_conference():
    conference = factories.conference(timezone="Pacific/Auckland")
    now = dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC)
    factories.attendee(conference=conference, created_at=dt.datetime(2026, 11, 24, 11, 30, tzinfo=dt.UTC))
    figures = registration_figures(conference, now=now)
    assert [(bar.label, bar.count) for bar in figures.bars if bar.count] == [("25 Nov", 1)]
    assert len(figures.bars) == 28


@pytest.mark.parametrize(
    ("hours", "phase", "words"),
    [
        (-24 * 5, Phase.BEFORE, "5 days to go"),
        (-3, Phase.BEFORE, "Tomorrow"),
        (2, Phase.RUNNING, "Wednesday night"),
        (9, Phase.RUNNING, "Wednesday morning"),
        (14, Phase.RUNNING, "Wednesday afternoon"),
        (20, Phase.RUNNING, "Wednesday evening"),
        (24 * 3 + 1, Phase.OVER, "It is over"),
    ],
)
@pytest.mark.django_db
def test_headline_says_where_we_are(hours, phase, words):
    day = dt.date(2027, 6, 9)
    conference = factories.conference(timezone="Asia/Tokyo", start_date=day, end_date=day + dt.timedelta(days=2))
    now = dt.datetime.combine(day, dt.time(), tzinfo=conference.tz) + dt.timedelta(hours=hours)
    assert (phase_of(conference, now=now), headline(conference, now=now)) == (phase, words)
