"""Scans per second, ours beside the bare view on the same rows, turn by turn, so that both meet the same machine."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import psutil

from tests.bench import load, visits
from tests.bench.visits import Visitor
from tests.server import Server

# How many scans a round has with how many clients; together fewer than the smallest crowd, in three rounds.
ROUNDS = {1: 300, 4: 800, 16: 1600}


@dataclass(frozen=True)
class Side:
    """One of those that are compared. `codes` are of people who are not in yet at its checkpoint."""

    name: str
    server: Server
    path: str
    checkpoint: int
    codes: Iterator[str]
    visitor: Visitor


@dataclass(frozen=True)
class Figure:
    """`cpu` is milliseconds of processor time of the web processes for a scan, without the database's."""

    name: str
    clients: int
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: float


def measure(*, sides: list[Side], rounds: int) -> list[Figure]:
    """Figures of each side for each number of clients, over `rounds`. Raises AssertionError when an answer was no
    admission.
    """
    figures = []
    for side in sides:  # caches, pools and prepared statements
        _round(side, clients=4, scans=200)
    for clients, scans in ROUNDS.items():
        results: dict[str, list[tuple[load.Result, float]]] = {side.name: [] for side in sides}
        for _number in range(rounds):
            for side in sides:
                results[side.name].append(_round(side, clients=clients, scans=scans))
        figures += [_figure(name, clients, of_side) for name, of_side in results.items()]
    return figures


def _round(side: Side, *, clients: int, scans: int) -> tuple[load.Result, float]:
    before = _cpu(side.server)
    codes = islice(side.codes, scans)
    each = visits.scans(side.visitor, path=side.path, checkpoint=side.checkpoint, codes=codes)
    result = load.run(port=side.server.port, clients=clients, visits=each)
    assert len(result.latencies) == scans, "the crowd is too small for so many scans"
    return result, _cpu(side.server) - before


def _figure(name: str, clients: int, results: list[tuple[load.Result, float]]) -> Figure:
    together = load.Result(latencies=[latency for result, _cpu in results for latency in result.latencies])
    return Figure(
        name=name,
        clients=clients,
        per_second=statistics.median(result.per_second for result, _cpu in results),
        p50=together.percentile(50),
        p95=together.percentile(95),
        p99=together.percentile(99),
        cpu=sum(cpu for _result, cpu in results) / len(together.latencies) * 1000,
    )


def _cpu(server: Server) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in server.worker_pids()]
    return sum(spent.user + spent.system for spent in times)
