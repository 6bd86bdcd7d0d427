"""The scans of the demo's first day."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator

from conferences.models import Conference
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeState
from registration.checkin.admission import check_in
from registration.checkin.models import Checkpoint, Method, Scan, Tablet, Verdict
from registration.order.models import OrderLine, OrderStatus

_VOLUNTEERS = ("Mira", "Tomasz", "J. K.")


def let_people_in(conference: Conference, door: User, chance: random.Random, now: dt.datetime) -> None:
    """Two thirds of them, in the last two and a half hours, most when the first talk was near; and some refusals."""
    main = Checkpoint.objects.main(conference)
    midnight = dt.datetime.combine(conference.local_date(now), dt.time(), conference.tz)
    begun = max(now - dt.timedelta(minutes=150), midnight)
    expected = list(Attendee.objects.expected().filter(conference=conference))
    arrived = sorted(chance.sample(expected, len(expected) * 2 // 3), key=lambda seat: seat.pk)
    scans: list[Scan] = []
    for seat in arrived:
        at = begun + (now - begun) * chance.betavariate(2.2, 3)
        seat.checked_in_at = at
        scans.append(_scan(main, seat, seat.access_code, Verdict.ADMITTED, at, door))
    Attendee.objects.bulk_update(arrived, ["checked_in_at"], batch_size=100)
    for seat in chance.sample(arrived, 6):
        first = seat.checked_in_at or begun
        again = first + (now - first) * 0.5
        scans.append(_scan(main, seat, seat.access_code, Verdict.ALREADY_ADMITTED, again, door))
    refused = Attendee.objects.filter(conference=conference)
    for verdict, seats in (
        (Verdict.CANCELLED, refused.filter(state=AttendeeState.CANCELLED)[:2]),
        (Verdict.UNPAID, refused.live().filter(order__status=OrderStatus.PENDING)[:3]),
    ):
        scans += [_scan(main, seat, seat.access_code, verdict, begun + (now - begun) * 0.7, door) for seat in seats]
    scans.append(_scan(main, None, "7KQ2MOXX", Verdict.UNKNOWN, begun + (now - begun) * 0.9, door))
    _spread(scans, conference, chance)
    scans += _let_in_twice(conference, arrived[len(arrived) // 2], scans)
    scans += _lunch(conference, arrived, door, now)
    Scan.objects.bulk_create(scans)
    _hand_out(conference, door, now)


def _spread(scans: list[Scan], conference: Conference, chance: random.Random) -> None:
    """Two thirds were scanned with the tablets of volunteers, who took turns."""
    tablets = list(Tablet.objects.filter(conference=conference))
    for scan in chance.sample(scans, len(scans) * 2 // 3):
        scan.tablet = chance.choice(tablets)
        scan.scanned_by, scan.scanned_by_name = None, chance.choice(_VOLUNTEERS)


def _let_in_twice(conference: Conference, seat: Attendee, scans: list[Scan]) -> Iterator[Scan]:
    """While the Wi-Fi was down, a second tablet let the same ticket in: an open conflict, for the desk to look into."""
    first = next(scan for scan in scans if scan.attendee == seat)
    tablets = Tablet.objects.filter(conference=conference).order_by("pk")
    first.tablet, second = tablets[0], tablets[1]
    first.scanned_by, first.scanned_by_name = None, _VOLUNTEERS[0]
    again = _scan(
        first.checkpoint, seat, first.code, Verdict.ALREADY_ADMITTED, first.effective_at + dt.timedelta(minutes=4), None
    )
    again.tablet, again.scanned_by_name = second, _VOLUNTEERS[1]
    again.received_at = again.effective_at + dt.timedelta(minutes=9)
    again.device_verdict, again.conflict = Verdict.ADMITTED, True
    yield again


def _lunch(conference: Conference, arrived: list[Attendee], door: User, now: dt.datetime) -> Iterator[Scan]:
    lunch = conference.checkpoints.get(name="Lunch")
    for number, seat in enumerate(arrived[:40]):
        at = max(now - dt.timedelta(seconds=25 * (number + 1)), seat.checked_in_at or now)
        scan = _scan(lunch, seat, seat.access_code, Verdict.ADMITTED, at, door)
        scan.entry_key = lunch.entry_key(scan_id=scan.pk, now=at)
        yield scan


def _hand_out(conference: Conference, door: User, now: dt.datetime) -> None:
    """A T-shirt to every other of those who bought some and are in, soon after they came."""
    desk = conference.checkpoints.get(name="T-shirt desk")
    lines = OrderLine.objects.filter(add_on__checkpoints=desk, order__status=OrderStatus.PAID)
    entitled = Attendee.objects.checked_in().filter(pk__in=lines.values("attendee")).order_by("pk")
    for seat in entitled[::2]:
        at = min((seat.checked_in_at or now) + dt.timedelta(minutes=12), now)
        check_in(checkpoint=desk, code=seat.access_code, scan_id=uuid.uuid4(), by=door, now=at, method=Method.WEDGE)


def _scan(
    checkpoint: Checkpoint, seat: Attendee | None, code: str, verdict: Verdict, at: dt.datetime, door: User | None
) -> Scan:
    return Scan(
        checkpoint=checkpoint, attendee=seat, code=code, verdict=verdict, scanned_at=at, effective_at=at,
        received_at=at, scanned_by=door, scanned_by_name=door.name if door else "", method=Method.WEDGE,
    )  # fmt: skip
