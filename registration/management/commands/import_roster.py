from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone
from tqdm import tqdm

from conferences.models import Conference
from registration.roster.importing import import_roster
from registration.roster.report import what_happened, what_is_odd
from registration.tables.files import TableFileError


class Command(BaseCommand):
    help = (
        "Import a list of people: from pretix (check-in list), Tito (attendees), Eventbrite (attendee list), or our own"
        " export. All or nothing; the same list again changes nothing, a newer one updates."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="Short name of the conference, as in its address.")
        parser.add_argument("file", type=Path, help="The CSV file.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen, and change nothing.")

    def handle(self, *, slug: str, file: Path, dry_run: bool, **options: Any) -> None:
        conference = Conference.objects.filter(slug=slug).first()
        if conference is None:
            known = ", ".join(Conference.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"No conference is called {slug!r}. There are: {known}.")
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        try:
            report = import_roster(
                conference=conference, content=content, now=timezone.now(), dry_run=dry_run, progress=self._progress
            )
        except TableFileError as error:
            count = len(error.faults)
            lines = "\n".join(str(fault) for fault in error.faults)
            raise CommandError(
                f"{file.name}: nothing was imported, {count} {'line is' if count == 1 else 'lines are'} wrong.\n{lines}"
            ) from error
        done = "A trial; nothing was changed. It would be:" if dry_run else "Done."
        self.stdout.write(f"{report.layout} list, {report.rows} rows, for {conference.name}. {done}")
        for text in what_happened(report):
            self.stdout.write(f"  {text}")
        for text in what_is_odd(report):
            self.stdout.write(self.style.WARNING(f"  Note: {text}"))
        if dry_run:
            self.stdout.write("Run it again without --dry-run to import.")
        else:
            self.stdout.write(
                f"The barcodes of their tickets scan now: see {reverse('attendees', args=[slug])} and {reverse('checkin', args=[slug])}."
            )

    @staticmethod
    def _progress(label: str, chunks: list[list[Any]]) -> Iterator[list[Any]]:
        """A bar on a terminal, nothing elsewhere, nor where there is nothing to do."""
        if not chunks:
            return
        with tqdm(desc=label, total=sum(len(chunk) for chunk in chunks), unit=" people", disable=None) as bar:
            for chunk in chunks:
                yield chunk
                bar.update(len(chunk))
