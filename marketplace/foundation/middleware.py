"""Requests that no view should have to think about."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)


class QueryStringMiddleware:
    """Refuse a NUL byte in the address: PostgreSQL cannot store it and stock views answer it with a 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            raise SuspiciousOperation("NUL byte in the address")  # answered with 400.html, in the reader's language
        return self.get_response(request)


class BusyDatabaseMiddleware:
    """
    Answer 503 with Retry-After when the database could not be had in time: a lock waited for too long, a deadlock, a
    server that restarts. Nothing was written (the transaction is gone), and forms carry their own keys, so that
    trying again is safe.
    """

    RETRY_AFTER_S = 3

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.warning("database busy at %s: %s", request.path, exception)
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(self.RETRY_AFTER_S)})
