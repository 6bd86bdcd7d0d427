"""Whole numbers as they are sent: forged ones too, of more digits than a column of the database or `int` can hold."""

from __future__ import annotations

from typing import Any

from django.db.models import IntegerField
from django.db.models.lookups import In

# One less than the largest key of a database has.
_MAX_DIGITS = 18


def read_number(sent: str | None) -> int | None:
    """None for all that is no number, or too large for a key."""
    return int(sent) if sent and sent.isascii() and sent.isdigit() and len(sent) <= _MAX_DIGITS else None


@IntegerField.register_lookup
class IntegerFieldIn(In):
    """Leaves out what no row can have, as Django's other lookups of whole numbers do. SQLite would raise OverflowError, in
    every form that lets people choose several rows.
    """

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        if self.rhs_is_direct_value():
            low, high = connection.ops.integer_field_range(self.lhs.output_field.get_internal_type())
            self.rhs = [value for value in self.rhs if not isinstance(value, int) or low <= value <= high]
        return super().process_rhs(compiler, connection)
