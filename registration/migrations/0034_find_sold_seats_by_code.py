"""Seats that were sold through the pages had no code in what is searched, because that was written before it was drawn."""

from django.db import migrations

_HIDE = {ordinal: 0xE000 + ordinal for ordinal in range(33, 127)}
_TEXT_BYTES = 1800
_AT_ONCE = 500


def put_codes_in(apps, schema_editor):
    """As `attendee/search.py` wrote it at that time: a line of its own after the name, of characters that nobody types."""
    seats = apps.get_model("registration", "Attendee")._default_manager.using(schema_editor.connection.alias)
    changed = []
    for seat in seats.only("access_code", "search_text").order_by("pk").iterator(_AT_ONCE):
        line = "\n" + seat.access_code.casefold().translate(_HIDE)
        if line in seat.search_text:
            continue
        name, _newline, rest = seat.search_text.partition("\n")
        text = f"{name}{line}\n{rest}"
        seat.search_text = text.encode()[:_TEXT_BYTES].decode(errors="ignore")
        changed.append(seat)
    seats.bulk_update(changed, ["search_text"], batch_size=_AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("registration", "0033_payouts_that_come_back")]

    operations = [migrations.RunPython(put_codes_in, migrations.RunPython.noop, elidable=True)]
