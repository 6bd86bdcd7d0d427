"""The figures as text: on the screen, and between two marks in docs/benchmarks.md."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import timeit
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.bench.scans import Figure
from tests.bench.tablet import Line
from tests.server import ROOT

_PAGE = ROOT / "docs" / "benchmarks.md"
_SERVER, _TABLET = "figures", "figures of the tablet"


@dataclass
class Run:
    """One database with one number of people."""

    database: str
    people: int
    scans: list[Figure] = field(default_factory=list)
    other: list[tuple[str, str]] = field(default_factory=list)

    def as_markdown(self) -> str:
        lines = [
            f"### {self.database}, {self.people:,} people",
            "",
            "| scans | clients | a second | p50 ms | p95 ms | p99 ms | CPU ms | ratio |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        bare = {figure.clients: figure.per_second for figure in self.scans if figure.name == "bare"}
        lines += [
            f"| {one.name} | {one.clients} | {one.per_second:.0f} | {one.p50:.1f} | {one.p95:.1f} | {one.p99:.1f} "
            f"| {one.cpu:.2f} | {f'{one.per_second / bare[one.clients]:.2f}' if bare else ''} |"
            for one in self.scans
        ]
        if self.other:
            lines += [
                "",
                "| what else | figure |",
                "| --- | --- |",
                *(f"| {what} | {figure} |" for what, figure in self.other),
            ]
        return "\n".join(lines)


def machine() -> str:
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = psutil.virtual_memory().total / 1024**3
    packages = ", ".join(f"{name} {version(name)}" for name in ("Django", "gunicorn", "psycopg"))
    return (
        f"Measured on {dt.date.today():%Y-%m-%d}: {os.cpu_count()} cores ({model or platform.machine()}), {memory:.0f} GB, "  # noqa: DTZ011
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, {packages}, "
        f"SQLite {_sqlite()}, PostgreSQL {_postgres()}. Load of the machine before the run: {os.getloadavg()[0]:.1f}. "
        f"Ten million additions in Python took {_additions():.1f} s."
    )


def _additions() -> float:
    """The same machine may be twice as fast on one day as on another: what a run says is read beside this."""
    return min(timeit.repeat("n += 1", "n = 0", number=10_000_000, repeat=3))


def write(runs: list[Run], about: str) -> None:
    _put(_SERVER, "\n\n".join([about, *(run.as_markdown() for run in runs)]))


def write_tablet(lines: Sequence[Line], about: str) -> str:
    rows = [f"| {line.what} | {line.figure} | {line.target} |" for line in lines]
    table = "\n".join(["| a tablet | figure | to be kept |", "| --- | --- | --- |", *rows])
    _put(_TABLET, f"{about}\n\n{table}")
    return table


def _put(name: str, text: str) -> None:
    """Between the two marks of this name."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    page, times = pattern.subn(lambda _match: f"{begin}\n{text}\n{end}", _PAGE.read_text())
    assert times == 1, f"{_PAGE} has no place for the {name}"
    _PAGE.write_text(page)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def _sqlite() -> str:
    import sqlite3

    return sqlite3.sqlite_version


def _postgres() -> str:
    import psycopg

    from tests import environment

    with psycopg.connect(environment.postgres()) as connection:
        return str(connection.execute("SHOW server_version").fetchone()[0])
