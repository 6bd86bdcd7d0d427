from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conferences.models import Conference
from registration.account.models import User
from registration.demo.build import SLUGS, make_demo, remove_demo, somebody_waiting
from registration.demo.goods import VOUCHER

LOGINS = Path(settings.BASE_DIR) / "data" / "demo-logins.txt"


class Command(BaseCommand):
    help = "Make the demo: two invented conferences with their people, and a login of each role. Local sites only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove", action="store_true", help="Remove the demo again.")
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="Make it only on a site without people and conferences, and tell about the one that is there.",
        )

    def handle(self, *, remove: bool, if_empty: bool, **options: Any) -> None:
        if not settings.SITE_IS_LOCAL:
            raise CommandError(f"{settings.SITE_URL} is a public site. The demo, with its logins, is for a local one.")
        if remove:
            people = remove_demo()
            LOGINS.unlink(missing_ok=True)
            self.stdout.write(f"The demo is removed, {people} people with it.")
            return
        exists = Conference.objects.filter(slug__in=SLUGS).exists()
        if exists and not if_empty:
            raise CommandError("The demo is here already. `manage.py demo --remove` removes it.")
        if not exists:
            if if_empty and (User.objects.exists() or Conference.objects.exists()):
                return
            self._make()
        if LOGINS.exists():
            self.stdout.write(_describe(LOGINS.read_text()))

    def _make(self) -> None:
        logins = make_demo(now=timezone.now())
        # Passwords are stored hashed, so this file is where to look them up again. It is for this account's eyes.
        LOGINS.parent.mkdir(exist_ok=True)
        LOGINS.unlink(missing_ok=True)
        LOGINS.touch(mode=0o600)
        LOGINS.write_text("".join(f"  {login.role:<10} {login.email:<28} {login.password}\n" for login in logins))


def _describe(logins: str) -> str:
    conference = Conference.objects.filter(slug__in=SLUGS).order_by("start_date")[0]
    someone = somebody_waiting(conference)
    who = f"code {someone.access_code}, or by name: {someone.name}" if someone else "code or by name"
    site, slug = settings.SITE_URL, conference.slug
    return f"""\
{conference}, an invented conference, is on today. Sign in at {site}/accounts/login/ as one of

{logins}
What to try first:
  1. as desk, let somebody in at {site}/staff/{slug}/checkin/
     by {who}; then try the same one again
  2. as organiser, watch people arrive at {site}/staff/{slug}/
  3. as attendee, look at your ticket at {site}/me/, or sign up as somebody new at {site}/
  4. buy there with the voucher {VOUCHER}, an add-on, or an early price; wait for a Student ticket
  5. mails are kept, not sent; read them at {site}/outbox/
The logins are kept in data/demo-logins.txt; `.venv/bin/python manage.py demo --remove` removes the demo.
"""
