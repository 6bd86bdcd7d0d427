"""A backup made while people are let in is one moment of the site, and a restored site works (P3)."""

import math
import os
import shutil
import stat
import subprocess
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from registration.attendee.models import Attendee
from registration.checkin.models import Scan
from tests import environment
from tests.bench.crowd import make_crowd
from tests.server import another_server, empty_postgres, orm_at

Rows = dict[Any, dict[str, Any]]


@dataclass(frozen=True)
class Sent:
    """A scan that let somebody in, when it was sent and when it was answered."""

    code: str
    sent: float
    answered: float


@pytest.mark.both_databases
def test_backup_is_one_moment_and_restores(start_server, tmp_path, monkeypatch):
    # Programs of the same version as the test's PostgreSQL.
    monkeypatch.setenv("PATH", f"{environment.postgres_programs()}{os.pathsep}{os.environ['PATH']}")
    server = start_server(workers=2)
    crowd = make_crowd(600)
    clients = [server.client(crowd.staff) for _ in range(4)]
    before, sent = content(), list[Sent]()
    codes, is_copied = iter(crowd.codes[:-1]), threading.Event()
    threads = [threading.Thread(target=let_in, args=(client, crowd, codes, is_copied, sent)) for client in clients]
    for thread in threads:
        thread.start()
    begun = time.monotonic()
    backup = tmp_path / "lanyard.backup"
    server.manage("backup", str(backup))
    is_copied.set()
    for thread in threads:
        thread.join()
    after = content()

    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with restored(backup, tmp_path) as url, another_server(server, database_url=url) as site, orm_at(url):
        inside = set(Scan.objects.live_admissions().values_list("code", flat=True))
        assert_is_one_moment(inside, sent, begun)
        assert content() == content_when_in(inside, before, after)
        waiting = Attendee.objects.filter(checked_in_at=None)[0]
        assert scan(site.client(crowd.staff), crowd, waiting.access_code) == (200, True)
        old = site.client()
        old.cookies |= clients[0].cookies
        assert old.get(f"/staff/{crowd.conference.slug}/checkin/").status == 302  # nobody is signed in any more


def assert_is_one_moment(inside: set[str], sent: list[Sent], begun: float) -> None:
    """All that was answered before the backup began is in it, and with a scan all that was answered before it was sent."""
    assert {each.code for each in sent if each.answered < begun} <= inside
    last = max((each.sent for each in sent if each.code in inside), default=-math.inf)
    assert last < min((each.answered for each in sent if each.code not in inside), default=math.inf)


def content() -> dict[str, Rows]:
    """Every row of every table; a backup leaves sessions out."""
    models = [model for model in apps.get_models() if model._meta.label_lower != "sessions.session"]
    return {
        model._meta.label: {row[model._meta.pk.attname]: row for row in model._base_manager.values()}
        for model in models
    }


def content_when_in(inside: set[str], before: dict[str, Rows], after: dict[str, Rows]) -> dict[str, Rows]:
    """Every row as it was when these codes had been let in and no others; a scan is all that changed anything."""
    codes = {pk: seat["access_code"] for pk, seat in after["registration.Attendee"].items()}

    def is_done(label: str, row: dict[str, Any]) -> bool:
        if label == "registration.ListChange":
            return codes[row["attendee_id"]] in inside
        return row["code" if label == "registration.Scan" else "access_code"] in inside

    return {
        label: before[label]
        | {pk: row for pk, row in rows.items() if before[label].get(pk) != row and is_done(label, row)}
        for label, rows in after.items()
    }


def scan(client, crowd, code):
    form = {"code": code, "scan_id": uuid.uuid4(), "checkpoint": crowd.main.pk}
    answer = client.post(f"/staff/{crowd.conference.slug}/checkin/scan/", form, htmx=True)
    return answer.status, 'data-verdict="admitted"' in answer.text


def let_in(client, crowd, codes, is_copied, sent):
    for code in codes:
        begun = time.monotonic()
        assert scan(client, crowd, code) == (200, True)
        sent.append(Sent(code, begun, time.monotonic()))
        if is_copied.is_set():
            return


@contextmanager
def restored(backup, folder):
    """As README.md says."""
    if connection.vendor == "sqlite":
        shutil.copy(backup, folder / "restored.sqlite3")
        yield f"sqlite:///{folder / 'restored.sqlite3'}"
        return
    with empty_postgres() as url:
        command = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--dbname", url, str(backup)]
        subprocess.run(command, check=True, capture_output=True)
        yield url


@pytest.mark.django_db
def test_backup_refuses_a_file_that_exists_and_a_place_that_does_not(tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("precious")

    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(taken))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", str(tmp_path / "nowhere" / "file"))
    assert taken.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [taken]
