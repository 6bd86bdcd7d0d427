"""`make lan`: what it decides and says, what it refuses, and one real start."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conferences.management.commands import lan
from registration.checkin.pairing import open_pairing
from tests import factories
from tests.server import ROOT, fresh_database, orm_at

HOST = "127.0.0.2"  # no other device can reach it, and the site does not take it for a local one


class Served(Exception):  # noqa: N818 -- no error
    """In place of a process that would not come back."""


def free_ports() -> int:
    """The first of two neighbours that are free."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind((HOST, 0))
            port = one.getsockname()[1]
            try:
                other.bind((HOST, port + 1))
            except OSError:
                continue
            return port


@pytest.fixture
def run(monkeypatch, settings, tmp_path):
    """`run(HOST=…)`: the environment and the arguments of what it would become."""
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(lan, "collect_if_changed", lambda: None)
    became = []

    def become(program, arguments):
        became.append(arguments)
        raise Served

    monkeypatch.setattr(os, "execv", become)

    def run(**environ):
        os.environ.update(environ)
        with pytest.raises(Served):
            call_command("lan", certificates=tmp_path)
        return became[-1]

    return run


def test_it_starts_anew_as_an_https_site_of_that_address(run, settings):
    settings.SITE_URL, settings.KEEPS_MAILS = "http://127.0.0.1:8000", True
    arguments = run(HOST="192.168.7.5", PORT="9443")
    assert arguments == [sys.executable, *sys.argv]
    names = ("SITE_URL", "ALLOWED_HOSTS", "ALLAUTH_TRUSTED_PROXY_COUNT", "EMAIL_URL")
    assert [os.environ[name] for name in names] == ["https://192.168.7.5:9443", "192.168.7.5", "0", lan.NO_MAIL_SERVER]


def test_mail_server_that_is_set_stays(run, settings):
    settings.SITE_URL, settings.KEEPS_MAILS = "https://tickets.example.org", False
    run(HOST="laptop.local", EMAIL_URL="smtp://mail.example.org:25")
    assert (os.environ["SITE_URL"], os.environ["EMAIL_URL"]) == (
        "https://laptop.local:8443",
        "smtp://mail.example.org:25",
    )


@pytest.mark.django_db
def test_it_makes_certificates_tells_the_fingerprint_and_serves(run, settings, capsys, tmp_path):
    port = free_ports()
    settings.SITE_URL = f"https://{HOST}:{port}"
    arguments = run(HOST=HOST, PORT=str(port))
    assert arguments[1:] == ["--env", os.devnull, "--procfile", f"{ROOT}/Procfile.lan", "start", "--port", str(port)]
    assert os.environ["GUNICORN_CMD_ARGS"] == (
        f"--bind={HOST}:{port} --certfile={tmp_path}/site.crt --keyfile={tmp_path}/site.key --forwarded-allow-ips="
    )
    said = capsys.readouterr().out
    assert f"https://{HOST}:{port}" in said
    assert f"http://{HOST}:{port + 1}/" in said
    assert len(re.findall(r"\b[0-9A-F]{2}\b", said.partition("say yes:")[2].partition("Without")[0])) == 32


@pytest.mark.parametrize("host", ["8.8.8.8", "tickets.example.org", "laptop"])
def test_addresses_that_others_may_own_are_refused(run, monkeypatch, host):
    monkeypatch.setitem(os.environ, "HOST", host)
    with pytest.raises(CommandError, match=f"{host} is no private address.*make lan HOST="):
        call_command("lan")


def test_computer_without_a_network_is_told_to_name_one(run, monkeypatch):
    monkeypatch.setitem(os.environ, "HOST", "")
    monkeypatch.setattr(lan, "_own_address", lambda: "")
    with pytest.raises(CommandError, match="in no network"):
        call_command("lan")


def test_taken_port_is_refused(run, settings, tmp_path):
    port = free_ports()
    settings.SITE_URL = f"https://{HOST}:{port}"
    os.environ |= {"HOST": HOST, "PORT": str(port)}
    with socket.socket() as other:
        other.bind((HOST, port + 1))
        other.listen()
        with pytest.raises(CommandError, match=f"Port {port + 1} is taken.*make lan PORT="):
            call_command("lan", certificates=tmp_path)


# --- The real thing ---------------------------------------------------------------------------------------------------
@pytest.fixture
def site(tmp_path, django_db_blocker):
    """Host, port and the file of the authority of a real `manage.py lan`; the ORM of the test is its database."""
    port = free_ports()
    with django_db_blocker.unblock(), fresh_database("sqlite", tmp_path) as url, orm_at(url):
        environ = os.environ | {
            "HOST": HOST, "PORT": str(port), "DATABASE_URL": url, "SITE_URL": "http://127.0.0.1:8000",
            "WEB_CONCURRENCY": "1", "TEST_DATABASE": "",
        }  # fmt: skip
        command = [sys.executable, "manage.py", "lan", "--certificates", str(tmp_path / "lan")]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True)
        authority = tmp_path / "lan" / "authority.crt"
        try:
            wait_until_served(port, authority, process)
            yield port, authority
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=60)
            print((tmp_path / "log").read_text())  # noqa: T201 -- pytest shows it beside a failure


def wait_until_served(port, authority, process) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        try:
            if ask(port, authority, "/healthz/").status == 200 and ask_plainly(port + 1, "/").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("it did not start")


def ask(port, authority, path, method="GET", body=None, **headers):
    context = ssl.create_default_context(cafile=authority)
    connection = http.client.HTTPSConnection(HOST, port, context=context, timeout=30)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    response.body = response.read()
    return response


def ask_plainly(port, path):
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", path)
    response = connection.getresponse()
    response.body = response.read()
    return response


def test_tablet_that_trusts_the_authority_is_paired_over_https(site):
    port, authority = site
    tablet = factories.tablet(conference=factories.conference())
    link = f"/staff/{tablet.conference.slug}/checkin/pair/{open_pairing(tablet=tablet, now=timezone.now())}/"
    page = ask(port, authority, link)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.body.decode()).group(1)
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    assert cookie.startswith("__Host-csrftoken=")
    paired = ask(
        port, authority, link, "POST", f"csrfmiddlewaretoken={token}", Cookie=cookie,
        Origin=f"https://{HOST}:{port}", **{"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert paired.status == 302
    given = [line for line in paired.headers.get_all("Set-Cookie") if line.startswith("tablet=")]
    assert len(given) == 1
    assert "Secure" in given[0]
    assert page.headers["Strict-Transport-Security"] is None

    # A proxy's words, from somebody who is none.
    forged = ask(port, authority, "/accounts/login/", **{"X-Forwarded-Proto": "http", "X-Forwarded-For": "1.2.3.4"})
    assert forged.status == 200
    assert ask(port, authority, "/outbox/").status == 404

    told = ask_plainly(port + 1, "/")
    certificate = ask_plainly(port + 1, re.search(r'href="(/[^"]+)"', told.body.decode()).group(1))
    assert certificate.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert certificate.body == ssl.PEM_cert_to_DER_cert(authority.read_text())
    assert ask_plainly(port + 1, "/site.key").status == 404
    assert ask_plainly(port + 1, "/../lan/authority.key").status == 404
