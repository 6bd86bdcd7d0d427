"""`python -m tests.prepare` makes what all tests stand on, where it is not there yet: both migrated databases, the collected
static files, and the compiled tests, which each process of a run would compile anew. `make test` does it beside the
linters, so that no test begins with waiting for it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

from tests import environment  # noqa: F401 -- before Django reads its settings
from tests.server import ROOT, collect_static, postgres_template, sqlite_template


def main() -> None:
    import django

    warnings.filterwarnings("ignore", module="platformdirs")  # of a user without a session, as in pyproject.toml
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    # Each works in processes of its own.
    with ThreadPoolExecutor(2) as pool:
        for made in [pool.submit(make) for make in (postgres_template, sqlite_template, collect_static, compile_tests)]:
            made.result()


def compile_tests() -> None:
    """pytest keeps them as it rewrites them. What cannot be collected is told by the run itself."""
    subprocess.run([sys.executable, "-m", "pytest", "--collect-only"], cwd=ROOT, check=False, capture_output=True)


if __name__ == "__main__":
    main()
