"""B4 of the hostile cases: bodies that are too large or never end are refused at once, and leave no memory behind. What
they cost is compared with ordinary requests to the same server.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from tests.hostile.test_checkin_races import FULL
from tests.server import Server

LOGIN = "/accounts/login/"
MB = 1_000_000


class Watch:
    """The most memory (MB) that one of the processes that serve had, looked at all the time."""

    def __init__(self, server: Server) -> None:
        self._processes = [psutil.Process(pid) for pid in server.worker_pids()]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most = self.now()

    def now(self) -> float:
        return max(process.memory_info().rss for process in self._processes) / MB

    def _look(self) -> None:
        while not self._ended.wait(0.01):
            self.most = max(self.most, self.now())

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()


def send(server: Server, head: str, chunk: bytes, *, upto: int) -> tuple[int, int]:
    """The status, and how much of the body (bytes) the server let us send, which is at most `upto`."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(f"POST {LOGIN} HTTP/1.1\r\nHost: {server.host}\r\n{head}\r\n\r\n".encode())
        sent, answered = 0, b""
        try:
            while sent < upto and not answered:
                connection.sendall(chunk)
                sent += len(chunk)
                connection.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    answered = connection.recv(12)
                connection.settimeout(30)
            answered = answered or connection.recv(12)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hung up while we were sending
    return int(answered[9:12] or 0), sent


def large_upload(server: Server) -> tuple[int, int]:
    return send(server, f"Content-Length: {200 * MB}\r\nContent-Type: text/csv", b"x" * MB, upto=200 * MB)


def endless(server: Server) -> tuple[int, int]:
    return send(server, "Transfer-Encoding: chunked", b"100000\r\n" + b"x" * 0x100000 + b"\r\n", upto=400 * MB)


def large_json(server: Server) -> tuple[int, int]:
    return server.client().request("POST", LOGIN, json={"text": "x" * 3 * MB}).status, 0


def many_fields(server: Server) -> tuple[int, int]:
    return server.client().post(LOGIN, {f"field{number}": "x" for number in range(5000)}).status, 0


def ordinary(server: Server) -> tuple[int, int]:
    return server.client().post(LOGIN, {"login": "nobody"}).status, 0


BODIES: dict[Callable[[Server], tuple[int, int]], set[int]] = {
    # 0: it hung up while we were sending, so that its answer was lost on the way.
    large_upload: {413, 0},
    endless: {400, 403, 413, 0},
    large_json: {400, 413},
    many_fields: {400},
}


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=FULL)], ids=["reduced", "full"])
def test_large_bodies_are_refused_at_once_and_leave_no_memory_behind(start_server, times):
    server = start_server(workers=1)
    for _warm in range(3):
        assert ordinary(server) == (422, 0)
    begun = time.monotonic()
    assert ordinary(server)[0] == 422
    usual = time.monotonic() - begun

    for call, statuses in BODIES.items():
        with Watch(server) as watch:
            before, begun = watch.now(), time.monotonic()
            answers = [call(server) for _time in range(times)]
            took = (time.monotonic() - begun) / times
        assert {status for status, _sent in answers} <= statuses, call.__name__
        assert max(sent for _status, sent in answers) < 30 * MB, f"{call.__name__}: it was read"
        # A second beside the ordinary, for a busy machine; whoever read 200 MB, or waited for the end, takes far longer.
        assert took < 20 * usual + 1, call.__name__
        assert watch.most - before < 25, f"{call.__name__}: {watch.most - before:.0f} MB more than before"
    assert ordinary(server)[0] == 422


def test_control_of_the_watch_a_body_that_is_read_is_seen(start_server):
    server = start_server(workers=1, hook="tests.hooks_requests:read_whatever_comes")
    ordinary(server)
    with Watch(server) as watch:
        before = watch.now()
        _status, sent = large_upload(server)
    assert (sent, watch.most - before > 100) == (200 * MB, True)
