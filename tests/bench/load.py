"""A load generator that costs little, because it shares the cores with the server it measures: kept connections in one
thread, requests made as bytes, answers read no further than to know where they end.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

# What one visitor does: yields requests, is sent each answer, raises AssertionError when it is not the right one.
Visit = Generator[bytes, bytes, None]


@dataclass
class Result:
    """`latencies` are the seconds that each visit took, in order of their ends."""

    elapsed: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.elapsed if self.elapsed else 0.0

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000 if ordered else float("nan")


def expect(answer: bytes, *, status: int = 200, holds: bytes = b"") -> None:
    assert answer[9:12] == b"%d" % status and holds in answer, answer[:3000].decode(errors="replace")


class _Connection:
    """One client: sends a request, waits for its answer, sends the next."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.visit: Visit | None = None
        self.begun_at = 0.0

    def begin(self, visit: Visit) -> None:
        self.visit = visit
        self.begun_at = time.perf_counter()
        self.send(next(visit))

    def send(self, request: bytes) -> None:
        self.buffer.clear()
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Read what is there; whether that ends the answer. Raises ConnectionError when the server hung up."""
        got = self.socket.recv(262_144)
        if not got:
            raise ConnectionError("the server closed the connection")
        self.buffer += got
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self.buffer[:end]).lower()
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            length = int(head[at + 17 :].split(b"\r\n", 1)[0])
            return len(self.buffer) >= end + 4 + length
        return head.startswith(b"http/1.1 204") or self.buffer.endswith(b"0\r\n\r\n")

    def is_done(self) -> bool:
        """Go on with the visit; whether this answer was its last."""
        assert self.visit
        try:
            self.send(self.visit.send(bytes(self.buffer)))
        except StopIteration:
            return True
        return False


def run(*, port: int, clients: int, visits: Iterator[Visit]) -> Result:
    """Keep `clients` connections busy until `visits` end."""
    result = Result()
    selector = selectors.DefaultSelector()
    connections = [_Connection(port) for _ in range(clients)]
    begun, busy = time.perf_counter(), 0
    for connection in connections:
        if visit := next(visits, None):
            connection.begin(visit)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            busy += 1
    while busy:
        for key, _events in selector.select():
            connection = key.data
            if not connection.is_answered() or not connection.is_done():
                continue
            result.latencies.append(time.perf_counter() - connection.begun_at)
            if visit := next(visits, None):
                connection.begin(visit)
            else:
                selector.unregister(connection.socket)
                busy -= 1
    result.elapsed = time.perf_counter() - begun
    for connection in connections:
        connection.socket.close()
    return result
