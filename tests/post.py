"""A real mail server that can be told to misbehave, and real workers, for tests of delivery."""

from __future__ import annotations

import asyncio
import email
import email.policy
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from tests.server import ROOT
from tests.warm import Forked, Warm


@dataclass
class MailServer:
    """SMTP on a port of its own. `answer` is what it says to the text of a mail, unless it starts with 2 the mail is
    not accepted; `hang` is how long it thinks about each, at the most; `on_accept` is called when it has taken one, before it says so.
    """

    port: int = 0
    answer: str = "250 OK"
    recipient_answer: str = "250 OK"
    hang: float = 0.0
    on_accept: Callable[[], None] | None = None
    accepted: list[EmailMessage] = field(default_factory=list)
    tries: int = 0
    _controller: Any = None

    def start(self) -> MailServer:
        self.port = self.port or free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
        self._controller = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def copies(self) -> Counter[str]:
        """How often each mail was accepted, by Message-ID."""
        return Counter(message["Message-ID"] for message in self.accepted)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 -- the name aiosmtpd calls
        if self.recipient_answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.tries += 1
        began = time.monotonic()
        while time.monotonic() - began < self.hang:  # until somebody sets it to 0
            await asyncio.sleep(0.05)
        if self.answer.startswith("2"):
            self.accepted.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            if self.on_accept:
                self.on_accept()
        return self.answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Worker:
    """`manage.py worker` in a process of its own, forked from `warm` where it can be. `before` is Python that runs ahead of
    it, to shorten a lease or to switch a protection off.
    """

    def __init__(
        self, *, database_url: str, email_url: str, log: Path, warm: Warm, before: str = "", **env: str
    ) -> None:
        self.log_file = log
        log.touch()
        environ = warm.environ | {"DATABASE_URL": database_url, "EMAIL_URL": email_url} | env
        self._process: subprocess.Popen[bytes] | Forked
        if warm.is_fit(environ):
            self._process = warm.work(before, environ=environ, log=log)
            return
        code = f"import django; django.setup(); {before or 'pass'}\nfrom django.core.management import call_command; call_command('worker')"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", code], cwd=ROOT, env=environ, stdout=out, stderr=out
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """By SIGTERM; returns its exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(20)


def wait_until(is_so: Callable[[], bool], *, seconds: float = 240) -> None:
    """Long: how soon it comes says how busy the machine is, and one that waits in vain has failed anyway."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)
