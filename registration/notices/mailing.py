"""A mail that an organiser writes to the people of a list."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from post_office.models import STATUS, Email

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeQuerySet, AttendeeState
from registration.errors import RegistrationError
from registration.mail.delivery import KEPT_FOR
from registration.mail.filling import is_personal
from registration.mail.outbox import is_address, queue_copies
from registration.mail.stencil import Stencil
from registration.mail.wording import Words
from registration.notices.models import Mailing, Notice
from registration.notices.telling import Mailer, list_to_tell, tell_listed
from registration.order.completion import address_of, addresses

KIND = "mailing"
# Seats a turn of the worker; its other jobs wait for that long (2 s).
AT_ONCE = 10_000
_CHUNK = 2000


@dataclass(frozen=True)
class Audience:
    """Of `people` so many have no address that can be mailed, and so many hold no valid ticket any more. `seats` are who
    gets a mail: everybody else, or, where it reads the same for all, one of those who share an address.
    """

    people: int
    without_address: int
    gone: int
    addresses: int
    seats: list[int]

    @property
    def mails(self) -> int:
        return len(self.seats)

    @property
    def reachable(self) -> int:
        return self.people - self.without_address


def find_audience(seats: AttendeeQuerySet, words: Words) -> Audience:
    """Who of `seats` gets a mail of these `words`. One query, read by and by: 100,000 seats take 0.3 s."""
    people = without = gone = distinct = 0
    before, keys, one_each = "", [], is_personal(words.subject) or is_personal(words.text)
    rows = seats.annotate(to=Lower(addresses())).order_by("to", "pk").values_list("pk", "to", "state")
    for pk, to, state in rows.iterator(chunk_size=_CHUNK):
        people += 1
        gone += state != AttendeeState.VALID
        if not to or (to != before and not is_address(to)):
            without += 1
            continue
        if one_each or to != before:
            keys.append(pk)
        distinct += to != before
        before = to
    return Audience(people, without, gone, distinct, keys)


def send_mailing(
    *,
    mailing_id: uuid.UUID,
    conference: Conference,
    seats: AttendeeQuerySet,
    audience: str,
    words: Words,
    mails: int,
    by: User,
    now: dt.datetime,
) -> Mailing:
    """Have `words` mailed to `seats`, which `audience` says in words; `mails` is how many the organiser was told it makes.
    The same `mailing_id` again, at the same moment too, is the same mailing.

    Raises RegistrationError `other_number` when it is not `mails` any more, `nobody`, and `sent_already` when another
    mail was sent under this id.
    """
    found = Mailing.objects.filter(pk=mailing_id).first()
    if found is None:
        reached = find_audience(seats, words)
        if not reached.mails:
            raise RegistrationError("nobody", _("Nobody of them has an address that can be mailed."))
        if reached.mails != mails:
            raise RegistrationError("other_number", _("Somebody has come or gone meanwhile. Look at the number again."))
        try:
            with transaction.atomic():
                made = Mailing.objects.create(
                    id=mailing_id, conference=conference, audience=audience, subject=words.subject, text=words.text,
                    people=reached.people, without_address=reached.without_address, mails=reached.mails,
                    made_at=now, made_by=by,
                )  # fmt: skip
                list_to_tell(reached.seats, kind=KIND, about=str(mailing_id))
            return made
        except IntegrityError:  # the form was sent twice at once, and the other was first
            found = Mailing.objects.get(pk=mailing_id)
    if (found.conference_id, found.subject, found.text) != (conference.pk, words.subject, words.text):
        raise RegistrationError("sent_already", _("This page has sent a mail already, and sent nothing now."))
    return found


def queue_mailings(*, now: dt.datetime) -> int:
    """Queue the mails of mailings that are not all in the queue. Returns how many."""
    count = 0
    for mailing in Mailing.objects.filter(settled_at=None, queued_at=None).select_related("conference"):
        told = tell_listed(kind=KIND, about=str(mailing.pk), mail=_mailer(mailing), now=now, at_most=AT_ONCE)
        if not Notice.objects.about(KIND, str(mailing.pk)).filter(sent_at=None).exists():
            Mailing.objects.filter(pk=mailing.pk, queued_at=None).update(queued_at=now)
        count += told
    return count


def _mailer(mailing: Mailing) -> Mailer:
    stencil = Stencil(KIND, conference=mailing.conference, words=Words(mailing.subject, mailing.text))

    def mail(seats: Sequence[Attendee]) -> list[Email | None]:
        copies = [(address_of(seat, seat.order), stencil.cut(seat)) for seat in seats]
        return queue_copies(copies, conference=mailing.conference)

    return mail


@dataclass(frozen=True)
class Counts:
    """Of the mails of a mailing. `failed` are those that no mail server took, and those whose address has gone."""

    mails: int
    written: int
    sent: int
    failed: int

    @property
    def unwritten(self) -> int:
        return self.mails - self.written

    @property
    def waiting(self) -> int:
        return self.written - self.sent - self.failed

    @property
    def is_moving(self) -> bool:
        return self.sent + self.failed < self.mails


def count_mails(mailings: Iterable[Mailing]) -> dict[uuid.UUID, Counts]:
    """What has become of the mails of each. One query, or none."""
    known = {each.pk: Counts(each.mails, each.mails, each.sent, each.mails - each.sent) for each in mailings}
    open_ones = [str(each.pk) for each in mailings if each.settled_at is None]
    if open_ones:
        rows = Notice.objects.filter(kind=KIND, about__in=open_ones).order_by().values("about")
        for row in rows.annotate(all=Count("pk"), written=Count("sent_at"), sent=_SENT, failed=_FAILED):
            known[uuid.UUID(row["about"])] = Counts(row["all"], row["written"], row["sent"], row["failed"])
    return known


_SENT = Count("pk", filter=Q(mail__status=STATUS.sent))
_FAILED = Count("pk", filter=Q(sent_at__isnull=False) & (Q(mail__status=STATUS.failed) | Q(mail=None)))


def failed_notices(mailing: Mailing) -> list[Notice]:
    """Whom it did not reach, with their seats, mails and why, the first 50; none once the mails are forgotten."""
    if mailing.settled_at:
        return []
    failed = Notice.objects.about(KIND, str(mailing.pk)).filter(sent_at__isnull=False)
    failed = failed.filter(Q(mail__status=STATUS.failed) | Q(mail=None)).annotate(why=F("mail__logs__message"))
    return list(failed.select_related("attendee", "mail").order_by("attendee__search_text", "pk")[:50])


def settle_mailings(*, now: dt.datetime) -> None:
    """Write down what has become of the mails of each mailing, a day before they are forgotten (`forget_old_mails`)."""
    old = list(Mailing.objects.filter(settled_at=None, made_at__lt=now - KEPT_FOR + dt.timedelta(days=1)))
    for pk, counts in count_mails(old).items():
        Mailing.objects.filter(pk=pk).update(settled_at=now, sent=counts.sent)
