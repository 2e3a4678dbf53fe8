"""Calls in threads of their own, made to meet between the check and the write, with the locks or without."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.db.models import QuerySet

#: How long the first waits for the second before it writes; the second comes only if no lock holds it.
MEET_S = 0.7


def at_once(*calls: Callable[[], Any], refusals: tuple[type[Exception], ...]) -> list[Any]:
    """Run calls in threads of their own connection; return results, and exceptions of the kinds that are refusals."""

    def one(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except refusals as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(one, call) for call in calls]]


def meet_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Make both threads wait for each other where the named function is called: after the check, before the write."""
    barrier = threading.Barrier(2)
    original = getattr(module, name)

    def meeting(*args: Any, **options: Any) -> Any:
        try:
            barrier.wait(timeout=MEET_S)
        except threading.BrokenBarrierError:
            pass  # the other one is held by the lock, as it should be
        return original(*args, **options)

    monkeypatch.setattr(module, name, meeting)


def take_the_locks_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every ``select_for_update`` read without a lock."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, *args, **options: self)
