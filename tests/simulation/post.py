"""A mail server that fails at random, and everybody's mailbox."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from django.core.mail import EmailMessage


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str
    message_id: str
    at: dt.datetime


@dataclass
class Post:
    """What `Postman` sends by. One mail in eight is refused for now, or the server is away, or it takes the mail and the
    line breaks before it says so, which is the only way to a second copy.
    """

    random: Random
    letters: list[Letter] = field(default_factory=list)
    broken_lines: int = 0
    failures: int = 0

    def open(self) -> None:
        if self.random.random() < 0.02:
            self.failures += 1
            raise ConnectionRefusedError

    def close(self) -> None:
        pass

    def send_messages(self, messages: Sequence[EmailMessage]) -> None:
        for message in messages:
            luck = self.random.random()
            if luck < 0.04:
                self.failures += 1
                raise smtplib.SMTPDataError(451, b"try later")
            key, now = message.extra_headers["Message-ID"], dt.datetime.now(dt.UTC)
            self.letters.append(Letter(message.to[0], str(message.subject), str(message.body), key, now))
            if luck < 0.06:
                self.broken_lines += 1
                raise smtplib.SMTPServerDisconnected

    def read(self) -> list[Letter]:
        """Each letter once, however many copies came."""
        return list({letter.message_id: letter for letter in self.letters}.values())
