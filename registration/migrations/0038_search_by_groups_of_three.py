from django.db import migrations


def drop_pairs(apps, schema_editor):
    """The index of pairs of letters, which PostgreSQL had; `ensure_search_index` makes and fills the new one at the end of
    this `migrate`, in about ten seconds for 100,000 people."""
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("DROP TRIGGER IF EXISTS registration_attendee_find ON registration_attendee")
    schema_editor.execute("DROP TRIGGER IF EXISTS registration_attendee_find_all ON registration_attendee")
    schema_editor.execute("DROP FUNCTION IF EXISTS registration_attendee_find()")
    schema_editor.execute("DROP TABLE IF EXISTS registration_attendee_find")
    schema_editor.execute("DROP FUNCTION IF EXISTS registration_grams(text)")


class Migration(migrations.Migration):
    dependencies = [("registration", "0037_smaller_logos")]

    # Backwards there is nothing to do: a version before this one makes its own index again after its `migrate`.
    operations = [migrations.RunPython(drop_pairs, migrations.RunPython.noop)]
