"""A small Stripe on loopback, for the real SDK: Checkout Sessions, refunds, idempotency keys, signed events.

What people and banks do there is called by the test: `pay`, `let_expire`, `refund_there`. `event` and `sign` make what
Stripe would send; `send` sends it to a client.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import stripe

KEY, WEBHOOK_SECRET = "sk_test_lanyard", "whsec_lanyard"
_EVENTS = "/stripe/events/"


class FakeStripe:
    def __init__(self) -> None:
        self.number = itertools.count(1)
        self.lock = threading.Lock()
        self.sessions: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self.requests: list[str] = []
        self.events: list[dict[str, Any]] = []
        # The next answers, instead of those asked for; the request is carried out if `done`.
        self.failures: list[tuple[int, bool]] = []
        self.refuse_refunds, self.refund_status = "", "succeeded"
        self.url = ""

    # --- What the SDK asks ---
    def answer(self, method: str, path: str, form: dict[str, Any], key: str, auth: str) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.requests.append(f"{method} {path}")
            if auth != f"Bearer {KEY}":
                return _refusal(401, "Invalid API Key provided")
            status, done = self.failures.pop(0) if self.failures else (0, True)
            result = self._do(method, path, form, key) if done else (500, {})
            return _refusal(status, "Something went wrong") if status else result

    def _do(self, method: str, path: str, form: dict[str, Any], key: str) -> tuple[int, dict[str, Any]]:
        asked = json.dumps([path, form], sort_keys=True)
        if key and key in self.answers:
            before, status, body = self.answers[key]
            return (status, body) if before == asked else _refusal(400, "Keys are used once", kind="idempotency_error")
        status, body = self._act(method, path.removeprefix("/v1/"), form)
        if key and status < 500:
            self.answers[key] = (asked, status, json.loads(json.dumps(body)))
        return status, body

    def _act(self, method: str, path: str, form: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if (method, path) == ("POST", "checkout/sessions"):
            return 200, self._create_session(form)
        if (method, path) == ("POST", "refunds"):
            return self._create_refund(form)
        if (method, path) == ("GET", "refunds"):
            if not any(each["payment_intent"] == form["payment_intent"] for each in self.sessions.values()):
                return _refusal(400, "No such payment_intent")
            found = [each for each in self.refunds.values() if each["payment_intent"] == form["payment_intent"]]
            return 200, {"object": "list", "data": found[::-1], "has_more": False, "url": "/v1/refunds"}
        if (method, path) == ("GET", "events"):
            return self._list_events(form)
        _checkout, _sessions, session_id, *action = path.split("/")
        session = self.sessions.get(session_id)
        if session is None:
            return _refusal(404, f"No such checkout.session: {session_id}")
        if action == ["expire"]:
            if session["status"] != "open":
                return _refusal(400, "Only Checkout Sessions with a status in open can be expired.")
            session["status"] = "expired"
        return 200, session

    def _create_session(self, form: dict[str, Any]) -> dict[str, Any]:
        number = next(self.number)
        session = {
            "id": f"cs_test_{number}", "object": "checkout.session", "status": "open", "payment_status": "unpaid",
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
            "currency": form["line_items[0][price_data][currency]"], "payment_intent": None,
            "client_reference_id": form["client_reference_id"], "url": f"{self.url}/pay/cs_test_{number}",
            "metadata": {"lanyard": form["metadata[lanyard]"], "order": form["metadata[order]"]},
            "customer_email": form.get("customer_email"), "expires_at": int(form["expires_at"]),
            "success_url": form["success_url"], "cancel_url": form["cancel_url"], "mode": form["mode"],
        }  # fmt: skip
        return self.sessions.setdefault(session["id"], session)

    def _create_refund(self, form: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        session = next((s for s in self.sessions.values() if s["payment_intent"] == form["payment_intent"]), None)
        if session is None or self.refuse_refunds:
            return _refusal(400, self.refuse_refunds or "No such payment_intent", code="charge_disputed")
        if int(form["amount"]) > session["amount_total"] - self.refunded(form["payment_intent"]):
            return _refusal(400, "Refund amount is greater than unrefunded amount on charge")
        return 200, self._refund(form["payment_intent"], int(form["amount"]), lanyard=form["metadata[lanyard]"])

    def _list_events(self, form: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        kinds = {value for name, value in form.items() if name.startswith("types[")}
        found = [
            event for event in reversed(self.events)
            if event["type"] in kinds and event["created"] >= int(form["created[gte]"])
        ]  # fmt: skip
        if after := form.get("starting_after"):
            numbers = [event["id"] for event in found]
            if after not in numbers:
                return _refusal(400, f"No such event: {after}", code="resource_missing")
            found = found[numbers.index(after) + 1 :]
        limit = int(form["limit"])
        return 200, {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": "/v1/events"}

    def _refund(self, payment_intent: str, amount: int, **metadata: str) -> dict[str, Any]:
        refund = {
            "id": f"re_{next(self.number)}", "object": "refund", "status": self.refund_status, "amount": amount,
            "payment_intent": payment_intent, "metadata": metadata, "created": int(time.time()),
        }  # fmt: skip
        self.event("refund.created", refund)
        return self.refunds.setdefault(refund["id"], refund)

    # --- What happens there ---
    def pay(self, session_id: str | None = None, *, amount: int | None = None, currency: str = "") -> dict[str, Any]:
        """The customer pays; the newest session where none is named."""
        session = self.sessions[session_id or list(self.sessions)[-1]]
        assert session["status"] == "open", "nobody can pay there any more"
        session |= {
            "status": "complete", "payment_status": "paid", "payment_intent": f"pi_{next(self.number)}",
            "amount_total": session["amount_total"] if amount is None else amount,
            "currency": currency or session["currency"],
        }  # fmt: skip
        return session

    def let_expire(self, session_id: str | None = None) -> dict[str, Any]:
        session = self.sessions[session_id or list(self.sessions)[-1]]
        session["status"] = "expired"
        return session

    def let_time_pass(self, now: dt.datetime) -> None:
        """Sessions end by themselves when their time is over."""
        for session in self.sessions.values():
            if session["status"] == "open" and session["expires_at"] <= now.timestamp():
                session["status"] = "expired"

    def refund_there(self, session: dict[str, Any], *, amount: int) -> dict[str, Any]:
        """Somebody gives money back on Stripe's own pages. The charge, as Stripe tells of it."""
        self._refund(session["payment_intent"], amount)
        return self.charge_of(session, refunded=self.refunded(session["payment_intent"]))

    def send_back(self, refund: dict[str, Any] | None = None) -> dict[str, Any]:
        """A bank sends a refund back, the newest where none is named."""
        refund = refund or list(self.refunds.values())[-1]
        refund["status"] = "failed"
        self.event("refund.failed", refund)
        return refund

    def refunded(self, payment_intent: str) -> int:
        refunds = [each for each in self.refunds.values() if each["payment_intent"] == payment_intent]
        return sum(each["amount"] for each in refunds if each["status"] != "failed")

    def charge_of(self, session: dict[str, Any], *, refunded: int) -> dict[str, Any]:
        return {
            "id": f"ch_{session['payment_intent']}", "object": "charge", "payment_intent": session["payment_intent"],
            "amount": session["amount_total"], "amount_refunded": refunded, "currency": session["currency"],
            "metadata": session["metadata"],
        }  # fmt: skip

    # --- What it tells ---
    def event(self, kind: str, told: dict[str, Any]) -> bytes:
        """It is in the list of events, whether it is sent or not."""
        content = json.dumps(
            {"id": f"evt_{next(self.number)}", "object": "event", "type": kind, "created": int(time.time()),
             "api_version": "2026-10-28.endive", "data": {"object": told}}
        )  # fmt: skip
        self.events.append(json.loads(content))
        return content.encode()

    def send(self, client: Any, payload: bytes, *, at: float | None = None, secret: str = WEBHOOK_SECRET) -> Any:
        return client.post(
            _EVENTS,
            payload,
            content_type="application/json",
            headers={"stripe-signature": sign(payload, at=at, secret=secret)},
        )

    def tell(self, client: Any, kind: str, told: dict[str, Any]) -> int:
        return self.send(client, self.event(kind, told)).status_code


def sign(payload: bytes, *, at: float | None = None, secret: str = WEBHOOK_SECRET) -> str:
    moment = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _refusal(status: int, message: str, code: str = "", kind: str = "") -> tuple[int, dict[str, Any]]:
    kind = kind or ("invalid_request_error" if status < 500 else "api_error")
    return status, {"error": {"type": kind, "message": message, **({"code": code} if code else {})}}


@contextmanager
def running() -> Iterator[FakeStripe]:
    fake = FakeStripe()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            path, query = urlsplit(self.path)[2:4]
            body = query or self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if path.startswith("/pay/"):
                self._card_page(*path.removeprefix("/pay/").split("/"))
                return
            status, answer = fake.answer(
                self.command, path, form, self.headers.get("Idempotency-Key", ""), self.headers.get("Authorization", "")
            )
            self._write(status, json.dumps(answer).encode(), "application/json")

        def _card_page(self, session_id: str, *paid: str) -> None:
            if paid:
                self.send_response(303)
                self.send_header("Location", fake.pay(session_id)["success_url"])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            link = f'<a href="/pay/{session_id}/paid">Pay</a>'
            self._write(200, f"<!doctype html><title>Pay</title><h1>The card page</h1>{link}".encode(), "text/html")

        def _write(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = handle_any  # noqa: N815 -- http.server's names

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        # The SDK rests before it asks again; nobody is spared anything by that here.
        with mock.patch.object(stripe.HTTPClient, "INITIAL_DELAY", 0):
            yield fake
    finally:
        server.shutdown()
        server.server_close()
