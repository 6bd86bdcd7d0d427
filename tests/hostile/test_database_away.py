"""A database that is away for a moment: whoever meets it first, the tablet is told "not saved", and nothing is lost."""

from __future__ import annotations

import contextlib
import re
import select
import shutil
import socket
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.urls import reverse

from conferences.models import Role
from registration.checkin.models import Checkpoint, Scan
from tests import factories
from tests.server import Answer, Client, Server

IMPATIENT = "tests.hooks:impatient"


class Wire:
    """A way to PostgreSQL that can be cut: a socket in a folder of its own, passing bytes on to the real one."""

    def __init__(self, folder: Path, real: str) -> None:
        self.path, self.real = folder / ".s.PGSQL.5432", real
        self.is_up = True
        self.open: list[socket.socket] = []
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(self.path))
        self.door.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self.door.accept()
                if not self.is_up:
                    near.close()
                    continue
                far = socket.socket(socket.AF_UNIX)
                far.connect(self.real)
                self.open += [near, far]
                threading.Thread(target=self.carry, args=(near, far), daemon=True).start()

    def carry(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                for one in select.select([near, far], [], [])[0]:
                    data = one.recv(65536)
                    if not data:
                        raise OSError
                    (far if one is near else near).sendall(data)
        near.close()
        far.close()

    def cut(self) -> None:
        self.is_up = False
        for end in self.open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.open.clear()

    def mend(self) -> None:
        self.is_up = True


class Away:
    """Takes the database of a server away, for everything or for writers alone, and brings it back."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.wire: Wire | None = None
        if connection.vendor == "postgresql":
            settings = connection.get_connection_params()
            self.wire = Wire(server.folder, f"{settings['host']}/.s.PGSQL.{settings.get('port') or 5432}")
            server.env["DATABASE_URL"] = re.sub(r"host=[^&]+", f"host={server.folder}", server.database_url)
            server.stop()
            server.start()

    @contextlib.contextmanager
    def for_all(self) -> Iterator[None]:
        if self.wire:
            self.wire.cut()
            yield
            self.wire.mend()
            return
        # A kept connection notices that its file is gone; a folder in its place cannot be opened.
        connection.close()
        path = Path(str(connection.settings_dict["NAME"]))
        parts = [part for part in path.parent.glob(f"{path.name}*") if part.is_file()]
        kept = path.parent / "kept"
        kept.mkdir()
        for part in parts:
            shutil.move(part, kept / part.name)
        path.mkdir()
        yield
        path.rmdir()
        for part in parts:
            shutil.move(kept / part.name, part)
        kept.rmdir()


@pytest.mark.both_databases
@pytest.mark.parametrize("debug", ["", "1"], ids=["", "DEBUG"])
def test_scan_without_a_database_is_not_saved_and_can_be_sent_again(start_server, debug):
    server = start_server(workers=1, hook=IMPATIENT, env={"DEBUG": debug})
    away = Away(server)
    conference = factories.conference()
    seat = factories.attendee(conference=conference)
    client = server.client(factories.staff(conference=conference, role=Role.DOOR).user)
    place = Checkpoint.objects.main(conference).pk
    path, base = reverse("checkin-scan", args=[conference.slug]), reverse("checkin", args=[conference.slug])
    fields = {"code": seat.access_code, "scan_id": str(uuid.uuid4()), "checkpoint": place}
    assert client.get(base).status == 200

    with away.for_all():
        failed = client.post(path, fields, htmx=True)
        plain = client.post(path, fields)
        others = [
            client.get(base).status,
            client.get(f"{base}search/?q=anna", htmx=True).status,
            client.post(f"{base}undo/", {"scan_id": fields["scan_id"], "reason": "x"}, htmx=True).status,
            server.client().get("/accounts/login/").status,
        ]

    assert (failed.status, failed.headers["Retry-After"]) == (503, "2")
    assert f'<section id="result" data-verdict="not_saved" data-scan-id="{fields["scan_id"]}"' in failed.text
    assert "<html" not in failed.text
    # Without JavaScript the same scan is sent again by a button on a whole page.
    assert plain.status == 503
    assert "<html" in plain.text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', plain.text))
    assert {name: hidden[name] for name in fields} == {name: str(value) for name, value in fields.items()}
    assert set(others) <= {200, 503}
    assert not re.search(r"Traceback|OperationalError|SELECT", failed.text + plain.text)

    connection.close()
    again = scan_until_back(client, path, fields)
    assert 'data-verdict="admitted"' in again.text
    assert [str(stored.pk) for stored in Scan.objects.all()] == [fields["scan_id"]]


def scan_until_back(client: Client, path: str, fields: dict[str, object]) -> Answer:
    """Connections of the pool that broke are thrown away one by one, each by a request that says so."""
    for _attempt in range(20):
        answer = client.post(path, fields, htmx=True)
        if answer.status != 503:
            return answer
        threading.Event().wait(0.2)
    raise AssertionError("the server did not find its database again")


def test_scan_behind_a_locked_sqlite_is_not_saved(start_server):
    server = start_server(database="sqlite", workers=1, hook=IMPATIENT)
    conference = factories.conference()
    seat = factories.attendee(conference=conference)
    client = server.client(factories.staff(conference=conference, role=Role.DOOR).user)
    place = Checkpoint.objects.main(conference).pk
    path = reverse("checkin-scan", args=[conference.slug])
    fields = {"code": seat.access_code, "scan_id": str(uuid.uuid4()), "checkpoint": place}

    with transaction.atomic():  # BEGIN IMMEDIATE: the one write lock is ours
        failed = client.post(path, fields, htmx=True)
    assert (failed.status, 'data-verdict="not_saved"' in failed.text) == (503, True)
    assert 'data-verdict="admitted"' in client.post(path, fields, htmx=True).text
