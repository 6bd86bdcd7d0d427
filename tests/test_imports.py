"""What few processes need, no other one loads: it is memory of each."""

import subprocess
import sys

from tests.server import ROOT

HEAVY = {"typst", "css_inline", "stripe", "sentry_sdk"}
_CODE = """
import sys, config.wsgi
from django.urls import get_resolver
print(*sys.modules)
print(*get_resolver()._reverse_dict)
"""


def test_web_process_starts_with_all_pages_and_addresses_and_without_what_sets_draws_and_charges():
    done = subprocess.run([sys.executable, "-c", _CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    modules, languages_of_addresses = (line.split() for line in done.stdout.splitlines())
    assert ("registration.badge.typesetting" in modules, languages_of_addresses) == (True, ["en"])
    assert HEAVY & set(modules) == set()
