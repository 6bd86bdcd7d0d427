"""A load generator that costs little, because it shares the cores with the server it measures: kept connections in one
thread, requests made beforehand as bytes, answers read no further than to know where they end.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Result:
    """`seconds` of each answer in `latencies`, in order of arrival; `wrong` holds the first bytes of unexpected ones."""

    elapsed: float = 0.0
    latencies: list[float] = field(default_factory=list)
    wrong: list[bytes] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.elapsed if self.elapsed else 0.0

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000 if ordered else float("nan")


class _Connection:
    """One client: sends a request, waits for its answer, sends the next."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.buffer.clear()
        self.sent_at = time.perf_counter()
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


def run(*, port: int, clients: int, requests: Iterator[bytes], expect: bytes, status: bytes = b"200") -> Result:
    """Keep `clients` connections busy until `requests` end. An answer without `status` or without
    the bytes `expect` in it is counted as wrong, not as an answer.
    """
    result = Result()
    selector = selectors.DefaultSelector()
    connections = [_Connection(port) for _ in range(clients)]
    begun = time.perf_counter()
    busy = 0
    for connection in connections:
        if request := next(requests, None):
            connection.send(request)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            busy += 1
    while busy:
        for key, _events in selector.select():
            connection = key.data
            if not connection.is_answered():
                continue
            now = time.perf_counter()
            if connection.buffer[9:12] == status and expect in connection.buffer:
                result.latencies.append(now - connection.sent_at)
            else:
                result.wrong.append(bytes(connection.buffer[:4000]))
            request = next(requests, None)
            if request:
                connection.send(request)
            else:
                selector.unregister(connection.socket)
                busy -= 1
    result.elapsed = time.perf_counter() - begun
    for connection in connections:
        connection.socket.close()
    return result
