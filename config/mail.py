"""How mails leave the site: through the server of EMAIL_URL, or, on a local site without one, not at all."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

_SERVER = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS", "EMAIL_USE_SSL")


def from_environment(env: environ.Env, *, is_local: bool, host: str) -> dict[str, Any]:
    """The settings about mail. Raises ImproperlyConfigured when a public site has no EMAIL_URL, and when the sender is no
    address that a mail can have.
    """
    if env.str("EMAIL_URL", default=""):
        server = env.email("EMAIL_URL")
        settings = {name: server.get(name) for name in _SERVER}
        backend = server["EMAIL_BACKEND"]
    elif is_local:
        # Kept, not sent: the page /outbox/ shows them.
        settings, backend = {}, "django.core.mail.backends.dummy.EmailBackend"
    else:
        raise ImproperlyConfigured(
            "EMAIL_URL is not set, so no ticket could be sent. Use smtp+tls://user:password@host:587."
        )
    # An IP address is no domain of an e-mail address.
    sender = env.str("DEFAULT_FROM_EMAIL", default=f"Lanyard <no-reply@{'localhost' if is_local else host}>")
    _check_sender(sender)
    return settings | {
        # Everything is queued in the database (post_office) and sent by the worker.
        "EMAIL_BACKEND": "registration.mail.outbox.QueueBackend",
        "POST_OFFICE": {"BACKENDS": {"default": backend}, "FILE_STORAGE": "mail"},
        # Nobody waits for the worker, and a server that takes its time to say yes must not be asked twice.
        "EMAIL_TIMEOUT": 30,
        # Shown to anybody who reaches the site, so on a loopback address only.
        "KEEPS_MAILS": is_local and not settings,
        # `make lan` names one: mails wait in their queue until the site runs again where there is a mail server.
        "MAILS_WAIT": bool(env.str("LAN_AUTHORITY", default="")),
        "DEFAULT_FROM_EMAIL": sender,
        "SERVER_EMAIL": sender,
    }


def _check_sender(sender: str) -> None:
    try:
        validate_email(parseaddr(sender)[1])
    except ValidationError as error:
        raise ImproperlyConfigured(
            f"DEFAULT_FROM_EMAIL must be like Tidewater <tickets@example.org>; it is {sender!r}."
        ) from error
