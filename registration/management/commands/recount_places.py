from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from conferences.models import Conference
from registration.order.recount import recount_places
from registration.waiting.recount import recount_waiting


class Command(BaseCommand):
    help = "Compare the counters of places and of who waits with what is there. Ends with status 1 when one is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="*", help="Short names of conferences; all when none is given.")
        parser.add_argument("--fix", action="store_true", help="Set wrong counters right.")

    def handle(self, *, slug: list[str], fix: bool, **options: Any) -> None:
        conferences = Conference.objects.filter(slug__in=slug) if slug else Conference.objects.all()
        if missing := set(slug) - set(conferences.values_list("slug", flat=True)):
            raise CommandError(f"No such conference: {', '.join(sorted(missing))}.")
        wrong = 0
        for conference in conferences:
            for miscount in (
                *recount_places(conference=conference, fix=fix),
                *recount_waiting(conference=conference, fix=fix),
            ):
                wrong += 1
                self.stdout.write(
                    f"{conference.slug}: {miscount.row or 'in all'}{', waiting' if miscount.of_waiting else ''}: counted {miscount.counted},"
                    f" there are {miscount.live}{', set right' if fix else ''}"
                )
        if wrong and not fix:
            raise CommandError(f"{wrong} wrong. Run with --fix to set them right.")
        if not wrong:
            self.stdout.write("Every counter agrees with its seats.")
