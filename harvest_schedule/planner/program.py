"""
A mixed-integer linear program to be maximised, whose rows and columns carry keys, and its solution by HiGHS.

Nothing here knows of harvests. Keys are tuples (``("take", 3)``, ``("stored", "cold", 7)``) by which the model finds
its values and duals again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

Key = tuple[Any, ...]
Progress = Callable[[float, float, float], bool]
"""Called with (seconds, best objective so far, bound); true stops the search."""


@dataclass
class Program:
    """A program under construction: maximise Σ cost · x + ``constant`` under row and column bounds."""

    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    is_integer: list[bool] = field(default_factory=list)
    column_of: dict[Key, int] = field(default_factory=dict)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)
    row_of: dict[Key, int] = field(default_factory=dict)
    terms: list[list[tuple[int, float]]] = field(default_factory=list)
    cuts: set[int] = field(default_factory=set)
    constant: float = 0.0

    def column(
        self, key: Key, *, cost: float = 0.0, low: float = 0.0, high: float = math.inf, integer: bool = False
    ) -> int:
        """Add a variable and return its index."""
        index = len(self.cost)
        self.column_of[key] = index
        self.cost.append(cost)
        self.lower.append(low)
        self.upper.append(high)
        self.is_integer.append(integer)
        return index

    def row(
        self,
        key: Key,
        terms: Iterable[tuple[int, float]],
        *,
        low: float = -math.inf,
        high: float = math.inf,
        is_cut: bool = False,
    ) -> int:
        """
        Add a constraint ``low`` ≤ Σ terms ≤ ``high`` and return its index.

        A cut is implied by the other rows once the integers are whole; it only makes the relaxation tighter.
        """
        index = len(self.terms)
        if is_cut:
            self.cuts.add(index)
        self.row_of[key] = index
        self.terms.append(list(terms))
        self.row_lower.append(low)
        self.row_upper.append(high)
        return index

    @property
    def has_integers(self) -> bool:
        """Whether any variable must be whole."""
        return any(self.is_integer)

    def fixed(self, values: Mapping[int, float]) -> Program:
        """
        The linear program that is left when these columns, all the integer ones, take these values.

        Cuts say nothing any more, and are freed so that the duals are those of the rows that mean something.
        """
        lower, upper = list(self.lower), list(self.upper)
        for index, value in values.items():
            lower[index] = upper[index] = value
        row_lower, row_upper = list(self.row_lower), list(self.row_upper)
        for row in self.cuts:
            row_lower[row], row_upper[row] = -math.inf, math.inf
        whole = [False] * len(self.cost)
        return replace(
            self, lower=lower, upper=upper, is_integer=whole, row_lower=row_lower, row_upper=row_upper, cuts=set()
        )

    def started(self, values: Mapping[int, float]) -> Program:
        """The program in which these columns take these values and every other is still free."""
        lower, upper = list(self.lower), list(self.upper)
        for index, value in values.items():
            lower[index] = upper[index] = value
        return replace(self, lower=lower, upper=upper)

    def relaxed(self) -> Program:
        """The linear program in which integers need not be whole; its optimum is a bound."""
        return replace(self, is_integer=[False] * len(self.cost))


@dataclass(frozen=True)
class Outcome:
    """
    What HiGHS found.

    ``status`` is optimal, stopped or infeasible; ``values`` is None when no solution was found; ``bound`` is an upper
    bound of the objective. Duals are those of the maximisation: what one more unit of a bound is worth (empty when
    integers were left free).
    """

    status: str
    values: NDArray[np.float64] | None
    objective: float
    bound: float
    row_dual: NDArray[np.float64] | None = None
    column_dual: NDArray[np.float64] | None = None
    nodes: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """When HiGHS has to end, and how exact it has to be."""

    time_s: float = math.inf
    nodes: int | None = None
    rel_gap: float = 1e-7
    seed: int = 0


def maximise(
    program: Program,
    limits: Limits,
    start: Mapping[int, float] | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Solve a program from an optional partial starting point (column index to value)."""
    if not program.cost:
        return Outcome(
            "optimal", np.empty(0), program.constant, program.constant, np.zeros(len(program.terms)), np.empty(0)
        )
    solver: Any = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", limits.seed % (2**31 - 1))
    solver.setOptionValue("mip_rel_gap", limits.rel_gap)
    solver.setOptionValue("mip_abs_gap", 1e-9)
    if math.isfinite(limits.time_s):
        solver.setOptionValue("time_limit", max(limits.time_s, 0.0))
    if not program.has_integers:
        # The last word on quantities and prices is a linear program, and it is to be exact.
        solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
        solver.setOptionValue("dual_feasibility_tolerance", 1e-9)
    if limits.nodes is not None:
        solver.setOptionValue("mip_max_nodes", limits.nodes)
    solver.passModel(_lp(program))
    if start and program.has_integers:
        solver.setSolution(
            len(start),
            np.fromiter(start.keys(), dtype=np.int32),
            np.fromiter(start.values(), dtype=np.float64),
        )
    if progress is not None:
        _watch(solver, progress)
    solver.run()
    return _outcome(program, solver)


def _lp(program: Program) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_col_ = len(program.cost)
    lp.num_row_ = len(program.terms)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.offset_ = program.constant
    lp.col_cost_ = np.asarray(program.cost, dtype=np.float64)
    lp.col_lower_ = np.asarray(program.lower, dtype=np.float64)
    lp.col_upper_ = np.asarray(program.upper, dtype=np.float64)
    lp.row_lower_ = np.asarray(program.row_lower, dtype=np.float64)
    lp.row_upper_ = np.asarray(program.row_upper, dtype=np.float64)
    lengths = np.fromiter((len(row) for row in program.terms), dtype=np.int32, count=len(program.terms))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    lp.a_matrix_.index_ = np.fromiter((col for row in program.terms for col, _ in row), dtype=np.int32)
    lp.a_matrix_.value_ = np.fromiter((value for row in program.terms for _, value in row), dtype=np.float64)
    if program.has_integers:
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in program.is_integer]
    return lp


def _watch(solver: highspy.Highs, progress: Progress) -> None:
    """Ask ``progress`` now and then; while a linear program is solved nothing new is known of best and bound."""
    best, bound = -math.inf, math.inf

    def tell(event: Any) -> None:
        nonlocal best, bound
        out = event.data_out
        if event.callback_type == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            best, bound = out.mip_primal_bound, out.mip_dual_bound
        if progress(out.running_time, best, bound):
            event.data_in.user_interrupt = True

    solver.cbMipInterrupt += tell
    solver.cbSimplexInterrupt += tell
    solver.cbIpmInterrupt += tell


def _outcome(program: Program, solver: highspy.Highs) -> Outcome:
    status = solver.getModelStatus()
    info = solver.getInfo()
    kinds = highspy.HighsModelStatus
    if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Outcome("infeasible", None, -math.inf, -math.inf)
    solved = status in (kinds.kOptimal, kinds.kModelEmpty)
    # A linear program that was stopped has no point that keeps its rows, so only its end counts.
    found = solved or (program.has_integers and info.primal_solution_status == 2)
    solution = solver.getSolution()
    values = np.array(solution.col_value, dtype=np.float64) if found else None
    objective = float(info.objective_function_value) if found else -math.inf
    bound = math.inf
    if solved and not program.has_integers:
        bound = objective
    elif program.has_integers and math.isfinite(info.mip_dual_bound):
        bound = float(info.mip_dual_bound)
    duals = solved and not program.has_integers and solution.dual_valid
    return Outcome(
        status="optimal" if solved else "stopped",
        values=values,
        objective=objective,
        bound=bound,
        row_dual=np.array(solution.row_dual, dtype=np.float64) if duals else None,
        column_dual=np.array(solution.col_dual, dtype=np.float64) if duals else None,
        nodes=int(info.mip_node_count) if program.has_integers else 0,
    )
