"""B2: a list of full size, one bad row in it, the process killed in the middle, the same list again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from registration.account.models import User
from registration.attendee.models import Attendee
from registration.order.models import Order
from registration.roster.importing import import_roster
from registration.tables.files import TableFileError
from tests import factories
from tests.registration.roster.lists import person, pretix

ROOT = Path(__file__).resolve().parents[3]

# An import that the power leaves when all seats are written and nothing is committed; or, as the control, afterwards.
IMPORT_AND_DIE = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from registration.roster import importing
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "before the commit":
    importing.carry_over_check_ins = die
call_command("import_roster", sys.argv[1], sys.argv[2])
die()
"""


@pytest.mark.both_databases
def test_import_that_is_killed_leaves_nothing(start_server, tmp_path):
    server = start_server(workers=1)
    conference = factories.conference()
    file = tmp_path / "list.csv"
    file.write_text(pretix(*(person(number) for number in range(300))))
    users = User.objects.count()
    left = {}
    for moment in ("before the commit", "after the commit"):
        ended = subprocess.run(
            [sys.executable, "-c", IMPORT_AND_DIE, conference.slug, str(file), moment],
            env=os.environ | server.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            cwd=ROOT, check=False, capture_output=True,
        )  # fmt: skip
        assert ended.returncode == -9, ended.stderr.decode()
        conference.refresh_from_db()
        left[moment] = (
            Attendee.objects.count(), Order.objects.count(), User.objects.count() - users, conference.places_taken
        )  # fmt: skip
    assert left == {"before the commit": (0, 0, 0, 0), "after the commit": (300, 300, 300, 300)}


def check_full_size(conference, rows):
    people = [person(number) for number in range(rows)]
    bad = rows * 7312 // 10_000
    spoiled = [*people]
    spoiled[bad] = person(bad, **{"E-mail": "nobody"})
    spoiled[-1] = person(rows - 1, Secret=people[0]["Secret"].upper())
    with pytest.raises(TableFileError) as refused:
        load(conference, spoiled)
    assert [str(fault) for fault in refused.value.faults] == [
        f"Line {bad + 2}: “nobody” is not an e-mail address.",
        f"Line {rows + 1}: The barcode is in line 2 already.",
    ]
    assert Attendee.objects.count() == 0
    assert (load(conference, people).created, load(conference, people).changes) == (rows, 0)
    assert Attendee.objects.count() == rows


def load(conference, people):
    return import_roster(conference=conference, content=pretix(*people).encode(), now=timezone.now())


@pytest.mark.django_db
@pytest.mark.both_databases
def test_one_bad_row_stops_a_long_list(conference):
    check_full_size(conference, 600)


@pytest.mark.hostile
@pytest.mark.django_db
@pytest.mark.both_databases
def test_one_bad_row_of_ten_thousand_stops_all(conference):
    check_full_size(conference, 10_000)
