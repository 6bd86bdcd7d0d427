"""Scans per second, ours beside the bare view on the same rows, turn by turn, so that both meet the same machine."""

from __future__ import annotations

import statistics
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlencode

import psutil

from tests.bench import load
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
    cookies: dict[str, str] = field(default_factory=dict)


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


def scan_requests(side: Side, codes: Iterator[str]) -> Iterator[bytes]:
    """A scan of each code, as the tablet page sends it."""
    client = side.server.client()
    token = client.cookies[side.server.cookie("csrftoken")]
    cookies = "; ".join(f"{name}={value}" for name, value in (client.cookies | side.cookies).items())
    head = (
        f"POST {side.path} HTTP/1.1\r\nHost: {side.server.host}\r\nCookie: {cookies}\r\nX-CSRFToken: {token}\r\n"
        f"Origin: {side.server.site_url}\r\nHX-Request: true\r\nAccept-Language: en\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
    )
    for code in codes:
        form = {"code": code, "scan_id": str(uuid.uuid4()), "checkpoint": side.checkpoint}
        body = urlencode(form)
        yield f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


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
    requests = scan_requests(side, islice(side.codes, scans))
    result = load.run(port=side.server.port, clients=clients, requests=requests, expect=b'data-verdict="admitted"')
    assert not result.wrong, f"{side.name}: {len(result.wrong)} wrong answers, such as\n{result.wrong[0].decode()}"
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
