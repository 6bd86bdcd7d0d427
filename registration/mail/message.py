from __future__ import annotations

from email.mime.image import MIMEImage
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart
from post_office.models import Attachment, Email


def compose(mail: Email) -> EmailMultiAlternatives:
    """The message as it goes out: text and HTML, the images that the HTML shows beside it, other files attached. Two
    queries. The Message-ID is the row's, so it is the same however often the mail is sent.
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
        content = attachment.file.read()
        if is_inline(mail, attachment):
            message.images.append(_image(attachment.name, content, attachment.mimetype))
        else:
            message.attach(attachment.name, content, attachment.mimetype)
    return message


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
