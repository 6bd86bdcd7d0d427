"""What few processes need, no other one loads: it is memory of each."""

import subprocess
import sys

from tests.server import ROOT

HEAVY = {"typst", "css_inline", "stripe", "sentry_sdk"}


def test_web_process_starts_without_what_sets_draws_and_charges():
    code = "import sys, config.wsgi; from django.urls import get_resolver; get_resolver().url_patterns; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "registration.badge.typesetting" in done.stdout.split()
    assert HEAVY & set(done.stdout.split()) == set()
