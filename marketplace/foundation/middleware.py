"""Requests that no view should have to think about."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse


class QueryStringMiddleware:
    """Refuse a NUL byte in the address: PostgreSQL cannot store it and stock views answer it with a 500."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            raise SuspiciousOperation("NUL byte in the address")  # answered with 400.html, in the reader's language
        return self.get_response(request)
