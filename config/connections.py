"""How gunicorn's processes share who connects, and what a connection costs before anything is asked on it."""

from __future__ import annotations

import time
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


def fewest() -> int:
    """Connections of the process that has fewest. Raises ValueError where there is none."""
    return min(number for number in _OPEN if number != _NOBODY)


class FairWorker(ThreadWorker):
    """Gunicorn's threads, with two differences.

    All processes wait at one socket, and who is there first has the connection. Connections are kept, by tablets as by a
    proxy: of 16 that came at once one process of two often had all and worked alone (measured: 26 orders a second in
    place of 42). Here the one with fewest goes first.

    Browsers open connections in advance. Gunicorn has a thread wait for the first word on each, up to five seconds; here
    the loop waits, which waits for the kept ones anyway.
    """

    place: int | None = None

    def notify(self) -> None:
        """Called at each turn of the loop."""
        super().notify()
        if self.place is not None:
            _OPEN[self.place] = self.nr_conns

    def accept(self, listener: Any) -> None:
        if self.place is not None and self.nr_conns > fewest():
            time.sleep(_LEAVE)
        super().accept(listener)

    def enqueue_req(self, conn: TConn) -> None:
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        # As gunicorn keeps one on which nothing came for five seconds.
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))


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
