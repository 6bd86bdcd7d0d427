"""What the commands that serve the site have in common."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from django.core.management.base import CommandError


def refuse_taken(host: str, port: int, *, hint: str) -> None:
    """Raises CommandError, ending in `hint`, when somebody listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Port {port} is taken, perhaps by a Lanyard that runs already. {hint}") from error


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
