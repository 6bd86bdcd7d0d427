"""What belongs to another conference is as if it were not there: its codes, its people, its counts, its money."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from conferences.access import Standing
from conferences.models import Role
from registration.attendee.models import RetiredCode
from registration.checkin.models import Checkpoint, Unpaid, Verdict
from registration.checkin.paying import pay_and_check_in
from registration.checkin.people import HeadCount, head_count, search
from registration.checkin.quarantine import batches_of, count_open_batches, discard_batch
from registration.checkin.signs import sign_of
from registration.errors import RegistrationError
from registration.order.models import OrderStatus
from registration.order.models_money import Payment
from registration.roster.pills import door_pill
from tests import factories
from tests.registration.checkin.offline import scan_at

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2027, 6, 9, 7, 12, tzinfo=dt.UTC)


@pytest.fixture
def elsewhere(db):
    return factories.conference()


@pytest.fixture
def main(conference):
    return Checkpoint.objects.main(conference)


@pytest.mark.parametrize("typed", ["Old-Barcode 7", "old-barcode 7"], ids=["as printed", "in small letters"])
def test_code_of_an_imported_ticket_opens_its_own_door_alone(elsewhere, conference, main, typed):
    seat = factories.attendee(conference=elsewhere, imported_code="Old-Barcode 7")
    assert scan_at(main, typed).verdict == Verdict.UNKNOWN
    assert scan_at(Checkpoint.objects.main(elsewhere), typed).attendee == seat
    # Nor is it in the way of the one here.
    ours = factories.attendee(conference=conference, imported_code="OLD-BARCODE 7")
    assert scan_at(main, typed).attendee == ours


def test_retired_code_is_unknown_at_another_conference(elsewhere, main):
    RetiredCode.objects.create(code="RETIRED9", attendee=factories.attendee(conference=elsewhere), reason="transfer")
    answer = scan_at(main, "RETIRED9")
    assert (answer.verdict, answer.attendee) == (Verdict.UNKNOWN, None)
    assert scan_at(Checkpoint.objects.main(elsewhere), "RETIRED9").verdict == Verdict.REPLACED


@pytest.mark.parametrize("is_over", [False, True], ids=["elsewhere", "cancelled"])
def test_no_money_is_taken_for_a_ticket_of_elsewhere_or_for_one_that_is_over(elsewhere, conference, main, is_over):
    main.unpaid = Unpaid.ASK
    where = conference if is_over else elsewhere
    seat = factories.order(conference=where, total="79.00", status=OrderStatus.PENDING).attendees.get()
    if is_over:
        factories.end(seat)
    by = factories.staff(conference=conference, role=Role.DESK).user
    given = {"amount": Decimal("79.00"), "method": "cash", "note": "", "by": by, "now": NOW}
    with pytest.raises(RegistrationError) as refused:
        pay_and_check_in(checkpoint=main, code=seat.access_code, scan_id=uuid.uuid4(), **given)
    assert (refused.value.code, Payment.objects.count()) == ("unknown_ticket", 0)


@pytest.mark.both_databases
def test_search_and_head_of_the_page_know_whom_the_door_waits_for(elsewhere, conference, main):
    factories.attendee(conference=elsewhere, name="Ada Elsewhere", checked_in_at=NOW)
    factories.attendee(conference=conference, name="Ada Here")
    unready = factories.attendee(conference=conference, name="Ada Unready", completed_registration=False)
    found = search(access=Standing(conference, Role.DESK), checkpoint=main, query="Ada", now=NOW)
    assert [(hit.name, hit.state) for hit in found.hits] == [("Ada Here", "Not in yet"), ("Ada Unready", "Incomplete")]
    sign = sign_of(Verdict.INCOMPLETE)  # what a scan would show
    assert (found.hits[1].icon, found.hits[1].tone) == (sign.icon, sign.tone)
    assert door_pill(unready, conference, now=NOW).icon == sign.icon
    assert head_count(elsewhere) == HeadCount(inside=1, expected=1)
    assert head_count(conference).inside == 0


@pytest.mark.both_databases
def test_held_scans_wait_at_their_own_conference_alone(elsewhere, conference):
    held = factories.held_scan(attendee=factories.attendee(conference=elsewhere))
    assert [list(batches_of(where, is_open=True)) for where in (conference, elsewhere)] == [[], [held.batch]]
    assert [count_open_batches(where) for where in (conference, elsewhere)] == [0, 1]
    discard_batch(batch=held.batch, reason="A rehearsal.", by=factories.user(), now=NOW)
    assert [list(batches_of(where, is_open=False)) for where in (conference, elsewhere)] == [[], [held.batch]]
