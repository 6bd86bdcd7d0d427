"""How gunicorn's processes share who connects, and what a connection costs before anything is asked on it."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from multiprocessing.sharedctypes import RawArray
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

# Shared by the master, which loads this before it forks, and all processes: of each how many connections it has, or
# _NOBODY. A process that finds no place here works as gunicorn does by itself.
_NOBODY = -1
_OPEN = RawArray("i", [_NOBODY] * 64)
# How long a process that has more of them than another leaves a new one to that, in seconds; then it is anybody's, since
# the other may be stuck.
_LEAVE = 0.005
# How long a thread waits for who stopped in the middle of a word, in seconds. Gunicorn waits for ever: a phone whose Wi-Fi
# is gone never says the rest, and as many of them as there are threads were the end of the site.
STALL = 30


def fewest() -> int:
    """Connections of the process that has fewest. Raises ValueError where there is none."""
    return min(number for number in _OPEN if number != _NOBODY)


class _Impatient:
    """Gunicorn has a thread wait by `setblocking`, at each request anew."""

    def setblocking(self, flag: Any) -> None:
        self.settimeout(STALL if flag else 0)  # type: ignore[attr-defined]


class _Socket(_Impatient, socket.socket):
    def sendall(self, data: Any, flags: int = 0) -> None:
        """Python's own has to be through with all of it in time: a phone may take minutes for a megabyte, and go on."""
        with memoryview(data).cast("B") as rest:
            sent = 0
            while sent < len(rest):
                sent += self.send(rest[sent:], flags)


class _TLSSocket(_Impatient, ssl.SSLSocket):
    pass


def ssl_context(_conf: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Gunicorn's own, whose connections do not wait for ever either."""
    context = default()
    context.sslsocket_class = _TLSSocket
    return context


class FairWorker(ThreadWorker):
    """Gunicorn's threads, with four differences.

    All processes wait at one socket, and who is there first has the connection. Connections are kept, by tablets as by a
    proxy: of 16 that came at once one process of two often had all and worked alone (measured: 26 orders a second in
    place of 42). Here the one with fewest goes first.

    Browsers open connections in advance. Gunicorn has a thread wait for the first word on each, up to five seconds; here
    the loop waits, which waits for the kept ones anyway. When the process is to end they are closed as soon as kept
    ones; gunicorn waits for their first word until it has no more time.

    Nobody is waited for longer than STALL, and whose handshake is broken off is counted once.
    """

    place: int | None = None
    nr_conns: int

    def notify(self) -> None:
        """Called at each turn of the loop."""
        super().notify()
        if self.place is not None:
            _OPEN[self.place] = self.nr_conns if self.alive else _NOBODY

    def accept(self, listener: Any) -> None:
        if self.place is not None and self.nr_conns > fewest():
            time.sleep(_LEAVE)
        super().accept(listener)

    def enqueue_req(self, conn: TConn) -> None:
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        old = conn.sock
        conn.sock = _Socket(old.family, old.type, old.proto, old.detach())
        # As gunicorn keeps one on which nothing came for five seconds.
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        before = self.nr_conns
        super().finish_request(conn, fs)
        # Gunicorn takes off two when the socket is closed by now. Below zero it would seem to have fewest for good.
        self.nr_conns = max(self.nr_conns, before - 1)

    def _cap_keepalive(self, deadline: float) -> None:
        """Called when the process is to end."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)


def pre_fork(server: Any, worker: FairWorker) -> None:
    """In the master: the new process gets a place."""
    taken = {other.place for other in server.WORKERS.values()}
    worker.place = next((place for place in range(len(_OPEN)) if place not in taken), None)
    if worker.place is not None:
        _OPEN[worker.place] = 0


def child_exit(_server: Any, worker: FairWorker) -> None:
    """In the master, however the process ended."""
    if worker.place is not None:
        _OPEN[worker.place] = _NOBODY
