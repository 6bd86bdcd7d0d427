"""What the real server sends, and what it writes to its log: static files, what must not be there, large bodies."""

import re
import socket

import pytest
from django.urls import reverse
from django.utils import timezone

from conferences.models import Role
from registration.checkin.pairing import open_pairing
from tests import factories


def test_static_files_are_hashed_compressed_and_strict(start_server):
    client = start_server(workers=1).client()
    [path] = re.findall(r'href="(/static/css/lanyard\.\w+\.css)"', client.get("/").text)
    answer = client.get(path, headers={"Accept-Encoding": "br"})

    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "br"
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; frame-ancestors 'none'")
    assert answer.headers["Permissions-Policy"].startswith("camera=()")


def test_reader_of_codes_is_served_compressed_and_its_worker_alone_may_compile(start_server):
    server = start_server(workers=1)
    conference = factories.conference()
    desk = server.client(factories.staff(conference=conference, role=Role.DESK).user)
    page = desk.get(f"/staff/{conference.slug}/checkin/")
    addresses = dict(re.findall(r'data-(decoder|library|wasm)="(/static/[^"]+)"', page.text))
    answers = {name: desk.get(path, headers={"Accept-Encoding": "br"}) for name, path in addresses.items()}
    policies = {name: answer.headers["Content-Security-Policy"] for name, answer in answers.items()}

    assert {name: answer.headers["Content-Type"] for name, answer in answers.items()} == {
        "decoder": 'text/javascript; charset="utf-8"',
        "library": 'text/javascript; charset="utf-8"',
        "wasm": "application/wasm",
    }
    assert {answer.headers["Content-Encoding"] for answer in answers.values()} == {"br"}
    assert all("immutable" in answer.headers["Cache-Control"] for answer in answers.values())
    assert [name for name, policy in policies.items() if "wasm-unsafe-eval" in policy] == ["decoder"]
    assert "connect-src" not in policies["decoder"]  # so it is what default-src says: nothing
    assert policies["decoder"].startswith("default-src 'none';")
    assert "wasm-unsafe-eval" not in page.headers["Content-Security-Policy"]


def test_files_of_the_checkout_are_not_served(start_server):
    client = start_server(workers=1).client()
    paths = ["/.git/config", "/.env", "/data/lanyard.sqlite3", "/media/", "/static/", "/static/../config/settings.py"]
    paths += ["/static/..%2f..%2f.env", "/static/%2e%2e/manage.py", "//etc/passwd", "/config/settings.py"]

    assert {path: client.get(path).status for path in paths} == dict.fromkeys(paths, 404)


def test_large_bodies_are_refused_unread(start_server):
    server = start_server(workers=1)
    client = server.client()
    stated = client.request("POST", "/accounts/login/", headers={"Content-Length": "200000000"}, body=b"x")
    fields = server.client().post("/accounts/login/", {f"field{number}": "x" for number in range(5000)})
    json = server.client().request("POST", "/accounts/login/", json={"text": "x" * 3_000_000})

    assert (stated.status, fields.status) == (413, 400)
    assert json.status in {400, 413}


def test_endless_chunked_body_ends(start_server):
    server = start_server(workers=1)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(
            b"POST /accounts/login/ HTTP/1.1\r\nHost: "
            + server.host.encode()
            + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        answered = b""
        try:
            while len(answered) < 12:
                connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                connection.settimeout(0.01)
                try:
                    answered += connection.recv(100)
                except TimeoutError:
                    continue
        except (BrokenPipeError, ConnectionResetError):
            pass

    assert answered[9:12] in {b"", b"400", b"403", b"413"}
    assert server.client().get("/healthz/").status == 200


@pytest.mark.both_databases
def test_log_names_pages_and_nobody(start_server):
    server = start_server(workers=1)
    conference = factories.conference()
    seat = factories.attendee(
        conference=conference, user=factories.user(email="zelda.quux@example.net", name="Zelda Quux")
    )
    desk = server.client(factories.staff(conference=conference, role=Role.DESK).user)
    guest = server.client()
    guest.get(f"/t/{seat.access_code}/")
    guest.get(f"/T/{seat.access_code}")
    guest.get(f"/nowhere/{seat.access_code}/?name=Zelda+Quux")
    guest.get("/?q=zelda.quux@example.net%0d%0aforged")
    guest.post("/accounts/login/", {"login": "zelda.quux@example.net", "password": "wr0ng-Quux-pass"})
    guest.post("/accounts/login/", {"login": "zelda.quux@example.net", "password": "wr0ng-Quux-pass"}, csrf=False)
    guest.get(f"/orders/{seat.access_code}/")
    desk.get(f"/staff/{conference.slug}/checkin/search/?q=Zelda+Quux")
    desk.get(f"/staff/{conference.slug}/attendees/?q=zelda.quux@example.net")
    desk.get(f"/staff/{conference.slug}/attendees/{seat.access_code}/")
    desk.get("/%00")
    tablet = factories.tablet(conference=conference)
    token = open_pairing(tablet=tablet, now=timezone.now())
    link = reverse("checkin-pair", args=[conference.slug, token])
    device = server.client()
    for request in (device.get, lambda path: device.post(path, csrf=False), device.post, device.post):
        request(link)
    device.post(reverse("checkin-who", args=[conference.slug]), {"by": "Zelda Quux"})
    log = server.log
    assert "tablet" in device.cookies

    for secret in (
        seat.access_code,
        "quux",
        "Quux",
        "forged",
        "wr0ng",
        token,
        *desk.cookies.values(),
        *guest.cookies.values(),
        *(value for name, value in device.cookies.items() if name != "paired"),
    ):
        assert secret not in log
    assert re.search(rf"GET /staff/{conference.slug}/attendees/ 200", log)
    assert "POST /accounts/login/ 403" in log
    assert f"POST /staff/{conference.slug}/checkin/pair/<str:token>/ 410" in log
