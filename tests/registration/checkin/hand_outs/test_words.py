"""What people are told where something is handed out, with the network and without."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest

from conferences.models import Role
from registration.checkin import kiosk_panel
from registration.checkin import panel as panels
from registration.checkin.access import DoorAccess
from registration.checkin.admission import undo_check_in
from registration.checkin.models import Checkpoint
from registration.checkin.offline import offline_panels
from registration.checkin.people import count_at, search
from registration.checkin.tablet_list import read_list
from registration.order.models import OrderStatus
from tests import factories
from tests.registration.checkin.hand_outs.dinners import as_often_as_they_like, verdicts
from tests.registration.checkin.offline import scan_at

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2027, 6, 9, 10, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def panel_of(conference, place):
    access = DoorAccess(conference, Role.DOOR, factories.staff(conference=conference, role=Role.DOOR).user, None)

    def panel_of(code, where=place, **fields):
        return panels.of_check_in(scan_at(where, code, **fields), access=access, now=NOON)

    return panel_of


def test_panel_says_how_many_of_how_many_and_offers_the_next(panel_of, seat):
    said = [panel_of(seat.access_code, now=NOON - 10 * HOUR) for _number in range(4)]
    assert [(panel.verdict, panel.word, panel.row.word, panel.uses) for panel in said] == [
        ("admitted", "Handed out", "Handed out", "1 of 3 used"),
        ("admitted", "Handed out", "Handed out", "2 of 3 used"),
        ("admitted", "Handed out", "Handed out", "3 of 3 used"),
        ("already_admitted", "All handed out", "All handed out", "3 of 3 used"),
    ]
    assert [(panel.next_code, panel.next_label) for panel in said] == [
        (seat.access_code, "Hand out another of 2"),
        (seat.access_code, "Hand out the last one"),
        ("", ""),
        ("", ""),
    ]
    assert said[-1].first.ago == "Last one handed out 10\xa0hours ago"
    assert said[-1].say == "Everything was handed out. Questions go to the desk."


def test_desk_takes_back_the_last_piece_and_reads_so(conference, place, seat):
    access = DoorAccess(conference, Role.DESK, factories.user(), None)
    scans = [scan_at(place, seat.access_code, now=NOON) for _number in range(4)]
    said = panels.of_check_in(scans[-1], access=access, now=NOON)
    assert (said.undo_scan_id, said.undo_label) == (str(scans[-2].scan.pk), "Undo the last")


@pytest.mark.both_databases
def test_as_often_as_they_like_is_handed_out_too_and_nobody_is_admitted(conference, place, seat, panel_of):
    place = as_often_as_they_like(place)
    scan_id = uuid.uuid4()
    said = [panel_of(seat.access_code, where=place, scan_id=scan_id) for _number in range(2)]  # the second is a replay
    assert [(panel.word, panel.row.word, panel.uses, panel.group) for panel in said] == [
        ("Handed out", "Handed out", "", None)
    ] * 2
    access = DoorAccess(conference, Role.DESK, factories.user(), None)
    told = {"by": access.user, "role": Role.DESK, "reason": "Spilled", "now": NOON}
    undone = panels.of_undo(undo_check_in(conference=conference, scan_id=scan_id, **told))
    assert undone.say == "It can be handed out again."
    hits = search(access=access, checkpoint=place, query="Bo L", now=NOON).hits
    assert [hit.state for hit in hits] == ["As many as they like"]
    assert not count_at(place, now=NOON).is_of_pieces
    assert read_list(checkpoint=place, cursor=None, now=NOON).hands_out


@pytest.mark.counters_falsified
@pytest.mark.parametrize("entry", ["once", "daily", "unlimited"])
@pytest.mark.parametrize(
    ("fields", "say"),
    [
        ({"state": "cancelled"}, "Hand out nothing. A new ticket can be had at the desk."),
        ({"state": "refunded"}, "Hand out nothing. A new ticket can be had at the desk."),
        ({"blocked_reason": "Lost"}, "Hand out nothing. Send to the desk."),
    ],
)
def test_who_gets_nothing_is_not_said_to_be_kept_out(place, seat, panel_of, entry, fields, say):
    Checkpoint.objects.filter(pk=place.pk).update(entry=entry)
    type(seat).objects.filter(pk=seat.pk).update(**fields)
    assert panel_of(seat.access_code, where=Checkpoint.objects.get(pk=place.pk)).say == say


@pytest.mark.both_databases
def test_money_is_asked_for_what_is_handed_out(client_as, conference, place, dinner):
    Checkpoint.objects.filter(pk=place.pk).update(unpaid="ask")
    order = factories.order(conference=conference, total="10.00", status=OrderStatus.PENDING)
    seat = order.attendees.get()
    fields = {"code": seat.access_code, "checkpoint": place.pk, "scan_id": uuid.uuid4(), "method": "typed"}
    response = client_as(Role.DESK).post(
        f"/staff/{conference.slug}/checkin/scan/", fields, headers={"HX-Request": "true"}
    )
    buttons = re.findall(
        r'<button class="btn[^>]*>.*?</svg>([^<]+)</button>|data-act="cancel">([^<]+)<', response.content.decode()
    )
    assert [one or other for one, other in buttons] == [
        "Cash: hand out", "Card: hand out", "Transfer: hand out", "Hand out nothing",
    ]  # fmt: skip


def test_stand_that_hands_out_says_to_take_it(conference, place, seat):
    said = [kiosk_panel.of_check_in(scan_at(place, seat.access_code)) for _number in range(4)]
    assert [(panel.word, panel.say) for panel in said[2:]] == [
        ("Here you are", "This is yours. Please take it."),
        ("All handed out", "You have had all of yours. If that was not you, see the desk."),
    ]


def test_tablet_without_the_network_has_the_same_words():
    panels = {panel.verdict: panel for panel in offline_panels()}
    for verdict in ("unpaid", "cancelled", "refunded", "blocked"):
        entry, piece = panels[verdict].say, panels[verdict].piece_say
        assert entry.startswith("Do not admit.")
        assert piece == entry.replace("Do not admit.", "Hand out nothing.")


def test_piece_that_was_taken_back_can_be_handed_out_again(conference, place, seat):
    access = DoorAccess(conference, Role.DESK, factories.user(), None)
    scan = scan_at(place, seat.access_code).scan
    told = {"by": access.user, "role": Role.DESK, "reason": "Wrong size", "now": NOON}
    panel = panels.of_undo(undo_check_in(conference=conference, scan_id=scan.pk, **told))
    assert (panel.word, panel.say) == ("Taken back", "It can be handed out again.")
    assert panel.message.startswith("What was handed out at ")


def test_panel_says_what_was_not_bought(conference, panel_of, place):
    panel = panel_of(factories.attendee(conference=conference).access_code)
    assert (panel.verdict, panel.message) == ("wrong_ticket", "Not bought with this ticket: Dinner.")
    place.ticket_types.add(factories.ticket_type(conference=conference))
    assert panel_of(factories.attendee(conference=conference).access_code).message == "Not valid at Dinner table."


@pytest.mark.both_databases
def test_search_and_head_of_the_page_count_pieces(conference, place, seat):
    access = DoorAccess(conference, Role.DOOR, None, None)
    factories.attendee(conference=conference, name="Bo Liang")
    verdicts(place, seat.access_code, 2, now=NOON)
    hits = search(access=access, checkpoint=place, query="Bo L", now=NOON).hits
    assert [(hit.name, hit.state) for hit in hits] == [("Bo Li", "2 of 3 used"), ("Bo Liang", "Not bought")]
    assert (counted := count_at(place, now=NOON)) and (counted.inside, counted.expected, counted.is_of_pieces) == (
        2,
        3,
        True,
    )
    assert not count_at(Checkpoint.objects.main(conference), now=NOON).is_of_pieces


@pytest.mark.both_databases
def test_organisers_choose_what_a_checkpoint_hands_out(client_as, conference, dinner):
    organiser, other = client_as(Role.ORGANISER), factories.add_on(conference=factories.conference())
    url = f"/staff/{conference.slug}/settings/checkpoints/new/"
    form = {"name": "Dinner table", "entry": "once", "unpaid": "refuse"}
    assert organiser.post(url, form | {"add_ons": [other.pk]}).status_code == 422
    assert organiser.post(url, form | {"add_ons": [dinner.pk]}).status_code == 302
    assert list(Checkpoint.objects.get(name="Dinner table").add_ons.all()) == [dinner]
    assert "hands out:" in organiser.get(f"/staff/{conference.slug}/settings/checkpoints/").content.decode()
