from __future__ import annotations

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from registration.checkin.list_changes import forget_old_changes
from registration.mail.delivery import Postman, forget_old_mails

logger = logging.getLogger(__name__)

# How long a mail waits at most when there is nothing else to do; one indexed query each time.
POLL_SECONDS = 1.0
CLEAN_UP_SECONDS = 3600
MAX_REST_SECONDS = 10


class Command(BaseCommand):
    """Ends on SIGTERM or SIGINT after the mail it is at. Any number of workers may run, on any hosts."""

    help = "Send queued mails and forget what is old, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        logger.info("worker started")
        run(Postman(stop=stop))
        logger.info("worker stopped")


def run(postman: Postman) -> None:
    """Work until `postman.stop` is set. A database that is away is waited for."""
    clean_up_at = time.monotonic()
    absences = 0
    while not postman.stop.is_set():
        try:
            postman.send_due()
            if time.monotonic() >= clean_up_at:
                forget_old_mails(now=timezone.now())
                forget_old_changes(now=timezone.now())
                clean_up_at = time.monotonic() + CLEAN_UP_SECONDS
            if absences:
                logger.info("the database answers again")
            absences = 0
        except (OperationalError, InterfaceError) as error:
            connection.close()
            if not absences:
                # Its text may hold host and user of the database.
                logger.warning("the database is away (%s), waiting", type(error).__name__)
            absences += 1
        postman.stop.wait(min(POLL_SECONDS * 2 ** min(absences, 5), MAX_REST_SECONDS) if absences else POLL_SECONDS)
