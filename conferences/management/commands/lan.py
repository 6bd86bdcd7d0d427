from __future__ import annotations

import os
import shlex
import socket
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conferences.first_steps import first_step
from conferences.serving import prepare_database, refuse_taken, run_processes, start_anew
from config.collect import collect_if_changed
from config.lan import Certificates, ensure_certificates, is_private

DEFAULT_PORT = 8443
# Nobody listens there: mails wait in their queue until the site has a mail server again.
NO_MAIL_SERVER = "smtp://127.0.0.1:9"


class Command(BaseCommand):
    help = "Serve the site over HTTPS to the tablets on this computer's own network, with certificates it makes."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        folder = Path(settings.BASE_DIR) / "data" / "lan"
        parser.add_argument("--certificates", type=Path, default=folder, help="The folder where they are kept.")

    def handle(self, *, certificates: Path, **options: Any) -> None:
        host, port = _host(), _port()
        site = f"https://{f'[{host}]' if ':' in host else host}:{port}"
        if site != settings.SITE_URL:
            _set_environment(site, host)
            start_anew()
        hint = f"Stop that one, or choose another port: make lan PORT={port + 10}"
        for taken in (port, port + 1):
            refuse_taken(host, taken, hint=hint)
        prepare_database()
        collect_if_changed()
        made = ensure_certificates(certificates, host=host, now=timezone.now())
        _serve_tls(made, host, port)
        os.environ["LAN_AUTHORITY"] = str(made.authority)
        self.stdout.write(_said(site, host, port, made))
        if first_step() == "superuser":
            self.stdout.write("Make the first superuser: .venv/bin/python manage.py createsuperuser")
        self.stdout.flush()
        run_processes(port, "--procfile", str(Path(settings.BASE_DIR) / "Procfile.lan"))


def _serve_tls(made: Certificates, host: str, port: int) -> None:
    """Options of gunicorn, which speaks TLS itself; there is no proxy whose word about it counts, on this computer neither."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = [f"--bind={bind}", f"--certfile={made.certificate}", f"--keyfile={made.key}", "--forwarded-allow-ips="]
    given = os.environ.get("GUNICORN_CMD_ARGS", "")
    os.environ["GUNICORN_CMD_ARGS"] = f"{given} {shlex.join(options)}".strip()


def _said(site: str, host: str, port: int, made: Certificates) -> str:
    return f"""
Lanyard answers at {site} in a moment, to every device on this network. Ctrl-C stops it.

Devices trust it when they have been told to, once each: open http://{host}:{port + 1}/ on the device and follow the
steps there. Compare the fingerprint with this one before you say yes:

  {_in_lines(made.fingerprint)}

Without that a browser warns, and neither camera nor offline check-in works everywhere.
Then pair tablets at {site}/staff/ in the settings of your conference.

"""


def _in_lines(fingerprint: str) -> str:
    middle = len(fingerprint) // 2
    return f"{fingerprint[: middle + 1]}\n  {fingerprint[middle + 1 :]}"


def _set_environment(site: str, host: str) -> None:
    os.environ |= {
        "SITE_URL": site,
        "ALLOWED_HOSTS": host,
        # Gunicorn itself speaks TLS here, so nobody's headers about it are believed.
        "ALLAUTH_TRUSTED_PROXY_COUNT": "0",
        "DEFAULT_FROM_EMAIL": settings.DEFAULT_FROM_EMAIL,
    }
    if settings.KEEPS_MAILS:
        os.environ["EMAIL_URL"] = NO_MAIL_SERVER


def _host() -> str:
    """HOST, else this computer's address on its network. Raises CommandError for one that others may own."""
    host = os.environ.get("HOST", "").strip().lower() or _own_address()
    if not host:
        raise CommandError("This computer is in no network. Connect it, or name its address: make lan HOST=192.168.1.5")
    if not is_private(host):
        raise CommandError(
            f"{host} is no private address and no name like laptop.local, so its certificate is not ours to make. "
            "Name the address on the venue's network: make lan HOST=192.168.1.5"
        )
    return host.strip("[]")


def _own_address() -> str:
    """Where the system would send from; nothing is sent. Empty when there is no network."""
    for somewhere in ("192.168.0.1", "10.0.0.1", "172.16.0.1", "169.254.1.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
            probe.connect((somewhere, 9))
            own = str(probe.getsockname()[0])
            if is_private(own) and not own.startswith("127."):
                return own
    return ""


def _port() -> int:
    asked = os.environ.get("PORT") or DEFAULT_PORT
    if not str(asked).isdecimal():
        raise CommandError(f"PORT is {asked!r}; it must be a number such as {DEFAULT_PORT}.")
    return int(asked)
