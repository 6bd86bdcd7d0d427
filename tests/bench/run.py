"""`make bench`: the real server, measured, beside a bare Django view in the same run, written to docs/benchmarks.md.
BENCH=quick prints scans alone, on PostgreSQL with 10,000 people; BENCH=badges prints badges alone; BENCH=tablet measures a
tablet's browser alone.
"""

from __future__ import annotations

import argparse
import os

from tests.bench import badges, orders, pages, report, scans, tablet
from tests.bench.crowd import Crowd, make_crowd
from tests.bench.report import Run
from tests.bench.scans import Figure, Side
from tests.bench.visits import Visitor
from tests.server import Server, another_server, running_server

# They depend on nothing but their number, and by files of one take two minutes.
BADGES_WITH = 10_000


def main() -> None:
    bench = os.environ.get("BENCH", "")
    if bench == "tablet":
        measure_tablet()
    elif bench == "badges":
        with running_server(database="sqlite", workers=1) as server:
            print(*note_badges(server, make_crowd(1000)), sep=": ", flush=True)
    else:
        measure_server(is_quick=bench == "quick")
    if not bench:
        measure_tablet()


def measure_tablet() -> None:
    about = report.machine()
    lines = tablet.measure(people=int(os.environ.get("BENCH_PEOPLE", "100000")))
    print(f"\n{report.write_tablet(lines, about)}", flush=True)


def measure_server(*, is_quick: bool) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--database", nargs="+", default=["postgres"] if is_quick else ["sqlite", "postgres"])
    parser.add_argument("--people", nargs="+", type=int, default=[10_000] if is_quick else [10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="one side of the comparison: lanyard, or bare")
    options = parser.parse_args()
    about, runs = report.machine(), []
    for database in options.database:
        for people in options.people:
            with running_server(database=database, workers=2, threads=4) as server:
                crowd = make_crowd(people)
                run = Run({"sqlite": "SQLite", "postgres": "PostgreSQL"}[database], people)
                run.scans = measure_scans(server, crowd, rounds=options.rounds, only=options.only)
                if not is_quick:
                    measure_the_rest(run, server, crowd)
                    measure_sales(run, server, [make_crowd(100), crowd])
                print(f"\n{run.as_markdown()}", flush=True)
                runs.append(run)
    if not is_quick:
        report.write(runs, about)


def measure_scans(server: Server, crowd: Crowd, *, rounds: int, only: str | None) -> list[Figure]:
    path, cookies = f"/staff/{crowd.conference.slug}/checkin/scan/", server.sign_in(crowd.staff)
    with another_server(server, env={"TEST_SERVER_HOOK": "tests.bench.bare:install"}) as bare:
        sides = [
            Side("lanyard", server, path, crowd.main.pk, iter(crowd.codes), Visitor(server, cookies)),
            Side("bare", bare, "/scan/", crowd.bare.pk, iter(crowd.codes), Visitor(bare, {})),
        ]
        return scans.measure(sides=[side for side in sides if only in {None, side.name}], rounds=rounds)


def measure_sales(run: Run, server: Server, crowds: list[Crowd]) -> None:
    """What a sale costs must not grow with what was sold before: small and large by turns, and in turned order."""
    shops = [orders.Shop(crowd.conference) for crowd in crowds]
    for shop in (*shops, *reversed(shops), *shops):
        shop.sell_free(server, people=300, clients=16)
        shop.sell_orders(server, people=200, clients=16)
    for crowd, shop in zip(crowds, shops, strict=True):
        sold = f"through the pages, 16 clients, with {len(crowd.codes):,} sold before"
        run.other.append((f"free registrations {sold}", f"{orders.rate(shop.free):.0f} a second"))
        what = f"orders of two seats with a voucher and an add-on {sold}"
        run.other.append((what, f"{orders.rate(shop.orders):.0f} a second"))
    rush = orders.measure_rush(server, buyers=500, places=100, clients=16)
    figure = f"{rush.sold} sold, {rush.refused} refused, in {rush.seconds:.1f} s"
    run.other.append((f"{rush.sold + rush.refused} buyers for {rush.places} places", figure))


def note_badges(server: Server, crowd: Crowd) -> tuple[str, str]:
    together, single = badges.measure_badges(server, crowd)
    return "1,000 badges in one file, and by files of one", f"{together:.1f} s (to be under 10), {single:.0f} s"


def measure_the_rest(run: Run, server: Server, crowd: Crowd) -> None:
    def note(what: str, figure: str) -> None:
        run.other.append((what, figure))

    note("queries of a scan", str(pages.queries_of_a_scan(crowd, crowd.codes[-1000])))
    search = pages.measure_search(server, crowd, times=300)
    note("search, p50 and p95", f"{search.percentile(50):.0f} and {search.percentile(95):.0f} ms")
    dashboard = pages.measure_dashboard(server, crowd, times=100)
    note("dashboard, p50 and p95", f"{dashboard.percentile(50):.0f} and {dashboard.percentile(95):.0f} ms")
    whole, size, changes = pages.measure_list(server, crowd)
    note("the list a tablet keeps, all of it", f"{whole:.2f} s, {size:.1f} MB compressed")
    note("its change after a scan, p50 and p95", f"{changes.percentile(50):.0f} and {changes.percentile(95):.0f} ms")
    note("memory of a worker after the lists", f"{pages.memory_of_a_worker(server):.0f} MB")
    per_second, race = pages.measure_registration(server, people=400, clients=16)
    note("free registrations through the pages, 16 clients", f"{per_second:.0f} a second")
    note(
        f"{race['sold'] + race['refused']} people for {race['places']} places",
        f"{race['sold']} sold, {race['refused']} refused, {race['lost']} lost, {race['oversold']} oversold",
    )
    note("memory of a worker after all this", f"{pages.memory_of_a_worker(server):.0f} MB")
    if run.people == BADGES_WITH:
        note(*note_badges(server, crowd))
    rate, memory = pages.measure_import(server, rows=10_000)
    note("roster import, 10,000 rows", f"{rate:.0f} rows a second, {memory:.0f} MB")
    note("cold start, command to first answer", f"{pages.measure_start(server):.1f} s")
