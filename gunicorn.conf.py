"""How gunicorn serves the site. It reads this file by itself; an option on the command line, or one in
GUNICORN_CMD_ARGS, wins over it.
"""

import contextlib
import ctypes
import os
from typing import Any

from gunicorn.glogging import Logger

from config import connections
from config.logs import OneLine, WithoutRequests

wsgi_app = "config.wsgi"
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
# Threads, never `sync`: twenty slow phones on a venue's Wi-Fi would stop a process that serves one request at a time.
worker_class = "config.connections.FairWorker"
pre_fork = connections.pre_fork
child_exit = connections.child_exit
ssl_context = connections.ssl_context
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Four: with eight they wait for each other, 38 orders a second in place of 44, and keep more memory (measured).
threads = 4
# The site is loaded once and shared by the processes: less memory, and a process that died is back at once. Nothing is
# connected before the fork; each process makes its own pool at its first query.
preload_app = True
# All threads share two heaps of the C library (glibc; others have no such setting). With one for each a process kept what
# every thread once needed for its largest page, and no request took less processor time (measured).
M_ARENA_MAX = -8
with contextlib.suppress(AttributeError, OSError):
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
# A tablet's connection outlives the pause between two people in the queue.
keepalive = 75
# A running scan or registration ends before a restart; what takes longer is not worth the wait.
graceful_timeout = 20
timeout = 60
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# Nobody needs to steer it while it runs, and two sites of one user would fight for the socket.
control_socket_disable = True
# Which page, not which address: addresses hold access codes and what was searched for (config/logs.py).
accesslog = "-"
access_log_format = "%(t)s %(m)s %({lanyard.page}e)s %(s)s %(B)s %(M)sms"


class Log(Logger):
    """Its errors name no visitor and no address either."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(OneLine(self.error_fmt, self.datefmt))
            handler.addFilter(WithoutRequests())


logger_class = Log
