"""The way into the outbox. Every mail of the site is a row that is written in the caller's transaction: it is there
when the caller's change is, and not when that was rolled back. The worker sends it (`delivery`).

The rows are post_office's. They are made here and not by its `send()`, because that takes subject and text for
templates: a person called "{{ x }}" or "{% y %}" would be executed, or would break the sign-up.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.mime.base import MIMEBase
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import transaction
from post_office.models import PRIORITY, STATUS, Attachment, Email

from conferences.addresses import MAX_ADDRESS
from conferences.languages import in_language_of
from conferences.models import Conference
from conferences.prepared import insert_all
from registration.logo.logos import IN_MAIL
from registration.mail.kinds import KINDS
from registration.mail.models import MailAttachment
from registration.mail.wording import Rendered, Words, inline_css, own_words, render_mail

_MAX_SUBJECT = 200
_MAX_FILE_NAME = 100  # of a FileField
# What nearly every address looks like. Django's own check takes five times as long, and a mailing has many of them.
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
PLAIN_ADDRESS = re.compile(rf"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:{_LABEL}\.)+[a-z]{{2,63}}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class MailFile:
    """Something that goes along. An image that the HTML part shows as `cid:<name>` is shown there, not attached."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class FileToMake:
    """A `MailFile` that is made when the mail is sent, by the maker of this name (`message.MAKERS`), so that nobody waits
    for it who has the mail sent. `made_from` are plain JSON values for that. Where nothing is made, the mail goes
    without it.
    """

    name: str
    maker: str
    made_from: Mapping[str, Any]
    mimetype: str


def queue_mail(
    *,
    template: str,
    to: str,
    context: Mapping[str, Any],
    attachments: Sequence[MailFile | FileToMake] = (),
    words: Words | None = None,
) -> Email:
    """Queue the mail of the kind `template` to the address `to`: in `words`, or those of the conference where it has its
    own (`kinds.KINDS` says what its context needs), else `templates/mail/<template>.txt` and `.html` with their
    `.subject.txt`. One row, more where a `MailFile` goes along, in the caller's transaction.

    The templates also get `site_url` (no slash at its end), `colours`, and `files`, the names of what is attached. When
    the context has a `conference`, its colour is used and answers go to its `contact_email`. Raises ValidationError when
    `to` is no address. It is in the language of that conference, whoever the caller is.
    """
    conference = context.get("conference")
    if words is None and template in KINDS:
        words = own_words(template, context)
    with in_language_of(conference):
        mail = render_mail(template, context, words, files={file.name for file in attachments})
    return _store(
        to=[to],
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        headers=_answers_to(conference),
        files=[*attachments, *_letterhead(mail, conference)],
        priority=PRIORITY.medium,
    )


def queue_copies(copies: Sequence[tuple[str, Rendered]], *, conference: Conference) -> list[Email | None]:
    """Queue one mail an address, in a few statements for all, behind all other mail: thousands must keep nobody from
    their ticket. None stands for what has no address that can be mailed. In the caller's transaction.
    """
    headers = _answers_to(conference)
    mails = [
        _mail(
            to=[to], subject=mail.subject, text=mail.text, html=mail.html, headers=headers, priority=PRIORITY.low,
            to_make=_letterhead(mail, conference),
        )
        if is_address(to)
        else None
        for to, mail in copies
    ]  # fmt: skip
    Email.objects.bulk_create(mail for mail in mails if mail)
    return mails


def _letterhead(mail: Rendered, conference: Conference | None) -> list[FileToMake]:
    """The logo, where the mail shows it: read when it is sent, so that it is not stored with each of 10,000 mails."""
    if conference is None or f'"cid:{IN_MAIL}"' not in mail.html:
        return []
    return [FileToMake(IN_MAIL, "conference_logo", {"conference": conference.pk}, "image/png")]


def is_address(to: str) -> bool:
    """Whether it can be mailed; imported lists hold what cannot."""
    if len(to) <= MAX_ADDRESS and PLAIN_ADDRESS.fullmatch(to):
        return True
    try:
        validate_email(to)
    except ValidationError:
        return False
    return True


def _answers_to(conference: Conference | None) -> dict[str, str]:
    return {"Reply-To": conference.contact_email} if conference and conference.contact_email else {}


class QueueBackend(BaseEmailBackend):
    """Django's and allauth's own mails go the same way. They are sent first: they hold the codes people wait for."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        with transaction.atomic():
            for message in email_messages:
                self._queue(message)
        return len(email_messages)

    def _queue(self, message: EmailMessage) -> None:
        alternatives = getattr(message, "alternatives", [])
        html = next((str(content) for content, mimetype in alternatives if mimetype == "text/html"), "")
        headers = {name: str(value) for name, value in message.extra_headers.items()}
        if message.reply_to:
            headers["Reply-To"] = ", ".join(str(address) for address in message.reply_to)
        _store(
            to=message.recipients(),
            subject=str(message.subject),
            text=str(message.body),
            html=inline_css(html),
            headers=headers,
            files=list(_files(message)),
            priority=PRIORITY.high,
        )


def _files(message: EmailMessage) -> Iterable[MailFile]:
    for attachment in message.attachments:
        if isinstance(attachment, MIMEBase):
            content = bytes(attachment.get_payload(decode=True) or b"")
            yield MailFile(attachment.get_filename() or "attachment", content, attachment.get_content_type())
        else:
            name, content, mimetype = attachment
            content = content.encode() if isinstance(content, str) else content
            yield MailFile(name or "attachment", content, mimetype or "application/octet-stream")


def _store(
    *,
    to: list[str],
    subject: str,
    text: str,
    html: str,
    headers: dict[str, str],
    files: Sequence[MailFile | FileToMake],
    priority: int,
) -> Email:
    to_make = [file for file in files if isinstance(file, FileToMake)]
    mail = _mail(to=to, subject=subject, text=text, html=html, headers=headers, priority=priority, to_make=to_make)
    stored = [file for file in files if isinstance(file, MailFile)]
    mail.full_clean()  # the addresses; before the transaction, which a refusal must not break
    # No savepoint: what the database refuses here is no mail's fault, and a registration writes several mails.
    with transaction.atomic(savepoint=False):
        insert_all([mail])
        if stored:
            _attach(mail, stored)
    return mail


def _mail(
    *,
    to: list[str],
    subject: str,
    text: str,
    html: str,
    headers: dict[str, str],
    priority: int,
    to_make: Sequence[FileToMake],
) -> Email:
    return Email(
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=to,
        cc=[],
        bcc=[],
        # A header is one line, whatever somebody typed as their name.
        subject=" ".join(subject.split())[:_MAX_SUBJECT],
        message=text,
        html_message=html,
        headers={name: " ".join(value.split()) for name, value in headers.items()},
        status=STATUS.queued,
        priority=priority,
        number_of_retries=0,
        # That of a template, says post_office, whose templates are not used.
        context={"files": [vars(file) for file in to_make]} if to_make else None,
        # Made now, so that a mail sent twice is one mail to whoever receives it.
        message_id=make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
    )


def _attach(mail: Email, files: Sequence[MailFile]) -> None:
    """Three statements, however many files; saved one by one, post_office and its storage take five for each."""
    names = [f"{mail.pk}/{uuid.uuid4()}/{file.name}"[:_MAX_FILE_NAME] for file in files]
    MailAttachment.objects.bulk_create(
        MailAttachment(name=name, content=file.content) for name, file in zip(names, files, strict=True)
    )
    made = Attachment.objects.bulk_create(
        Attachment(file=name, name=file.name, mimetype=file.mimetype) for name, file in zip(names, files, strict=True)
    )
    through = Email.attachments.through
    through.objects.bulk_create(through(email=mail, attachment=attachment) for attachment in made)
