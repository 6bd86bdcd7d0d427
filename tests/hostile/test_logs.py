"""W8 of the hostile cases: the logs of web server and worker name pages and what went wrong, and nobody. One day of a site, on
which much goes wrong, with what is personal or secret in every field; then all that was printed is searched for it.
"""

from __future__ import annotations

import re
import socket
import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.utils import timezone
from post_office.models import STATUS, Email

from conferences.models import Role
from registration.account.models import User
from registration.attendee.models import Attendee
from registration.checkin.models import Checkpoint
from registration.mail.outbox import queue_mail
from registration.order.models import Order
from tests import factories
from tests.fakestripe import KEY, WEBHOOK_SECRET, FakeStripe, sign
from tests.post import MailServer, Worker, wait_until
from tests.registration.roster.lists import person, pretix
from tests.server import Client, Server

pytestmark = [pytest.mark.both_databases(hostile=True)]

# Each is found however it is written: as typed, in capitals, in an address, escaped.
NAME, EMAIL, PASSWORD = "Zelda Quux", "zelda.quux@example.net", "wr0ng-passw0rd-quux"
NOTE = "quux needs a ramp"
PERSONAL = re.compile(r"quux|zelda|wr0ng|qu%75x", re.IGNORECASE)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


def code_in(text: str) -> str:
    return re.search(r"^([0-9A-Z]{3,4}-?[0-9A-Z]{3,4})$", text, re.MULTILINE)[1]


def last_mail() -> str:
    return Email.objects.order_by("-pk")[0].message


def sign_up_and_in(server: Server) -> tuple[Client, list[str]]:
    """Somebody new, by way of all that is mistyped; and the secrets that were mailed."""
    client = server.client()
    client.post("/accounts/signup/", {"name": NAME, "email": "no address, zelda.quux"})
    client.post("/accounts/signup/", {"name": NAME, "email": EMAIL})
    code = code_in(last_mail())
    client.post("/accounts/confirm-email/", {"code": "QUUX00"})
    assert client.post("/accounts/confirm-email/", {"code": code}).status == 302
    stranger = server.client()
    for path in ("/accounts/signup/", "/accounts/login/", "/accounts/login/code/", "/accounts/password/reset/"):
        stranger.post(path, {"name": NAME, "email": EMAIL, "login": EMAIL, "password": PASSWORD})
    [link] = re.findall(r"http://[^/]+(/accounts/password/reset/key/\S+)", last_mail())
    stranger.get(link)
    stranger.get(link.replace("key/", "key/quux"))
    stranger.post("/accounts/login/?next=/me/?q=quux", {"login": EMAIL, "password": PASSWORD}, csrf=False)
    return client, [code, link.rsplit("/", 2)[-2]]


def register(client: Client, price: str) -> Order:
    conference = factories.conference()
    kind = factories.ticket_type(conference=conference, price=Decimal(price))
    path = f"/conferences/{conference.slug}/register/"
    form = {"checkout_id": str(uuid.uuid4()), "ticket": kind.slug, "price": str(kind.price), "quantity": "1"}
    seat = {"seat-name": NAME, "seat-email": EMAIL, "voucher": "QUUX-FREE"}
    client.get(f"{path}?ticket={kind.slug}&voucher=QUUX-FREE&name=Zelda%20Qu%75x")
    client.post(f"{path}?ticket={kind.slug}", form | seat | {"price": "quux"})
    answer = client.post(f"{path}?ticket={kind.slug}", form | seat | {"voucher": ""})
    assert answer.status == 302, answer.text
    client.get(answer.headers["Location"])
    return Order.objects.get(checkout_id=form["checkout_id"])


def work_at_the_desk(server: Server, seat: Attendee) -> Client:
    conference = seat.conference
    client = server.client(factories.staff(conference=conference, role=Role.ORGANISER).user)
    staff, main = f"/staff/{conference.slug}", Checkpoint.objects.main(conference)
    scan = {"scan_id": str(uuid.uuid4()), "code": seat.access_code, "checkpoint": main.pk}
    client.get(f"{staff}/checkin/search/?q=Zelda+Quux")
    client.get(f"{staff}/attendees/?q={EMAIL}&page=quux")
    assert client.post(f"{staff}/checkin/scan/", scan, htmx=True).status == 200
    client.post(f"{staff}/checkin/scan/", scan | {"code": "ZELDAQUUX"}, htmx=True)
    client.post(f"{staff}/checkin/scan/", scan | {"scan_id": "quux"}, htmx=True)
    client.post(f"{staff}/checkin/undo/", {"scan_id": scan["scan_id"], "reason": NOTE}, htmx=True)
    batch = {"tablet": None, "now": timezone.now().isoformat(), "cursor": None}
    items = [{"id": "quux"}, {"id": str(uuid.uuid4()), "checkpoint": main.pk, "code": "ZELDA-QUUX", "by": NAME}]
    client.request("POST", f"{staff}/checkin/sync/", json=batch | {"scans": items})
    client.post(f"{staff}/attendees/{seat.pk}/note/", {"staff_note": NOTE, "note": NOTE})
    client.post(f"{staff}/attendees/{seat.pk}/block/", {"reason": NOTE})
    assert client.get(f"{staff}/attendees/export.csv?q=zelda").status == 200
    for text in (pretix(person(7, **{"Attendee name": NAME, "E-mail": EMAIL})), pretix(person(8, Paid="quux"))):
        upload(client, f"{staff}/attendees/import/", text)
    return client


def upload(client: Client, path: str, text: str) -> None:
    body = (
        '--b\r\nContent-Disposition: form-data; name="file"; filename="quux.csv"\r\nContent-Type: text/csv\r\n\r\n'
        f"{text}\r\n--b--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client.request("POST", path, body=body.encode(), headers=headers).status in {200, 422}


def fail(server: Server, client: Client) -> None:
    """What breaks in a page, in a stream, in the transport."""
    assert client.get("/?break=Zelda+Quux%0d%0aforged+quux").status == 500
    assert client.post("/accounts/login/?break=quux", {"login": EMAIL}).status in {200, 302, 500}
    for line in (b"GET /t/QUUX zelda HTTP/1.1", b"ZELDA@QUUX / HTTP/1.1", b"GET /zelda.quux HTTP/9.quux"):
        send_raw(server, line + b"\r\nHost: quux\r\n\r\n")
    send_raw(server, b"GET /t/QUUXQUUX/ HTTP/1.1\r\nHost: zelda.quux\r\nCookie quux\r\nX Zelda: quux\r\n\r\n")
    send_raw(server, b"GET /?q=quux HTTP/1.1\r\nHost: zelda.quux.example\r\n\r\n")
    send_raw(server, b"GET /t/QUUX/" + b"quux" * 2000 + b" HTTP/1.1\r\n\r\n")
    send_raw(server, b"POST /?q=quux HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: quux\r\n\r\n")
    client.get("/%00quux")


def send_raw(server: Server, request: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        connection.recv(100)


def stripe_tells(server: Server, stripe: FakeStripe) -> None:
    event = stripe.event("checkout.session.completed", {"id": "cs_quux", "customer_email": EMAIL, "object": "quux"})
    client = server.client()
    for body, signature in (
        (event, ""),
        (event, "t=1,v1=quux"),
        (event, sign(event)),
        (b"quux", sign(b"quux")),
    ):
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
        assert client.request("POST", "/stripe/events/", body=body, headers=headers, csrf=False).status in {200, 400}


BREAK_A_JOB = (
    "from registration.management.commands import worker; from registration.management.jobs import Job\n"
    "def break_down(*, now): raise ValueError('Zelda Quux, zelda.quux@example.net')\n"
    "worker.JOBS = (Job(1, break_down), *worker.JOBS)"
)


def test_logs_of_a_day_on_which_much_goes_wrong_name_nobody(start_server, mail_server, tmp_path, warm):
    keys = {"STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET, "STRIPE_API_BASE": "http://127.0.0.1:9"}
    server = start_server(
        workers=2, env=keys | {"EMAIL_URL": mail_server.url}, hook="tests.hooks_requests:break_on_request"
    )
    client, secrets = sign_up_and_in(server)
    seats = [register(client, price).attendees.get() for price in ("0", "100")]
    desk = work_at_the_desk(server, seats[0])
    fail(server, client)
    stripe_tells(server, FakeStripe())
    mail_server.recipient_answer = f"550 5.1.1 <{EMAIL}>: no mailbox for {NAME}"
    queue_mail(template="ticket", to=EMAIL, context={"attendee": seats[0], "conference": seats[0].conference})
    worker = Worker(
        database_url=server.database_url, email_url=mail_server.url, log=tmp_path / "worker.log", warm=warm,
        before=BREAK_A_JOB, **keys, SITE_URL=server.site_url,
    )  # fmt: skip
    try:
        wait_until(lambda: not Email.objects.exclude(status=STATUS.failed).exists())
        wait_until(lambda: "break_down failed: ValueError" in worker.log)
    finally:
        worker.kill()
    log = server.log + worker.log

    assert User.objects.filter(name=NAME).exists(), "nothing personal was there to be found"
    assert [line for line in log.splitlines() if PERSONAL.search(line)] == []
    secrets += [seat.access_code for seat in seats] + [seat.order.reference for seat in seats]
    secrets += [*client.cookies.values(), *desk.cookies.values(), KEY, WEBHOOK_SECRET]
    assert [secret for secret in secrets if secret in log] == []
    # What went wrong is told all the same.
    assert log.count("builtins.ValueError") >= 1
    assert 'raise ValueError(f"no such person: ' in log
    assert "POST /accounts/login/ 403" in log
    # No line that a visitor began: each begins as ours do, or belongs to a traceback.
    ours = re.compile(r"\[|\d{4}-\d\d-\d\d |  |Traceback|which led to|[\w.]+$|$")
    assert [line for line in log.splitlines() if not ours.match(line)] == []
