"""What is kept of somebody's records goes on without them: nobody's, and without what it told of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import PROTECT, ManyToOneRel, Model, Q, QuerySet
from django.db.models.functions import Lower

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee, RetiredCode
from registration.attendee.profile import get_attendee_profile_model
from registration.attendee.search import update_search_text
from registration.badge.models import BadgePrint
from registration.changes.models import LostTicketRequest
from registration.checkin.models import Scan
from registration.checkin.models_conflicts import Settlement
from registration.invitation.models import Invitation
from registration.order.history import Event
from registration.order.models import Order, OrderEvent
from registration.order.models_credit import Credit
from registration.order.models_money import Payment, Refund
from registration.privacy.person import Person


def done_as_staff(person: Person) -> list[tuple[QuerySet, str]]:
    """Rows of the books that name them as who took or gave back the money of others, and by which field; and the admin's
    list of changes. What they did about their own orders they did as a buyer.
    """
    user, theirs = person.user, {Order, Attendee, Credit}
    related = User._meta.get_fields(include_hidden=True)  # most have no name to be asked by from here
    fields = [one.field for one in related if isinstance(one, ManyToOneRel) and one.on_delete is PROTECT]
    own = person.own_orders
    found = [(one.model, one.name) for one in fields if one.model not in theirs]
    rows = [(model._base_manager.filter(**{name: user}), name) for model, name in found]
    rows = [(each.exclude(order__in=own) if each.model in {Payment, Refund} else each, name) for each, name in rows]
    return [*rows, (LogEntry.objects.filter(user=user), "user")]


def hand_over(person: Person, *, now: dt.datetime) -> None:
    """Orders, seats and credit to a placeholder without a name; what they did as staff to one that keeps it."""
    assert connection.in_atomic_block
    user = person.user
    staff = [(rows, field) for rows, field in done_as_staff(person) if rows.exists()]
    if staff:
        colleague = User.objects.create_placeholder(name=user.name)
        for rows, field in staff:
            rows.update(**{field: colleague})
        OrderEvent.objects.filter(by=user).exclude(order__in=person.own_orders).update(by=colleague)
    bought = Order.objects.filter(user=user)
    if not (person.seats or person.touched or bought.exists() or Credit.objects.filter(user=user).exists()):
        return
    nobody = User.objects.create_placeholder(name=person.mark)
    bought.update(user=nobody, updated_at=now, **dict.fromkeys(Order.BILLING, ""))
    Credit.objects.filter(user=user).update(user=nobody)
    Payment.objects.filter(recorded_by=user).update(recorded_by=nobody)
    Refund.objects.filter(decided_by=user).update(decided_by=nobody)
    OrderEvent.objects.filter(by=user).update(by=nobody)
    Attendee.objects.filter(user=user).update(user=nobody)


def wipe_records(person: Person, *, now: dt.datetime) -> None:
    """The caller holds the locks of the seats. After `hand_over`."""
    _wipe_seats(person)
    _wipe_history(person, now)
    Scan.objects.filter(attendee__in=person.seats).exclude(undo_reason="").update(undo_reason="")
    Settlement.objects.filter(scan__attendee__in=person.seats).update(note=person.mark)
    BadgePrint.objects.filter(attendee__in=person.seats).update(name=person.mark, face_digest="", reason="")
    RetiredCode.objects.filter(attendee__in=person.seats).update(reason="")
    invited = Invitation.objects.alias(small=Lower("email"))
    invited = invited.filter(Q(small__in=person.addresses) | Q(order__in=person.orders))
    invited.filter(accepted_at=None, revoked_at=None).update(revoked_at=now)
    invited.update(name=person.mark, email="")
    LostTicketRequest.objects.alias(small=Lower("email")).filter(small__in=person.addresses).delete()
    for model, keys in ((User, [person.user.pk]), (Attendee, person.seats), (EmailAddress, _address_keys(person))):
        _wipe_log(model, keys, person.mark)


def _address_keys(person: Person) -> list[int]:
    return list(EmailAddress.objects.filter(user=person.user).values_list("pk", flat=True))


def _wipe_seats(person: Person) -> None:
    seats = list(Attendee.objects.filter(pk__in=person.seats).select_related("user").order_by("pk"))
    holders = {seat.user for seat in seats}
    profiles = get_attendee_profile_model()
    if profiles:
        profiles._default_manager.filter(user__in=holders).delete()
    User.objects.filter(pk__in=[holder.pk for holder in holders]).update(name=person.mark)
    for seat in seats:
        seat.name, seat.email, seat.staff_note, seat.needs_attention = person.mark, "", "", False
        seat.blocked_reason = seat.blocked_reason and person.mark  # it is counted as blocked all the same
        seat.cancel_reason = ""
        seat.save(
            update_fields=[
                "name", "email", "staff_note", "needs_attention", "blocked_reason", "cancel_reason", "updated_at"
            ]
        )  # fmt: skip
    others = list(Attendee.objects.filter(pk__in=person.addressed).order_by("pk"))
    for seat in others:
        seat.email = ""
        seat.save(update_fields=["email", "updated_at"])
    update_search_text(*seats, *others)


def _wipe_history(person: Person, now: dt.datetime) -> None:
    """Of what they bought or did no reason stays; of the rest, what names them. Who gave a ticket away long ago is found in
    what is told of that by a whole name, where they were (see `find_traces`).
    """
    over = [each.pk for each in Conference.objects.filter(pk__in=person.conferences) if each.is_over(now=now)]
    found = Q(order__in=person.own_orders | person.touched)
    if person.whole_names:
        found |= Q(details__was__in=person.whole_names, order__conference__in=over)
    for event in OrderEvent.objects.filter(found):
        details = _without(person, event)
        is_theirs = event.order_id in person.orders or details != event.details
        reason = "" if is_theirs else event.reason
        if (details, reason) != (event.details, event.reason):
            OrderEvent.objects.filter(pk=event.pk).update(details=details, reason=reason)


def _without(person: Person, event: OrderEvent) -> dict[str, Any]:
    told = event.details
    renamed = event.kind == Event.NAMED and person.is_called(told.get("seat"))
    return {
        key: person.mark if person.is_called(value) or (renamed and key == "was" and value) else value
        for key, value in told.items()
    }


def _wipe_log(model: type[Model], keys: Any, mark: str) -> None:
    kind = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=kind, object_id__in=[str(key) for key in keys]).update(object_repr=mark)
