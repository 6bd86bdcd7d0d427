"""What `tests.server` serves: the site itself, after the hook that the test named, if any."""

import os
from importlib import import_module

from config.wsgi import application

if _hook := os.environ.get("TEST_SERVER_HOOK"):
    _module, _, _name = _hook.partition(":")
    getattr(import_module(_module), _name)()

__all__ = ["application"]
