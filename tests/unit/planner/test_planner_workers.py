"""Processes that solve side by side: in order, lazily, and not to be waited for when they die."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from multiprocessing import active_children

import pytest

from harvest_schedule.planner.workers import Workers, WorkersLost


def test_answers_come_in_the_order_of_the_tasks() -> None:
    with Workers(2) as workers:
        assert workers.map(abs, range(-9, 1)) == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
        assert workers.map(abs, []) == []


def test_tasks_are_made_when_a_process_is_about_to_be_free() -> None:
    made: list[float] = []

    def tasks() -> Iterator[float]:
        for _ in range(7):
            made.append(time.perf_counter())
            yield 0.2

    with Workers(2) as workers:
        workers.map(time.sleep, tasks())

    # Four are handed out at once, the fifth not before one of them is done.
    assert made[4] - made[0] >= 0.2


def test_an_error_of_a_task_comes_through() -> None:
    with Workers(2) as workers, pytest.raises(ValueError, match="non-negative"):
        workers.map(time.sleep, [-1, 0])


def test_what_a_killed_process_was_doing_is_done_again() -> None:
    def kill_one() -> None:
        until = time.perf_counter() + 20
        while time.perf_counter() < until:
            children = active_children()
            if children:
                time.sleep(0.5)
                os.kill(children[0].pid or 0, signal.SIGKILL)
                return
            time.sleep(0.01)

    killer = threading.Thread(target=kill_one)
    killer.start()
    with Workers(2) as workers:
        answers = workers.map(time.sleep, [0.6] * 6)
    killer.join()

    assert answers == [None] * 6


def test_processes_that_keep_dying_are_an_error_and_no_wait_without_end() -> None:
    begin = time.perf_counter()

    with Workers(2) as workers, pytest.raises(WorkersLost, match="died 3 times"):
        workers.map(os._exit, [9, 9, 9])

    assert time.perf_counter() - begin < 60
    assert active_children() == []
