"""How connections are shared among gunicorn's processes, and what silent ones cost."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from types import SimpleNamespace

import psutil
import pytest

from config import connections
from tests.server import Client, Server, together


def per_process(server: Server) -> list[int]:
    """How many connections each process has, fewest first."""
    return sorted(
        sum(
            one.status == psutil.CONN_ESTABLISHED and one.laddr.port == server.port
            for one in psutil.Process(pid).net_connections()
        )
        for pid in server.worker_pids()
    )


def connect(server: Server, number: int) -> list[Client]:
    """At the same moment, each with a request that is answered."""
    clients = [server.client() for _ in range(number)]
    answers = together([lambda client=client: client.get("/healthz/") for client in clients])
    assert [answer.status for answer in answers] == [200] * number
    return clients


def test_processes_share_connections_evenly(start_server):
    server = start_server(workers=2)
    kept = [client for _time in range(4) for client in connect(server, 10)]
    fewest, most = per_process(server)
    assert fewest + most == len(kept)
    assert most - fewest <= 4


def test_a_process_that_was_killed_and_is_back_catches_up(start_server):
    server = start_server(workers=2)
    kept = connect(server, 20)
    before = server.worker_pids()
    server.kill_worker()
    while len(pids := server.worker_pids()) < 2 or pids == before:
        time.sleep(0.05)
    (new,) = set(pids) - set(before)
    wait_until_it_serves(server, new)
    (left,) = [number for number in per_process(server) if number]
    kept += connect(server, left)
    fewest, most = per_process(server)
    assert fewest + most == len(kept) - (20 - left) == 2 * left
    # Nearly all of what came since.
    assert most - fewest <= 4


def test_a_process_that_is_gone_for_good_is_not_waited_for():
    worker = SimpleNamespace(place=None)
    connections.pre_fork(SimpleNamespace(WORKERS={1: SimpleNamespace(place=0)}), worker)
    assert (worker.place, connections.fewest()) == (1, 0)
    connections.child_exit(None, worker)
    with pytest.raises(ValueError, match="empty"):
        connections.fewest()


def wait_until_it_serves(server: Server, pid: int) -> None:
    """Connections are made and closed until one was of this process."""
    while True:
        client = server.client()
        client.get("/healthz/")
        has_one = any(one.status == psutil.CONN_ESTABLISHED for one in psutil.Process(pid).net_connections())
        client.close()
        if has_one:
            return


def test_connections_on_which_nothing_is_asked_keep_no_thread(start_server):
    """With a thread for each, for five seconds, the last would be answered after a minute and a half; the client waits for
    one.
    """
    server = start_server(workers=1, threads=1)
    with ExitStack() as stack:
        for _ in range(18):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
        assert server.client().get("/healthz/").status == 200
