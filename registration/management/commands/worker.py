from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection

from config.health import why_not_of_this_version
from registration.changes.lost import answer_lost_requests
from registration.checkin.list_changes import forget_old_changes
from registration.logo.logos import draw_old_logos
from registration.mail.delivery import Postman, forget_old_mails
from registration.management.jobs import Job, do_jobs
from registration.money.card import ask_about_open
from registration.money.missed_events import read_missed_events
from registration.money.payouts import ask_about_refunds, send_older_refunds, send_refunds
from registration.money.surplus import find_surpluses
from registration.notices.day_before import tell_the_day_before
from registration.notices.mailing import queue_mailings, settle_mailings
from registration.notices.moving import note_places, tell_the_moved
from registration.order.due import expire_unpaid, remind
from registration.order.holding import release_expired_holds
from registration.waiting.offering import offer_places

logger = logging.getLogger(__name__)
T = TypeVar("T")

_MINUTE = 60
_HOUR = 60 * _MINUTE
JOBS = (
    Job(20, note_places),
    Job(20, tell_the_moved),
    Job(60, tell_the_day_before),
    Job(2, queue_mailings),
    # Before the mails are forgotten, which it counts.
    Job(_HOUR, settle_mailings),
    Job(_HOUR, forget_old_mails),
    Job(_HOUR, forget_old_changes),
    Job(_HOUR, draw_old_logos),
    # Places are promised to be free again within a minute.
    Job(20, release_expired_holds),
    Job(20, offer_places),
    Job(10 * _MINUTE, remind),
    Job(10 * _MINUTE, expire_unpaid),
    Job(10, ask_about_open),
    Job(10, send_refunds),
    Job(10 * _MINUTE, send_older_refunds),
    Job(10, ask_about_refunds),
    # A page each time; when it is through, it has nothing to do for an hour.
    Job(_MINUTE, read_missed_events),
    Job(10 * _MINUTE, find_surpluses),
    Job(3, answer_lost_requests),
)

# How long a mail waits at most when there is nothing else to do; two indexed queries each time.
POLL_SECONDS = 1.0
MAX_REST_SECONDS = 10
# Longer than any job may talk to somebody outside.
_LAST_JOB_SECONDS = 60


class Command(BaseCommand):
    """Ends on SIGTERM or SIGINT after the mail and the job it is at. Any number of workers may run, on any hosts."""

    help = "Send queued mails and do the regular jobs, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        refuse_other_version(stop)
        logger.info("worker started")
        jobs = threading.Thread(target=do_jobs, args=[JOBS], kwargs={"stop": stop}, daemon=True)
        jobs.start()
        send_mails(Postman(stop=stop))
        jobs.join(_LAST_JOB_SECONDS)
        logger.info("worker stopped")


def refuse_other_version(stop: threading.Event) -> None:
    """Raises CommandError when the database has not the tables of this version. One that is away is waited for."""
    reason = next(_answers(why_not_of_this_version, stop), "")
    if reason:
        raise CommandError(f"Not started: {reason}.")


def send_mails(postman: Postman) -> None:
    """Work until `postman.stop` is set. A database that is away is waited for."""
    for _sent in _answers(postman.send_due, postman.stop):
        postman.stop.wait(POLL_SECONDS)


def _answers(ask: Callable[[], T], stop: threading.Event) -> Iterator[T]:
    """What `ask` gives, again and again until `stop` is set. While the database is away it rests, longer and longer."""
    absences = 0
    while not stop.is_set():
        try:
            answer = ask()
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if not absences:
                # Its text may hold host and user of the database.
                logger.warning("the database is away (%s), waiting", type(error).__name__)
            absences += 1
            stop.wait(min(POLL_SECONDS * 2 ** min(absences, 5), MAX_REST_SECONDS))
            continue
        if absences:
            logger.info("the database answers again")
        absences = 0
        yield answer
