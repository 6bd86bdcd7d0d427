"""A mail with a personal link registers whoever opens it, once, and nobody else."""

import datetime as dt
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from post_office.models import Email

from conferences.models import Role
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.catalogue.models import Voucher
from registration.errors import RegistrationError
from registration.invitation.accepting import accept_invitation
from registration.invitation.inviting import Invitee, invite, remind, revoke
from registration.invitation.models import Invitation, find_invitation
from registration.order.models import Order
from registration.order.recount import recount_places
from tests import factories

pytestmark = pytest.mark.django_db

NOW = timezone.now()
ADA = Invitee("Ada Lovelace", "ada@example.org")


@pytest.fixture
def hidden(conference):
    return factories.ticket_type(conference=conference, price=Decimal("80.00"), requires_voucher=True)


def send(kind, *people, is_free=True, expires_at=None):
    return invite(
        conference=kind.conference, ticket_type=kind, people=people or [ADA], is_free=is_free, expires_at=expires_at,
        by=factories.superuser(), now=NOW,
    )  # fmt: skip


def token_of(invitation):
    return invitation.link.split("/")[-2]


def test_mail_holds_a_link_that_registers_in_one_click(client, hidden):
    [invitation] = send(hidden, expires_at=NOW + dt.timedelta(days=3))
    mail = Email.objects.get()
    assert (mail.to, invitation.link in mail.message) == (["ada@example.org"], True)
    assert "The link is good until " in mail.message
    path = f"/invitations/{token_of(invitation)}/"
    page = client.get(path)
    assert ("You are invited" in page.content.decode(), page["Referrer-Policy"]) == (True, "strict-origin")
    assert Attendee.objects.count() == 0
    for _press in range(2):
        assert client.post(path)["Location"] == path
    assert "You are registered" in client.get(path).content.decode()
    [seat], order = Attendee.objects.all(), Order.objects.get()
    assert (seat.name, seat.email, seat.completed_registration, order.total) == ("Ada Lovelace", ADA.email, True, 0)
    assert "_auth_user_id" not in client.session
    assert recount_places(conference=hidden.conference) == []


def test_account_is_made_with_the_address_proved_and_no_password(hidden):
    accept_invitation(invitation=send(hidden)[0], now=NOW)
    user = User.objects.get(email=ADA.email)
    assert (user.name, user.has_usable_password()) == ("Ada Lovelace", False)
    assert EmailAddress.objects.get(user=user).verified


def test_known_account_gets_the_ticket_under_its_own_name(hidden):
    known = factories.user(email=ADA.email, name="Countess")
    order = accept_invitation(invitation=send(hidden)[0], now=NOW)
    assert (order.user, order.attendees.get().name) == (known, "Countess")


@pytest.mark.both_databases
def test_password_of_a_stranger_who_took_the_address_first_opens_nothing(hidden):
    stranger = factories.user(email=ADA.email, verified=False)
    accept_invitation(invitation=send(hidden)[0], now=NOW)
    stranger.refresh_from_db()
    assert (stranger.has_usable_password(), stranger.emailaddress_set.get().verified) == (False, True)


def test_voucher_of_the_invitations_has_a_use_for_each(hidden):
    first, _second = send(hidden, ADA, Invitee("Grace", "grace@example.org"))
    voucher = Voucher.objects.get()
    assert (voucher.max_uses, voucher.used) == (2, 0)
    accept_invitation(invitation=first, now=NOW)
    voucher.refresh_from_db()
    assert (voucher.used, recount_places(conference=hidden.conference)) == (1, [])


def test_paid_invitation_becomes_an_order_to_pay(conference):
    kind = factories.ticket_type(conference=conference, price=Decimal("80.00"))
    [invitation] = send(kind, is_free=False)
    order = accept_invitation(invitation=invitation, now=NOW)
    assert (order.total, order.is_to_be_paid, invitation.voucher) == (Decimal("80.00"), True, None)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"approval": "asked", "status": "pending"}, "The organisers look at each registration"),
        ({"status": "pending", "total": 80}, "What is to be paid, and how, is in the mail"),
        ({"status": "paid"}, "Your ticket is on its way by mail"),
        ({"status": "replaced"}, "Its tickets were changed"),
        ({"status": "cancelled"}, "This order is closed, and its tickets are not valid."),
    ],
)
def test_page_says_what_has_become_of_the_order(client, hidden, state, says):
    [invitation] = send(hidden)
    order = accept_invitation(invitation=invitation, now=NOW)
    type(order).objects.filter(pk=order.pk).update(**state)
    page = client.get(f"/invitations/{token_of(invitation)}/").content.decode()
    assert says in page
    assert ("on its way" in page, "You are registered" in page) == (
        state == {"status": "paid"}, "approval" not in state and state["status"] != "cancelled",
    )  # fmt: skip


def test_open_invitation_is_not_sent_twice(hidden):
    send(hidden)
    assert (send(hidden, Invitee("Ada", "ADA@example.org")), Email.objects.count()) == ([], 1)
    twice = send(hidden, Invitee("Grace", "grace@example.org"), Invitee("Again", "Grace@example.org"))
    assert [invitation.name for invitation in twice] == ["Grace"]


@pytest.mark.both_databases
@pytest.mark.parametrize("why", ["revoked", "over", "sold_out"])
def test_closed_invitation_registers_nobody(client, hidden, why):
    [invitation] = send(hidden, expires_at=NOW - dt.timedelta(days=1) if why == "over" else None)
    if why == "revoked":
        revoke(invitation=invitation, now=NOW)
    if why == "sold_out":
        hidden.conference.total_capacity = 1
        hidden.conference.save()
        accept_invitation(invitation=send(hidden, Invitee("Grace", "grace@example.org"))[0], now=NOW)
    before = Attendee.objects.count()
    answer = client.post(f"/invitations/{token_of(invitation)}/")
    said = "is sold out. Your invitation stays open" if why == "sold_out" else "taken back, or its time is over"
    page = answer.content.decode()
    assert (answer.status_code, said in page, Attendee.objects.count()) == (422, True, before)
    assert ("You are invited" in page) == (why == "sold_out")


def test_link_of_somebody_else_cannot_be_made_up(client, hidden):
    [invitation] = send(hidden)
    payload, *rest = token_of(invitation).split(":")
    forged = ":".join([payload[:-1] + ("A" if payload[-1] != "A" else "B"), *rest])
    assert find_invitation(forged) is None
    assert client.get(f"/invitations/{forged}/").status_code == 404


@pytest.mark.parametrize("change", [remind, revoke])
def test_accepted_invitation_cannot_be_changed(hidden, change):
    [invitation] = send(hidden)
    accept_invitation(invitation=invitation, now=NOW)
    invitation.refresh_from_db()
    with pytest.raises(RegistrationError) as refused:
        change(invitation=invitation, now=NOW)
    assert refused.value.code == "not_open"


@pytest.mark.both_databases
def test_organiser_invites_by_lines_and_is_told_which_cannot_be_read(client_as, hidden):
    organiser = client_as(Role.ORGANISER)
    path = f"/staff/{hidden.conference.slug}/invitations/"
    long = f"{'a' * 250}@example.org"
    assert organiser.post(path, {"people": long, "ticket_type": hidden.pk, "is_free": "on"}).status_code == 422
    lines = "Ada Lovelace <ada@example.org>\n\nGrace Hopper, grace@example.org\nnobody\nلطيفة\tlatifa@example.org"
    refused = organiser.post(path, {"people": lines, "ticket_type": hidden.pk, "is_free": "on"})
    assert (refused.status_code, Invitation.objects.count()) == (422, 0)
    assert "Line 4 is no name with an address: nobody" in refused.content.decode()
    good = lines.replace("nobody\n", "")
    assert organiser.post(path, {"people": good, "ticket_type": hidden.pk, "is_free": "on"}).status_code == 302
    assert list(Invitation.objects.order_by("pk").values_list("name", flat=True)) == [
        "Ada Lovelace", "Grace Hopper", "لطيفة",
    ]  # fmt: skip
    first = Invitation.objects.order_by("pk").first()
    organiser.post(f"{path}{first.pk}/remind/")
    organiser.post(f"{path}{first.pk}/revoke/")
    assert Email.objects.filter(to=["ada@example.org"]).count() == 2
    assert "Taken back" in organiser.get(path).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_list_needs_as_many_queries_for_any_number(client_as, hidden, count, django_assert_num_queries):
    send(hidden, *(Invitee(f"Guest {number}", f"guest{number}@example.org") for number in range(count)))
    organiser = client_as(Role.ORGANISER)
    with django_assert_num_queries(
        8
    ):  # session with its user, role, what is sold out, count, page, ticket types thrice
        organiser.get(f"/staff/{hidden.conference.slug}/invitations/")


@pytest.mark.parametrize("is_venue", [False, True])
def test_form_says_at_the_ticket_that_it_is_sold_out_and_what_to_do(client_as, conference, is_venue):
    kind = factories.ticket_type(conference=conference, name="Regular", total_quantity=0 if is_venue else 1)
    organiser, path = client_as(Role.ORGANISER), f"/staff/{conference.slug}/invitations/"
    before = organiser.get(path).content.decode()
    assert ("Regular (sold out)" in before, "Raise the number of places" in before) == (False, False)
    factories.attendee(conference=conference, ticket_type=kind)
    if is_venue:
        type(conference).objects.update(total_capacity=1)
    page = organiser.get(path).content.decode()
    assert ("Regular (sold out)" in page, "Raise the number of places" in page) == (True, True)
