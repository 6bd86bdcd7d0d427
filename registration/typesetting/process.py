"""Run a room's press: a program of its own, because a thousand badges take some 450 MB while they are made, and what a web
worker once took it keeps; and because no name, however strange, shall bring down or hold up more than its own paper.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings

from registration.errors import RegistrationError
from registration.typesetting.setting import Output

log = logging.getLogger(__name__)

# A thousand badges take 3 to 4 s on a small machine, so this is a machine that stands still.
_SECONDS = 60


def run_press(
    press: str, job: dict[str, Any], output: Output, *, refusal: str, seconds: int | None = None
) -> IO[bytes]:
    """What the module `press` makes of `job`, one JSON on its standard input: an open file without a name; close it. Never
    call it in a transaction. Raises RegistrationError `not_made` with the text `refusal`, also when it takes longer than
    `seconds` or else a minute.
    """
    made = TemporaryFile()  # noqa: SIM115 -- the caller closes it when it is sent
    try:
        subprocess.run(  # noqa: S603 -- our own program, and the job comes by standard input
            [sys.executable, "-m", press, output],
            input=json.dumps(job).encode(), stdout=made, stderr=subprocess.PIPE, check=True, timeout=seconds or _SECONDS, cwd=settings.BASE_DIR,
            env=dict(_environment()),
        )  # fmt: skip
    except subprocess.SubprocessError as error:
        made.close()
        # The typesetter tells the place in its template. What it was to set may be a name, and stays out of the log.
        last = (getattr(error, "stderr", None) or b"").decode(errors="replace").strip().splitlines()[-1:]
        log.error("%s made nothing: %s: %s", press, type(error).__name__, last[0][:200] if last else "")
        raise RegistrationError("not_made", refusal) from error
    made.seek(0)
    return made


def _environment() -> Iterator[tuple[str, str]]:
    """What a Python needs to start, and none of the site's secrets."""
    for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG", "TMPDIR"):
        if name in os.environ:
            yield name, os.environ[name]
