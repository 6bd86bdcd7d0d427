"""`manage.py demo`: made, told, removed; never on a public site."""

import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conferences.models import Conference
from registration.management.commands import demo as command

pytestmark = pytest.mark.django_db


@pytest.fixture
def logins_file(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "LOGINS", tmp_path / "data" / "logins.txt")
    return command.LOGINS


def run(**options):
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


@pytest.mark.both_databases
def test_command_keeps_logins_for_this_account_alone(logins_file):
    told = run()

    assert stat.S_IMODE(logins_file.stat().st_mode) == 0o600
    assert [line.split()[0] for line in logins_file.read_text().splitlines()] == [
        "admin",
        "organiser",
        "desk",
        "door",
        "attendee",
    ]
    assert logins_file.read_text() in told
    assert run(if_empty=True) == told
    with pytest.raises(CommandError, match="here already"):
        run()
    assert run(remove=True) == "The demo is removed, 345 people with it.\n"
    assert not logins_file.exists()


@pytest.mark.both_databases
def test_command_leaves_a_site_in_use_alone(logins_file, conference):
    assert run(if_empty=True) == ""
    assert list(Conference.objects.all()) == [conference]


@pytest.mark.parametrize("remove", [True, False])
def test_command_refuses_public_sites(logins_file, settings, remove):
    settings.SITE_IS_LOCAL = False
    with pytest.raises(CommandError, match="public site"):
        run(remove=remove)
