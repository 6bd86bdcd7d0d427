"""What the panel says for each verdict, and to whom."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from conferences.models import Role
from conferences.templatetags.lanyard import code
from registration.account.models import User
from registration.attendee.models import AttendeeProfile
from registration.checkin import panel as panels
from registration.checkin.access import DoorAccess
from registration.checkin.admission import check_in, undo_check_in
from registration.checkin.models import Checkpoint, Entry, Unpaid
from registration.checkin.people import search
from registration.order.models import OrderStatus
from registration.order.payment import record_payment
from tests import factories

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 9, 7, 12, tzinfo=dt.UTC)  # 09:12 in Berlin


@pytest.fixture
def access(conference):
    return {
        role: DoorAccess(conference, role, factories.staff(conference=conference, role=role).user, None)
        for role in (Role.DOOR, Role.DESK)
    }


@pytest.fixture
def panel_of(conference, access):
    def panel_of(code, *, role=Role.DOOR, now=NOW, checkpoint=None, scan_id=None):
        answer = check_in(
            checkpoint=checkpoint or Checkpoint.objects.main(conference),
            code=code,
            scan_id=scan_id or uuid.uuid4(),
            by=access[role].user,
            now=now,
        )
        return panels.of_check_in(answer, access=access[role], now=now)

    return panel_of


def test_admitted_tells_note_and_things_to_hand_out(conference, panel_of):
    seat = factories.attendee(conference=conference, staff_note="Call Ines for the lift.", needs_attention=True)
    AttendeeProfile.objects.create(user=seat.user, tshirt_size="L", dietary_needs="vegan")
    panel = panel_of(seat.access_code)
    assert (panel.verdict, panel.word, panel.name, panel.note) == (
        "admitted",
        "Admitted",
        seat.name,
        "Call Ines for the lift.",
    )
    assert (panel.needs_attention, panel.hand_out) == (True, (("T-shirt size", "L"),))


@pytest.mark.both_databases
def test_things_are_handed_out_at_the_entrance_and_where_one_comes_once(conference, panel_of):
    seat = factories.attendee(conference=conference)
    AttendeeProfile.objects.create(user=seat.user, tshirt_size="L")
    places = [Checkpoint(conference=conference, name=entry.label, entry=entry) for entry in Entry]
    Checkpoint.objects.bulk_create(places)
    gives = [place.entry for place in places if panel_of(seat.access_code, checkpoint=place).hand_out]
    assert gives == [Entry.ONCE]

    main = Checkpoint.objects.main(conference)
    main.entry = Entry.DAILY
    main.save()
    assert panel_of(seat.access_code, checkpoint=main).hand_out == (("T-shirt size", "L"),)


def test_seat_without_a_name_says_so_and_shows_its_code(conference, panel_of):
    seat = factories.attendee(
        conference=conference,
        user=User.objects.create_placeholder(name=""),
        ticket_type=factories.ticket_type(conference=conference, name="Team"),
    )
    for verdict in ("admitted", "already_admitted"):
        panel = panel_of(seat.access_code)
        html = render_to_string(panel.template, {"panel": panel, "conference": conference})
        assert panel.verdict == verdict
        assert ("No name yet" in html, "Team" in html, code(seat.access_code) in html) == (True, True, True)
    assert panel.row.name == ""  # the list of last scans shows the code instead


@pytest.mark.both_databases
@pytest.mark.parametrize(("role", "shown"), [(Role.DESK, "team@example.org"), (Role.DOOR, "No name yet")])
def test_search_shows_who_a_seat_without_a_name_is(conference, access, role, shown):
    seat = factories.attendee(
        conference=conference, user=User.objects.create_placeholder(name=""), email="team@example.org"
    )
    hits = search(access=access[role], checkpoint=Checkpoint.objects.main(conference), query=seat.access_code, now=NOW)
    assert [(hit.code, hit.name) for hit in hits.hits] == [(seat.access_code, shown)]


def test_attention_without_a_note_still_says_what_to_do(conference, panel_of):
    seat = factories.attendee(conference=conference, needs_attention=True)
    assert panel_of(seat.access_code).note == "Needs attention. Ask the desk before this person walks on."


@pytest.mark.parametrize(
    ("later", "when", "ago"),
    [
        (dt.timedelta(seconds=20), "09:12", "First admitted just now"),
        (dt.timedelta(minutes=29), "09:12", "First admitted 29\xa0minutes ago"),
        (dt.timedelta(days=1), "Wed 9 Jun, 09:12", "First admitted 1\xa0day ago"),
    ],
)
def test_already_in_names_time_place_and_person_of_the_first(conference, panel_of, access, later, when, ago):
    seat = factories.attendee(conference=conference)
    panel_of(seat.access_code)
    first = panel_of(seat.access_code, role=Role.DESK, now=NOW + later).first
    assert (first.when, first.ago, first.checkpoint, first.by) == (
        when,
        ago,
        "Main entrance",
        access[Role.DOOR].user.name,
    )


@pytest.mark.parametrize(
    ("policy", "role", "is_refusal", "takes_payment"),
    [
        (Unpaid.ASK, Role.DESK, False, True),
        (Unpaid.ASK, Role.DOOR, True, False),
        (Unpaid.REFUSE, Role.DESK, True, False),
    ],
)
def test_unpaid_says_what_is_owed_and_who_may_take_it(
    conference, panel_of, access, policy, role, is_refusal, takes_payment
):
    order = factories.order(conference=conference, total="79.00", status=OrderStatus.PENDING)
    record_payment(
        order=order, amount=Decimal("20.00"), method="cash", note="", by=access[Role.DESK].user, now=timezone.now()
    )
    place = factories.checkpoint(conference=conference, unpaid=policy)
    panel = panel_of(order.attendees.get().access_code, role=role, checkpoint=place)
    assert (panel.verdict, panel.owed, panel.order) == ("unpaid", Decimal("59.00"), order.reference)
    assert (panel.is_refusal, panel.takes_payment) == (is_refusal, takes_payment)


def test_wrong_ticket_says_where_it_is_valid(conference, panel_of):
    day, whole = (factories.ticket_type(conference=conference, name=name) for name in ("Day", "Whole"))
    room = factories.checkpoint(conference=conference, name="Room 3")
    room.ticket_types.add(whole)
    factories.checkpoint(conference=conference, name="Lunch").ticket_types.add(day)
    seat = factories.attendee(conference=conference, ticket_type=day)
    Checkpoint.objects.main(conference)
    panel = panel_of(seat.access_code, checkpoint=room)
    assert (panel.verdict, panel.ticket) == ("wrong_ticket", "Day")
    assert panel.message == "Not valid at Room 3. Valid at: Main entrance, Lunch."


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ({"opens_at": NOW + dt.timedelta(hours=1)}, "Party opens at 10:12."),
        ({"opens_at": NOW + dt.timedelta(days=2)}, "Party opens at Fri 11 Jun, 09:12."),
        ({"closes_at": NOW - dt.timedelta(minutes=12)}, "Party closed at 09:00."),
    ],
)
def test_not_open_says_when(conference, panel_of, window, message):
    place = factories.checkpoint(conference=conference, name="Party", **window)
    panel = panel_of(factories.attendee(conference=conference).access_code, checkpoint=place)
    assert (panel.verdict, panel.message) == ("not_open", message)


@pytest.mark.parametrize(
    ("fields", "verdict", "message"),
    [
        ({"state": "cancelled"}, "cancelled", "This ticket was cancelled."),
        ({"state": "refunded"}, "refunded", "The money for this ticket was returned."),
        ({"blocked_reason": "Left without paying"}, "blocked", "Left without paying"),
        ({"completed_registration": False}, "incomplete", "This registration was not finished."),
    ],
)
def test_refusal_gives_one_reason_and_one_thing_to_do(conference, panel_of, fields, verdict, message):
    panel = panel_of(factories.attendee(conference=conference, **fields).access_code)
    assert (panel.verdict, panel.message, bool(panel.say)) == (verdict, message, True)


def test_desk_may_look_at_the_person_who_is_refused(conference, panel_of):
    seat = factories.attendee(conference=conference, state="cancelled")
    links = [panel_of(seat.access_code, role=role).person_url for role in (Role.DOOR, Role.DESK)]
    assert links == ["", f"/staff/{conference.slug}/attendees/{seat.pk}/"]


@pytest.mark.parametrize(
    ("fields", "at_the_desk"),
    [
        ({"state": "cancelled"}, "Do not admit. A new ticket is sold as a walk-in."),
        ({"state": "refunded"}, "Do not admit. A new ticket is sold as a walk-in."),
        ({"blocked_reason": "Lost"}, "Do not admit. Show the person, and settle it first."),
        ({"completed_registration": False}, "Show the person to see what is missing, then scan again."),
        ({"ticket_type": "another"}, "Show the person to change the ticket."),
        ({"order": "unpaid"}, "Do not admit. Show the person, and record the payment in their order."),
        ({"in": "already"}, "Ask for the badge. If this is another person, find out whose ticket it is."),
        (None, "Search the name, or register a walk-in."),
    ],
)
def test_nobody_at_the_desk_is_told_to_send_people_there(conference, panel_of, fields, at_the_desk):
    place = factories.checkpoint(conference=conference)
    given = dict(fields or {})
    if given.pop("ticket_type", None):
        place.ticket_types.add(factories.ticket_type(conference=conference))
        given["ticket_type"] = factories.ticket_type(conference=conference)
    if given.pop("order", None):
        code = factories.order(conference=conference, total="9.00", status="pending").attendees.get().access_code
    else:
        is_in = given.pop("in", None)
        code = factories.attendee(conference=conference, **given).access_code if fields else "XX4Q0000"
        if is_in:
            panel_of(code, checkpoint=place)
    door, desk = (panel_of(code, role=role, checkpoint=place) for role in (Role.DOOR, Role.DESK))
    assert "desk" in door.say
    assert desk.say == at_the_desk


def test_unknown_shows_the_code_as_read_and_cuts_what_nobody_reads(panel_of):
    assert panel_of("XX4Q0000").code == "XX4Q0000"
    assert panel_of("Z" * 4096).code == "Z" * 64 + "…"


def test_replay_of_an_admission_taken_back_says_so(conference, panel_of, access):
    seat, scan_id = factories.attendee(conference=conference), uuid.uuid4()
    panel_of(seat.access_code, scan_id=scan_id)
    desk = access[Role.DESK]
    undo_check_in(conference=conference, scan_id=scan_id, by=desk.user, role=desk.role, reason="Wrong person", now=NOW)
    panel = panel_of(seat.access_code, scan_id=scan_id)
    assert (panel.verdict, panel.is_undone, panel.word) == ("admitted", True, "Taken back")
    assert panel.message == "The admission of 09:12 was taken back: Wrong person"
