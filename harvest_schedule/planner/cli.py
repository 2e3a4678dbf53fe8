"""
Solve an instance file from the command line; ``manage.py solve_plan`` calls ``run`` too.

Exit code 0 with an answer (also where contracts fall short or no plan keeps every rule), 2 for what is malformed,
with the path of the field on standard error.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harvest_schedule.planner.decompose import solve_in_parts
from harvest_schedule.planner.explain import explain
from harvest_schedule.planner.fields import InstanceError
from harvest_schedule.planner.problem import Problem
from harvest_schedule.planner.promise_caps import windows_held
from harvest_schedule.planner.reading import problem_read
from harvest_schedule.planner.result import Result
from harvest_schedule.planner.solve import SolveParams
from harvest_schedule.planner.stop import MaxRuntime
from harvest_schedule.planner.windows import windows_from

EXIT_OK = 0
EXIT_MALFORMED = 2
DEFAULT_TIME_LIMIT_S = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments, for this module and for the Django command alike."""
    parser.add_argument("instance", help="JSON file of the neutral format; - reads standard input")
    parser.add_argument(
        "--time-limit",
        type=_seconds,
        default=DEFAULT_TIME_LIMIT_S,
        metavar="S",
        help="seconds to search [60]",
    )
    parser.add_argument("--output", metavar="F", help="file for the answer; standard output by default")
    parser.add_argument("--explain", action="store_true", help="add the windows and the reasons, in both languages")
    parser.add_argument("--seed", type=int, default=0, help="of the solver, 0 by default")
    parser.add_argument(
        "--gap", type=_fraction, default=SolveParams().rel_gap, help="relative gap at which a plan counts as optimal"
    )


def run(argv: Sequence[str]) -> int:
    """Parse, solve, write the answer as JSON; returns the exit code and never raises for what a user gave."""
    parser = argparse.ArgumentParser(prog="solve_plan", description="Solve one season planning instance.")
    add_arguments(parser)
    try:
        options = parser.parse_args(argv)
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else EXIT_MALFORMED
    return solve_file(
        options.instance,
        time_limit_s=options.time_limit,
        output=options.output,
        is_explained=options.explain,
        seed=options.seed,
        rel_gap=options.gap,
    )


def solve_file(
    instance: str,
    *,
    time_limit_s: float = DEFAULT_TIME_LIMIT_S,
    output: str | None = None,
    is_explained: bool = False,
    seed: int = 0,
    rel_gap: float = SolveParams().rel_gap,
) -> int:
    """Solve the instance in a file and write the answer; returns the exit code."""
    try:
        data = problem_load(instance)
    except InstanceError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_MALFORMED
    with solver_banner_on_stderr():
        result = solve_in_parts(data, MaxRuntime(time_limit_s), seed=seed, params=SolveParams(rel_gap=rel_gap))
    text = json.dumps(_answer(result, is_explained), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    if output is None:
        sys.stdout.write(text)
        return EXIT_OK
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"--output: {error.strerror}: {output}\n")
        return EXIT_MALFORMED
    return EXIT_OK


def problem_load(instance: str) -> Problem:
    """
    Read and check the instance in a file, or from standard input for ``-``.

    Raises
    ------
    InstanceError
        For a file that cannot be read, is not JSON, or is malformed.
    """
    try:
        raw = sys.stdin.buffer.read() if instance == "-" else Path(instance).read_bytes()
    except OSError as error:
        raise InstanceError("$", f"cannot be read: {error.strerror}: {instance}") from error
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InstanceError("$", f"is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise InstanceError("$", f"is not JSON: {error.msg} at line {error.lineno} column {error.colno}") from error
    except (RecursionError, ValueError) as error:
        # Nesting deeper than the interpreter follows, or a number with more digits than it converts.
        raise InstanceError("$", f"is not JSON that can be read: {error}") from error
    return problem_read(value)


def _answer(result: Result, is_explained: bool) -> dict[str, Any]:
    answer = result.to_json()
    if is_explained:
        windows = windows_held(result, windows_from(result))
        answer["windows"] = [row.to_json() for row in windows]
        answer["reasons"] = [row.to_json() for row in explain(result, windows)]
    return answer


def _seconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError("must be a number of seconds, zero or more")
    return value


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must lie in [0, 1)")
    return value


@contextmanager
def solver_banner_on_stderr() -> Iterator[None]:
    """HiGHS greets once on file descriptor 1, whatever its options say; the answer must stay alone there."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
