"""What keeping tablets without a network in step needs beside the scans."""

from __future__ import annotations

from django.db import models


class ListChange(models.Model):
    """One change that may alter a row of the lists tablets keep: of a seat, an order, a scan or a code.

    Written by database triggers alone (`list_changes`), so no bulk update and no import slips by. It names what changed,
    not what it became: whoever reads it looks that up, and finds it as it is by then. Plain numbers, no foreign keys: a
    change outlives what it tells of.
    """

    id = models.BigAutoField(primary_key=True)
    # PostgreSQL: the transaction's own number, by which a late commit is told from an early one. SQLite, where writers
    # take turns and `id` is in the order of the commits: 0.
    changed_in = models.BigIntegerField()
    changed_at = models.DateTimeField()
    conference_id = models.BigIntegerField()
    checkpoint_id = models.BigIntegerField(null=True)  # of a scan; null concerns every checkpoint
    attendee_id = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    code = models.CharField(max_length=512, null=True)

    class Meta:
        indexes = [
            # `tablet_list`: what changed at a conference since the last look, and the newest change of all.
            models.Index(fields=["conference_id", "changed_in", "id"], name="list_change_since"),
        ]

    def __str__(self) -> str:
        return f"{self.changed_at:%Y-%m-%d %H:%M:%S}"
