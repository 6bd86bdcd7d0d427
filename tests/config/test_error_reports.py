"""What a Sentry is told of an error, by the real server."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import brotli
import pytest
from django.core.exceptions import ImproperlyConfigured

from config.error_reports import report_errors, without_people
from tests import factories

WORDS = "Zoë O'Secret"


@pytest.fixture
def sentry():
    """Address of a project, and a queue of what comes there."""
    came: Queue[str] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Encoding"] == "br"
            came.put(brotli.decompress(body).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", came
        server.shutdown()


def test_error_is_told_without_whom_it_met(start_server, sentry):
    dsn, came = sentry
    server = start_server(workers=1, env={"SENTRY_DSN": dsn}, hook="tests.hooks_requests:break_on_ticket")
    seat = factories.attendee(conference=factories.conference(), user=factories.user(name=WORDS))
    client = server.client(seat.user)
    assert client.get(f"/t/{seat.access_code}/?q={seat.access_code}").status == 500
    of_log, told = came.get(timeout=60), came.get(timeout=60)
    event = json.loads(told.splitlines()[-1])
    (error,) = event["exception"]["values"]
    assert (error["type"], event["transaction"]) == ("ValueError", "/t/{code}/")
    assert any(frame["function"] == "ticket_link" for frame in error["stacktrace"]["frames"])
    session = next(value for name, value in client.cookies.items() if "session" in name)
    for secret in ("Secret", "Zo", seat.access_code, seat.user.email, session, "127.0.0.1:" + str(server.port)):
        assert secret not in of_log + told, secret


def test_address_of_no_page_of_ours_is_not_told():
    event = {"transaction": "/nowhere/ZOE", "transaction_info": {"source": "url"}, "level": "error"}
    assert without_people(event, {}) == {"level": "error"}


def test_what_is_no_address_of_a_project_is_refused():
    with pytest.raises(ImproperlyConfigured, match="SENTRY_DSN"):
        report_errors("tickets")
