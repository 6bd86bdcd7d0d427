"""P1 and P2 of the hostile cases: the real worker, in processes of its own, against a real mail server."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.utils import timezone
from post_office.models import STATUS, Email, Log

from registration.mail.delivery import Postman
from registration.mail.outbox import MailFile, queue_mail
from registration.mail.wording import Words
from registration.notices.mailing import send_mailing
from tests import factories
from tests.post import MailServer, Worker, wait_until

SHORT_LEASE = "import datetime as dt; from registration.mail import delivery; delivery.LEASE = dt.timedelta(seconds=1)"
# Sends what it reads without claiming it: the control of the test with two workers.
NO_CLAIM = "from registration.mail import delivery; delivery._claim = lambda mail: True"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def start_worker(own_database, mail_server, tmp_path, warm) -> Iterator:
    workers: list[Worker] = []

    def start(**options: str) -> Worker:
        log = tmp_path / f"worker-{len(workers)}.log"
        workers.append(Worker(database_url=own_database, email_url=mail_server.url, log=log, warm=warm, **options))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        print(worker.log[-5000:])  # noqa: T201 -- pytest shows it beside a failure


def queue(count: int) -> Counter[str]:
    """Queue so many ticket mails; how often each is to arrive."""
    conference = factories.conference(name="Tidewater")
    seat = factories.attendee(conference=conference, name="Ada Secret")
    with transaction.atomic():
        mails = [
            queue_mail(
                template="ticket",
                to=f"person{number}@example.org",
                context={"attendee": seat, "conference": conference},
                attachments=[MailFile("qr.png", b"\x89PNG", "image/png")],
            )
            for number in range(count)
        ]
    return Counter(mail.message_id for mail in mails)


def statuses() -> Counter[int]:
    return Counter(Email.objects.values_list("status", flat=True))


def test_worker_sends_each_mail_once_and_stops_when_told(start_worker, mail_server):
    expected = queue(10)
    worker = start_worker()
    wait_until(lambda: statuses() == {STATUS.sent: 10})
    assert mail_server.copies() == expected
    assert worker.stop() == 0
    assert "worker stopped" in worker.log
    # Nothing about people in the log.
    assert [word for word in ("example.org", "Ada", "Secret", "Tidewater") if word in worker.log] == []


def test_worker_keeps_mails_while_the_server_refuses_connections(start_worker, mail_server):
    mail_server.stop()
    expected = queue(5)
    worker = start_worker()
    wait_until(lambda: "ConnectionRefusedError" in worker.log)
    assert set(statuses()) <= {STATUS.queued, STATUS.requeued}
    mail_server.start()
    wait_until(lambda: statuses() == {STATUS.sent: 5})
    assert mail_server.copies() == expected


@pytest.mark.parametrize("refusal", ["451 4.3.0 try later", "421 4.3.2 closing"])
def test_worker_tries_again_what_the_server_puts_off(start_worker, mail_server, refusal):
    expected = queue(3)
    mail_server.answer = refusal
    start_worker()
    wait_until(lambda: mail_server.tries >= 2)
    mail_server.answer = "250 OK"
    wait_until(lambda: statuses() == {STATUS.sent: 3})
    assert mail_server.copies() == expected


@pytest.mark.parametrize("where", ["recipient_answer", "answer"])
def test_worker_gives_up_what_is_refused_for_good_and_says_why(start_worker, mail_server, where):
    queue(2)
    setattr(mail_server, where, "550 5.1.1 no such mailbox")
    start_worker()
    wait_until(lambda: statuses() == {STATUS.failed: 2})
    assert mail_server.accepted == []
    assert ["no such mailbox" in log.message for log in Log.objects.all()] == [True, True]


def test_worker_waits_for_a_server_that_takes_its_time(start_worker, mail_server):
    expected = queue(2)
    mail_server.hang = 1.5
    start_worker()
    wait_until(lambda: statuses() == {STATUS.sent: 2})
    assert mail_server.copies() == expected


@pytest.mark.both_databases
@pytest.mark.hostile
def test_worker_waits_ten_seconds_for_an_answer_and_sends_once(start_worker, mail_server):
    expected = queue(2)
    mail_server.hang = 10
    start_worker()
    wait_until(lambda: statuses() == {STATUS.sent: 2})
    assert mail_server.copies() == expected


def _kills(start_worker, mail_server, *, mails: int, kills: int) -> None:
    expected = queue(mails)
    current: list[Worker] = []
    due = [3 * number for number in range(1, kills + 1)]

    def kill_now() -> None:
        if due and len(mail_server.accepted) >= due[0]:
            due.pop(0)
            current[-1].kill()

    mail_server.on_accept = kill_now
    for _kill in range(kills):
        current.append(start_worker(before=SHORT_LEASE))
        wait_until(lambda worker=current[-1]: worker._process.poll() is not None)
    current.append(start_worker(before=SHORT_LEASE))
    wait_until(lambda: statuses() == {STATUS.sent: mails})
    copies = mail_server.copies()
    assert set(copies) == set(expected)
    assert (max(copies.values()), sum(copies.values()) - mails) == (2, kills)


def test_worker_killed_after_the_server_said_yes_costs_one_duplicate_a_kill(start_worker, mail_server):
    _kills(start_worker, mail_server, mails=8, kills=2)


@pytest.mark.both_databases
@pytest.mark.hostile
def test_worker_killed_ten_times_costs_ten_duplicates_at_most(start_worker, mail_server):
    _kills(start_worker, mail_server, mails=100, kills=10)


@pytest.mark.both_databases
def test_worker_killed_amid_a_mail_to_many_is_followed_by_one_that_goes_on_without_a_double(start_worker, mail_server):
    """It dies in the third batch of two, before it is stored."""
    conference, by, words = factories.conference(), factories.user(), Words("The hall is heated", "Hello {name}")
    people = {factories.attendee(conference=conference).email for _number in range(9)}
    send_mailing(
        mailing_id=uuid.uuid4(), conference=conference, seats=conference.attendees.all(), audience="Everybody",
        words=words, mails=9, by=by, now=timezone.now(),
    )  # fmt: skip
    die = (
        "import os; from registration.notices import mailing, telling; telling.TOGETHER = 2; real = mailing.queue_copies; turns = []\n"
        "def queue_and_die(copies, **given):\n"
        "    made = real(copies, **given); turns.append(made)\n"
        "    return made if len(turns) < 3 else os._exit(9)\n"
        "mailing.queue_copies = queue_and_die"
    )
    first = start_worker(before=f"{SHORT_LEASE}\n{die}")
    wait_until(lambda: first._process.poll() is not None)
    assert (first._process.poll(), Email.objects.count()) == (9, 4)
    start_worker(before=SHORT_LEASE)
    wait_until(lambda: statuses() == {STATUS.sent: 9})
    to_whom = dict(Email.objects.values_list("message_id", "to"))
    assert sorted(address for addresses in to_whom.values() for address in addresses) == sorted(people)
    assert set(mail_server.copies()) == set(to_whom)


def _two_workers(start_worker, mail_server, *, mails: int, before: str = "") -> tuple[Counter[str], Counter[str]]:
    expected = queue(mails)
    mail_server.hang = 0.02
    for _number in range(2):
        start_worker(before=before)
    wait_until(lambda: statuses() == {STATUS.sent: mails})
    return mail_server.copies(), expected


def test_two_workers_send_nothing_twice(start_worker, mail_server):
    copies, expected = _two_workers(start_worker, mail_server, mails=40)
    assert copies == expected


@pytest.mark.both_databases
@pytest.mark.hostile
def test_two_workers_send_nothing_of_a_thousand_twice(start_worker, mail_server):
    copies, expected = _two_workers(start_worker, mail_server, mails=1000)
    assert copies == expected


def test_control_two_workers_without_the_claim_send_twice(start_worker, mail_server):
    copies, expected = _two_workers(start_worker, mail_server, mails=40, before=NO_CLAIM)
    assert set(copies) == set(expected)
    assert sum(copies.values()) > 40


def test_worker_survives_a_database_that_is_away(start_worker, mail_server):
    """It meets the error at any point of its loop; here at the first thing it does, twice."""
    expected = queue(1)
    fail_twice = (
        "from django.db import OperationalError; from registration.mail import delivery; real = delivery.claim_next; left = [1, 1]\n"
        "def claim_next(**options):\n"
        "    if left: left.pop(); raise OperationalError('host=secret')\n"
        "    return real(**options)\n"
        "delivery.claim_next = claim_next"
    )
    worker = start_worker(before=fail_twice)
    wait_until(lambda: statuses() == {STATUS.sent: 1})
    wait_until(lambda: "the database answers again" in worker.log)
    assert worker.log.count("the database is away (OperationalError)") == 1
    assert "secret" not in worker.log
    assert mail_server.copies() == expected


def test_worker_sends_while_a_job_hangs_and_ends_without_waiting_for_ever(start_worker, mail_server):
    expected = queue(2)
    hang = (
        "import time; from registration.management.commands import worker; from registration.management.jobs import Job\n"
        "def hang(*, now): print('hanging', flush=True); time.sleep(600)\n"
        "worker.JOBS = [Job(1, hang)]; worker._LAST_JOB_SECONDS = 0.1"
    )
    worker = start_worker(before=hang)
    wait_until(lambda: statuses() == {STATUS.sent: 2})
    wait_until(lambda: "hanging" in worker.log)
    assert (mail_server.copies(), worker.stop()) == (expected, 0)


@pytest.mark.both_databases
def test_idle_worker_asks_two_questions_a_turn(own_database, settings, django_assert_num_queries):
    settings.POST_OFFICE = {"BACKENDS": {"default": "django.core.mail.backends.dummy.EmailBackend"}}
    postman = Postman()
    postman.send_due()
    with django_assert_num_queries(2):
        assert postman.send_due() == 0


@pytest.mark.both_databases
def test_queueing_does_not_wait_for_a_mail_server_that_hangs(own_database, settings):
    settings.POST_OFFICE = {"BACKENDS": {"default": "tests.nothing.like.it"}}
    started = time.monotonic()
    queue(1)
    # No backend is looked up, let alone connected to.
    assert (statuses(), time.monotonic() - started < 30) == ({STATUS.queued: 1}, True)
