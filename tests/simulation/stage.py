from __future__ import annotations

import datetime as dt
from decimal import Decimal

from conferences.models import Conference
from registration.catalogue.models import AddOn, TicketType
from tests import factories

DAY = dt.timedelta(days=1)


def open_conference(
    people: int, *, begin: dt.datetime
) -> tuple[Conference, list[TicketType], TicketType, TicketType, AddOn]:
    """What is for sale: for fewer than `people`, so that some have to wait; with a voucher SPEAKER for some. Supporters are
    looked at and cannot cancel; press and crew, the tickets beside those on the list, are hidden, and press is looked at.
    """
    first = begin.date()
    conference = factories.conference(
        name="Tidewater", start_date=first, end_date=first + 2 * DAY, timezone="Pacific/Auckland", venue="Old Hall",
        total_capacity=round(people * 0.8), contact_email="hello@tidewater.example", days_to_pay=7, remind_before_days=2,
        remind_after_days=1, expire_after_days=3, takes_cards=True, invoice_sender="Tidewater e.V.",
    )  # fmt: skip
    sold = {"is_cancellable": True, "tax_rate": Decimal("19.00")}
    names = {"Student": "0.00", "Regular": "79.00", "Business": "249.99"}
    kinds = [
        factories.ticket_type(conference=conference, name=name, price=Decimal(price), **sold)
        for name, price in names.items()
    ]
    kinds[1].total_quantity, kinds[1].cancellation_fee = round(people * 0.3), Decimal("10.00")
    # Whoever changes it for another, or another for it, changes the rate.
    kinds[1].tax_rate = Decimal("7.00")
    kinds[1].save()
    looked_at = {"price": Decimal("120.00"), "tax_rate": Decimal("19.00"), "needs_approval": True}
    kinds.append(factories.ticket_type(conference=conference, name="Supporter", **looked_at))
    press = factories.ticket_type(conference=conference, name="Press", **looked_at, requires_voucher=True)
    crew = factories.ticket_type(
        conference=conference, name="Crew", price=Decimal("60.00"), tax_rate=Decimal("5.00"), requires_voucher=True
    )  # fmt: skip
    dinner = factories.add_on(conference=conference, name="Dinner", price=Decimal("33.33"), tax_rate=Decimal("7.00"))
    factories.voucher(
        conference=conference,
        code="SPEAKER",
        reduction="percent",
        value=Decimal("33.33"),
        max_uses=people // 10,
    )
    return conference, kinds, press, crew, dinner
