"""The statements of `tablet_list`, written by hand for each database: they make the rows, as JSON, themselves.

All take `conference`, `checkpoint`, `entry_key` (null: nobody is in the way here), `since` and `until` of a cursor, and
`last`, the key of the last seat that was read (0 at first); where pieces are handed out, `keys`, the pattern of their
entry keys.
"""

from __future__ import annotations

from typing import Literal

from django.db import connection

from registration.checkin.standing import PIECES, STANDING

# How often each person is admitted: once, or once a day; as often as there are pieces; or always.
Uses = Literal["single", "pieces", "unlimited"]

_NEWEST = {
    # The newest that was noted here: in a database restored from another server there may be numbers of transactions
    # that have not happened yet.
    "postgresql": """
        SELECT pg_snapshot_xmin(now.s)::text::bigint, now.until,
               concat((SELECT system_identifier FROM pg_control_system()), '-',
                      (SELECT max(id) FROM registration_listchange WHERE conference_id = %(none)s)),
               newest.id, newest.changed_in, newest.changed_at
        FROM (SELECT s, greatest(pg_snapshot_xmax(s)::text::bigint,
                                 pg_current_xact_id_if_assigned()::text::bigint + 1) AS until
              FROM pg_current_snapshot() s) now LEFT JOIN LATERAL (
          SELECT l.id, l.changed_in, l.changed_at FROM registration_listchange l
          WHERE l.conference_id = %(conference)s AND l.changed_in < now.until
          ORDER BY l.changed_in DESC, l.id DESC LIMIT 1) newest ON TRUE""",
    "sqlite": """
        SELECT 0, 0, (SELECT max(id) FROM registration_listchange WHERE conference_id = %(none)s),
               newest.id, newest.changed_in, newest.changed_at
        FROM (SELECT 1) LEFT JOIN (
          SELECT l.id, l.changed_in, l.changed_at FROM registration_listchange l
          WHERE l.conference_id = %(conference)s ORDER BY l.changed_in DESC, l.id DESC LIMIT 1) newest ON TRUE""",
}
_SINCE = {
    "postgresql": "l.conference_id = %(conference)s AND l.changed_in >= %(since)s AND l.changed_in < %(until)s",
    "sqlite": "l.conference_id = %(conference)s AND l.changed_in = 0 AND l.id > %(since)s",
}
_KNOWN = """
SELECT (SELECT l.changed_at FROM registration_listchange l WHERE l.id = %(change)s AND l.conference_id = %(conference)s),
       (SELECT count(*) FROM (SELECT 1 FROM registration_listchange l WHERE {since} LIMIT %(many)s + 1) found)
"""
_ROW = {
    "postgresql": (
        "json_build_array(t.access_code, t.name, coalesce(k.name, ''), {standing}, to_char("
        "{used_at} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
        " {left}, t.imported_code, t.needs_attention OR t.staff_note <> '')::text"
    ),
    "sqlite": (
        "json_array(t.access_code, t.name, coalesce(k.name, ''), {standing},"
        " replace(substr({used_at}, 1, 19), ' ', 'T') || 'Z',"
        " {left}, t.imported_code, json(CASE WHEN t.needs_attention OR t.staff_note <> '' THEN 'true' ELSE 'false' END))"
    ),
}
# Of one admission, and of as many as there are pieces.
_USED_AT = {
    "postgresql": ("least(s.effective_at, c.at)", "s.last_at"),
    "sqlite": ("min(s.effective_at, coalesce(c.at, s.effective_at))", "s.last_at"),
}
_LEFT = {
    "postgresql": f"greatest(0, {PIECES} - coalesce(s.used, 0))",
    "sqlite": f"max(0, {PIECES} - coalesce(s.used, 0))",
}
_RETIRED_ROW = {
    "postgresql": "json_build_array(r.code, '', '', 'replaced', NULL, NULL, NULL, FALSE)::text",
    "sqlite": "json_array(r.code, '', '', 'replaced', NULL, NULL, NULL, json('false'))",
}
# The first entry is the earliest that a tablet let in, whichever of two the server heard of first (`admission`).
_FROM = """
FROM registration_attendee t
LEFT JOIN registration_tickettype k ON k.id = t.ticket_type_id
LEFT JOIN registration_order o ON o.id = t.order_id
LEFT JOIN registration_scan s ON s.checkpoint_id = %(checkpoint)s AND s.attendee_id = t.id
  AND s.entry_key = %(entry_key)s AND s.verdict = 'admitted' AND s.undone_at IS NULL AND NOT s.rehearsal
  AND s.attendee_id > %(last)s
LEFT JOIN (SELECT c.attendee_id, min(c.effective_at) AS at FROM registration_scan c
           WHERE c.checkpoint_id = %(checkpoint)s AND c.entry_key = %(entry_key)s AND c.conflict
             AND c.device_verdict = 'admitted' GROUP BY c.attendee_id) c ON c.attendee_id = s.attendee_id
"""
_FROM_PIECES = """
FROM registration_attendee t
LEFT JOIN registration_tickettype k ON k.id = t.ticket_type_id
LEFT JOIN registration_order o ON o.id = t.order_id
LEFT JOIN (SELECT s.attendee_id, count(*) AS used, max(s.effective_at) AS last_at FROM registration_scan s
           WHERE s.checkpoint_id = %(checkpoint)s AND {seats} AND s.entry_key LIKE %(keys)s AND s.verdict = 'admitted'
             AND s.undone_at IS NULL AND NOT s.rehearsal GROUP BY s.attendee_id) s ON s.attendee_id = t.id
"""
# Whose pieces are counted, lest each page count those of everybody.
_SEATS_OF_PAGE = """s.attendee_id > %(last)s AND s.attendee_id <= (
  SELECT max(p.id) FROM (SELECT id FROM registration_attendee
                         WHERE conference_id = %(conference)s AND id > %(last)s ORDER BY id LIMIT %(page)s) p)"""
_SEATS_OF_CHANGES = "s.attendee_id IN (SELECT changed.id FROM changed)"
_SHOWN_RETIRED = """
FROM registration_retiredcode r JOIN registration_attendee a ON a.id = r.attendee_id
WHERE a.conference_id = %(conference)s
  AND NOT EXISTS (SELECT 1 FROM registration_attendee h WHERE h.access_code = r.code AND h.conference_id = %(conference)s)
  AND NOT EXISTS (SELECT 1 FROM registration_attendee h WHERE h.imported_code = r.code AND h.conference_id = %(conference)s)
"""
_PAGE = "SELECT t.id, {row} {source} WHERE t.conference_id = %(conference)s AND t.id > %(last)s ORDER BY t.id LIMIT %(page)s"
# A seat may have bought pieces with another order than its own.
_BUYERS = """
  UNION SELECT b.attendee_id FROM registration_listchange l JOIN registration_orderline b ON b.order_id = l.order_id
  WHERE {since} AND b.add_on_id IS NOT NULL"""
_ALL_RETIRED = f"SELECT {{retired_row}} {_SHOWN_RETIRED}"
_CHANGED = """
WITH changed (id) AS (
  SELECT l.attendee_id FROM registration_listchange l
  WHERE {since} AND l.attendee_id IS NOT NULL AND (l.checkpoint_id IS NULL OR l.checkpoint_id = %(checkpoint)s)
  UNION SELECT h.id FROM registration_listchange l JOIN registration_attendee h ON h.order_id = l.order_id WHERE {since}
  UNION SELECT h.id FROM registration_listchange l JOIN registration_attendee h ON h.access_code = l.code WHERE {since}{buyers}
)
SELECT {row} {source} WHERE t.id IN (SELECT changed.id FROM changed) AND t.conference_id = %(conference)s
"""
_CODES = "SELECT l.code FROM registration_listchange l WHERE {since} AND l.code IS NOT NULL"
_CHANGED_RETIRED = f"SELECT {{retired_row}} {_SHOWN_RETIRED} AND r.code IN ({_CODES})"
_REMOVED = f"""
SELECT DISTINCT l.code FROM registration_listchange l WHERE {{since}} AND l.code IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM registration_attendee h WHERE h.access_code = l.code AND h.conference_id = %(conference)s)
  AND NOT EXISTS (SELECT 1 {_SHOWN_RETIRED} AND r.code = l.code)
"""  # noqa: S608 -- no value in it


def newest() -> str:
    return _NEWEST[connection.vendor]


def known() -> str:
    return _fill(_KNOWN)


def page(uses: Uses) -> str:
    return _fill(_PAGE, uses, seats=_SEATS_OF_PAGE)


def retired() -> str:
    return _fill(_ALL_RETIRED)


def changed(uses: Uses) -> str:
    return _fill(_CHANGED, uses, seats=_SEATS_OF_CHANGES)


def changed_retired() -> str:
    return _fill(_CHANGED_RETIRED)


def removed() -> str:
    return _fill(_REMOVED)


def _fill(template: str, uses: Uses = "unlimited", *, seats: str = "") -> str:
    vendor, is_pieces = connection.vendor, uses == "pieces"
    since = _SINCE[vendor]
    left = {"single": "CASE WHEN s.id IS NULL THEN 1 ELSE 0 END", "pieces": _LEFT[vendor], "unlimited": "NULL"}[uses]
    row = _ROW[vendor].format(standing=STANDING, left=left, used_at=_USED_AT[vendor][is_pieces])
    return template.format(
        row=row,
        source=_FROM_PIECES.format(seats=seats) if is_pieces else _FROM,
        buyers=_BUYERS.format(since=since) if is_pieces else "",
        retired_row=_RETIRED_ROW[vendor],
        since=since,
    )
