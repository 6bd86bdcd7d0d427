"""A process that has the site loaded and forks servers from it: gunicorn's own preloading, for one test after another.
Loading the site takes most of the second in which a server starts, and tests start a hundred.

What a server is, is unchanged: gunicorn's own master and its processes, with a log, a group and a database of their own.
Only the database and the hook differ between servers that are forked; whatever else a test sets in the environment,
settings may have read it while they were loaded, and such a server loads the site itself.

Run as `python -m tests.warm`: one line of JSON in, the pid of the server out.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
VARIES = {"DATABASE_URL", "TEST_SERVER_HOOK"}


class Forked:
    """As much of `subprocess.Popen` as `tests.server` needs. The warm process reaps it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._process = psutil.Process(pid)

    def poll(self) -> int | None:
        return None if self._process.is_running() else 0

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)

    def wait(self, timeout: float | None = None) -> None:
        try:
            self._process.wait(timeout)
        except psutil.TimeoutExpired:
            raise subprocess.TimeoutExpired("gunicorn", timeout or 0) from None


class Warm:
    """Forks servers that listen on `port`, one after another, under `environ`. It ends with this process."""

    def __init__(self) -> None:
        self.port = _lasting_port()
        self.environ = os.environ | {"SITE_URL": f"http://127.0.0.1:{self.port}", "TEST_DATABASE": ""}
        self._process: subprocess.Popen[str] | None = None

    def is_fit(self, environ: dict[str, str]) -> bool:
        """Whether the site, as it is loaded, is the one that `environ` asks for."""
        return _fixed(environ) == _fixed(self.environ)

    def fork(self, arguments: list[str], *, environ: dict[str, str], log: Path) -> Forked:
        if self._process is None:
            command = [sys.executable, "-m", "tests.warm"]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdin
        assert self._process.stdout
        asked = {"arguments": arguments, "environ": environ, "log": str(log)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))


def _fixed(environ: dict[str, str]) -> dict[str, str]:
    # pytest writes into its own which test runs.
    return {name: value for name, value in environ.items() if name not in VARIES | {"PYTEST_CURRENT_TEST"}}


def _lasting_port() -> int:
    """A free one below those that systems hand out to whoever asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


# --- The warm process -------------------------------------------------------------------------------------------------
def main() -> None:
    import gunicorn.app.wsgiapp
    import gunicorn.workers.gthread  # noqa: F401

    import config.wsgi  # noqa: F401 -- the site

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that a server that ended is gone at once
    for line in sys.stdin:
        asked = json.loads(line)
        if pid := os.fork():
            print(pid, flush=True)  # noqa: T201
        else:
            _serve(**asked)


def _serve(*, arguments: list[str], environ: dict[str, str], log: str) -> None:
    from django.db import connections
    from gunicorn.app.wsgiapp import run

    from config.database import from_url

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)):
        opened = os.open(path, flags, 0o666)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(1, 2)
    os.environ.clear()
    os.environ.update(environ)
    connections.settings = connections.configure_settings({"default": from_url(environ["DATABASE_URL"])})
    sys.argv = ["gunicorn", *arguments]
    try:
        run()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    main()
