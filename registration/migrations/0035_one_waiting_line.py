from __future__ import annotations

from collections import defaultdict

from django.db import migrations

AT_ONCE = 500


def number_in_one_line(apps, schema_editor):
    """Each ticket type had a line of its own. Joined into one by when people came; within a ticket type nobody passes
    anybody: who was moved to a place has the time of whoever came there by themselves.
    """
    entries = apps.get_model("registration", "WaitingEntry").objects
    lines = defaultdict(list)
    for entry in entries.order_by("position", "pk").select_related("ticket_type").iterator(chunk_size=AT_ONCE):
        lines[entry.ticket_type.conference_id, entry.ticket_type_id].append(entry)
    conferences = defaultdict(list)
    for (conference, _kind), line in lines.items():
        times = sorted(entry.created_at for entry in line)
        conferences[conference] += [(time, number, entry) for number, (time, entry) in enumerate(zip(times, line))]
    for merged in conferences.values():
        merged.sort(key=lambda each: (each[0], each[2].ticket_type_id, each[1]))
        for position, (_time, _number, entry) in enumerate(merged, start=1):
            entry.position = position
        entries.bulk_update([entry for *_place, entry in merged], ["position"], batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0034_find_sold_seats_by_code"),
    ]

    operations = [
        # Backwards there is nothing to do: within a ticket type the order is the same.
        migrations.RunPython(number_in_one_line, migrations.RunPython.noop),
    ]
