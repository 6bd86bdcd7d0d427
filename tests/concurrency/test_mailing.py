"""A mail to many whose form is sent several times at once is one mailing, and workers who are at it at once queue each mail
once. With controls that must fail.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from post_office.models import Email

from registration.mail.wording import Words
from registration.notices import mailing, telling
from registration.notices.mailing import queue_mailings, send_mailing
from registration.notices.models import Mailing
from tests import factories
from tests.server import together

pytestmark = [pytest.mark.both_databases]

WORDS = Words("The hall is heated", "Hello {name}")
PEOPLE = 6
T = TypeVar("T")


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    def run(call: Callable[[], T]) -> T:
        try:
            return call()
        finally:
            connection.close()

    return together([lambda call=call: run(call) for call in calls])


def send_at_once(ids: list[uuid.UUID]) -> set[uuid.UUID]:
    conference, by = factories.conference(), factories.user()
    for _number in range(PEOPLE):
        factories.attendee(conference=conference)

    def send(mailing_id: uuid.UUID) -> uuid.UUID:
        return send_mailing(
            mailing_id=mailing_id, conference=conference, seats=conference.attendees.all(), audience="Everybody",
            words=WORDS, mails=PEOPLE, by=by, now=timezone.now(),
        ).pk  # fmt: skip

    return set(at_once([lambda sent=sent: send(sent) for sent in ids]))


def copies(monkeypatch: Any, *, workers: int) -> Counter[str]:
    """How often each person is mailed when so many workers take up a mailing at the same moment, by and by."""
    send_at_once([uuid.uuid4()])
    monkeypatch.setattr(telling, "TOGETHER", 2)
    at_once([lambda: queue_mailings(now=timezone.now())] * workers)
    return Counter(mail.to[0] for mail in Email.objects.all())


def test_form_sent_several_times_at_once_is_one_mailing(own_database):
    one = uuid.uuid4()
    assert send_at_once([one] * 4) == {one}
    queue_mailings(now=timezone.now())
    assert (Mailing.objects.count(), Email.objects.count()) == (1, PEOPLE)


def test_control_with_an_id_for_each_time_it_is_sent_they_are_several(own_database):
    assert len(send_at_once([uuid.uuid4() for _press in range(4)])) == 4
    queue_mailings(now=timezone.now())
    assert (Mailing.objects.count(), Email.objects.count()) == (4, 4 * PEOPLE)


def test_workers_at_the_same_moment_queue_each_mail_once(own_database, monkeypatch):
    assert list(copies(monkeypatch, workers=3).values()) == [1] * PEOPLE
    assert Mailing.objects.get().queued_at


def test_control_without_locks_they_queue_some_twice(own_database, monkeypatch):
    queue_copies, read_by_both = mailing.queue_copies, threading.Barrier(2)

    def queue_when_both_have_read(*args: Any, **given: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):  # the other has come to the end
            read_by_both.wait(2)
        return queue_copies(*args, **given)

    monkeypatch.setattr(mailing, "queue_copies", queue_when_both_have_read)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **kwargs: self)
    monkeypatch.setattr(telling, "transaction", SimpleNamespace(atomic=contextlib.nullcontext))
    assert max(copies(monkeypatch, workers=2).values()) > 1
