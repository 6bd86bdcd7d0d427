from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from email.mime.image import MIMEImage
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart
from post_office.models import Attachment, Email

from registration.errors import RegistrationError
from registration.mail.models import MailAttachment

logger = logging.getLogger(__name__)

# By name, what makes a file out of `FileToMake.made_from`; None when there is nothing to make any more. It may raise
# RegistrationError, and then the mail, which says everything without it, goes without it.
Makers = Mapping[str, Callable[[dict[str, Any]], bytes | None]]


def compose(mail: Email, makers: Makers | None = None) -> EmailMultiAlternatives:
    """The message as it goes out: text and HTML, the images that the HTML shows beside it, other files attached, those
    too that are made only now. One query, and one a file. The Message-ID is the row's, so it is the same however often the mail is sent.
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
    for attachment in mail.attachments.order_by("pk"):
        content = _content(mail, attachment, makers or {})
        if content is None:
            continue
        if is_inline(mail, attachment):
            message.images.append(_image(attachment.name, content, attachment.mimetype))
        else:
            message.attach(attachment.name, content, attachment.mimetype)
    return message


def _content(mail: Email, attachment: Attachment, makers: Makers) -> bytes | None:
    stored = MailAttachment.objects.get(name=attachment.file.name)
    if not stored.maker:
        return bytes(stored.content)
    try:
        return makers[stored.maker](stored.made_from)
    except (KeyError, RegistrationError) as error:
        logger.warning("mail %s goes without a file that %s makes: %s", mail.pk, stored.maker, type(error).__name__)
        return None


def is_inline(mail: Email, attachment: Attachment) -> bool:
    """Whether the HTML shows it as `cid:<name>`."""
    return attachment.mimetype.startswith("image/") and f'"cid:{attachment.name}"' in mail.html_message


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
