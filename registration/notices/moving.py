"""A conference that moves: organisers are asked whether to tell everybody, and the worker tells them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from post_office.models import Email

from conferences.languages import in_language_of
from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeQuerySet
from registration.errors import RegistrationError
from registration.mail.outbox import MailFile
from registration.notices.models import Announcement, ToldPlace
from registration.notices.telling import tell_each
from registration.order.completion import tell_seat
from registration.ticket import wallet_apple, wallet_google
from registration.ticket.calendar import ticket_ics


@dataclass(frozen=True)
class Move:
    """What has changed since people were told; empty texts where nothing has."""

    days: str
    place: str
    people: int

    @property
    def before(self) -> dict[str, str]:
        return {"days": self.days, "place": self.place}


def what_moved(conference: Conference) -> Move | None:
    """None when people know, or when there is nobody to tell. Two queries."""
    told = ToldPlace.objects.filter(conference=conference).first()
    if told is None or not told.differs_from(conference):
        return None
    people = _to_tell(conference).count()
    return _move(told, conference, people) if people else None


def _move(told: ToldPlace, conference: Conference, people: int) -> Move:
    has_days = (told.start_date, told.end_date) != (conference.start_date, conference.end_date)
    has_place = (told.venue, told.address) != (conference.venue, conference.address)
    return Move(
        days=told.days if has_days else "",
        place=(told.place or _("not known yet")) if has_place else "",
        people=people,
    )


@transaction.atomic
def announce_move(*, conference: Conference, by: User, now: dt.datetime, is_told: bool = True) -> Announcement | None:
    """Have everybody mailed that the conference has moved, with a calendar entry that takes the place of theirs. With
    `is_told` False nobody is, and the organisers are not asked again. Raises RegistrationError `not_moved` when people
    know already, as after a form sent twice. Locks the row of what they were told.
    """
    told = ToldPlace.objects.select_for_update().filter(conference=conference).first()
    if told is None or not told.differs_from(conference):
        raise RegistrationError("not_moved", _("Everybody knows already; nothing was sent."))
    with in_language_of(conference):  # the mail says it
        move = _move(told, conference, 0)
    told.adopt(conference, now=now)
    told.save()
    if not is_told:
        return None
    return Announcement.objects.create(conference=conference, before=move.before, made_at=now, made_by=by)


def note_places(*, now: dt.datetime) -> None:
    """Remember when and where each conference is as soon as somebody has a ticket for it: what they are told by it."""
    with_people = Conference.objects.filter(
        Exists(Attendee.objects.filter(conference=OuterRef("pk"))), told_place__isnull=True
    )
    for conference in with_people:
        told = ToldPlace(conference=conference)
        told.adopt(conference, now=now)
        ToldPlace.objects.bulk_create([told], ignore_conflicts=True)


def tell_the_moved(*, now: dt.datetime) -> int:
    """Mail those whom an announcement is for, and have not been told. Returns how many were."""
    count = 0
    for announcement in Announcement.objects.filter(finished_at=None).select_related("conference").order_by("pk"):
        seats = _to_tell(announcement.conference).filter(created_at__lt=announcement.made_at)

        def mail(seat: Attendee, announcement: Announcement = announcement) -> Email | None:
            return tell_seat(
                seat, order=seat.order, template="conference_moved", before=announcement.before,
                has_wallets=wallet_apple.is_offered() or wallet_google.is_offered(),
                files=[MailFile("ticket.ics", ticket_ics(seat, now=now), "text/calendar")],
            )  # fmt: skip

        told = tell_each(seats, kind="conference_moved", about=str(announcement.pk), mail=mail, now=now)
        if not told:
            Announcement.objects.filter(pk=announcement.pk, finished_at=None).update(finished_at=now)
        count += told
    return count


def _to_tell(conference: Conference) -> AttendeeQuerySet:
    """Whoever has a ticket or will have one when it is paid."""
    return Attendee.objects.live().filter(conference=conference)
