"""What the visitors of the benchmark do, as bytes on the wire."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import quote, urlencode

from tests.bench.load import Visit, expect
from tests.server import Server

_CHECKOUT = re.compile(rb'name="checkout_id" value="([^"]+)"')
_FILLED_IN = re.compile(rb'<input[^>]* name="(seat-\w+)" value="([^"]*)"')


class Visitor:
    """Makes the requests of somebody with `cookies`; header lines are put together once."""

    def __init__(self, server: Server, cookies: dict[str, str]) -> None:
        own = server.client().cookies | cookies
        self._head = (
            f"Host: {server.host}\r\nCookie: {'; '.join(f'{name}={value}' for name, value in own.items())}\r\n"
            f"X-CSRFToken: {own[server.cookie('csrftoken')]}\r\nOrigin: {server.site_url}\r\nAccept-Language: en\r\n"
        )

    def get(self, path: str, *, htmx: bool = False) -> bytes:
        return (
            f"GET {path} HTTP/1.1\r\n{self._head}{'HX-Request: true' + chr(13) + chr(10) if htmx else ''}\r\n".encode()
        )

    def post(self, path: str, form: dict[str, object], *, htmx: bool = False) -> bytes:
        body = urlencode(form, doseq=True)
        return (
            f"POST {path} HTTP/1.1\r\n{self._head}{'HX-Request: true' + chr(13) + chr(10) if htmx else ''}"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def scans(visitor: Visitor, *, path: str, checkpoint: int, codes: Iterable[str]) -> Iterator[Visit]:
    """A scan of each code, as the tablet page sends it; every one must be let in."""
    for code in codes:
        yield _scan(visitor.post(path, {"code": code, "scan_id": uuid.uuid4(), "checkpoint": checkpoint}, htmx=True))


def _scan(request: bytes) -> Visit:
    expect((yield request), holds=b'data-verdict="admitted"')


def searches(visitor: Visitor, *, slug: str, queries: Iterable[str]) -> Iterator[Visit]:
    for query in queries:
        yield _get(visitor.get(f"/staff/{slug}/checkin/search/?q={quote(query)}", htmx=True))


def _get(request: bytes) -> Visit:
    expect((yield request))


def dashboards(visitor: Visitor, *, slug: str, times: int) -> Iterator[Visit]:
    for _time in range(times):
        yield _get(visitor.get(f"/staff/{slug}/"))


def registrations(visitors: Iterable[Visitor], *, slug: str, ticket: str, outcomes: list[int]) -> Iterator[Visit]:
    """Each visitor, signed in, chooses a ticket, leaves name and e-mail as they are filled in, registers. `outcomes`
    receives the status of each form: 302 registered, 422 refused, 200 when the ticket was gone before the form was shown.
    """
    for visitor in visitors:
        yield _register(visitor, f"/conferences/{slug}/register/", ticket, outcomes)


def _register(visitor: Visitor, path: str, ticket: str, outcomes: list[int]) -> Visit:
    expect((yield visitor.get(path)))
    page = yield visitor.get(f"{path}?ticket={ticket}")
    expect(page)
    found = _CHECKOUT.search(page)
    if not found:
        outcomes.append(200)
        return
    form: dict[str, object] = {"checkout_id": found[1].decode(), "ticket": ticket, "price": "0.00", "quantity": 1}
    form |= {name.decode(): unescape(value.decode()) for name, value in _FILLED_IN.findall(page)}
    answer = yield visitor.post(f"{path}?ticket={ticket}", form)
    outcomes.append(int(answer[9:12]))
    assert outcomes[-1] in {302, 422}, answer[:3000].decode(errors="replace")
