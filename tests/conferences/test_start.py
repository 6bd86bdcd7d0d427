"""`make run`: what is prepared, what is said, what is refused. Serving itself is replaced by the end of the test."""

import os
import socket

import pytest
from django.core.management import CommandError, call_command

from conferences.management.commands import start
from registration.management.commands import demo
from tests import factories

pytestmark = pytest.mark.django_db


class Served(Exception):  # noqa: N818 -- no error
    """In place of honcho, which would not come back."""


@pytest.fixture
def site(settings, monkeypatch, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.SITE_URL = f"http://127.0.0.1:{port}"
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.setattr(start, "collect_if_changed", lambda: None)
    monkeypatch.setattr(demo, "LOGINS", tmp_path / "logins.txt")
    run = []

    def serve(program, arguments):
        run.append(arguments)
        raise Served

    monkeypatch.setattr(os, "execv", serve)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return port, run


def test_start_makes_the_demo_tells_logins_and_serves(site, capsys):
    port, run = site
    with pytest.raises(Served):
        call_command("start")
    said = capsys.readouterr().out

    assert run[0][1:] == ["--env", os.devnull, "start", "--port", str(port)]
    assert f"Lanyard answers at http://127.0.0.1:{port} in a moment" in said
    assert "Tablets on this network need HTTPS for their cameras: stop this, and run make lan instead." in said
    assert all(f"{role}@demo.example.org" in said for role in ("admin", "organiser", "desk", "door", "attendee"))
    assert f"What to try first:\n  1. as desk, let somebody in at http://127.0.0.1:{port}/staff/" in said
    with pytest.raises(Served):
        call_command("start")
    assert capsys.readouterr().out == said


def test_start_on_a_site_in_use_says_the_first_step_alone(site, capsys, conference):
    factories.superuser()
    with pytest.raises(Served):
        call_command("start")

    assert "demo" not in capsys.readouterr().out


def test_start_with_another_port_makes_links_lead_there(site, monkeypatch):
    _port, run = site
    monkeypatch.setenv("PORT", "45678")
    monkeypatch.setenv("SITE_URL", "http://127.0.0.1:8000")
    with pytest.raises(Served):
        call_command("start")

    assert os.environ["SITE_URL"] == "http://127.0.0.1:45678"
    assert "honcho" not in run[0][0]


def test_start_refuses_a_taken_port_and_says_what_to_do(site):
    port, _run = site
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(CommandError, match=f"Port {port} is taken.*make run PORT={port + 10}"):
            call_command("start")


def test_start_refuses_a_port_that_is_no_number(site, monkeypatch):
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(CommandError, match="PORT is 'eighty'"):
        call_command("start")
