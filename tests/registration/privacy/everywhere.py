"""Somebody of whom every text of the site tells that can: Ada Quillon, who bought a ticket, had another, and gave one away.

Her words are `WORDS`. Conferences and tickets bear none of them, nor do other people.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from post_office.models import STATUS, Attachment, Email, Log

from conferences.models import Conference, Role, StaffRole
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeProfile, RetiredCode
from registration.attendee.search import update_search_text
from registration.changes.models import LostTicketRequest
from registration.checkin.models import Checkpoint, Scan
from registration.checkin.models_quarantine import HeldBatch
from registration.invitation.models import Invitation
from registration.notices.models import Mailing
from registration.order.history import Event
from registration.order.models import Order
from registration.order.models_credit import Credit, CreditPayout
from registration.order.models_money import Payout
from tests import factories, factories_money

WORDS = ("quillon", "quilly", "5550199", "limps")
NAME, ADDRESS = "Ada Quillon", "ada@quillon.example"
NOTE = "Ada Quillon limps, call +49 30 5550199"


@dataclass(frozen=True)
class Everywhere:
    user: User
    conference: Conference
    order: Order  # bought: her own seat, and a guest's that bears her address
    seat: Attendee
    guest: Attendee
    lent: Attendee  # in the order of somebody else
    given: Attendee  # that of somebody else now, order and all
    namesake: Attendee  # of whom a note tells of her


def everywhere(conference: Conference) -> Everywhere:
    """Everything is over and settled. `conference` is one that has been."""
    now, staff = timezone.now(), factories.user(name="Sam Staff", email="sam@example.org")
    ada = factories.user(name=NAME, email=ADDRESS)
    EmailAddress.objects.create(user=ada, email="second@quillon.example", verified=True)
    StaffRole.objects.create(user=ada, conference=conference, role=Role.DOOR, email=ADDRESS)
    Authenticator.objects.create(user=ada, type="recovery_codes", data={"for": ADDRESS})
    AttendeeProfile.objects.create(
        user=ada, badge_name="Quilly", pronouns="she/quillon", affiliation="Quillon Ltd", dietary_needs="quillon",
        accessibility_needs=NOTE,
    )  # fmt: skip
    order = factories.order(
        conference=conference, user=ada, total="50.00", seats=2, billing_address="Ada Quillon\nRoad 1",
        billing_vat_number="QUILLON", billing_reference="Quillon 1",
    )  # fmt: skip
    seat, guest = order.attendees.order_by("pk")
    Attendee.objects.filter(pk=guest.pk).update(email=ADDRESS.title())
    _tell_of_seat(seat, staff)
    second = factories.conference(start_date=conference.start_date, end_date=conference.end_date)
    theirs = factories.order(conference=second, seats=1, user=factories.user(name="Bob Buyer", email="bob@example.org"))
    lent = factories.attendee(conference=second, user=ada, order=theirs)
    another = factories.order(conference=second, user=User.objects.create_placeholder(name="Carl New"))
    given = another.attendees.get()
    # Named after she last looked for tickets here; one of them she would take over.
    for _one in range(2):
        factories.attendee(conference=second, user=User.objects.create_placeholder(name=NAME), email=ADDRESS)
    namesake = factories.attendee(conference=second, user=factories.user(name="Quill Onda"), staff_note=f"Ask {NAME}!")
    for told_in, kind, details in (
        (theirs, Event.NAMED, {"seat": NAME, "was": "Ida Quillon"}),
        (another, Event.TRANSFERRED, {"seat": "Carl New", "was": NAME}),
    ):
        told_in.events.create(kind=kind, at=now, by=staff, reason=f"{NAME} asked", details=details)
    order.events.create(kind=Event.PLACED, at=now, by=ada, reason="limps", details={"total": "50.00"})
    _take_and_give_back(order, now)
    _write_elsewhere(conference, staff, now)
    _mail(now)
    Client().post("/accounts/login/code/", {"email": ADDRESS})  # asks for a code and does not come back
    for each in Attendee.objects.filter(pk__in=[seat.pk, guest.pk, lent.pk]):
        update_search_text(each)
    for row in (ada, seat, EmailAddress.objects.filter(user=ada).first()):
        LogEntry.objects.create(
            user=staff, content_type=ContentType.objects.get_for_model(row), object_id=row.pk, object_repr=NAME,
            action_flag=2, change_message=f'[{{"changed": {{"object": "{NAME}"}}}}]',
        )  # fmt: skip
    return Everywhere(ada, conference, order, seat, guest, lent, given, namesake)


def _tell_of_seat(seat: Attendee, staff: User) -> None:
    seat.staff_note, seat.needs_attention, seat.blocked_reason, seat.cancel_reason = NOTE, True, "limps", "limps"
    seat.save()
    main = Checkpoint.objects.main(seat.conference)
    now = timezone.now()
    Scan.objects.create(
        checkpoint=main, attendee=seat, code=seat.access_code, verdict="admitted", scanned_at=now, effective_at=now,
        undone_at=now, undo_reason="limps",
    )  # fmt: skip
    factories.settlement(conflict=factories.conflict(attendee=seat), by=staff, note="limps")
    factories.badge_print(attendee=seat, name="Quilly", reason="limps")
    RetiredCode.objects.create(code="OLDCODE1", attendee=seat, reason="limps")


def _take_and_give_back(order: Order, now: dt.datetime) -> None:
    """By herself, and all of it paid out."""
    payment = factories_money.payment(order=order, note=NAME, recorded_by=order.user)
    refund = factories_money.refund(payment=payment, reason="limps", decided_by=order.user)
    Payout.objects.create(refund=refund, amount=refund.amount, succeeded=True, at=now, note=NAME)
    credit = Credit.objects.create(conference=order.conference, user=order.user)
    given = factories_money.refund(payment=payment, credit=credit, reason=NAME)
    CreditPayout.objects.create(credit=credit, amount=given.amount, note=NAME, by=None)
    factories_money.issue(order=order, note=NAME, resolved_at=now)
    invoice = factories_money.invoice(order=order)
    invoice.content["recipient"] = [NAME, "Road 1"]
    invoice.save()


def _write_elsewhere(conference: Conference, staff: User, now: dt.datetime) -> None:
    kind = factories.ticket_type(conference=conference)
    factories.voucher(conference=conference, note=f"for {NAME}", batch=f"friends of {NAME}")
    factories.discount(conference=conference, emails=f"{ADDRESS.upper()}\n")
    LostTicketRequest.objects.create(email=ADDRESS)
    for email, name in (
        (ADDRESS.title(), "Ada Q. Quillon"), ("second@quillon.example", NAME), ("other@example.org", NAME)
    ):  # fmt: skip
        Invitation.objects.create(conference=conference, ticket_type=kind, email=email, name=name)
    Mailing.objects.create(
        id=uuid.uuid4(), conference=conference, audience=f"“{ADDRESS}”", subject=NAME, text=f"Dear {NAME}", made_by=staff,
    )  # fmt: skip
    held = factories.held_scan(attendee=factories.attendee(conference=conference), given=f'{{"by": "{NAME}"}}')
    HeldBatch.objects.filter(pk=held.batch_id).update(reason=f"{NAME} told me", decision="discarded", decided_at=now)


def _mail(now: dt.datetime) -> None:
    """To her, sent and waiting; to her and somebody else; and about her to somebody else."""
    for to, status in (
        ([ADDRESS], STATUS.sent), ([ADDRESS.title()], STATUS.queued), ([ADDRESS, "sam@example.org"], STATUS.sent),
        (["bob@example.org"], STATUS.sent),
    ):  # fmt: skip
        mail = Email.objects.create(
            from_email="us@example.org", to=to, subject=f"Ticket of {NAME}", message=f"{NAME}\n", status=status,
            html_message=f"<b>{NAME}</b>", headers={}, priority=2, context={"files": []}, created=now,
        )  # fmt: skip
        Log.objects.create(email=mail, status=STATUS.failed, exception_type="SMTP", message=f"550 <{ADDRESS}>")
        if to in ([ADDRESS], [ADDRESS.title()]):
            file = Attachment.objects.create(file=ContentFile(b"SUMMARY:Quillon", name="a.ics"), name="quillon.ics")
            mail.attachments.add(file)
