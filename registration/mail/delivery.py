"""Out of the outbox: each mail once, whatever happens to the mail server, the database, or the worker.

A worker claims one mail at a time by a conditional update that moves its `scheduled_time` beyond a lease, sends it, and
records the outcome at once. So two workers never send the same mail; a worker that is killed between the server's "yes"
and the record costs one mail sent twice, under the same Message-ID, after the lease has run out. No transaction is open
while the server is talked to.

post_office has the rows and the admin; its own sending is not used, because it takes a hundred mails at a time and
records them together at the end, under a lock that only holds on one host: a kill would send up to a hundred twice.
"""

from __future__ import annotations

import datetime as dt
import enum
import logging
import signal
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from post_office.models import STATUS, Attachment, Email, Log

from registration.mail.message import MAKERS, Makers, compose

logger = logging.getLogger(__name__)

# Sending one mail is given up before its lease ends, so that no second worker starts while the first is at it.
SEND_SECONDS = 50
LEASE = dt.timedelta(seconds=SEND_SECONDS + 10)
# A mail the server keeps putting off ("try later") is given up after this long; one it never took up waits for ever.
PUT_OFF_FOR = dt.timedelta(days=5)
KEPT_FOR = dt.timedelta(days=30)

_CANDIDATES = 20
_REST_SECONDS, _MAX_REST_SECONDS = 1, 15
_WAITING = (STATUS.queued, STATUS.requeued)
# Refusals of the sender that tell of our settings and not of this mail: authentication is wanted, or is wrong, or this
# account may not send under this address.
_SETTINGS_CODES = frozenset({530, 534, 535, 538, 553})
_SERVICE_CLOSING = 421


class Result(enum.Enum):
    SENT = "sent"
    REFUSED = "refused"  # for good: it is marked failed
    PUT_OFF = "put off"  # this mail, for now
    AWAY = "server away"  # every mail


def claim_next(*, now: dt.datetime) -> Iterator[Email]:
    """The mails that are due, the urgent first, each claimed for LEASE as it is taken. Stops after _CANDIDATES, so that
    an urgent one that was queued meanwhile gets its turn. Two queries, and one short write a mail.
    """
    is_due = Q(scheduled_time=None) | Q(scheduled_time__lte=now)
    # Each status by itself, as the index has them (`mail_next`): together they would be sorted, all of 100,000 each time.
    found = [
        Email.objects.filter(is_due, status=status).order_by("-priority", "pk")[:_CANDIDATES] for status in _WAITING
    ]
    for mail in sorted(chain(*found), key=lambda mail: (-(mail.priority or 0), mail.pk))[:_CANDIDATES]:
        if _claim(mail):
            yield mail


def _claim(mail: Email) -> bool:
    # Compares with what was read: whoever claimed it meanwhile has changed the time.
    unclaimed = Email.objects.filter(pk=mail.pk, status=mail.status, scheduled_time=mail.scheduled_time)
    return unclaimed.update(scheduled_time=timezone.now() + LEASE) == 1


@dataclass
class Postman:
    """Sends what is due over one connection, and rests when the server is away. One thread, the main one."""

    server: BaseEmailBackend = field(
        default_factory=lambda: get_connection(settings.POST_OFFICE["BACKENDS"]["default"])
    )
    stop: threading.Event = field(default_factory=threading.Event)
    makers: Makers = field(default_factory=lambda: MAKERS)
    failures: int = 0
    rests_until: float = 0.0  # time.monotonic()

    def send_due(self) -> int:
        """Send until nothing is due, the server is away, or `stop` is set. Returns how many were sent. Raises
        OperationalError or InterfaceError when the database is away.
        """
        sent = 0
        try:
            while not self.is_resting():
                results = [self._deliver(mail) for mail in self._claimed()]
                sent += results.count(Result.SENT)
                if not results:
                    break
        finally:
            # An idle connection would be closed by the server, and the next mail would find out.
            self._hang_up()
        return sent

    def is_resting(self) -> bool:
        return self.stop.is_set() or time.monotonic() < self.rests_until

    def _claimed(self) -> Iterator[Email]:
        for mail in claim_next(now=timezone.now()):
            yield mail
            if self.is_resting():
                return

    def _deliver(self, mail: Email) -> Result:
        try:
            message = compose(mail, self.makers)
            message.message()
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # whatever is wrong with it, it must not keep the others
            result: Result = Result.REFUSED
            reason: Exception | None = error
        else:
            result, reason = self._send(message)
        self._note(result)
        logger.log(
            logging.INFO if result == Result.SENT else logging.WARNING,
            "mail %s: %s%s", mail.pk, result.value, f" ({_summary(reason)})" if reason else "",
        )  # fmt: skip
        insist(lambda: record(mail, result, reason, now=timezone.now()))
        return result

    def _send(self, message: EmailMessage) -> tuple[Result, Exception | None]:
        try:
            with _deadline(SEND_SECONDS):
                # Opened by us, the backend leaves it open for the next mail.
                self.server.open()
                self.server.send_messages([message])
        except Exception as error:
            self._hang_up()
            return classify(error), error
        return Result.SENT, None

    def _hang_up(self) -> None:
        try:
            with _deadline(5):
                self.server.close()
        except Exception as error:
            logger.info("closing the connection to the mail server: %s", _summary(error))

    def _note(self, result: Result) -> None:
        if result == Result.AWAY:
            self.rests_until = time.monotonic() + min(_REST_SECONDS * 2**self.failures, _MAX_REST_SECONDS)
            self.failures = min(self.failures + 1, 10)
        else:
            self.failures, self.rests_until = 0, 0.0


@transaction.atomic
def record(mail: Email, result: Result, reason: Exception | None, *, now: dt.datetime) -> None:
    """Write down what became of a claimed mail. The reason is kept for admins, one row a mail."""
    if result == Result.PUT_OFF and now - mail.created > PUT_OFF_FOR:
        result = Result.REFUSED
    tries = (mail.number_of_retries or 0) + (result != Result.SENT)
    if result == Result.SENT:
        changes = {"status": STATUS.sent, "scheduled_time": None}
    elif result == Result.REFUSED:
        changes = {"status": STATUS.failed, "scheduled_time": None}
    else:
        slowest, base = (300, 5) if result == Result.PUT_OFF else (30, 1)
        wait = dt.timedelta(seconds=min(base * 2 ** min(tries - 1, 10), slowest))
        changes = {"status": STATUS.requeued, "scheduled_time": now + wait}
    Email.objects.filter(pk=mail.pk).update(number_of_retries=tries, last_updated=now, **changes)
    if reason is not None:
        Log.objects.filter(email=mail).delete()
        Log.objects.create(
            email=mail, status=STATUS.failed, exception_type=type(reason).__name__, message=str(reason)[:2000]
        )


def classify(error: Exception) -> Result:
    """Whether an error of sending is about this mail or about the server, and for good or for now (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
        return _by_code(min(codes, default=0))
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code in _SETTINGS_CODES:
        return Result.AWAY
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return Result.AWAY
    if isinstance(error, smtplib.SMTPResponseException):
        return _by_code(error.smtp_code)
    if isinstance(error, smtplib.SMTPServerDisconnected | smtplib.SMTPNotSupportedError):
        return Result.AWAY
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):  # which is an OSError itself
        return Result.AWAY
    return Result.PUT_OFF


def _by_code(code: int) -> Result:
    if code == _SERVICE_CLOSING:
        return Result.AWAY
    return Result.REFUSED if 500 <= code < 600 else Result.PUT_OFF


def _summary(error: Exception) -> str:
    """For the log: no addresses, so nothing of what the server said but its code."""
    code = getattr(error, "smtp_code", None) or getattr(error, "errno", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def insist(write: Callable[[], None], *, seconds: float = 60) -> None:
    """Do `write` even if the database is away for a moment: what was sent must not be forgotten. Raises
    OperationalError or InterfaceError when it stays away; then the mail is sent again after its lease.
    """
    give_up_at = time.monotonic() + seconds
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() >= give_up_at:
                raise
            time.sleep(0.25)


@contextmanager
def _deadline(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the main thread: a server that sends one byte a minute defeats timeouts of the socket."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only tests send from elsewhere
        return

    def give_up(_number: int, _frame: object) -> None:
        raise TimeoutError(f"not sent within {seconds} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def forget_old_mails(*, now: dt.datetime, batch: int = 500) -> int:
    """Delete what was sent or failed KEPT_FOR ago, with attachments and log: mails hold names, codes and addresses.
    What still waits is never deleted. Short transactions, a batch each.
    """
    forgotten = 0
    # By their age, and not by what became of them: SQLite would look through all that were ever sent.
    waiting = Q(status=None) | Q(status__in=(STATUS.queued, STATUS.requeued))
    old = Email.objects.filter(created__lt=now - KEPT_FOR).exclude(waiting).order_by("created")
    while ids := list(old.values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            attachments = list(Attachment.objects.filter(emails__in=ids))
            Email.objects.filter(pk__in=ids).delete()
            for attachment in attachments:
                attachment.file.delete(save=False)
                attachment.delete()
        forgotten += len(ids)
    return forgotten
