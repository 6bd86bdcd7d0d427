"""The real server for tests and benchmarks: gunicorn with its processes and threads, on a database of its own.

    def test_something(start_server):                       # the fixture of tests/conftest.py
        server = start_server(workers=4)
        conference = factories.conference()                 # the ORM of the test *is* the server's database now
        desk = factories.user()
        factories.staff(user=desk, conference=conference, role=Role.DESK)
        client = server.client(desk)                        # signed in, cookies, keep-alive, CSRF
        answer = client.post(f"/staff/{conference.slug}/checkin/scan/", {"code": "…"}, htmx=True)
        assert answer.status == 200

- The database is SQLite or PostgreSQL as the test run is (mark the test `both_databases`), or as `database=` says.
  It is a copy of a migrated template with the cache table in it, so that a server starts in about a second.
- From `start_server` to the end of the test the ORM of this process, in every thread of it, talks to that database;
  no `db` fixture or `django_db` mark beside it, it would open the wrong one.
- `together(calls)` runs calls at the same moment in as many threads and returns their results in order; a client
  belongs to one thread at a time.
- `env=` overrides settings for this server (`{"SITE_URL": "https://tickets.example.org"}`). `hook="tests.hooks:name"`
  names a function that the server calls once before it forks, for controls that switch a protection off
  and for crashes on purpose; see tests/hooks.py. Schema is changed with `server.execute("DROP INDEX …")`.
- `server.log` is all that was printed. `kill_worker()` is kill -9 of one process, which gunicorn replaces; `stop()`
  and `start()` keep port and database.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import functools
import hashlib
import http.client
import json as jsonlib
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import psutil

from tests import environment
from tests.warm import Forked, Warm

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
T = TypeVar("T")


# --- The client -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return jsonlib.loads(self.body)


class Client:
    """A browser without eyes, over one kept connection. Follows no redirect. Belongs to one thread at a time.

    A connection that breaks raises `http.client.HTTPException` or `OSError`, and nothing is tried again: whether the
    server has done the work is what such tests are about.
    """

    def __init__(self, server: Server, cookies: dict[str, str] | None = None) -> None:
        # The secret of the CSRF cookie is made here; Django compares cookie and header, and keeps no list.
        self.cookies = {server.cookie("csrftoken"): secrets.token_hex(16)} | (cookies or {})
        self._server = server
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Answer:
        return self.request("POST", path, data=data or {}, **options)

    def request(
        self,
        method: str,
        path: str,
        *,
        data: dict[str, Any] | None = None,
        json: Any = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        htmx: bool = False,
        csrf: bool = True,
    ) -> Answer:
        sent = {
            "Host": self._server.host,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if self._server.is_secure:
            sent["X-Forwarded-Proto"] = "https"
        if data is not None:
            body, sent["Content-Type"] = urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
        elif json is not None:
            body, sent["Content-Type"] = jsonlib.dumps(json).encode(), "application/json"
        if htmx:
            sent["HX-Request"] = "true"
        if csrf and method != "GET":
            sent["X-CSRFToken"] = self.cookies[self._server.cookie("csrftoken")]
            sent["Origin"] = self._server.site_url
        sent |= headers or {}
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        try:
            self._connection.request(method, path, body, sent)
            response = self._connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except BaseException:
            self.close()
            raise
        self._keep_cookies(answer.headers)
        return answer

    def _keep_cookies(self, headers: http.client.HTTPMessage) -> None:
        for line in headers.get_all("Set-Cookie", []):
            name, _, value = line.split(";", 1)[0].partition("=")
            if value.strip('"'):
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None


def together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of `calls`, which start at the same moment, each in a thread of its own. Raises the first error."""
    from django.db import connections

    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)
    errors: list[BaseException] = []

    def run(index: int, call: Callable[[], T]) -> None:
        barrier.wait()
        try:
            results[index] = call()
        except BaseException as error:  # told to the caller below
            errors.append(error)
        finally:
            connections.close_all()  # of this thread; PostgreSQL lets a hundred in

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


# --- The server -------------------------------------------------------------------------------------------------------
@dataclass
class Server:
    database_url: str
    folder: Path
    workers: int
    threads: int
    env: dict[str, str]
    wsgi: str = "tests.server_wsgi"
    port: int = field(default_factory=lambda: _free_port())
    warm: Warm | None = None
    _process: subprocess.Popen[bytes] | Forked | None = None

    @property
    def site_url(self) -> str:
        return self.env.get("SITE_URL") or f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where it really listens; for browsers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return urlsplit(self.site_url).netloc

    @property
    def is_secure(self) -> bool:
        return self.site_url.startswith("https://")

    def cookie(self, name: str) -> str:
        return f"__Host-{name}" if self.is_secure else name

    @property
    def environment(self) -> dict[str, str]:
        return (
            os.environ | {"DATABASE_URL": self.database_url, "SITE_URL": self.site_url, "TEST_DATABASE": ""} | self.env
        )

    @property
    def log_file(self) -> Path:
        return self.folder / "server.log"

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def start(self) -> None:
        """Returns when /healthz/ answers 200. Raises RuntimeError with the log when it does not."""
        how = [self.wsgi, "--workers", str(self.workers), "--threads", str(self.threads)]
        how += ["--bind", f"127.0.0.1:{self.port}"]
        if self.warm and self.warm.is_fit(self.environment):
            self._process = self.warm.serve(how, environ=self.environment, log=self.log_file)
        else:
            with self.log_file.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "gunicorn", *how],
                    cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while not self._is_healthy():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the server did not start:\n{self.log[-5000:]}")
            time.sleep(0.02)

    def _is_healthy(self) -> bool:
        try:
            return Client(self).get("/healthz/", headers={"Connection": "close"}).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self, *, kill: bool = False) -> None:
        """By SIGTERM, which lets requests end; with `kill` all processes die at once, as when the power fails."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if kill:
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    @property
    def pid(self) -> int:
        """Of gunicorn's master."""
        assert self._process
        return self._process.pid

    def worker_pids(self) -> list[int]:
        return [child.pid for child in psutil.Process(self.pid).children()]

    def kill_worker(self) -> None:
        """kill -9 of one process that serves; gunicorn starts another."""
        with contextlib.suppress(ProcessLookupError, IndexError):
            os.kill(random.choice(self.worker_pids()), signal.SIGKILL)

    def client(self, user: Any = None) -> Client:
        """A client, signed in as `user` by a session made in the database (the ORM must be at this server's)."""
        return Client(self, self.sign_in(user) if user else None)

    def sign_in(self, user: Any) -> dict[str, str]:
        """The cookies of a new session of `user`."""
        from importlib import import_module

        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

        from tests import factories

        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = user._meta.pk.value_to_string(user)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        factories.signed_in(user, session.session_key)
        return {self.cookie("sessionid"): session.session_key}

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run one statement in this server's database (the ORM must be at it)."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql, params)

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a `manage.py` command against this server's database."""
        return _manage(self.environment, *arguments, check=check)


def _manage(
    environ: dict[str, str], *arguments: str, check: bool = True, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done


@contextlib.contextmanager
def another_server(beside: Server, **options: Any) -> Iterator[Server]:
    """A second server on the database of one that runs; `workers`, `threads`, `env` as there unless named."""
    with tempfile.TemporaryDirectory(prefix="lanyard-server-") as name:
        server = dataclasses.replace(beside, folder=Path(name), port=_free_port(), _process=None, **options)
        try:
            server.start()
            yield server
        finally:
            server.stop(kill=True)


@contextlib.contextmanager
def running_server(
    *,
    database: str | None = None,
    workers: int = 2,
    threads: int = 8,
    env: dict[str, str] | None = None,
    hook: str = "",
    warm: Warm | None = None,
) -> Iterator[Server]:
    """A server that answers, on a fresh database, with the ORM of this process at it; all gone at the end.

    `database` is "sqlite" or "postgres", by default the one that the ORM uses now. With `warm` it is forked from that
    process where it can be, and listens on its port. Eight threads are twice what the site has in earnest, so that more
    meet in a race.
    """
    if database is None:
        from django.db import connection

        database = "postgres" if connection.vendor == "postgresql" else "sqlite"
    with tempfile.TemporaryDirectory(prefix="lanyard-server-") as name, fresh_database(database, Path(name)) as url:
        extra = (env or {}) | ({"TEST_SERVER_HOOK": hook} if hook else {})
        server = Server(database_url=url, folder=Path(name), workers=workers, threads=threads, env=extra, warm=warm)
        if warm:
            server.port = warm.port
        collect_static()
        with orm_at(url):
            try:
                server.start()
                yield server
            finally:
                server.stop(kill=True)


# --- The database -----------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a migrated database of its own, `kind` being "sqlite" or "postgres"."""
    if kind == "sqlite":
        path = folder / f"lanyard_{secrets.token_hex(6)}.sqlite3"
        shutil.copy(sqlite_template(), path)
        yield f"sqlite:///{path}"
        return
    with empty_postgres(template=postgres_template()) as url:
        yield url


@contextlib.contextmanager
def empty_postgres(*, template: str = "template1") -> Iterator[str]:
    name = f"lanyard_{secrets.token_hex(6)}"
    # Whose files are copied as they are, and not written to the log block by block.
    _postgres(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield _postgres_url(name)
    finally:
        _postgres(f'DROP DATABASE "{name}" WITH (FORCE)')


def sqlite_template() -> Path:
    """Migrated once for each state of the migrations, and kept."""
    path = ROOT / "data" / f"template-{_digest()}.sqlite3"
    with _locked("sqlite"):
        if not path.exists():
            for old in path.parent.glob("template-*"):
                old.unlink()
            unfinished = path.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            _prepare(f"sqlite:///{unfinished}")
            # Out of the write-ahead log, so that the one file is all.
            import sqlite3

            with contextlib.closing(sqlite3.connect(unfinished)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            unfinished.rename(path)
    return path


def postgres_template() -> str:
    name = f"lanyard_template_{_digest()}"
    with _locked("postgres"):
        if not _postgres("SELECT 1 FROM pg_database WHERE datname = %s", name):
            _postgres(f'DROP DATABASE IF EXISTS "{name}_unfinished"')
            _postgres(f'CREATE DATABASE "{name}_unfinished"')
            _prepare(_postgres_url(f"{name}_unfinished"))
            _postgres(f'ALTER DATABASE "{name}_unfinished" RENAME TO "{name}"')
    return name


def _prepare(url: str) -> None:
    environ = os.environ | {"DATABASE_URL": url}
    _manage(environ, "migrate", "--verbosity=0")
    _manage(environ, "createcachetable")


@functools.cache
def _digest() -> str:
    """Of all that decides the schema: the migrations, the triggers made after them, and the versions of the packages
    that bring their own.
    """
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    triggers = [ROOT / "registration" / name for name in ("attendee/search_index.py", "checkin/list_changes.py")]
    for path in [*sorted(ROOT.glob("*/migrations/*.py")), *triggers]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _postgres(sql: str, *params: str) -> list[Any]:
    import psycopg

    with psycopg.connect(environment.postgres(), autocommit=True) as connection:
        cursor = connection.execute(sql, params or None)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def _postgres_url(name: str) -> str:
    return urlsplit(environment.postgres())._replace(path=f"/{name}").geturl()


@contextlib.contextmanager
def orm_at(url: str, *, is_durable: bool = True) -> Iterator[None]:
    """Let the ORM of this process, all threads of it, use the database at `url`. What it writes there survives the power
    failing, as in real life, if `is_durable`.
    """
    from django.db import connections

    from config.database import from_url

    configured = from_url(url)
    # A pool would keep connections after the end, and would be the pool of the database that is usually the default.
    configured["OPTIONS"].pop("pool", None)
    if not is_durable and "init_command" in configured["OPTIONS"]:
        configured["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
    usual = connections.settings["default"]
    connection = getattr(connections._connections, "default", None)
    connections.settings = {"default": connections.configure_settings({"default": configured})["default"]}
    with contextlib.suppress(AttributeError):
        del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings = {"default": usual}
        del connections["default"]
        if connection is not None:
            connections["default"] = connection


# --- Static files -----------------------------------------------------------------------------------------------------
@functools.cache
def collect_static() -> None:
    """As `make run` does, and in a process of its own, with the storage of a real site: its pages name hashed files."""
    from config.collect import is_collected

    with _locked("static"):
        if not is_collected():
            code = "import django; django.setup(); from config.collect import collect_if_changed; collect_if_changed()"
            environ = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, check=True)


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    """Among the processes of pytest-xdist."""
    (ROOT / "data").mkdir(exist_ok=True)
    with (ROOT / "data" / f".{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
