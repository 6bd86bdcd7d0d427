from __future__ import annotations

import os
import runpy
from typing import Any
from unittest import mock

from tests.server import ROOT


def settings_in(environ: dict[str, str]) -> dict[str, Any]:
    """What `config/settings.py` comes to in an environment that holds nothing but `environ`; raises what it refuses. Read
    in this process, whose own settings stay: another would first load Django, for half a second.
    """
    with mock.patch.dict(os.environ, {"ENV_FILE": os.devnull} | environ, clear=True):
        return runpy.run_path(str(ROOT / "config" / "settings.py"))
