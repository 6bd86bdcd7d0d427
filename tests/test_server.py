"""The test server does what the race tests rely on."""

import pytest

from conferences.models import Conference, Role
from tests import factories
from tests.server import together

pytestmark = pytest.mark.both_databases


def test_server_shares_its_database_with_the_test(start_server):
    server = start_server()
    conference = factories.conference(accent="#123456")
    client = server.client(factories.staff(conference=conference, role=Role.ORGANISER).user)

    assert "#123456" in server.client().get(f"/conferences/{conference.slug}/accent.css").text
    assert client.get(f"/staff/{conference.slug}/").status == 200
    assert server.client().get(f"/staff/{conference.slug}/").status == 302


def test_server_checks_the_token_of_forms(start_server):
    server = start_server(workers=1)
    client = server.client(factories.user())

    assert client.post("/accounts/logout/", csrf=False).status == 403
    assert client.post("/accounts/logout/").status == 302
    assert client.get("/me/").status == 302


def test_server_outlives_its_workers_and_keeps_its_records(start_server):
    server = start_server(workers=2)
    conference = factories.conference()
    before = server.worker_pids()
    server.kill_worker()
    server.stop()
    server.start()

    assert set(before).isdisjoint(server.worker_pids())
    assert server.client().get(f"/conferences/{conference.slug}/").status == 200
    assert "Booting worker" in server.log


def test_server_answers_clients_together_and_runs_commands(start_server):
    server = start_server(workers=2, env={"SITE_URL": "https://tickets.example.org", "EMAIL_URL": "smtp://127.0.0.1:9"})
    conference = factories.conference()
    clients = [server.client() for _ in range(8)]
    path = f"/conferences/{conference.slug}/"

    assert [answer.status for answer in together([lambda c=c: c.get(path) for c in clients])] == [200] * 8
    counted = server.manage("shell", "-c", "from conferences.models import *; print(Conference.objects.count())")
    assert counted.stdout.split()[-1] == "1" == str(Conference.objects.count())


def test_server_calls_the_hook_before_it_serves(start_server):
    server = start_server(workers=1, hook="tests.test_server:say_hello")

    assert server.log.index("hello from the hook") < server.log.index("Booting worker")


def say_hello():
    print("hello from the hook", flush=True)  # noqa: T201
