from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from conferences.first_steps import first_step
from conferences.serving import prepare_database, refuse_taken, run_processes, start_anew
from config.collect import collect_if_changed


class Command(BaseCommand):
    help = "Prepare the site (migrations, cache table, static files, the demo on an empty local site) and serve it."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        port = _port()
        if settings.SITE_IS_LOCAL and urlsplit(settings.SITE_URL).port != port:
            # Links in mails and codes on tickets must lead here.
            os.environ["SITE_URL"] = f"http://127.0.0.1:{port}"
            start_anew()
        hint = f"Stop that one, or choose another port: make run PORT={port + 10}"
        refuse_taken("127.0.0.1", port, hint=hint)
        prepare_database()
        collect_if_changed()
        self.stdout.write(f"\nLanyard answers at {settings.SITE_URL} in a moment. Ctrl-C stops it.\n\n")
        if settings.SITE_IS_LOCAL:
            call_command("demo", if_empty=True, stdout=self.stdout)
        if first_step() == "superuser":
            self.stdout.write("Make the first superuser: .venv/bin/python manage.py createsuperuser")
        if settings.SITE_IS_LOCAL:
            self.stdout.write(
                "Tablets on this network need HTTPS for their cameras: stop this, and run make lan instead.\n"
            )
        self.stdout.flush()
        run_processes(port)


def _port() -> int:
    """PORT, else that of a local SITE_URL, else 8000."""
    asked = os.environ.get("PORT") or (urlsplit(settings.SITE_URL).port if settings.SITE_IS_LOCAL else None) or 8000
    if not str(asked).isdecimal():
        raise CommandError(f"PORT is {asked!r}; it must be a number such as 8000.")
    return int(asked)
