"""A ticket given away: another holder, another code, the same place in the books."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone
from post_office.models import Email

from registration.account.models import User
from registration.attendee.claim import claim_waiting
from registration.attendee.models import AttendeeProfile, RetiredCode
from registration.catalogue.models import TicketType
from registration.changes.naming import correct_details
from registration.changes.own_cancellation import cancel_own_ticket
from registration.changes.transfer import transfer_ticket
from registration.checkin.admission import check_in, undo_check_in
from registration.checkin.models import Checkpoint
from registration.errors import RegistrationError
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def seat(conference):
    """Of an order with two; everything is sold out."""
    order = factories.order(conference=conference, total="80.00", seats=2)
    TicketType.objects.update(total_quantity=2)
    type(conference).objects.update(total_capacity=2)
    seat = order.attendees.get(user=order.user)
    seat.name, seat.email = "Ada", order.user.email
    seat.save(update_fields=["name", "email"])
    return seat


def give(seat, **fields):
    by = fields.pop("by", None) or seat.user
    given = {"code": seat.access_code, "name": "Grace", "email": "grace@example.org", "now": NOW} | fields
    return transfer_ticket(attendee=seat, by=by, **given)


def refused(seat, **fields):
    with pytest.raises(RegistrationError) as refusal:
        give(seat, **fields)
    return refusal.value.code


def scan(seat, code):
    main = Checkpoint.objects.main(seat.conference)
    return check_in(checkpoint=main, code=code, scan_id=uuid.uuid4(), by=factories.user(), now=NOW)


@pytest.mark.both_databases
def test_seat_gets_a_new_holder_and_code_and_keeps_its_place_in_the_books(seat):
    before, order, old = seat.user, seat.order, seat.access_code
    AttendeeProfile.objects.create(user=before, dietary_needs="vegan")
    seat.staff_note, seat.needs_attention = "Wheelchair", True
    seat.save()
    after = give(seat, reason="ill")
    after.refresh_from_db()
    assert (after.pk, after.order, after.order_lines.get().order, after.ticket_type) == (
        seat.pk, order, order, seat.ticket_type,
    )  # fmt: skip
    assert (after.user.is_placeholder, after.user.name, after.name, after.email) == (
        True, "Grace", "Grace", "grace@example.org",
    )  # fmt: skip
    assert (after.staff_note, after.needs_attention) == ("", False)
    assert list(AttendeeProfile.objects.values_list("user", "dietary_needs")) == [(before.pk, "vegan")]
    retired = RetiredCode.objects.get()
    assert (retired.code, retired.attendee, retired.retired_by) == (old, after, before)
    assert after.access_code != old
    assert recount_places(conference=seat.conference) == []


def test_both_are_told_and_the_history_says_who_and_why(seat):
    old = seat.access_code
    after = give(seat, reason="ill")
    said = {mail.to[0]: mail.message for mail in Email.objects.all()}
    assert list(said) == ["grace@example.org", seat.email]
    assert after.access_code[4:] in said["grace@example.org"]
    assert f"The code {old} no longer opens the door." in said[seat.email]
    assert ("Grace" in said[seat.email], after.access_code in said[seat.email]) == (False, False)
    event = seat.order.events.get()
    assert (event.kind, event.by, event.reason, event.details) == (
        "transferred", seat.user, "ill", {"seat": "Grace", "was": "Ada"},
    )  # fmt: skip


def test_old_code_says_replaced_without_the_new_name_and_the_new_one_admits(seat, client):
    old, after = seat.access_code, give(seat)
    client.force_login(factories.staff(conference=seat.conference, role="desk").user)
    shown = client.post(
        f"/staff/{seat.conference.slug}/checkin/scan/",
        {"code": old, "scan_id": uuid.uuid4(), "checkpoint": Checkpoint.objects.main(seat.conference).pk},
        HTTP_HX_REQUEST="true",
    ).content.decode()  # fmt: skip
    assert ('data-verdict="replaced"' in shown, "Grace" in shown) == (True, False)
    assert scan(after, after.access_code).verdict == "admitted"


def test_account_with_that_address_takes_it_when_it_comes_for_it(seat):
    grace = factories.user(email="grace@example.org")
    after = give(seat)
    assert after.user.is_placeholder  # else the giver would learn that there is an account
    assert claim_waiting(user=grace) == [after]


@pytest.mark.both_databases
def test_guest_is_replaced_by_another_and_leaves_nothing_behind(seat):
    guest = seat.order.attendees.exclude(pk=seat.pk).get()
    AttendeeProfile.objects.create(user=guest.user, dietary_needs="vegan")
    give(guest, by=seat.user)
    assert (User.objects.filter(pk=guest.user_id).exists(), AttendeeProfile.objects.exists()) == (False, False)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "cancelled"}, "not_live"),
        ({"checked_in_at": NOW}, "admitted"),
        ({"blocked_reason": "chargeback"}, "blocked"),
        ({"completed_registration": False}, "not_finished"),
    ],
)
def test_what_speaks_against_it_for_staff_too(seat, changes, code):
    type(seat).objects.filter(pk=seat.pk).update(**changes)
    recount_places(conference=seat.conference, fix=True)
    assert [refused(seat), refused(seat, is_staff=True, by=factories.user())] == [code, code]


def test_not_once_admitted_anywhere_until_that_is_undone(seat):
    lunch = factories.checkpoint(conference=seat.conference)
    done = check_in(checkpoint=lunch, code=seat.access_code, scan_id=uuid.uuid4(), by=None, now=NOW)
    assert refused(seat) == "admitted"
    undo_check_in(
        conference=seat.conference, scan_id=done.scan.pk, by=factories.user(), role="desk", reason="mistake", now=NOW
    )
    give(seat)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("of", "changes", "code"),
    [
        ("conference", {"allows_transfers": False}, "not_transferable"),
        ("ticket_type", {"is_transferable": False}, "not_transferable"),
        ("conference", {"transfers_close_at": NOW}, "transfers_closed"),
        ("conference", {"start_date": dt.date(2020, 1, 1), "end_date": dt.date(2020, 1, 2)}, "transfers_closed"),
    ],
)
def test_organisers_forbid_it_or_freeze_it_and_may_still_do_it_themselves(seat, of, changes, code):
    record = getattr(seat, of)
    type(record).objects.filter(pk=record.pk).update(**changes)
    assert refused(seat) == code
    give(seat, is_staff=True, by=factories.user())


def test_form_sent_twice_gives_it_away_once(seat):
    old = seat.access_code
    give(seat)
    assert refused(seat, code=old, by=seat.order.user, name="Eve", email="eve@example.org") == "changed_meanwhile"
    seat.refresh_from_db()
    assert (seat.name, RetiredCode.objects.count()) == ("Grace", 1)


def test_only_who_holds_it_or_bought_it_for_somebody_without_an_account(seat):
    other = factories.user()
    factories.attendee(conference=seat.conference, user=other)
    assert refused(seat, by=other) == "not_yours"
    after = give(seat)
    claim_waiting(user=factories.user(email="grace@example.org"))
    after.refresh_from_db()
    assert refused(after, by=seat.order.user, name="Eve", email="eve@example.org") == "not_yours"


def test_person_is_needed_and_is_another(seat):
    assert [refused(seat, name=" "), refused(seat, email=""), refused(seat, name="ada", email=seat.email.upper())] == [
        "person_missing", "person_missing", "same_person",
    ]  # fmt: skip


def test_giver_has_no_hand_in_it_any_more_while_the_new_holder_has_no_account(seat):
    after = give(seat)
    assert refused(after, by=seat.order.user, name="Eve", email="eve@example.org") == "not_yours"
    with pytest.raises(RegistrationError, match="account now"):
        correct_details(attendee=after, name="Eve", answers={}, by=seat.order.user, now=NOW)
    TicketType.objects.update(is_cancellable=True)
    with pytest.raises(RegistrationError, match="somebody else's now"):
        cancel_own_ticket(attendee=after, by=seat.order.user, now=NOW, request_id=uuid.uuid4())


def test_seat_given_back_to_its_buyer_is_theirs_again(seat):
    after = give(give(seat), by=factories.user(), is_staff=True, name="Ada", email=seat.order.user.email)
    assert claim_waiting(user=seat.order.user) == [after]
    after.refresh_from_db()
    give(after)
