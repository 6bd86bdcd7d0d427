"""What the commands that serve the site have in common."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from django.core.management import call_command
from django.core.management.base import CommandError

from config.health import why_not_of_this_version


def refuse_taken(host: str, port: int, *, hint: str) -> None:
    """Raises CommandError, ending in `hint`, when somebody listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Port {port} is taken, perhaps by a Lanyard that runs already. {hint}") from error


def prepare_database() -> None:
    """Raises CommandError, and changes nothing, when it is of a newer version."""
    if reason := why_not_of_this_version(may_be_older=True):
        raise CommandError(f"Not started: {reason}.")
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def start_anew() -> NoReturn:
    """This very command, with the environment as it is now: settings are read once."""
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606


def run_processes(port: int, *options: str) -> NoReturn:
    """honcho in place of this process, so that Ctrl-C reaches it, which ends what it started."""
    folder = Path(sys.executable).parent
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"  # the Procfile names what is in there
    honcho = str(folder / "honcho")
    # Not its own .env: the settings read that, after the environment.
    os.execv(honcho, [honcho, "--env", os.devnull, *options, "start", "--port", str(port)])  # noqa: S606
