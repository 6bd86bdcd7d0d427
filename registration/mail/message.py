from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.mime.image import MIMEImage
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart
from post_office.models import Email

from registration.errors import RegistrationError
from registration.logo.logos import picture_for_mail

logger = logging.getLogger(__name__)

# By name, what makes a file out of `FileToMake.made_from`; None when there is nothing to make any more. It may raise
# RegistrationError, and then the mail, which says everything without it, goes without it.
Makers = Mapping[str, Callable[[dict[str, Any]], bytes | None]]
# Those of the site. `registration.apps` puts more here: they stand in rooms that this one does not know.
MAKERS: dict[str, Callable[[dict[str, Any]], bytes | None]] = {
    "conference_logo": lambda made_from: picture_for_mail(made_from["conference"])
}


@dataclass(frozen=True)
class File:
    """Something that goes along. `read` gives None where it cannot be made."""

    name: str
    mimetype: str
    read: Callable[[], bytes | None]


def compose(mail: Email, makers: Makers = MAKERS) -> EmailMultiAlternatives:
    """The message as it goes out: text and HTML, the images that the HTML shows beside it, other files attached, those
    too that are made only now. One query, and one a stored file. The Message-ID is the row's, so it is the same however
    often the mail is sent.
    """
    message = _WithImages(
        subject=mail.subject,
        body=mail.message,
        from_email=mail.from_email,
        to=mail.to,
        # Keeps holiday answers and mailing lists from replying.
        headers={"Auto-Submitted": "auto-generated", **(mail.headers or {}), "Message-ID": mail.message_id},
    )
    if mail.html_message:
        message.attach_alternative(mail.html_message, "text/html")
    for file in files_of(mail, makers):
        content = file.read()
        if content is None:
            continue
        if is_inline(mail, file):
            message.images.append(_image(file.name, content, file.mimetype))
        else:
            message.attach(file.name, content, file.mimetype)
    return message


def files_of(mail: Email, makers: Makers = MAKERS) -> list[File]:
    """What goes along with `mail`, stored or to be made (`outbox.FileToMake`). One query."""
    stored = [File(each.name, each.mimetype, each.file.read) for each in mail.attachments.order_by("pk")]
    to_make = (mail.context or {}).get("files", [])
    return stored + [
        File(each["name"], each["mimetype"], functools.partial(_make, mail, each, makers)) for each in to_make
    ]


def _make(mail: Email, file: dict[str, Any], makers: Makers) -> bytes | None:
    try:
        return makers[file["maker"]](file["made_from"])
    except (KeyError, RegistrationError) as error:
        logger.warning("mail %s goes without a file that %s makes: %s", mail.pk, file["maker"], type(error).__name__)
        return None


def is_inline(mail: Email, file: File) -> bool:
    """Whether the HTML shows it as `cid:<name>`."""
    return file.mimetype.startswith("image/") and f'"cid:{file.name}"' in mail.html_message


def _image(name: str, content: bytes, mimetype: str) -> MIMEImage:
    image = MIMEImage(content, _subtype=mimetype.removeprefix("image/"))
    image.add_header("Content-ID", f"<{name}>")
    image.add_header("Content-Disposition", "inline", filename=name)
    return image


class _WithImages(EmailMultiAlternatives):
    """Images belong to the text they are shown in (multipart/related), else readers list them as attachments too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.images: list[MIMEImage] = []

    def _create_alternatives(self, msg: Any) -> Any:
        body = super()._create_alternatives(msg)  # type: ignore[misc]
        if not self.images:
            return body
        related = SafeMIMEMultipart(_subtype="related", encoding=self.encoding)
        related.attach(body)
        for image in self.images:
            related.attach(image)
        return related
