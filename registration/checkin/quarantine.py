"""Scans that arrive from whoever is no longer here: a revoked tablet, one that is a stand for self check-in by now, a
person whose role was taken. They admit nobody and are not lost: an organiser takes them in, as late scans like any
other, or discards them with a reason.

Whoever sends must have been here once (`access`), and has one open batch of MAX_HELD scans at most; what is beyond stays
on the device until somebody has decided.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from conferences.models import Conference
from registration.account.models import User
from registration.checkin.models import Method, Tablet, Verdict
from registration.checkin.models_quarantine import Decision, HeldBatch, HeldScan
from registration.checkin.sync import Bad, OfflineScan, take_scans
from registration.errors import RegistrationError

MAX_HELD = 1000


@dataclass(frozen=True)
class Sender:
    """One of the two is None."""

    conference: Conference
    tablet: Tablet | None
    user: User | None


@dataclass(frozen=True)
class Held:
    """The answer to one of a batch: kept here, or why it cannot be."""

    scan_id: str
    is_kept: bool
    message: str = ""


def hold_scans(
    *, sender: Sender, scans: Sequence[OfflineScan | Bad], clock_offset: float, now: dt.datetime
) -> list[Held]:
    """Keep them for an organiser. Sent again they are kept once, whatever was decided meanwhile. What there is no room for
    is left out of the answer, so that it stays on the device. Locks the sender's open batch.
    """
    for _attempt in range(3):
        try:
            with transaction.atomic():
                return _hold(sender, scans, clock_offset=clock_offset, now=now)
        except IntegrityError:
            continue
    raise RuntimeError("the database refused the batch three times")


def _hold(sender: Sender, scans: Sequence[OfflineScan | Bad], *, clock_offset: float, now: dt.datetime) -> list[Held]:
    readable = {scan.scan_id: scan for scan in scans if isinstance(scan, OfflineScan)}
    kept = HeldScan.objects.in_bulk(list(readable))
    fresh = [scan for scan_id, scan in readable.items() if scan_id not in kept]
    if fresh:
        batch = _open_batch(sender, now=now)
        room = max(0, MAX_HELD - batch.scans.count())
        rows = [_row(scan, batch, clock_offset=clock_offset, now=now) for scan in fresh[:room]]
        HeldScan.objects.bulk_create(rows)
        kept |= {row.pk: row for row in rows}
    answers = []
    for scan in scans:
        if isinstance(scan, Bad):
            answers.append(Held(scan.scan_id, is_kept=False, message=scan.message))
        elif found := kept.get(scan.scan_id):
            is_same = (found.checkpoint_id, found.code) == (scan.checkpoint.pk, scan.code)
            message = "" if is_same else _("This scan was sent before with another code.")
            answers.append(Held(str(scan.scan_id), is_kept=is_same, message=message))
    return answers


def _open_batch(sender: Sender, *, now: dt.datetime) -> HeldBatch:
    whose = {"conference": sender.conference, "tablet": sender.tablet, "sent_by": sender.user}
    found = HeldBatch.objects.select_for_update().filter(**whose, decision="").first()
    name = sender.user.name if sender.user else ""
    return found or HeldBatch.objects.create(**whose, sent_by_name=name, received_at=now)


def _row(scan: OfflineScan, batch: HeldBatch, *, clock_offset: float, now: dt.datetime) -> HeldScan:
    return HeldScan(
        id=scan.scan_id,
        batch=batch,
        checkpoint=scan.checkpoint,
        code=scan.code,
        scanned_at=scan.made_at,
        # No scan was made after it arrived, and when it is taken in that is long ago.
        clock_offset=min(clock_offset, (now - scan.made_at).total_seconds()),
        received_at=now,
        scanned_by_name=scan.by_name,
        method=scan.method,
        device_verdict=scan.verdict,
        rehearsal=scan.rehearsal,
    )


def batches_of(conference: Conference, *, is_open: bool) -> QuerySet[HeldBatch]:
    """The newest first, each with how many `number` scans it has and how many of them, `green`, let somebody in. One that
    was taken in only in part, because something failed, is open.
    """
    return (
        _batches(conference, is_open=is_open)
        .annotate(number=Count("scans"), green=Count("scans", filter=Q(scans__device_verdict=Verdict.ADMITTED)))
        .select_related("tablet")
        .order_by("-received_at", "pk")
    )


def count_open_batches(conference: Conference) -> int:
    return _batches(conference, is_open=True).count()


def _batches(conference: Conference, *, is_open: bool) -> QuerySet[HeldBatch]:
    left = HeldScan.objects.filter(batch=OuterRef("pk"), taken_at=None)
    undecided = Q(decision="") | (Q(decision=Decision.ACCEPTED) & Q(Exists(left)))
    return HeldBatch.objects.filter(undecided if is_open else ~undecided, conference=conference)


def accept_batch(*, batch: HeldBatch, by: User, now: dt.datetime) -> None:
    """Take each scan in as `sync` does, for the moment it was made; conflicts come into the worklist. Each is a transaction
    of its own. One on which we stumble by a fault of ours leaves the batch open, and accepting it again goes on there.
    """
    _decide(batch, Decision.ACCEPTED, by=by, now=now)
    for held in batch.scans.filter(taken_at=None).select_related("checkpoint__conference"):
        scan = OfflineScan(
            scan_id=held.pk, checkpoint=held.checkpoint, code=held.code, made_at=held.scanned_at,
            verdict=held.device_verdict, by_name=held.scanned_by_name, method=Method(held.method), rehearsal=held.rehearsal,
        )  # fmt: skip
        for taken in take_scans(
            scans=[scan], by=batch.sent_by, tablet=batch.tablet, clock_offset=held.clock_offset, now=now
        ):
            problem = "" if taken.answer else taken.message[:200]
            HeldScan.objects.filter(pk=held.pk).update(taken_at=now, problem=problem)


def discard_batch(*, batch: HeldBatch, reason: str, by: User, now: dt.datetime) -> None:
    """Nothing of it is deleted, and it can still be taken in. Raises RegistrationError `reason_missing`, or `accepted` when
    it was taken in before.
    """
    if not reason.strip():
        raise RegistrationError("reason_missing", _("Say why, so that others can follow it later."))
    _decide(batch, Decision.DISCARDED, by=by, now=now, reason=reason.strip())


@transaction.atomic
def _decide(batch: HeldBatch, decision: Decision, *, by: User, now: dt.datetime, reason: str = "") -> None:
    """One decision at a time: what was taken in stays so, and whatever is sent from now on makes a new batch."""
    locked = HeldBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.decision == Decision.ACCEPTED:
        if decision == Decision.DISCARDED:
            raise RegistrationError("accepted", _("These scans were taken in already."))
        return
    locked.decision, locked.decided_at, locked.decided_by, locked.decided_by_name = decision, now, by, by.name
    locked.reason = reason or locked.reason
    locked.save(update_fields=["decision", "decided_at", "decided_by", "decided_by_name", "reason"])
