"""How gunicorn serves the site. It reads this file by itself; an option on the command line wins over it."""

import os

wsgi_app = "config.wsgi"
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
# Threads, never `sync`: twenty slow phones on a venue's Wi-Fi would stop a process that serves one request at a time.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# A tablet's connection outlives the pause between two people in the queue.
keepalive = 75
# A running scan or registration ends before a restart; what takes longer is not worth the wait.
graceful_timeout = 20
timeout = 60
# Nobody needs to steer it while it runs, and two sites of one user would fight for the socket.
control_socket_disable = True
