"""`manage.py import_roster`: what it says in a terminal, and what it writes."""

import pytest
from django.core.management import CommandError, call_command

from registration.attendee.models import Attendee
from registration.management.commands import import_roster
from tests.registration.roster.lists import person, pretix

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(conference, tmp_path, capsys):
    def run(*rows, **options):
        file = tmp_path / "list.csv"
        file.write_text(pretix(*rows))
        call_command("import_roster", conference.slug, str(file), **options)
        return capsys.readouterr()

    return run


def test_trial_says_what_it_would_do_and_does_nothing(run):
    said = run(person(1), person(2), dry_run=True).out
    assert ("pretix list, 2 rows" in said, "A trial; nothing was changed." in said) == (True, True)
    assert Attendee.objects.count() == 0
    assert "pretix list, 2 rows" in run(person(1), person(2)).out
    assert Attendee.objects.count() == 2


def test_every_bad_line_is_named_and_none_imported(run):
    with pytest.raises(CommandError) as refused:
        run(person(1, Price="much"), person(2), person(3, Secret=""))
    assert str(refused.value).splitlines() == [
        "list.csv: nothing was imported, 2 lines are wrong.",
        "Line 2: “much” is no price.",
        "Line 4: There is no barcode.",
    ]
    assert Attendee.objects.count() == 0


def test_bar_is_drawn_on_a_terminal_and_nowhere_else(run, monkeypatch):
    assert run(person(1)).err == ""
    bar = import_roster.tqdm
    monkeypatch.setattr(import_roster, "tqdm", lambda **given: bar(**given | {"disable": given["disable"] or False}))
    said = run(person(2), person(3)).err
    assert ("Reading: 100%" in said, "Importing: 100%" in said, "2/2" in said) == (True, True, True)
