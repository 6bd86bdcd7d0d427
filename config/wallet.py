"""The keys for wallet passes. Each wallet needs all of its settings or none; without them no button is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import environ
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.core.exceptions import ImproperlyConfigured

_APPLE = ("APPLE_PASS_TYPE_ID", "APPLE_TEAM_ID", "APPLE_PASS_CERTIFICATE", "APPLE_PASS_KEY", "APPLE_WWDR_CERTIFICATE")
_GOOGLE = ("GOOGLE_WALLET_ISSUER_ID", "GOOGLE_WALLET_ACCOUNT")


def from_environment(env: environ.Env) -> dict[str, Any]:
    """`APPLE_WALLET` and `GOOGLE_WALLET`, each None or a dict of what `registration.ticket` signs passes with. Certificates
    and keys are files: PEM for Apple, the service account's JSON for Google. Raises ImproperlyConfigured when one is
    missing or cannot be read, naming the setting and never what is in it.
    """
    return {"APPLE_WALLET": _apple(env), "GOOGLE_WALLET": _google(env)}


def _apple(env: environ.Env) -> dict[str, Any] | None:
    given = _all_or_none(env, _APPLE)
    if given is None:
        return None
    kind, team, *files = (given[name] for name in _APPLE)
    readers = (
        x509.load_pem_x509_certificate,
        lambda pem: load_pem_private_key(pem, None),
        x509.load_pem_x509_certificate,
    )
    certificate, key, between = (
        _read(name, path, reader) for name, path, reader in zip(_APPLE[2:], files, readers, strict=True)
    )
    if certificate.public_key() != key.public_key():
        raise ImproperlyConfigured("APPLE_PASS_KEY is not the key of APPLE_PASS_CERTIFICATE.")
    return {"pass_type": kind, "team": team, "certificate": certificate, "key": key, "between": between}


def _google(env: environ.Env) -> dict[str, Any] | None:
    given = _all_or_none(env, _GOOGLE)
    if given is None:
        return None

    def read(content: bytes) -> dict[str, Any]:
        account = json.loads(content)
        return {"email": account["client_email"], "key": load_pem_private_key(account["private_key"].encode(), None)}

    account = _read("GOOGLE_WALLET_ACCOUNT", given["GOOGLE_WALLET_ACCOUNT"], read)
    return {"issuer": given["GOOGLE_WALLET_ISSUER_ID"], **account}


def _all_or_none(env: environ.Env, names: tuple[str, ...]) -> dict[str, str] | None:
    given = {name: env.str(name, default="").strip() for name in names}
    missing = [name for name, value in given.items() if not value]
    if missing and len(missing) < len(names):
        raise ImproperlyConfigured(f"{', '.join(missing)} is not set. Set all of {', '.join(names)}, or none.")
    return None if missing else given


def _read(name: str, path: str, reader: Any) -> Any:
    try:
        return reader(Path(path).read_bytes())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(f"{name} names no file that can be used ({type(error).__name__}).") from None
