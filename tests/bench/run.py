"""`make bench`: the real server, measured, beside a bare Django view in the same run. BENCH=quick: scans alone."""

from __future__ import annotations

import argparse
import os

from tests.bench import scans
from tests.bench.crowd import Crowd, make_crowd
from tests.bench.scans import Figure, Side
from tests.server import Server, another_server, running_server


def main() -> None:
    is_quick = os.environ.get("BENCH") == "quick"
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--database", nargs="+", default=["postgres"] if is_quick else ["sqlite", "postgres"])
    parser.add_argument("--people", nargs="+", type=int, default=[10_000] if is_quick else [10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="one side of the comparison: lanyard, or bare")
    options = parser.parse_args()
    for database in options.database:
        for people in options.people:
            with running_server(database=database, workers=2) as server:
                crowd = make_crowd(people)
                print(f"\n{database}, {people:,} people")
                print_scans(measure_scans(server, crowd, rounds=options.rounds, only=options.only))


def measure_scans(server: Server, crowd: Crowd, *, rounds: int, only: str | None) -> list[Figure]:
    slug, cookies = crowd.conference.slug, server.sign_in(crowd.staff)
    with another_server(server, env={"TEST_SERVER_HOOK": "tests.bench.bare:install"}) as bare:
        sides = [
            Side("lanyard", server, f"/staff/{slug}/checkin/scan/", crowd.main.pk, iter(crowd.codes), cookies),
            Side("bare", bare, "/scan/", crowd.bare.pk, iter(crowd.codes)),
        ]
        return scans.measure(sides=[side for side in sides if only in {None, side.name}], rounds=rounds)


def print_scans(figures: list[Figure]) -> None:
    print(f"{'':12}{'clients':>8}{'scans/s':>9}{'p50 ms':>8}{'p95':>8}{'p99':>8}{'CPU ms':>8}{'ratio':>7}")
    bare = {figure.clients: figure.per_second for figure in figures if figure.name == "bare"}
    for one in figures:
        print(
            f"{one.name:12}{one.clients:8}{one.per_second:9.0f}{one.p50:8.1f}{one.p95:8.1f}{one.p99:8.1f}{one.cpu:8.2f}"
            + (f"{one.per_second / bare[one.clients]:7.2f}" if bare else "")
        )
