import logging
import threading
import time

import pytest
from django.utils import timezone

from registration.management.commands.worker import JOBS
from registration.management.jobs import Job, do_job, do_jobs


def fail_for_ada(*, now):
    raise ValueError("ada@example.org has no seat")


def test_job_that_fails_keeps_no_other_and_the_log_names_nobody(caplog):
    stop, done = threading.Event(), []

    def note_time(*, now):
        done.append(now)
        stop.set()

    do_jobs([Job(60, fail_for_ada), Job(60, note_time)], stop=stop)
    assert len(done) == 1
    assert timezone.is_aware(done[0])
    logged = [(record.levelname, record.getMessage()) for record in caplog.records]
    line = fail_for_ada.__code__.co_firstlineno + 1
    assert logged == [("ERROR", f"job fail_for_ada failed: ValueError at test_jobs.py:{line}")]
    assert all(record.exc_info is None for record in caplog.records)


def test_jobs_come_again_each_at_its_own_time(monkeypatch):
    """A clock that a turn moves by its second."""
    clock, done, stop = [0.0], [], threading.Event()
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def turn(seconds):
        clock[0] += seconds
        if clock[0] >= 7:
            stop.set()

    stop_now = type("Stop", (), {"is_set": stop.is_set, "wait": staticmethod(turn)})()

    def often(*, now):
        done.append(("often", clock[0]))

    def seldom(*, now):
        done.append(("seldom", clock[0]))

    do_jobs([Job(2, often), Job(5, seldom)], stop=stop_now)
    assert done == [("often", 0), ("seldom", 0), ("often", 2), ("often", 4), ("seldom", 5), ("often", 6)]


@pytest.mark.django_db
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_of_the_worker_has_nothing_to_do_on_an_empty_site(job, caplog):
    caplog.set_level(logging.ERROR)
    do_job(job)
    assert caplog.records == []
