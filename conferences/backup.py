"""A copy of the whole database as it was at one moment, made while the site runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from django.db import connection

_SESSIONS = "django_session"


class BackupError(Exception):
    """With a message for whoever runs the command."""


def back_up(path: Path) -> None:
    """Write the database to `path`, which must not exist, readable by this account alone. Sessions are left out: nobody
    is signed in on a restored site. Raises BackupError, and leaves no file then.
    """
    if path.exists():
        raise BackupError(f"{path} exists already. Name another file.")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        unfinished.touch(mode=0o600)
        if connection.vendor == "sqlite":
            _copy_sqlite(unfinished)
        else:
            _dump_postgres(unfinished)
        unfinished.rename(path)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _copy_sqlite(path: Path) -> None:
    source = sqlite3.connect(connection.settings_dict["NAME"], timeout=20)
    with contextlib.closing(source), contextlib.closing(sqlite3.connect(path)) as copy:
        source.backup(copy)  # all pages in one step: one moment, and writers go on in the write-ahead log
        copy.execute("PRAGMA journal_mode=DELETE")  # the file alone is all of it
        copy.execute("PRAGMA secure_delete=ON")
        copy.execute(f"DELETE FROM {_SESSIONS}")  # noqa: S608 -- our own constant
        copy.commit()
        if (found := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise BackupError(f"The copy is not sound: {found}")


def _dump_postgres(path: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupError("pg_dump was not found. Install the client programs of PostgreSQL.")
    params = connection.get_connection_params()
    values = {"PGDATABASE": "dbname", "PGUSER": "user", "PGPASSWORD": "password", "PGHOST": "host", "PGPORT": "port"}
    environ = os.environ | {name: str(params[key]) for name, key in values.items() if params.get(key)}
    command = [program, "--format=custom", "--no-owner", f"--exclude-table-data={_SESSIONS}", f"--file={path}"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
    if done.returncode:
        raise BackupError(f"pg_dump failed: {done.stderr.strip()}")
