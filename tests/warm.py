"""A process that has the site loaded and forks servers and mail workers from it: gunicorn's own preloading, for one test
after another. Loading the site takes most of the second in which a process of it starts, and tests start two hundred.

What a server or a worker is, is unchanged: gunicorn's own master and its processes, or the command, with a log, a group
and a database of their own. Only what VARIES names differs between those that are forked; whatever else a test sets in
the environment, settings may have read it while they were loaded, and such a process loads the site itself.

Run as `python -m tests.warm`: a line of JSON in, a line out. To fork is answered by the pid, to be asked about a pid by
its exit code, or null while it runs.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VARIES = {"DATABASE_URL", "EMAIL_URL", "TEST_SERVER_HOOK"}


class Forked:
    """As much of `subprocess.Popen` as tests need."""

    def __init__(self, warm: Warm, pid: int) -> None:
        self.pid = pid
        self._warm = warm
        self._ended_with: int | None = None

    def poll(self) -> int | None:
        if self._ended_with is None:
            self._ended_with = self._warm.ended_with(self.pid)
        return self._ended_with

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = 60) -> int:
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("forked", timeout)
            time.sleep(0.01)
        return code


class Warm:
    """Forks servers that listen on `port`, one after another, and workers. It ends with this process."""

    def __init__(self) -> None:
        self.port = _lasting_port()
        self.environ = os.environ | {"SITE_URL": f"http://127.0.0.1:{self.port}", "TEST_DATABASE": ""}
        self._process: subprocess.Popen[str] | None = None
        self._ended: dict[int, int] = {}
        self._lock = threading.Lock()

    def is_fit(self, environ: dict[str, str]) -> bool:
        """Whether the site, as it is loaded, is the one that `environ` asks for."""
        return _fixed(environ) == _fixed(self.environ)

    def serve(self, arguments: list[str], *, environ: dict[str, str], log: Path) -> Forked:
        """A gunicorn."""
        return Forked(self, self._ask({"serve": arguments, "environ": environ, "log": str(log)}))

    def work(self, before: str, *, environ: dict[str, str], log: Path) -> Forked:
        """A `manage.py worker`, ahead of which it runs the Python of `before`."""
        return Forked(self, self._ask({"work": before, "environ": environ, "log": str(log)}))

    def ended_with(self, pid: int) -> int | None:
        """Its exit code, which is remembered: a process can be asked for it once."""
        with self._lock:
            if pid not in self._ended and (code := self._ask_alone({"about": pid})) is not None:
                self._ended[pid] = code
            return self._ended.get(pid)

    def _ask(self, question: dict[str, Any]) -> Any:
        with self._lock:
            return self._ask_alone(question)

    def _ask_alone(self, question: dict[str, Any]) -> Any:
        if self._process is None:
            command = [sys.executable, "-m", "tests.warm"]
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


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
    import django.db.backends.postgresql.base  # noqa: F401 -- else each process of a server on it loads it anew
    import gunicorn.app.wsgiapp
    import gunicorn.workers.gthread  # noqa: F401
    import psycopg_pool  # noqa: F401
    from django.db.migrations.loader import MigrationLoader
    from django.template.loader import get_template

    import config.wsgi  # noqa: F401 -- the site
    from conferences.templatetags.lanyard import icon

    for path in sorted((ROOT / "templates").rglob("*.html")):
        get_template(str(path.relative_to(ROOT / "templates")))  # compiled once for all
    icon("check")  # opens the file of all icons
    MigrationLoader(None)  # loads them all, which each process would do when it is asked for its health
    # What is loaded by now stays: no process looks through it for garbage.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        if "about" in asked:
            pid, status = os.waitpid(asked["about"], os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if pid else None), flush=True)  # noqa: T201
        elif pid := os.fork():
            print(pid, flush=True)  # noqa: T201
        else:
            _be_forked(**asked)


def _be_forked(*, environ: dict[str, str], log: str, serve: list[str] | None = None, work: str = "") -> None:
    """Never returns."""
    code = 0
    try:
        _move(environ, log)
        if serve is None:
            _work(work)
        else:
            _serve(serve)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _move(environ: dict[str, str], log: str) -> None:
    """Into a group, a log and an environment of its own."""
    from django.conf import settings
    from django.db import connections
    from environ import Env

    from config import mail
    from config.database import from_url

    os.setsid()
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)):
        opened = os.open(path, flags, 0o666)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(1, 2)
    os.environ.clear()
    os.environ.update(environ)
    connections.settings = connections.configure_settings({"default": from_url(environ["DATABASE_URL"])})
    with contextlib.suppress(AttributeError):
        del connections["default"]  # this thread's, of the database that the site was loaded with
    for name, value in mail.from_environment(Env(), is_local=True, host="").items():
        setattr(settings, name, value)


def _serve(arguments: list[str]) -> None:
    from gunicorn.app.wsgiapp import run

    sys.argv = ["gunicorn", *arguments]
    run()


def _work(before: str) -> None:
    from django.core.management import call_command

    exec(before, {})
    call_command("worker")


if __name__ == "__main__":
    main()
