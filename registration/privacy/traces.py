"""What tells of somebody elsewhere than in their own records: notes about others, histories, mails, sessions.

It is looked for before anything is locked, since there is no index for it: all of these texts are read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import CASCADE, ManyToOneRel, Model, Q, QuerySet
from django.db.models.functions import Lower
from post_office.models import STATUS, Attachment, Email, Log

from conferences.models import Conference, StaffRole
from registration.account.models import User
from registration.attendee.models import Attendee, RetiredCode
from registration.badge.models import BadgePrint
from registration.catalogue.models import Discount, Voucher
from registration.checkin.models import Scan
from registration.checkin.models_conflicts import Settlement
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from registration.invitation.models import Invitation
from registration.notices.models import Mailing
from registration.order.models import OrderEvent
from registration.order.models_credit import Credit
from registration.privacy.person import Person, Words

# Texts that people write about whatever they like, and how each knows its conference, if it does. Not what is published, such
# as the name of a discount; and those of payments and refunds are the books.
NOTES: dict[type[Model], tuple[str, ...]] = {
    Attendee: ("conference", "staff_note", "blocked_reason", "cancel_reason"),
    RetiredCode: ("attendee__conference", "reason"),
    BadgePrint: ("conference", "reason"),
    Voucher: ("conference", "note", "batch"),
    Discount: ("", "emails"),
    Scan: ("checkpoint__conference", "undo_reason"),
    Settlement: ("scan__checkpoint__conference", "note"),
    HeldBatch: ("conference", "reason"),
    HeldScan: ("batch__conference", "given"),
    Invitation: ("conference", "name"),
    Mailing: ("conference", "audience", "subject", "text"),
    OrderEvent: ("order__conference", "reason"),
    LogEntry: ("", "object_repr", "change_message"),
    Log: ("", "message"),
}
_MAIL = ("subject", "message", "html_message")
_SEARCHED = _MAIL[:2]  # the part in HTML is the longest, and names nobody else
_WAITING = (STATUS.queued, STATUS.requeued)
# In place of an address in a list of them: a discount for nobody is for everybody.
_NOBODYS = "deleted@example.invalid"


@dataclass(frozen=True)
class Traces:
    """Keys of rows: where an address of theirs is looked for, and where their names are too."""

    by_address: Sequence[tuple[type[Model], list[Any]]]
    by_name: Sequence[tuple[type[Model], list[Any]]]
    mails_to: list[int]
    sessions: list[str]

    @property
    def seats(self) -> list[int]:
        return [key for model, keys in (*self.by_address, *self.by_name) if model is Attendee for key in keys]


def find_traces(person: Person, *, now: dt.datetime) -> Traces:
    """Names are looked for where they were, once it is over there; in mails to those who were on an order with them, and to
    the staff; and among changes in the admin of what people have. Somebody who calls themself like another, or by words
    that stand in many texts, leaves no holes elsewhere.
    """
    over = [each.pk for each in Conference.objects.filter(pk__in=person.conferences) if each.is_over(now=now)]
    addresses, words = person.address_words, person.words
    by_address = [(model, _keys(model, addresses.occur_in(*fields))) for model, (_path, *fields) in NOTES.items()]
    by_name = [
        (model, _keys(model, words.occur_in(*fields) & Q(**{f"{path}__in": over})))
        for model, (path, *fields) in NOTES.items()
        if path
    ]
    _path, *fields = NOTES[LogEntry]
    of_people = LogEntry.objects.filter(words.occur_in(*fields), content_type__in=_kinds_of_people())
    return Traces(
        by_address=[*by_address, (Email, _keys(Email, _sent() & addresses.occur_in(*_SEARCHED)))],
        by_name=[
            *by_name,
            (LogEntry, list(of_people.values_list("pk", flat=True))),
            (Email, _mails_about(person, over)),
        ],
        mails_to=mails_to(person),
        sessions=[each.session_key for each in _sessions(person).iterator() if _is_theirs(each, person)],
    )


def wipe_traces(traces: Traces, person: Person) -> None:
    """In the caller's transaction, with the locks of the seats."""
    for rows, words in ((traces.by_address, person.address_words), (traces.by_name, person.words)):
        for model, keys in rows:
            _wipe(model, keys, _MAIL if model is Email else NOTES[model][1:], words)
    _forget_mails(traces.mails_to, person)
    Session.objects.filter(pk__in=traces.sessions).delete()


def _keys(model: type[Model], where: Q) -> list[Any]:
    return list(model._base_manager.filter(where).order_by().values_list("pk", flat=True))


def _wipe(model: type[Model], keys: Sequence[Any], fields: Sequence[str], words: Words) -> None:
    for row in model._base_manager.filter(pk__in=keys).values("pk", *fields):
        changed = {}
        for field in fields:
            text = row[field] or ""
            by = Words(words.words, mark=_NOBODYS) if (model, field) == (Discount, "emails") else words
            if (wiped := by.wipe(text)) != text:
                changed[field] = wiped[: getattr(model._meta.get_field(field), "max_length", None)]
        if changed:
            model._base_manager.filter(pk=row["pk"]).update(**changed)


def _kinds_of_people() -> list[int]:
    """What belongs to an account, goes with it, and is called like it."""
    related = User._meta.get_fields(include_hidden=True)
    models = [one.related_model for one in related if isinstance(one, ManyToOneRel) and one.on_delete is CASCADE]
    models = [model for model in models if not model._meta.auto_created]  # no page of the admin is about those
    return [kind.pk for kind in ContentType.objects.get_for_models(User, Attendee, Credit, *models).values()]


def _sent() -> Q:
    """A mail to somebody else that still waits is sent as it is."""
    return Q(status__isnull=False) & ~Q(status__in=_WAITING)


def _mails_about(person: Person, over: Sequence[int]) -> list[int]:
    seats = Attendee.objects.filter(order__in=person.own_orders).values_list("email", flat=True)
    buyers = User.objects.filter(orders__in=person.own_orders).values_list("email", flat=True)
    staff = StaffRole.objects.filter(conference__in=over).values_list("email", "user__email")
    who = {address.lower() for address in (*seats, *buyers, *chain(*staff)) if address}
    found = Email.objects.filter(_sent(), person.words.occur_in(*_SEARCHED)).values_list("pk", "to")
    return [pk for pk, to in found if not who.isdisjoint(each.lower() for each in to)]


def mails_to(person: Person) -> list[int]:
    """Also those to several people."""
    listed = Email.objects.alias(small=Lower("to"))
    wanted = Q(pk__in=[])
    for address in person.addresses:
        wanted |= Q(small__contains=address)
    rows = listed.filter(wanted).values_list("pk", "to") if person.addresses else ()
    return [pk for pk, to in rows if not person.addresses.isdisjoint(each.lower() for each in to)]


def _forget_mails(keys: Sequence[int], person: Person) -> None:
    """A mail that has nobody else to go to stays as a number, for whoever counts how many were sent, and the worker, who
    may be at it, records of it what he does.
    """
    for mail in Email.objects.filter(pk__in=keys):
        others = [each for each in mail.to if each.lower() not in person.addresses]
        if others:
            texts = {field: person.words.wipe(getattr(mail, field)) for field in _MAIL}
            Email.objects.filter(pk=mail.pk).update(to=others, **texts)
            continue
        files = list(Attachment.objects.filter(emails=mail))
        Email.objects.filter(pk=mail.pk).update(
            to=[], subject=person.mark, message="", html_message="", headers={}, context=None,
            status=STATUS.failed if mail.status in (None, *_WAITING) else mail.status,
        )  # fmt: skip
        for file in files:
            file.file.delete(save=False)
            file.delete()


def _sessions(person: Person) -> QuerySet[Session]:
    """Those that somebody else is signed in with tell of nobody else; each takes 0.1 ms to read."""
    others = UserSession.objects.exclude(user=person.user).values("session_key")
    return Session.objects.exclude(session_key__in=others)


def _is_theirs(session: Session, person: Person) -> bool:
    """Signed in, or about to sign in or up: allauth notes the address meanwhile."""
    told = session.get_decoded()
    return told.get(SESSION_KEY) == str(person.user.pk) or any(each in str(told).lower() for each in person.addresses)
