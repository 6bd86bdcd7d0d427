"""The headers on every kind of answer, and one heading on every page."""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError
from django.test import Client

from conferences.models import Role
from config.headers import add_static_headers
from tests.access_table import ROWS
from tests.access_world import answer
from tests.test_house import ROOT

pytestmark = pytest.mark.django_db

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "form-action": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
NO_CAMERA = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


def headers_of(headers) -> dict[str, object]:
    parts = (part.strip().partition(" ") for part in headers["Content-Security-Policy"].split(";"))
    policy = {name: value for name, _, value in parts}
    return {
        "policy": policy,
        "sniff": headers["X-Content-Type-Options"],
        "referrer": headers["Referrer-Policy"],
        "permissions": headers["Permissions-Policy"],
        "opener": headers["Cross-Origin-Opener-Policy"],
        "frame": headers["X-Frame-Options"],
    }


STRICT = {
    "policy": POLICY,
    "sniff": "nosniff",
    "referrer": "same-origin",
    "permissions": NO_CAMERA,
    "opener": "same-origin",
    "frame": "DENY",
}


# They need more, or are themselves within a frame; each has a test.
APART = {
    "checkin", "checkin-pair", "checkin-shell", "checkin-kiosk-shell", "outbox-html", "mailing-write", "mailing-preview",
}  # fmt: skip


# Whose address nobody may learn; the origin stays, by which Django knows their forms.
PERSONAL = {"invitation"}


def test_every_answer_is_strict(world):
    wrong = {}
    for row in (row for row in ROWS if row.name not in APART):
        strict = STRICT | ({"referrer": "strict-origin"} if row.name in PERSONAL else {})
        for role, method in (("anonymous", "GET"), ("door", "GET"), ("superuser", "GET"), ("superuser", "POST")):
            found = headers_of(answer(world, role, method, row.path.format(**world.values)).headers)
            if found != strict:
                wrong[row.name, role, method] = [found[name] for name in strict if found[name] != strict[name]]
    assert wrong == {}


def test_mail_is_shown_under_a_policy_that_lets_it_do_nothing(world):
    policy = headers_of(answer(world, "anonymous", "GET", f"/outbox/{world.mail.pk}/").headers)["policy"]
    assert policy == dict.fromkeys(("default-src", "base-uri", "form-action", "frame-ancestors"), "'none'") | {
        "sandbox": "",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
    }


def test_mail_being_written_is_in_a_frame_that_lets_it_do_nothing(world):
    address = f"/staff/{world.conference.slug}/attendees/mail/"
    for path in (address, f"{address}preview/"):
        for role in ("anonymous", "door"):
            assert headers_of(answer(world, role, "GET", path).headers) == STRICT, (role, path)
    around = headers_of(answer(world, "superuser", "GET", address).headers)
    assert around == STRICT | {"policy": POLICY | {"frame-src": "'self'"}}
    within = headers_of(answer(world, "superuser", "POST", f"{address}preview/").headers)
    assert within["frame"] == "SAMEORIGIN"
    assert within["policy"] == {
        "sandbox": "", "default-src": "'none'", "style-src": "'unsafe-inline'", "img-src": "data:", "base-uri": "'none'",
        "form-action": "'none'", "frame-ancestors": "'self'",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/no/such/page/", "/%00", "/.git/config", "/.env", "/static/../config/settings.py"])
def test_error_page_is_strict_and_shows_nothing(client, path):
    response = client.get(path)
    assert response.status_code in {400, 404}
    assert headers_of(response.headers) == STRICT
    assert not re.search(r"Traceback|settings|SELECT|File &quot;", response.content.decode())


@pytest.mark.parametrize(("error", "status"), [(OperationalError("secret detail"), 503), (ValueError("secret"), 500)])
def test_broken_page_is_strict_and_shows_nothing(monkeypatch, error, status):
    def broken(*args, **kwargs):
        raise error

    monkeypatch.setattr("conferences.models.ConferenceQuerySet.active", broken)
    response = Client(raise_request_exception=False).get("/")
    assert (response.status_code, headers_of(response.headers)) == (status, STRICT)
    assert "secret" not in response.content.decode()
    assert "<h1>" in response.content.decode()


def test_refused_page_is_strict(client_as, conference):
    response = client_as(Role.DOOR).get(f"/staff/{conference.slug}/settings/")
    assert (response.status_code, headers_of(response.headers)) == (403, STRICT)


def test_static_files_carry_the_headers_though_whitenoise_answers_first(settings, tmp_path):
    """WhiteNoise reads the folder when it starts, so it is started here on a folder with one file."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    (tmp_path / "site.js").write_text("1")
    settings.STATIC_ROOT = str(tmp_path)
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = False
    served = WhiteNoiseMiddleware(lambda request: None).files["/static/site.js"].get_response("GET", {}).headers
    headers = dict(served)
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")
    assert headers["Permissions-Policy"] == NO_CAMERA


def test_only_the_worker_that_reads_codes_may_compile_webassembly():
    """Pages are covered by `STRICT` above; these are all static files, by the names they have before and after hashing."""
    files = [path.relative_to(ROOT / "static") for path in sorted((ROOT / "static").rglob("*")) if path.is_file()]
    urls = [f"/static/{path}" for path in files] + [
        f"/static/{path.with_suffix('')}.0123456789ab{path.suffix}" for path in files
    ]
    allowed = set()
    for url in urls:
        headers: dict[str, str] = {}
        add_static_headers(headers, url, url)
        assert "'unsafe-" not in headers["Content-Security-Policy"]
        if "wasm" in headers["Content-Security-Policy"]:
            allowed.add(url)
    worker = "/static/js/checkin/decoder"
    assert allowed == {f"{worker}.js", f"{worker}.0123456789ab.js"}


def test_no_script_names_a_foreign_host():
    for path in (ROOT / "static").rglob("*.js"):
        assert not re.search(r"https?:(//|\\/\\/)\w", path.read_text()), path


@pytest.mark.parametrize("role", ["anonymous", "holder", "door", "superuser", "desk_tablet", "kiosk_tablet"])
def test_every_page_has_one_heading_a_title_and_no_third_party(world, role):
    for row in ROWS:
        if row.expected("GET")[role] != 200:
            continue
        body = answer(world, role, "GET", row.path.format(**world.values)).content.decode(errors="replace")
        if "<html" in body:
            assert (row.name, len(re.findall(r"<h1\b", body))) == (row.name, 1)
            assert re.search(r"<title>\s*\S", body), row.name
            assert not re.search(r"\b(?:src|action|srcset)=\"(?:https?:)?//", body), row.name
