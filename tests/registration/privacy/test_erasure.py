"""Somebody deletes an account with records that are kept: nothing tells of them afterwards but what the books must."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone
from post_office.models import STATUS, Email

from conferences.models import Role
from conferences.staffing import remove_staff
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import Discount
from registration.changes.models import LostTicketRequest
from registration.checkin.models import Checkpoint
from registration.dashboard.counts import count_heads
from registration.errors import RegistrationError
from registration.order.history import Event
from registration.order.ledger import check_ledger
from registration.order.models import OrderEvent
from registration.order.models_invoice import Invoice
from registration.privacy import leaving
from registration.privacy.leaving import delete_account
from tests import factories, factories_money
from tests.registration.checkin.offline import KeptList
from tests.registration.privacy.everywhere import WORDS, everywhere
from tests.registration.privacy.sweep import columns_of_attendees, holding
from tests.registration.privacy.test_leaving import PAGE, past, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]

GONE = "[deleted]"
BOOKS = {
    "registration_invoice.content", "registration_payment.note", "registration_refund.reason",
    "registration_payout.note", "registration_creditpayout.note", "registration_issue.note",
}  # fmt: skip


@pytest.mark.both_databases
def test_nothing_tells_of_them_but_the_books(monkeypatch):
    """And heads, totals and places are what they were; that counters agree is asked after every test."""
    world = everywhere(past(language="de"))
    client, tablet = signed_in(world.user), KeptList(Checkpoint.objects.main(world.conference))
    UserSession.objects.filter(user=world.user).update(user_agent="Quillon", data={"for": "Quillon"})
    before = holding(*WORDS)
    assert columns_of_attendees() - before == set()
    books = (
        list(Invoice.objects.values("content", "name", "total")),
        list(type(world.order).objects.values("pk", "total")),
    )
    heads, mistakes = count_heads(world.conference), check_ledger(conference=world.conference)

    with monkeypatch.context() as patch:  # all or nothing
        patch.setattr(leaving, "wipe_records", lambda *_args, **_kwargs: factories.user(email=world.user.email))
        assert client.post(PAGE).status_code == 422
    assert holding(*WORDS) == before

    assert "What stays" in client.get(PAGE).content.decode()
    assert client.post(PAGE).status_code == 302
    assert holding(*WORDS) == BOOKS
    assert books == (
        list(Invoice.objects.values("content", "name", "total")),
        list(type(world.order).objects.values("pk", "total")),
    )
    assert (count_heads(world.conference), check_ledger(conference=world.conference)) == (heads, mistakes)
    tablet.refresh()
    assert tablet.people[world.seat.access_code]["name"] == "[gelöscht]"


@pytest.mark.both_databases
def test_what_is_kept_is_nobodys_and_that_of_others_stays():
    world = everywhere(past())
    delete_account(user=world.user, now=timezone.now())
    for row in (world.order, world.seat, world.guest, world.lent, world.given, world.namesake):
        row.refresh_from_db()
    nobody = world.order.user
    assert (nobody.is_placeholder, nobody.name, nobody.has_usable_password()) == (True, GONE, False)
    assert [(seat.user, seat.name, seat.email) for seat in (world.seat, world.lent)] == [(nobody, GONE, "")] * 2
    assert (world.guest.name, world.guest.email, world.guest.user.name) == ("Guest 1", "", "Guest 1")
    assert (world.given.name, world.namesake.name, world.namesake.staff_note) == (
        "Carl New",
        "Quill Onda",
        "Ask [deleted]!",
    )
    told = OrderEvent.objects.filter(order__in=[world.lent.order, world.given.order]).order_by("pk")
    assert [event.details for event in told] == [{"seat": GONE, "was": GONE}, {"seat": "Carl New", "was": GONE}]
    assert world.order.events.get().by == nobody
    assert not Discount.objects.get().is_for_everybody
    mails = Email.objects.filter(subject__contains=GONE).order_by("pk")
    assert [(mail.to, mail.status, mail.message) for mail in mails] == [
        ([], STATUS.sent, ""), ([], STATUS.failed, ""), (["sam@example.org"], STATUS.sent, "[deleted]\n"),
        (["bob@example.org"], STATUS.sent, "[deleted]\n"),
    ]  # fmt: skip


@pytest.mark.both_databases
def test_what_they_did_as_staff_keeps_their_name():
    """That is told before. What they did about their own order they did as its buyer."""
    ada, conference = factories.user(name="Ada Ansel", email="ada@example.org"), past()
    factories.staff(conference=conference, role=Role.ORGANISER)
    theirs, own = (factories.order(conference=conference, total="9.00", user=user) for user in (None, ada))
    payments = [factories_money.payment(order=order, recorded_by=ada) for order in (theirs, own)]
    change = LogEntry.objects.create(user=ada, object_repr="something", action_flag=2)
    client = signed_in(ada)
    assert "The name stays beside payments" in client.get(PAGE).content.decode()
    assert client.post(PAGE).status_code == 302
    for row in (*payments, change):
        row.refresh_from_db()
    recorded = [payment.recorded_by for payment in payments]
    assert [(user.name, user.email) for user in (*recorded, change.user)] == [
        ("Ada Ansel", None), (GONE, None), ("Ada Ansel", None),
    ]  # fmt: skip


def test_who_was_staff_is_told_that_the_name_stays(conference):
    role = factories.staff(conference=conference, role=Role.DOOR)
    remove_staff(held=role)
    page = signed_in(role.user).get(PAGE).content.decode()
    assert ("The name stays beside payments" in page, "Orders with their amounts" in page) == (True, False)


def test_name_of_one_word_is_no_word_of_other_texts():
    may = factories.user(name="May", email="may@example.org")
    order = factories.order(conference=past(), user=may)
    other = factories.attendee(conference=order.conference, staff_note="May come late. Ask may@example.org.uk.")
    about, kind = {"user": factories.superuser(), "action_flag": 2}, ContentType.objects.get_for_model(User)
    changes = [
        LogEntry.objects.create(**about, content_type=kind, object_id=key, object_repr="May") for key in (may.pk, 0)
    ]
    delete_account(user=may, now=timezone.now())
    for row in (other, *changes):
        row.refresh_from_db()
    assert (order.attendees.get().name, other.staff_note) == (GONE, "May come late. Ask may@example.org.uk.")
    assert [change.object_repr for change in changes] == [GONE, "May"]


def test_who_is_called_like_other_words_takes_nothing_from_others(conference):
    """A name is whatever somebody types, an address too until it is confirmed; and what is still to be can be left by
    cancelling.
    """
    person = factories.user(name="needs a wheelchair", email="ada@example.org")
    factories.end(factories.attendee(conference=conference, user=person))
    over = factories.order(conference=past(), user=person).conference
    notes = [
        factories.attendee(conference=each, staff_note="She needs a wheelchair.") for each in (conference, past(), over)
    ]
    to_others = Email.objects.create(
        from_email="us@example.org", to=["bob@example.org"], subject="Who needs a wheelchair?", status=STATUS.sent
    )
    change = LogEntry.objects.create(
        user=factories.superuser(), action_flag=2, content_type=ContentType.objects.get_for_model(Discount),
        object_repr="Who needs a wheelchair",
    )  # fmt: skip
    EmailAddress.objects.create(user=person, email="bob@example.org", verified=False)
    to_be = factories.order(conference=conference)
    told = to_be.events.create(kind=Event.TRANSFERRED, at=timezone.now(), details={"was": person.name})
    delete_account(user=person, now=timezone.now())
    for row in (*notes, to_others, change, told):
        row.refresh_from_db()
    assert [seat.staff_note for seat in notes] == ["She needs a wheelchair."] * 2 + ["She [deleted]."]
    assert (to_others.to, told.details) == (["bob@example.org"], {"was": "needs a wheelchair"})
    assert (to_others.subject, change.object_repr) == ("Who needs a wheelchair?", "Who needs a wheelchair")


def test_what_comes_while_their_traces_are_looked_for_is_not_lost(monkeypatch):
    order = factories.order(conference=past())

    def find(person, **kwargs):
        factories.order(conference=order.conference, user=person.user, seats=0)
        return found(person, **kwargs)

    found = leaving.find_traces
    monkeypatch.setattr(leaving, "find_traces", find)
    with pytest.raises(RegistrationError, match="Nothing was deleted"):
        delete_account(user=order.user, now=timezone.now())
    assert User.objects.filter(pk=order.user.pk).exists()


def test_superuser_deletes_for_them(client):
    """Also a person who never had an account, of whom the seat alone is known."""
    conference, admin = past(), factories.superuser()
    order = factories.order(conference=conference, seats=2, user=factories.user(name="Ada Quillon"))
    guest = order.attendees.get(user__email=None)
    Attendee.objects.filter(pk=guest.pk).update(email="guest@quillon.example", name="Bea Quillon")
    User.objects.filter(pk=guest.user_id).update(name="Bea Quillon")
    LostTicketRequest.objects.create(email="guest@quillon.example")
    client.force_login(admin)
    for user in (order.user, guest.user):
        path = reverse("admin:registration_user_delete", args=[user.pk])
        page = client.get(path).content.decode()
        assert ("What stays" in page, "Nobody can bring it back" in page) == (True, True)
        assert client.post(path)["Location"] == reverse("admin:registration_user_changelist")
        assert not User.objects.filter(pk=user.pk).exists()
    assert holding("quillon") == set()
    assert set(LogEntry.objects.filter(user=admin).values_list("action_flag", "object_repr")) == {
        (3, str(order.user.pk)), (3, str(guest.user_id)),
    }  # fmt: skip


def test_address_that_a_family_shares_stays_that_of_the_others():
    order = factories.order(conference=past(), seats=2)
    own, child = order.attendees.order_by("pk")
    Attendee.objects.filter(pk=child.pk).update(email=own.email)
    LostTicketRequest.objects.create(email=own.email)
    delete_account(user=child.user, now=timezone.now())
    for seat in (own, child):
        seat.refresh_from_db()
    assert (own.email, child.email) == (order.user.email, "")
    assert LostTicketRequest.objects.filter(email=own.email).exists()


def test_superuser_is_told_what_has_to_end_first(client, conference):
    order = factories.order(conference=conference)
    client.force_login(factories.superuser())
    path = reverse("admin:registration_user_delete", args=[order.user.pk])
    assert "a ticket to come" in client.get(path).content.decode()
    refused = client.post(path)
    assert (refused.status_code, "Nothing was deleted." in refused.content.decode()) == (422, True)
    client.force_login(order.user)
    assert [client.get(path).status_code, client.post(path).status_code] == [302, 302]
    assert User.objects.filter(pk=order.user.pk).exists()
