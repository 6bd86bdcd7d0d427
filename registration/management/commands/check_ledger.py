from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from conferences.models import Conference
from registration.order.ledger import check_ledger
from registration.order.models import Order


class Command(BaseCommand):
    help = "Prove payments, refunds and invoices of every order against what is sold. Ends with status 1 when one is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", nargs="*", help="Short names of conferences; all when none is given.")

    def handle(self, *, slug: list[str], **options: Any) -> None:
        conferences = Conference.objects.filter(slug__in=slug) if slug else Conference.objects.all()
        if missing := set(slug) - set(conferences.values_list("slug", flat=True)):
            raise CommandError(f"No such conference: {', '.join(sorted(missing))}.")
        wrong = 0
        for conference in conferences:
            for mistake in check_ledger(conference=conference, watch=_watch):
                wrong += 1
                self.stdout.write(f"{conference.slug}: {mistake.order or 'invoices'}: {mistake.message}")
        if wrong:
            raise CommandError(f"{wrong} do not agree.")
        self.stdout.write("Every order agrees.")


def _watch(orders: Iterator[Order], count: int) -> Iterable[Order]:
    """A bar on a terminal, nothing elsewhere."""
    return tqdm(orders, total=count, unit=" orders", disable=None)
