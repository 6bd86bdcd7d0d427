"""What the tests of offline check-in share."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import replace
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conferences.models import Conference
from registration.checkin.admission import CheckIn, check_in
from registration.checkin.models import Checkpoint, Tablet
from registration.checkin.tablet_list import COLUMNS, TabletList, read_list
from registration.checkin.tablets import COOKIE, digest


def rows_of(listed: TabletList) -> list[dict[str, Any]]:
    rows = json.loads("[" + ",".join(listed.people) + "]")
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def people_of(listed: TabletList) -> dict[str, dict[str, Any]]:
    """By code; each code is there once."""
    rows = rows_of(listed)
    people = {row["code"]: row for row in rows}
    assert len(people) == len(rows)
    return people


def everybody(checkpoint: Checkpoint) -> dict[str, dict[str, Any]]:
    listed = read_list(checkpoint=checkpoint, cursor=None, now=timezone.now())
    assert (listed.is_complete, listed.removed) == (True, [])
    return people_of(listed)


class KeptList:
    """A tablet's list, kept as the page keeps it."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.people: dict[str, dict[str, Any]] = {}
        self.cursor: str | None = None
        self.refresh()

    def refresh(self, *, now: dt.datetime | None = None) -> TabletList:
        listed = read_list(checkpoint=self.checkpoint, cursor=self.cursor, now=now or timezone.now())
        pieces = list(listed.people)
        listed = replace(listed, people=iter(pieces))
        came = people_of(listed)
        self.people = came if listed.is_complete else self.people | came
        for code in listed.removed:
            self.people.pop(code, None)
        self.cursor = listed.cursor
        return replace(listed, people=iter(pieces))


def scan_at(checkpoint: Checkpoint, code: str, **fields: Any) -> CheckIn:
    return check_in(
        checkpoint=checkpoint, code=code, **{"scan_id": uuid.uuid4(), "by": None, "now": timezone.now()} | fields
    )


def iso(moment: dt.datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


class Device:
    """A paired tablet whose clock is `ahead` of the server's."""

    def __init__(
        self, conference: Conference, name: str, *, ahead: dt.timedelta = dt.timedelta(), **fields: Any
    ) -> None:
        secret = f"secret of {name} {uuid.uuid4()}"
        self.tablet = Tablet.objects.create(
            conference=conference, name=name, secret_digest=digest(secret), paired_at=timezone.now(), **fields
        )
        self.client = Client()
        self.client.cookies[COOKIE] = secret
        self.conference, self.ahead = conference, ahead
        self.main = Checkpoint.objects.main(conference)

    def scan(self, code: str, *, ago: dt.timedelta = dt.timedelta(minutes=10), **fields: Any) -> dict[str, Any]:
        made = {
            "id": str(uuid.uuid4()), "checkpoint": self.main.pk, "code": code, "verdict": "admitted",
            "at": iso(timezone.now() - ago + self.ahead), "by": "Kim", "method": "camera",
        }  # fmt: skip
        return made | fields

    def post(self, *scans: Any, **fields: Any) -> Any:
        body = {"tablet": str(self.tablet.pk), "now": iso(timezone.now() + self.ahead), "cursor": None, "scans": scans}
        return self.client.post(
            reverse("checkin-sync", args=[self.conference.slug]), json.dumps(body | fields), "application/json"
        )

    def send(self, *scans: Any, **fields: Any) -> list[dict[str, Any]]:
        response = self.post(*scans, **fields)
        assert response.status_code == 200, response.content
        return response.json()["results"]
