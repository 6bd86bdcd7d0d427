"""What the worker does again and again beside sending mail."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Job:
    """`work` is called with `now=` every `seconds` by every worker, several at once perhaps: it claims in the database
    what it takes up, by a lock or a conditional update, and does nothing when there is nothing to do. It may be killed
    anywhere and is not told; what it talks to outside the database it gives up by itself after some seconds.
    """

    seconds: float
    work: Callable[..., object]

    @property
    def name(self) -> str:
        return self.work.__name__


def do_jobs(jobs: Sequence[Job], *, stop: threading.Event) -> None:
    """Do each of `jobs` when its time has come, the first time at once, until `stop` is set. One that fails is logged and
    comes again at its next time. Runs in a thread of its own, so that no job keeps a mail waiting.
    """
    due_at = dict.fromkeys(jobs, time.monotonic())
    while not stop.is_set():
        for job in jobs:
            if time.monotonic() >= due_at[job] and not stop.is_set():
                do_job(job)
                due_at[job] = time.monotonic() + job.seconds
        stop.wait(_POLL_SECONDS)


def do_job(job: Job) -> None:
    try:
        job.work(now=timezone.now())
    except Exception as error:  # whatever is wrong with it, it must not keep the others
        # Without its text, which may name people, or host and user of the database.
        logger.error("job %s failed: %s at %s", job.name, type(error).__name__, _place(error))
        if isinstance(error, OperationalError | InterfaceError):
            connection.close()


def _place(error: Exception) -> str:
    """The last line of our own code that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT) and ".venv" not in frame.filename]
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
