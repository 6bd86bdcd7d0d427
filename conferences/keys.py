"""The keys of related rows beside each row, in its own statement; a prefetch is one more for each relation."""

from __future__ import annotations

from typing import Any

from django.db.models import Aggregate, OuterRef, Subquery, TextField


class _Joined(Aggregate):
    function = "GROUP_CONCAT"
    template = "%(function)s(%(expressions)s, ',')"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(
            compiler, connection, function="STRING_AGG", template="%(function)s((%(expressions)s)::text, ',')"
        )


def keys_of(relation: Any) -> Subquery:
    """To annotate with: of a relation between many and many, named as `Voucher.ticket_types`, what `read_keys` reads."""
    here, there = relation.field.m2m_field_name(), relation.field.m2m_reverse_field_name()
    related = relation.through.objects.filter(**{here: OuterRef("pk")}).order_by().values(here)
    return Subquery(related.annotate(joined=_Joined(there)).values("joined"))


def read_keys(joined: str | None) -> frozenset[int]:
    """The primary keys in an annotation of `keys_of`; none where it is null."""
    return frozenset(int(key) for key in (joined or "").split(",") if key)
