"""What the tests of hand-outs share."""

from __future__ import annotations

from registration.checkin.models import Checkpoint
from tests.registration.checkin.offline import scan_at


def verdicts(place: Checkpoint, code: str, times: int, **fields) -> list[str]:
    return [str(scan_at(place, code, **fields).verdict) for _number in range(times)]


def as_often_as_they_like(place: Checkpoint) -> Checkpoint:
    Checkpoint.objects.filter(pk=place.pk).update(entry="unlimited")
    return Checkpoint.objects.get(pk=place.pk)
