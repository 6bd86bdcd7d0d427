"""O1: a tablet's batch that comes twice at once, in whole and in part, is recorded once, and every copy is answered the same;
so is one that is only held back (O4). With a control that must fail.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from registration.checkin.models import Checkpoint, Scan
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from tests import factories
from tests.server import Answer, Server, together

pytestmark = [pytest.mark.both_databases]

FULL = pytest.mark.hostile
SIZES = pytest.mark.parametrize("size", [40, pytest.param(200, marks=FULL)], ids=["reduced", "full"])


def all_at_once(server: Server, *, size: int, is_revoked: bool = False) -> tuple[list[dict[str, Any]], list[Answer]]:
    """The batch, and the answers: to its first half, which came alone, and to three copies of the whole at the same time."""
    conference = factories.conference()
    revoked = {"revoked_at": timezone.now()} if is_revoked else {}
    _tablet, secret = factories.paired_tablet(conference=conference, **revoked)
    main = Checkpoint.objects.main(conference)
    codes = [factories.attendee(conference=conference).access_code for _ in range(size - 2)]
    batch = [
        {"id": str(uuid.uuid4()), "checkpoint": main.pk, "code": code, "verdict": "admitted", "by": "Kim",
         "at": timezone.now().isoformat(), "method": "camera"}
        for code in [*codes, codes[0], "XX4Q0000"]
    ]  # fmt: skip
    path = reverse("checkin-sync", args=[conference.slug])

    def send(scans: list[dict[str, Any]]) -> Answer:
        client = server.client()
        client.cookies["tablet"] = secret
        return client.request("POST", path, json={"now": timezone.now().isoformat(), "scans": scans})

    first = send(batch[: size // 2])
    return batch, [first, *together([lambda: send(batch) for _ in range(3)])]


def said(answer: Answer) -> list[tuple[Any, ...]]:
    return [(one["id"], one["verdict"], one["conflict"]) for one in answer.json()["results"]]


@SIZES
def test_batch_that_comes_several_times_at_once_is_recorded_once(start_server, size):
    batch, (half, *answers) = all_at_once(start_server(workers=3), size=size)
    assert {answer.status for answer in answers} == {200}
    assert said(answers[0]) == said(answers[1]) == said(answers[2])
    assert said(half) == said(answers[0])[: size // 2]
    verdicts = [verdict for _id, verdict, _conflict in said(answers[0])]
    assert verdicts == ["admitted"] * (size - 2) + ["already_admitted", "unknown"]
    assert {str(pk) for pk in Scan.objects.values_list("pk", flat=True)} == {scan["id"] for scan in batch}


@SIZES
def test_batch_that_is_held_back_is_kept_once(start_server, size):
    batch, answers = all_at_once(start_server(workers=3), size=size, is_revoked=True)
    assert {answer.status for answer in answers} == {403}
    assert said(answers[1]) == said(answers[2]) == said(answers[3]) == [(scan["id"], "held", False) for scan in batch]
    assert (HeldBatch.objects.count(), HeldScan.objects.count(), Scan.objects.count()) == (1, size, 0)


def test_control_that_does_not_know_a_scan_by_its_id_records_it_again(start_server):
    _batch, answers = all_at_once(start_server(workers=3, hook="tests.hooks_scans:forget_ids_of_scans"), size=40)
    assert {answer.status for answer in answers} == {200}
    assert Scan.objects.count() > 40
