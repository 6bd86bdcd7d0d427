"""P1 of the hostile cases, whole: people register through the pages while the mail server misbehaves, and each ticket
mail arrives once when it is back.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import pytest
from post_office.models import STATUS, Email

from registration.attendee.models import Attendee
from tests import factories
from tests.concurrency.test_registration import mine, send
from tests.post import MailServer, Worker, wait_until

pytestmark = pytest.mark.both_databases

FULL = pytest.param(50, marks=pytest.mark.hostile)
TROUBLES = {
    "refused": lambda server: server.stop(),
    "hangs": lambda server: setattr(server, "hang", 600),  # until it is told otherwise below
    "451": lambda server: setattr(server, "answer", "451 4.3.0 try later"),
}


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.mark.parametrize("people", [4, FULL])
@pytest.mark.parametrize("trouble", list(TROUBLES))
def test_registration_does_not_wait_for_mail_and_each_ticket_arrives_once(
    start_server, mail_server, tmp_path, warm, trouble, people
):
    site = start_server(workers=2, env={"EMAIL_URL": mail_server.url})
    kind = factories.ticket_type(conference=factories.conference())
    TROUBLES[trouble](mail_server)
    log = tmp_path / "worker.log"
    worker = Worker(database_url=site.database_url, email_url=mail_server.url, log=log, warm=warm)
    try:
        took = []
        for _number in range(people):
            user = factories.user()
            client, started = site.client(user), time.monotonic()
            assert send(client, kind, mine(kind, user)) == (302, "")
            took.append(time.monotonic() - started)
        # All are answered and committed, and the mail server has not taken a single mail yet: nobody waits for it.
        assert (Attendee.objects.count(), Email.objects.count(), mail_server.accepted) == (people, people, [])
        assert statistics.median(took) < 2
        mail_server.answer, mail_server.hang = "250 OK", 0
        if trouble == "refused":
            mail_server.start()
        wait_until(lambda: Email.objects.filter(status=STATUS.sent).count() == people)
    finally:
        worker.kill()
    codes = sorted(Attendee.objects.values_list("access_code", flat=True))
    received = [message.get_body(("plain",)).get_content() for message in mail_server.accepted]
    assert sorted(code for code in codes for text in received if f"/t/{code}/" in text) == codes
    assert len(received) == people
    attached = [[part.get_content_type() for part in message.iter_attachments()] for message in mail_server.accepted]
    assert attached == [["text/calendar", "application/pdf"]] * people
