"""How connections are shared among gunicorn's processes, and what silent ones cost."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace
from unittest.mock import Mock

import psutil
import pytest
from django.utils import timezone
from gunicorn.config import Config
from gunicorn.workers.gthread import TConn

from config import connections
from config.lan import ensure_certificates
from tests.server import Client, Server, together

# The first bytes of a handshake, of which more is to come.
BEGUN = b"\x16\x03\x01\x02\x00\x01\x00"


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


def connect_in_turn(server: Server, number: int) -> list[Client]:
    return [client for _ in range(number) for client in connect(server, 1)]


def test_processes_share_connections_evenly(start_server):
    server = start_server(workers=2)
    kept = [client for _time in range(3) for client in connect(server, 10)]
    kept += connect_in_turn(server, 10)
    fewest, most = per_process(server)
    assert fewest + most == len(kept)
    assert most - fewest <= 4


def test_a_process_that_was_killed_and_is_back_catches_up(start_server):
    server = start_server(workers=2)
    kept = connect(server, 40)
    before = server.worker_pids()
    server.kill_worker()
    while len(pids := server.worker_pids()) < 2 or pids == before:
        time.sleep(0.05)
    (new,) = set(pids) - set(before)
    wait_until_it_serves(server, new)
    (left,) = [number for number in per_process(server) if number]
    kept += connect_in_turn(server, left)
    fewest, most = per_process(server)
    assert fewest + most == len(kept) - (40 - left) == 2 * left
    # Nearly all of what came since.
    assert most - fewest <= left // 2


def test_a_process_that_is_gone_for_good_is_not_waited_for():
    worker = SimpleNamespace(place=None)
    connections.pre_fork(SimpleNamespace(WORKERS={1: SimpleNamespace(place=0)}), worker)
    assert (worker.place, connections.fewest()) == (1, 0)
    connections.child_exit(None, worker)
    with pytest.raises(ValueError, match="empty"):
        connections.fewest()


def test_a_process_that_hangs_is_not_waited_for(start_server):
    server = start_server(workers=2)
    connect(server, 4)
    hanging = min(server.worker_pids(), key=lambda pid: len(psutil.Process(pid).net_connections()))
    os.kill(hanging, signal.SIGSTOP)
    try:
        connect(server, 20)
    finally:
        os.kill(hanging, signal.SIGCONT)


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


def test_connections_on_which_nothing_is_asked_keep_no_process_from_ending(start_server):
    server = start_server(workers=1)
    with socket.create_connection(("127.0.0.1", server.port)) as silent:
        server.client().get("/healthz/")
        server.stop()  # kills it where it takes longer than people and honcho wait
        assert silent.recv(1) == b""
    assert "Shutting down: Master" in server.log


def test_who_stops_in_the_middle_of_a_word_keeps_no_thread_for_ever(start_server):
    server = start_server(workers=1, threads=1, hook="tests.config.test_connections:stall_soon")
    with socket.create_connection(("127.0.0.1", server.port)) as phone:
        phone.sendall(b"GET /healthz/ HT")
        assert server.client().get("/healthz/").status == 200


def stall_soon() -> None:
    connections.STALL = 0.5


@pytest.fixture
def handshake(tmp_path, monkeypatch):
    """A new connection of a process that speaks TLS, as a thread is given it, and who is at its other end."""
    monkeypatch.setattr(connections, "STALL", 0.5)
    made = ensure_certificates(tmp_path, host="127.0.0.1", now=timezone.now())
    config = Config()
    for name, value in (
        ("certfile", made.certificate),
        ("keyfile", made.key),
        ("ssl_context", connections.ssl_context),
    ):
        config.set(name, str(value) if name != "ssl_context" else value)
    worker = connections.FairWorker(1, 1, [], None, 30, config, Mock())
    worker.poller = Mock()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        conn = TConn(config, ours, ("", 0), ("", 0))
        worker.nr_conns = 1
        worker.enqueue_req(conn)
        conn.data_ready = True
        yield worker, conn, theirs
    worker.tmp.close()


def waits(conn: TConn) -> float | None:
    """How long a thread would, at most."""
    conn.sock.setblocking(True)
    return conn.sock.gettimeout()


def test_who_stops_in_the_middle_of_a_handshake_keeps_no_thread_for_ever(handshake):
    worker, conn, phone = handshake
    assert waits(conn) == connections.STALL
    phone.sendall(BEGUN)
    assert worker.handle(conn) is False


def test_who_has_shaken_hands_keeps_no_thread_for_ever_either(handshake):
    worker, conn, phone = handshake
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(worker.handle, conn)
        with context.wrap_socket(phone) as talking:
            talking.sendall(b"no request\r\n\r\n")
            assert answer.result() is False
            assert isinstance(conn.sock, ssl.SSLSocket)
            assert waits(conn) == connections.STALL


def test_handshake_that_is_broken_off_is_counted_once(handshake):
    worker, conn, phone = handshake
    phone.sendall(BEGUN)
    phone.close()
    done = Future()
    done.set_result(worker.handle(conn))
    worker.finish_request(conn, done)
    assert worker.nr_conns == 0


def test_a_process_that_is_to_end_is_not_waited_for(handshake, monkeypatch):
    worker, _conn, _phone = handshake
    monkeypatch.setattr(connections, "_OPEN", [0, 5])
    worker.place = 0
    worker.notify()
    assert connections.fewest() == 1
    worker.alive = False
    worker.notify()
    assert connections.fewest() == 5


def test_who_takes_long_for_much_gets_all_of_it(monkeypatch):
    """Not in time for all of it, but again and again for a part."""
    monkeypatch.setattr(connections, "STALL", 1)
    left, slow = socket.socketpair()
    sender = connections._Socket(left.family, left.type, left.proto, left.detach())
    sender.setblocking(True)
    much = bytes(4_000_000)
    got = 0

    def read() -> None:
        nonlocal got
        while part := slow.recv(65_536):
            got += len(part)
            time.sleep(0.03)

    reader = threading.Thread(target=read)
    with sender, slow:
        reader.start()
        sender.sendall(much)
        sender.shutdown(socket.SHUT_WR)
        reader.join()
    assert got == len(much)
