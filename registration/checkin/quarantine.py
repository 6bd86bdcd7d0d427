"""Scans that arrive from whoever is no longer here: a revoked tablet, one that is a stand for self check-in by now, a
person whose role was taken; and scans of anybody that cannot be recorded as they came (`sync.Bad`), above all those of a
checkpoint that was deleted meanwhile. They admit nobody and are not lost: an organiser takes them in, as late scans like
any other and at another checkpoint where theirs is no more, or discards them with a reason.

Whoever sends must be here or have been (`access`), and has one open batch of MAX_HELD scans at most; what is beyond stays
on the device until somebody has decided.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from conferences.models import Conference
from conferences.prepared import Given, Prepared, counted
from registration.account.models import User
from registration.checkin.models import Checkpoint, Method, Tablet, Verdict
from registration.checkin.models_quarantine import Decision, HeldBatch, HeldScan
from registration.checkin.sync import Bad, OfflineScan, take_scans, without_place
from registration.errors import RegistrationError

MAX_HELD = 1000
_MAX_GIVEN = 4000
_NAMES = uuid.UUID("0b6f7b8e-3a55-4e0c-9a3d-5f8d1c2e7a41")


@dataclass(frozen=True)
class Sender:
    """One of the two is None."""

    conference: Conference
    tablet: Tablet | None
    user: User | None


@dataclass(frozen=True)
class Held:
    """The answer to one of a batch, with what is wrong with it, if anything is. What there is no room for is not kept, so
    that it stays on the device.
    """

    scan_id: str
    is_kept: bool
    message: str = ""


def hold_scans(
    *, sender: Sender, scans: Sequence[OfflineScan | Bad], clock_offset: float, now: dt.datetime
) -> list[Held]:
    """Keep them for an organiser, and answer each in its order. Sent again they are kept once, whatever was decided
    meanwhile. Locks the sender's open batch.
    """
    if not scans:
        return []
    for _attempt in range(3):
        try:
            with transaction.atomic():
                return _hold(sender, scans, clock_offset=clock_offset, now=now)
        except IntegrityError:
            continue
    raise RuntimeError("the database refused the batch three times")


def _hold(sender: Sender, scans: Sequence[OfflineScan | Bad], *, clock_offset: float, now: dt.datetime) -> list[Held]:
    looked_at = _unless_reused(scans)
    keys = [_key(scan, sender.conference) for scan in looked_at]
    kept = set(HeldScan.objects.filter(pk__in=keys).values_list("pk", flat=True))
    fresh = {key: scan for key, scan in zip(keys, looked_at, strict=True) if key not in kept}
    if fresh:
        batch = _open_batch(sender, now=now)
        room = max(0, MAX_HELD - batch.scans.count())
        rows = [_row(key, scan, batch, clock_offset=clock_offset, now=now) for key, scan in list(fresh.items())[:room]]
        HeldScan.objects.bulk_create(rows)
        kept |= {row.pk for row in rows}
    return [
        Held(str(scan.scan_id), is_kept=key in kept, message=_refusal(scan))
        for key, scan in zip(keys, looked_at, strict=True)
    ]


def _unless_reused(scans: Sequence[OfflineScan | Bad]) -> list[OfflineScan | Bad]:
    """What comes under the id of another scan that is kept is no scan either."""
    ids = [scan.scan_id for scan in scans if isinstance(scan, OfflineScan)]
    known = {held.pk: (held.checkpoint_id, held.code) for held in HeldScan.objects.filter(pk__in=ids)}
    looked_at: list[OfflineScan | Bad] = []
    for scan in scans:
        if isinstance(scan, OfflineScan):
            said = (scan.checkpoint.pk, scan.code)
            if known.setdefault(scan.scan_id, said) != said:
                scan = without_place(scan, _("This scan was sent before with another code."))
        looked_at.append(scan)
    return looked_at


def _key(scan: OfflineScan | Bad, conference: Conference) -> uuid.UUID:
    """By which it is known when it comes again. The id of a bad one may be missing, or that of another scan."""
    if isinstance(scan, OfflineScan):
        return scan.scan_id
    return uuid.uuid5(_NAMES, f"{conference.pk} {scan.given}")


def _refusal(scan: OfflineScan | Bad) -> str:
    return scan.message if isinstance(scan, Bad) else ""


def _open_batch(sender: Sender, *, now: dt.datetime) -> HeldBatch:
    whose = {"conference": sender.conference, "tablet": sender.tablet, "sent_by": sender.user}
    found = HeldBatch.objects.select_for_update().filter(**whose, decision="").first()
    name = sender.user.name if sender.user else ""
    return found or HeldBatch.objects.create(**whose, sent_by_name=name, received_at=now)


def _row(
    key: uuid.UUID, scan: OfflineScan | Bad, batch: HeldBatch, *, clock_offset: float, now: dt.datetime
) -> HeldScan:
    return HeldScan(
        id=key,
        batch=batch,
        checkpoint=scan.checkpoint,
        code=scan.code,
        scanned_at=scan.made_at,
        # No scan was made after it arrived, and when it is taken in that is long ago.
        clock_offset=min(
            clock_offset if scan.clock_offset is None else scan.clock_offset, (now - scan.made_at).total_seconds()
        ),
        received_at=now,
        scanned_by_name=scan.by_name,
        method=scan.method,
        device_verdict=scan.verdict,
        rehearsal=scan.rehearsal,
        place=scan.place,
        refusal=_refusal(scan)[:200],
        given=scan.given[:_MAX_GIVEN] if isinstance(scan, Bad) else "",
    )


def batches_of(conference: Conference, *, is_open: bool) -> QuerySet[HeldBatch]:
    """The newest first, each with how many `number` scans it has, how many of them, `green`, let somebody in, and how many,
    `refused`, could not be recorded as they came. One that was taken in only in part, because something failed, is open.
    """
    return (
        _batches(conference, is_open=is_open)
        .annotate(
            number=Count("scans"),
            green=Count("scans", filter=Q(scans__device_verdict=Verdict.ADMITTED)),
            refused=Count("scans", filter=~Q(scans__refusal="")),
        )
        .select_related("tablet")
        .order_by("-received_at", "pk")
    )


COUNT_OPEN = Prepared(lambda: counted(_batches(Given("conference"), is_open=True)))


def count_open_batches(conference: Conference) -> int:
    return COUNT_OPEN.all(conference=conference.pk)[0]


def _batches(conference: Conference | Given, *, is_open: bool) -> QuerySet[HeldBatch]:
    left = HeldScan.objects.filter(batch=OuterRef("pk"), taken_at=None)
    undecided = Q(decision="") | (Q(decision=Decision.ACCEPTED) & Q(Exists(left)))
    return HeldBatch.objects.filter(undecided if is_open else ~undecided, conference=conference)


def without_checkpoint(batch: HeldBatch) -> QuerySet[HeldScan]:
    """What can only be taken in at another checkpoint."""
    return batch.scans.filter(taken_at=None, checkpoint=None)


def accept_batch(*, batch: HeldBatch, by: User, now: dt.datetime, checkpoint: Checkpoint | None = None) -> None:
    """Take each scan in as `sync` does, for the moment it was made; conflicts come into the worklist. Each is a transaction
    of its own. One on which we stumble by a fault of ours leaves the batch open, and accepting it again goes on there.
    Those without a checkpoint are taken in at `checkpoint`; raises RegistrationError `checkpoint_missing` without one.
    """
    if checkpoint is None and without_checkpoint(batch).exists():
        raise RegistrationError("checkpoint_missing", _("Choose where these scans are to be taken in."))
    _decide(batch, Decision.ACCEPTED, by=by, now=now)
    for held in batch.scans.filter(taken_at=None).select_related("checkpoint__conference"):
        place = held.checkpoint or checkpoint
        if place is None:  # it came just now
            continue
        scan = OfflineScan(
            scan_id=held.pk, checkpoint=place, code=held.code, made_at=held.scanned_at,
            verdict=held.device_verdict, by_name=held.scanned_by_name, method=Method(held.method), rehearsal=held.rehearsal,
        )  # fmt: skip
        for taken in take_scans(
            scans=[scan], by=batch.sent_by, tablet=batch.tablet, clock_offset=held.clock_offset, now=now
        ):
            problem = taken.message[:200] if isinstance(taken.answer, Bad) else ""
            HeldScan.objects.filter(pk=held.pk).update(taken_at=now, problem=problem, checkpoint=place)


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
