"""What `make run` promises to whoever has just got the site, in a copy of it: it answers, has the demo in it, and starting it
again keeps everything.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.post import free_port
from tests.server import ROOT

KEPT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "data", "staticfiles", ".env", "tests", "__pycache__", "docs", ".*_cache"
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As it comes, with a `.env` as the Makefile makes it."""
    folder = tmp_path_factory.mktemp("fresh") / "lanyard"
    shutil.copytree(ROOT, folder, ignore=KEPT_OUT)
    command = ["make", "--silent", ".env", f"BIN={Path(sys.executable).parent}", f"PORT={free_port()}"]
    subprocess.run(command, cwd=folder, env={"PATH": os.environ["PATH"]}, check=True)
    return folder


@contextlib.contextmanager
def started(folder: Path) -> Iterator[tuple[str, str]]:
    """The site's address and what was said, while it runs."""
    said = folder / "said.log"
    with said.open("wb") as out:
        # Nothing of the surroundings of this test.
        process = subprocess.Popen(
            [sys.executable, "manage.py", "start"], cwd=folder, env={"PATH": os.environ["PATH"]}, stdout=out,
            stderr=out, start_new_session=True,
        )  # fmt: skip
    url = re.search(r"SITE_URL=(\S+)", (folder / ".env").read_text())[1]
    try:
        deadline = time.monotonic() + 120
        while not answers(f"{url}/healthz/"):
            assert process.poll() is None and time.monotonic() < deadline, said.read_text()[-3000:]
            time.sleep(0.1)
        yield url, said.read_text()
    finally:
        os.killpg(process.pid, signal.SIGINT)  # Ctrl-C
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def counts(folder: Path) -> dict[str, int]:
    with contextlib.closing(sqlite3.connect(folder / "data" / "lanyard.sqlite3")) as database:
        names = [
            "registration_user",
            "registration_attendee",
            "registration_order",
            "registration_scan",
            "django_migrations",
        ]
        return {name: database.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in names}


@pytest.mark.hostile  # half of it is compressing static files; tests/conferences/test_start.py has the parts
def test_fresh_copy_answers_and_a_second_start_keeps_everything(copy):
    env = copy / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    key = env.read_text()
    assert len(re.search(r"SECRET_KEY=(\S+)", key)[1]) >= 50

    with started(copy) as (url, said):
        with urllib.request.urlopen(url) as home:
            page = home.read().decode()
        [style] = re.findall(r'href="(/static/css/lanyard\.\w+\.css)"', page)
        assert answers(f"{url}{style}")
        assert f"Lanyard answers at {url}" in said
        assert {f"{name}.1 started" in said for name in ("web", "worker")} == {True}
        assert len(re.findall(r"\S+@demo\.example\.org", said)) >= 5  # a login of each role
    first = counts(copy)
    assert all(first.values()), first
    with sqlite3.connect(copy / "data" / "lanyard.sqlite3") as database:
        database.execute(
            "UPDATE registration_attendee SET name = 'Kept' WHERE id = (SELECT MIN(id) FROM registration_attendee)"
        )

    begun = time.monotonic()
    with started(copy) as (_url, _said):
        again = time.monotonic() - begun
    assert again < 30, "it did everything anew"  # 5 s on a machine that does nothing else
    assert counts(copy) == first
    assert env.read_text() == key
    with contextlib.closing(sqlite3.connect(copy / "data" / "lanyard.sqlite3")) as database:
        kept = database.execute("SELECT COUNT(*) FROM registration_attendee WHERE name = 'Kept'").fetchone()
    assert kept == (1,)
