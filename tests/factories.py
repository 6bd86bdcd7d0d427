"""Records with defaults. Plain keyword-only functions; whatever a test is about, it names."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from conferences.models import Conference, Role, StaffRole
from registration.account.models import User
from registration.attendee.models import Attendee, AttendeeState
from registration.badge.models import BadgeFormat, BadgePrint
from registration.catalogue.models import AddOn, Discount, TicketType, Voucher
from registration.catalogue.places import add_places, free_places
from registration.checkin.models import Checkpoint, Scan, Tablet, Verdict
from registration.checkin.models_conflicts import Settlement
from registration.checkin.models_quarantine import HeldBatch, HeldScan
from registration.checkin.tablets import digest
from registration.logo.drawing import Drawing
from registration.logo.logos import keep_logo
from registration.logo.models import Logo
from registration.order.models import Order, OrderLine, OrderStatus
from registration.waiting.models import WaitingEntry, WaitingState
from registration.waiting.waiting_list import count_waiting

_number = itertools.count(1)


def conference(*, slug: str | None = None, **fields: Any) -> Conference:
    number = next(_number)
    where = fields.get("timezone", "Europe/Berlin")
    today = timezone.localdate(timezone=ZoneInfo(where))
    defaults = {
        "name": f"Conference {number}",
        "start_date": today,
        "end_date": today + dt.timedelta(days=2),
        "timezone": where,
    }
    return Conference.objects.create(slug=slug or f"conference-{number}", **defaults | fields)


def signed_in(user: User, session_key: str) -> None:
    """What allauth notes of whoever signs in."""
    UserSession.objects.create(user=user, session_key=session_key, ip="127.0.0.1")


def user(*, email: str | None = None, name: str | None = None, verified: bool = True, **fields: Any) -> User:
    """An account with a confirmed address (unless `verified` is False) and the password "correct horse"."""
    number = next(_number)
    made = User.objects.create_user(
        email=email or f"person{number}@example.org",
        name=name or f"Person {number}",
        password="correct horse",
        **fields,
    )
    made.emailaddress_set.create(email=made.email, verified=verified, primary=True)
    return made


def superuser(**fields: Any) -> User:
    """As `user`, with all rights; made like any other, since `create_superuser` confirms the address by itself."""
    return user(is_staff=True, is_superuser=True, **fields)


def staff(*, conference: Conference, role: Role, user: User | None = None) -> StaffRole:
    return StaffRole.objects.create(user=user or globals()["user"](), conference=conference, role=role)


def ticket_type(*, conference: Conference, **fields: Any) -> TicketType:
    number = next(_number)
    return TicketType.objects.create(
        conference=conference, **{"name": f"Ticket {number}", "slug": f"ticket-{number}"} | fields
    )


def add_on(*, conference: Conference, **fields: Any) -> AddOn:
    number = next(_number)
    return AddOn.objects.create(
        conference=conference, **{"name": f"Add-on {number}", "slug": f"add-on-{number}"} | fields
    )


def waiting(*, ticket_type: TicketType, user: User | None = None, **fields: Any) -> WaitingEntry:
    """Somebody on the waiting list, counted while their turn is to come."""
    made = WaitingEntry.objects.create(ticket_type=ticket_type, user=user or globals()["user"](), **fields)
    if made.state == WaitingState.WAITING:
        count_waiting(ticket_type, 1)
        ticket_type.waiting += 1
    return made


def voucher(*, conference: Conference, **fields: Any) -> Voucher:
    """Good for one ticket, free."""
    return Voucher.objects.create(
        conference=conference, **{"code": f"VOUCHER{next(_number)}", "reduction": "free"} | fields
    )


def discount(*, conference: Conference, **fields: Any) -> Discount:
    """Ten percent off, for everybody."""
    return Discount.objects.create(
        conference=conference, **{"name": f"Discount {next(_number)}", "reduction": "percent", "value": 10} | fields
    )


def attendee(*, conference: Conference, **fields: Any) -> Attendee:
    """A seat that the door admits: completed, valid, owing nothing. It has its place, beyond what there is if need be."""
    fields.setdefault("user", None)
    fields["user"] = fields["user"] or user()
    made = Attendee.objects.create(conference=conference, **{"completed_registration": True} | fields)
    if made.is_live:
        _take(conference, made.ticket_type)
    return made


@transaction.atomic
def end(seat: Attendee, *, state: AttendeeState = AttendeeState.CANCELLED) -> None:
    """Its place is free; nobody is told, and its order stays as it is."""
    seat.state = state
    seat.save(update_fields=["state", "updated_at"])
    free_places(conference=seat.conference, ticket_types=[seat.ticket_type])


@transaction.atomic
def _take(conference: Conference, *kinds: TicketType | None, add_ons: dict[AddOn, int] | None = None) -> None:
    """As a sale does; on the objects too, so that a test may save them."""
    add_places(conference=conference, ticket_types=list(kinds), add_ons=add_ons)
    conference.places_taken += len(kinds)
    for item, count in (*((kind, 1) for kind in kinds if kind), *(add_ons or {}).items()):
        item.taken += count


def order(
    *,
    conference: Conference,
    total: str | Decimal = "0.00",
    status: OrderStatus = OrderStatus.PAID,
    seats: int = 1,
    **fields: Any,
) -> Order:
    """An order with `seats` attendees, one of them the buyer, the others placeholders, and a line for each."""
    buyer = fields.pop("user", None) or user()
    sold = fields.pop("ticket_type", None) or ticket_type(conference=conference, price=Decimal(total) / (seats or 1))
    made = Order.objects.create(
        conference=conference, user=buyer, status=status, subtotal=Decimal(total), total=Decimal(total), **fields
    )
    for index in range(seats):
        holder = buyer if index == 0 else User.objects.create_placeholder(name=f"Guest {index}")
        seat = attendee(conference=conference, user=holder, order=made, ticket_type=sold)
        OrderLine.objects.create(
            order=made, attendee=seat, ticket_type=sold, text=sold.name, price=Decimal(total) / seats
        )
    return made


def pieces(*, attendee: Attendee, add_on: AddOn, quantity: int = 1, **fields: Any) -> OrderLine:
    """Of `add_on`, bought for this seat; with an order of its own unless one is named."""
    bought = fields.pop("order", None) or order(conference=attendee.conference, user=attendee.user, seats=0)
    if not fields.get("released_at"):
        _take(attendee.conference, add_ons={add_on: quantity})
    return OrderLine.objects.create(
        order=bought,
        attendee=attendee,
        add_on=add_on,
        quantity=quantity,
        text=add_on.name,
        **{"price": Decimal(0)} | fields,
    )


def tablet(*, conference: Conference, **fields: Any) -> Tablet:
    """Not paired; `paired_tablet` is."""
    return Tablet.objects.create(conference=conference, **{"name": f"Tablet {next(_number)}"} | fields)


def paired_tablet(*, conference: Conference, **fields: Any) -> tuple[Tablet, str]:
    """With the secret that belongs into the cookie `tablet`."""
    secret = f"secret of {next(_number)}"
    fields = {"secret_digest": digest(secret), "paired_at": timezone.now()} | fields
    return tablet(conference=conference, **fields), secret


def checkpoint(*, conference: Conference, **fields: Any) -> Checkpoint:
    return Checkpoint.objects.create(conference=conference, **{"name": f"Checkpoint {next(_number)}"} | fields)


def conflict(*, attendee: Attendee, **fields: Any) -> Scan:
    """A scan of a tablet that let `attendee` in without the network, although somebody else was let in before."""
    now = timezone.now()
    defaults = {
        "checkpoint": Checkpoint.objects.main(attendee.conference),
        "attendee": attendee,
        "code": attendee.access_code,
        "verdict": Verdict.ALREADY_ADMITTED,
        "device_verdict": Verdict.ADMITTED,
        "conflict": True,
        "scanned_at": now,
        "effective_at": now,
    }
    return Scan.objects.create(**defaults | fields)


def settlement(*, conflict: Scan, by: User, **fields: Any) -> Settlement:
    """Opened again, so that another one may follow."""
    defaults = {"note": "Done.", "settled_at": timezone.now(), "reopened_at": timezone.now()}
    return Settlement.objects.create(scan=conflict, settled_by=by, reopened_by=by, **defaults | fields)


def held_scan(*, attendee: Attendee, tablet: Tablet | None = None, **fields: Any) -> HeldScan:
    """Of `tablet`, or of one that was revoked before it sent it; with a `batch` of its own unless one is given."""
    if "batch" not in fields:
        tablet = tablet or globals()["tablet"](conference=attendee.conference, revoked_at=timezone.now())
        fields["batch"] = HeldBatch.objects.create(conference=attendee.conference, tablet=tablet)
    defaults = {
        "id": uuid.uuid4(),
        "checkpoint": Checkpoint.objects.main(attendee.conference),
        "code": attendee.access_code,
        "scanned_at": timezone.now(),
        "device_verdict": Verdict.ADMITTED,
    }
    return HeldScan.objects.create(**defaults | fields)


# The smallest there is: one black pixel.
_PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")


def logo(*, conference: Conference, image: bytes = _PNG, width: int = 400, height: int = 100) -> Logo:
    """Kept as it is, with the size that is named; no press was asked."""
    drawing = Drawing(image, width, height, small=image, small_2x=image, small_3x=image, square=image)
    return keep_logo(conference=conference, drawing=drawing, now=timezone.now())


def badge_print(*, attendee: Attendee, **fields: Any) -> BadgePrint:
    """A label with what the seat says now."""
    defaults = {
        "conference": attendee.conference,
        "request_id": uuid.uuid4(),
        "format": BadgeFormat.LABEL,
        "name": attendee.name,
        "code": attendee.access_code,
        "printed_at": timezone.now(),
    }
    return BadgePrint.objects.create(attendee=attendee, **defaults | fields)
