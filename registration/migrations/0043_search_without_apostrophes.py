import functools
import operator

from django.db import migrations
from django.db.models import F, Q, Value
from django.db.models.functions import Replace

# As `attendee/search.py` writes both columns from now on.
_NEW = {
    **dict.fromkeys("'`\u02b9\u02bb\u02bc\u02be\u02bf\u02c8\u2018\u2019\u201b\u2032\u05f3\u0640", ""),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
    "\u0649": "\u064a",
    "\u06cc": "\u064a",
    "\u06a9": "\u0643",
    "\u0629": "\u0647",
    "\u0671": "\u0627",
}


def fold_anew(apps, _editor):
    """Who has one of these in their name would be found no more."""
    seats = apps.get_model("registration", "Attendee").objects
    for column in ("search_text", "search_email"):
        concerned = functools.reduce(operator.or_, (Q(**{f"{column}__contains": letter}) for letter in _NEW))
        folded = functools.reduce(
            lambda text, letter: Replace(text, Value(letter), Value(_NEW[letter])), _NEW, F(column)
        )
        seats.filter(concerned).update(**{column: folded})


class Migration(migrations.Migration):
    dependencies = [("registration", "0042_number_what_was_taken_back")]

    # Backwards nothing: whoever searches there without an apostrophe finds them still.
    operations = [migrations.RunPython(fold_anew, migrations.RunPython.noop)]
