"""The two writes of a scan, in SQL made once from the models: building them in the ORM each time took longer than
running them.
"""

from __future__ import annotations

import datetime as dt
import functools

from django.db import connection

from registration.attendee.models import Attendee
from registration.checkin.models import Scan


def insert_scan(scan: Scan) -> None:
    """As `scan.save(force_insert=True)`, without its signals. Raises IntegrityError for an id that is stored already and
    for a second live admission.
    """
    fields = Scan._meta.concrete_fields
    values = [field.get_db_prep_save(getattr(scan, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_insert_sql(), values)
    scan._state.adding = False
    scan._state.db = connection.alias


def mark_checked_in(attendee: Attendee, moment: dt.datetime, *, now: dt.datetime) -> None:
    """Set `checked_in_at` to `moment` unless an earlier main admission did; a scan that arrives late (`now`) may be the
    earlier one. The row must be locked.
    """
    if attendee.checked_in_at and attendee.checked_in_at <= moment:
        return
    field = Attendee._meta.get_field("checked_in_at")
    values = [field.get_db_prep_save(one, connection) for one in (moment, now)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registration_attendee SET checked_in_at = %s, updated_at = %s WHERE id = %s",
            [*values, attendee.pk],
        )
    attendee.checked_in_at = moment


@functools.cache
def _insert_sql() -> str:
    columns = [str(field.column) for field in Scan._meta.concrete_fields]
    return f"INSERT INTO {Scan._meta.db_table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608 -- names of our own model
