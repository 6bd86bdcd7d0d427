"""The layouts of lists that can be imported, known by their headings, and what their columns mean.

pretix      "Check-in list" as CSV: no row is left out but those without a name (the e-mail is then that of the order).
Tito        "Attendees" as CSV: rows without name and e-mail are unassigned, `Void Status` tells what is void.
Eventbrite  "Attendee list" as CSV: `Attendee Status` tells who is not attending, deleted, or checked in.
Lanyard     our own export (`export.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from conferences.chunks import chunks
from conferences.formulas import from_text
from registration.roster import cells
from registration.roster.planning import Progress
from registration.roster.rows import LeftOut, RosterRow
from registration.tables.files import Fault, Table, TableFileError

Cells = Mapping[str, str]
_BATCH = 1000

OWN_HEADINGS = (
    "Name", "E-mail", "Ticket", "Price", "Ticket code", "Imported barcode", "State", "Blocked because", "Order",
    "Imported order", "Buyer", "Buyer e-mail", "Paid", "Currency", "Ordered", "Checked in", "Needs attention",
    "Note for staff",
)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """`needed` are the headings that tell this layout; `known` others that mean something or are of no use here. The
    rest are answers for the profile.
    """

    name: str
    needed: frozenset[str]
    known: frozenset[str]
    read: Callable[[int, Cells, ZoneInfo], RosterRow]
    is_own: bool = False


def read_rows(table: Table, *, zone: ZoneInfo, progress: Progress) -> tuple[Layout, list[RosterRow], list[Fault]]:
    """The rows that can be read, and what is wrong with the others. Times in the file are in `zone`. Raises
    TableFileError for headings that no layout has, or nothing below them.
    """
    layout = _recognise(table)
    faults: list[Fault] = []
    rows: list[RosterRow] = []
    if not table.rows:
        raise TableFileError([Fault(table.header_line + 1, _("There are headings, but nobody below them."))])
    for chunk in progress(str(_("Reading")), list(chunks(table.rows, _BATCH))):
        for line, record in chunk:
            try:
                rows.append(_row(layout, table.header, line, record, zone))
            except ValueError as error:
                faults.append(Fault(line, str(error)))
    return layout, rows, faults


def _recognise(table: Table) -> Layout:
    headings = set(table.header)
    found = next((layout for layout in LAYOUTS if layout.needed <= headings), None)
    if found is None:
        nearest = max(LAYOUTS, key=lambda layout: len(layout.needed & headings) / len(layout.needed))
        missing = sorted(nearest.needed - headings)
        raise TableFileError([Fault(table.header_line, _not_recognised(nearest, missing))])
    twice = sorted({heading for heading in headings & (found.needed | found.known) if table.header.count(heading) > 1})
    if twice:
        raise TableFileError(
            [Fault(table.header_line, _("The heading “%(heading)s” is there twice.") % {"heading": twice[0]})]
        )
    return found


def _not_recognised(nearest: Layout, missing: list[str]) -> str:
    if len(missing) > len(nearest.needed) // 2:
        return _(
            "These are not the headings of a list from pretix (check-in list), Tito (attendees), Eventbrite (attendee list) or Lanyard."
        )
    return _("This looks like a list from %(program)s, but these headings are missing: %(missing)s.") % {
        "program": nearest.name,
        "missing": ", ".join(f"“{heading}”" for heading in missing),
    }


def _row(layout: Layout, header: list[str], line: int, record: list[str], zone: ZoneInfo) -> RosterRow:
    if [cells.one_line(cell) for cell in record] == header:
        raise ValueError(_("The headings once more; this seems to be several lists in one file."))
    if len(record) != len(header):
        raise ValueError(
            _("There are %(found)s cells, and %(wanted)s headings.") % {"found": len(record), "wanted": len(header)}
        )
    named = dict(zip(header, record, strict=True))
    if layout.is_own:
        named = {heading: from_text(cell) for heading, cell in named.items()}
    ours = layout.needed | layout.known
    row = layout.read(line, named, zone)
    answers = {heading: cell for heading, cell in named.items() if heading and heading not in ours and cell.strip()}
    cells.within(row.name, 200, _("name"))
    cells.within(row.ticket, 100, _("name of the ticket"))
    cells.within(row.order_reference, 64, _("order reference"))
    cells.within(row.buyer_name, 200, _("name of the buyer"))
    if not row.left_out and not row.barcode:
        raise ValueError(_("There is no barcode."))
    if not row.left_out and not row.ticket and not layout.is_own:
        raise ValueError(_("There is no ticket type."))
    return replace(row, answers={**row.answers, **answers})


def _read_pretix(line: int, row: Cells, zone: ZoneInfo) -> RosterRow:
    name = cells.one_line(row["Attendee name"])
    checked_in = cells.moment(row.get("Checked in", ""), zone)
    return RosterRow(
        line=line,
        name=name,
        email=cells.email(row["E-mail"]),
        ticket=cells.one_line(row["Product"]),
        price=cells.price(row["Price"]),
        barcode=cells.barcode(row["Secret"]),
        order_reference=cells.one_line(row["Order code"]),
        is_paid=cells.yes_or_no(row["Paid"]),
        ordered_at=cells.moment(row.get("Order date", ""), zone),
        needs_attention=cells.yes_or_no(row.get("Requires special attention", "")),
        note=row.get("Comment", "").strip(),
        is_checked_in=checked_in is not None,
        checked_in_at=checked_in,
        left_out=None if name else LeftOut.UNASSIGNED,
    )


def _read_tito(line: int, row: Cells, zone: ZoneInfo) -> RosterRow:
    name = cells.one_line(row["Ticket Full Name"]) or cells.full_name(
        row.get("Ticket First Name", ""), row.get("Ticket Last Name", "")
    )
    email = cells.email(row["Ticket Email"])
    void = row["Void Status"].strip().casefold()
    if void not in {"", "void", "voided"}:
        raise ValueError(
            _("“%(status)s” is no void status that we know.") % {"status": row["Void Status"].strip()[:40]}
        )
    unassigned = None if name or email else LeftOut.UNASSIGNED
    return RosterRow(
        line=line,
        name=name,
        email=email,
        ticket=cells.one_line(row["Ticket"]),
        price=cells.price(row["Price"]),
        barcode=cells.barcode(row["Ticket Reference"]),
        order_reference=cells.one_line(row["Order Reference"]),
        buyer_name=cells.one_line(row.get("Order Name", "")),
        buyer_email=cells.email(row.get("Order Email", "")),
        ordered_at=cells.moment(row.get("Ticket Created Date", ""), zone),
        note=row.get("Tags", "").strip(),
        left_out=LeftOut.VOID if void else unassigned,
        answers={"Company": row.get("Ticket Company Name", ""), "Phone": row.get("Ticket Phone Number", "")},
    )


_EVENTBRITE_STATUS = {
    "attending": None,
    "checked in": None,
    "deleted": LeftOut.DELETED,
    "not attending": LeftOut.NOT_ATTENDING,
    "cancelled": LeftOut.CANCELLED,
    "canceled": LeftOut.CANCELLED,
    "refunded": LeftOut.REFUNDED,
}


def _read_eventbrite(line: int, row: Cells, zone: ZoneInfo) -> RosterRow:
    status = cells.one_line(row["Attendee Status"]).casefold()
    if status not in _EVENTBRITE_STATUS:
        raise ValueError(
            _("“%(status)s” is no attendee status that we know.") % {"status": row["Attendee Status"].strip()[:40]}
        )
    if row.get("Quantity", "1").strip() not in {"", "1"}:
        raise ValueError(
            _("The row stands for %(count)s people with one barcode. Export one row a person.")
            % {"count": row["Quantity"].strip()[:10]}
        )
    name, email = cells.full_name(row["First Name"], row["Last Name"]), cells.email(row["Email"])
    unassigned = None if name or email else LeftOut.UNASSIGNED
    return RosterRow(
        line=line,
        name=name,
        email=email,
        ticket=cells.one_line(row["Ticket Type"]),
        price=cells.price(row["Total Paid"]),
        barcode=cells.barcode(row["Barcode #"]),
        order_reference=cells.one_line(row["Order #"]),
        currency=row.get("Currency", "").strip().upper(),
        ordered_at=cells.moment(row.get("Order Date", ""), zone),
        is_checked_in=status == "checked in",
        left_out=_EVENTBRITE_STATUS[status] or unassigned,
        answers={"Phone": row.get("Cell Phone", "")},
    )


_OWN_STATE = {"valid": None, "cancelled": LeftOut.CANCELLED, "refunded": LeftOut.REFUNDED}


def _read_own(line: int, row: Cells, zone: ZoneInfo) -> RosterRow:
    state = row["State"].strip().casefold()
    if state not in _OWN_STATE:
        raise ValueError(_("“%(state)s” is no state that we know.") % {"state": row["State"].strip()[:40]})
    access_code = cells.within(row["Ticket code"].strip(), 20, _("ticket code"))
    checked_in = cells.moment(row["Checked in"], zone)
    return RosterRow(
        line=line,
        name=row["Name"],
        email=cells.email(row["E-mail"]),
        ticket=row["Ticket"],
        price=cells.price(row["Price"]),
        barcode=cells.barcode(row["Imported barcode"]) or access_code,
        access_code=access_code,
        order_reference=row["Imported order"] or row["Order"],
        buyer_name=row["Buyer"],
        buyer_email=cells.email(row["Buyer e-mail"]),
        currency=row["Currency"].strip(),
        is_paid=cells.yes_or_no(row["Paid"]),
        ordered_at=cells.moment(row["Ordered"], zone),
        needs_attention=cells.yes_or_no(row["Needs attention"]),
        note=row["Note for staff"],
        blocked_reason=row["Blocked because"],
        is_checked_in=checked_in is not None,
        checked_in_at=checked_in,
        left_out=_OWN_STATE[state],
    )


LAYOUTS = (
    Layout(
        "pretix",
        frozenset({"Order code", "Attendee name", "Product", "Price", "Paid", "Secret", "E-mail"}),
        frozenset({
            "Checked in", "Checked out", "Automatically checked in", "Voucher code", "Order date",
            "Requires special attention", "Comment", "Seat ID", "Seat name", "Seat zone", "Seat row", "Seat number",
        }),
        _read_pretix,
    ),
    Layout(
        "Tito",
        frozenset({
            "Ticket", "Ticket Full Name", "Ticket Email", "Void Status", "Price", "Ticket Reference", "Order Reference",
        }),
        frozenset({
            "Number", "Ticket Created Date", "Ticket First Name", "Ticket Last Name", "Ticket Company Name",
            "Ticket Phone Number", "Event", "Tags", "Unique Ticket URL", "Unique Order URL", "Order Name", "Order Email",
            "Order Company Name", "Order Phone Number",
        }),
        _read_tito,
    ),
    Layout(
        "Eventbrite",
        frozenset({
            "Order #", "First Name", "Last Name", "Email", "Ticket Type", "Total Paid", "Attendee Status", "Barcode #",
        }),
        frozenset({
            "Order Date", "Quantity", "Price Tier", "Attendee #", "Group", "Order Type", "Currency", "Fees Paid",
            "Eventbrite Fees", "Eventbrite Payment Processing", "Cell Phone",
        }),
        _read_eventbrite,
    ),
    Layout("Lanyard", frozenset(OWN_HEADINGS), frozenset(), _read_own, is_own=True),
)  # fmt: skip
