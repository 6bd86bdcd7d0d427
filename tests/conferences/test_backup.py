"""A backup made while people are let in is one moment of the site, and a restored site works (P3, reduced)."""

import os
import shutil
import stat
import subprocess
import threading
import uuid
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from registration.attendee.models import Attendee
from registration.checkin.models import Scan
from tests import environment
from tests.bench.crowd import make_crowd
from tests.server import another_server, empty_postgres, orm_at


@pytest.mark.both_databases
def test_backup_is_one_moment_and_restores(start_server, tmp_path, monkeypatch):
    # Programs of the same version as the test's PostgreSQL.
    monkeypatch.setenv("PATH", f"{environment.postgres_programs()}{os.pathsep}{os.environ['PATH']}")
    server = start_server(workers=2)
    crowd = make_crowd(600)
    clients = [server.client(crowd.staff) for _ in range(4)]
    codes, is_copied = iter(crowd.codes[:-1]), threading.Event()
    threads = [threading.Thread(target=let_in, args=(client, crowd, codes, is_copied)) for client in clients]
    for thread in threads:
        thread.start()
    backup = tmp_path / "lanyard.backup"
    server.manage("backup", str(backup))
    is_copied.set()
    for thread in threads:
        thread.join()
    let_in_since = Scan.objects.count()

    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with restored(backup, tmp_path) as url, another_server(server, database_url=url) as site, orm_at(url):
        admitted = Scan.objects.live_admissions().count()
        assert admitted == Attendee.objects.checked_in().count() <= let_in_since
        assert Attendee.objects.count() == 600
        waiting = Attendee.objects.filter(checked_in_at=None)[0]
        assert scan(site.client(crowd.staff), crowd, waiting.access_code) == (200, True)
        old = site.client()
        old.cookies |= clients[0].cookies
        assert old.get(f"/staff/{crowd.conference.slug}/checkin/").status == 302  # nobody is signed in any more


def scan(client, crowd, code):
    form = {"code": code, "scan_id": uuid.uuid4(), "checkpoint": crowd.main.pk}
    answer = client.post(f"/staff/{crowd.conference.slug}/checkin/scan/", form, htmx=True)
    return answer.status, 'data-verdict="admitted"' in answer.text


def let_in(client, crowd, codes, is_copied):
    for code in codes:
        assert scan(client, crowd, code) == (200, True)
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
