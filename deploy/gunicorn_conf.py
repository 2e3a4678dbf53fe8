"""
Gunicorn for the demo and for servers: ``gunicorn -c deploy/gunicorn_conf.py marketplace.wsgi:application``.

The site is loaded and warmed once in the main process, then frozen, so that the workers share it: without the two
hooks each worker grows a copy of its own (docs/adr/0002-web-server-by-measurement.md has the figures).
"""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
preload_app = True
timeout = 40
graceful_timeout = 5
keepalive = 5
max_requests = 20_000
max_requests_jitter = 2_000
#: Heartbeats of workers must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
accesslog = os.environ.get("ACCESS_LOG") or None
errorlog = "-"
loglevel = "warning"


def when_ready(server: Any) -> None:
    """Answer one request in the main process, so that addresses and templates are loaded before the fork."""
    # Here, not at the top: the settings are read only when the application has been loaded.
    from django.conf import settings
    from django.db import connections
    from django.test import RequestFactory

    application = server.app.wsgi()
    host = settings.ALLOWED_HOSTS[0].lstrip(".") if settings.ALLOWED_HOSTS else "127.0.0.1"
    for path in ("/healthz", "/"):
        request = RequestFactory().get(path, HTTP_HOST="127.0.0.1" if host == "*" else host)
        try:
            answer = application(request.environ, lambda status, headers, exc_info=None: None)
            for _ in answer:
                pass
            answer.close()
        except Exception as error:  # the database may be away; the workers will say so to who asks them
            sys.stderr.write(f"Not warmed up with {path}: {error}\n")
    # A connection must not be shared by two processes.
    connections.close_all()
    gc.collect()
    gc.freeze()
