"""The exact search, by OR-Tools' CP-SAT, for what the heuristics leave between them and the bound.

Limited by the solver's own measure of work and run by one worker, so that the same problem gives
the same plan whatever else the machine does; by several only where the clock is the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockplan.planning.budget import Budget
from lockplan.planning.groups import groups
from lockplan.planning.instance import Instance, Starts
from lockplan.planning.measures import heads, tails

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, CpSolver, IntervalVar, IntVar

MOST_TASKS = 2_000
"""Above, the solver hardly ever improves on the heuristics."""
UNIT = 7_000_000
"""Units of the budget for one of the solver's deterministic time, which is some seconds."""
WORKERS = 8
"""Threads of the solver where the clock ends it anyway."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The best schedule known, and a length below which there is none."""

    starts: Starts
    bound: int


def solved(instance: Instance, starts: Starts, bound: int, budget: Budget, seed: int) -> Solved:
    """Shorten a schedule or prove that it cannot be shortened, as far as the budget reaches.

    The schedule is kept where the solver ends without one, as it may in spite of the hint.
    """
    from ortools.sat.python import cp_model  # half a second of CPU: only where it is needed

    model = cp_model.CpModel()
    variables = _model(model, instance, starts, bound)
    solver = _solver(cp_model.CpSolver(), budget, seed)
    status = solver.solve(model)
    budget.spend(UNIT * solver.response_proto.deterministic_time)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        found = tuple(solver.value(variable) for variable in variables)
        starts = min(starts, found, key=instance.makespan)
    proven = round(solver.best_objective_bound) if status != cp_model.MODEL_INVALID else 0
    return Solved(starts, max(bound, proven))


def _solver(solver: CpSolver, budget: Budget, seed: int) -> CpSolver:
    solver.parameters.random_seed = seed
    if budget.timed:
        solver.parameters.num_workers = WORKERS
        solver.parameters.max_time_in_seconds = budget.seconds
    else:
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = max(0.0, budget.work / UNIT)
    # without linear relaxations: on disjunctions they cost more than they prove
    solver.parameters.linearization_level = 0
    solver.parameters.cp_model_probing_level = 0
    solver.parameters.symmetry_level = 0
    return solver


def _model(model: CpModel, instance: Instance, starts: Starts, bound: int) -> list[IntVar]:
    """State the problem: when each task starts, with the known schedule as a hint."""
    longest = instance.makespan(starts)
    variables, intervals = _tasks(model, instance, longest)
    for task, upstream in enumerate(instance.upstream):
        for up in upstream:
            model.add(variables[task] >= variables[up] + instance.durations[up])
    for clique in groups(instance):
        model.add_no_overlap([intervals[task] for task in clique])
    _add_capacities(model, instance, intervals)
    makespan = model.new_int_var(bound, longest, "makespan")
    for task, below in enumerate(instance.downstream):
        if not below:
            model.add(makespan >= variables[task] + instance.durations[task])
    for variable, start in zip(variables, starts, strict=True):
        model.add_hint(variable, start)
    model.add_hint(makespan, longest)
    model.minimize(makespan)
    return variables


def _tasks(
    model: CpModel, instance: Instance, longest: int
) -> tuple[list[IntVar], list[IntervalVar]]:
    """Make each task's start and interval, between its head and its tail."""
    variables, intervals = [], []
    after: Sequence[float] = tails(instance)
    for task, (head, own) in enumerate(zip(heads(instance), instance.durations, strict=True)):
        start = model.new_int_var(head, longest - int(after[task]) - own, f"start_{task}")
        variables.append(start)
        intervals.append(model.new_fixed_size_interval_var(start, own, f"task_{task}"))
    return variables, intervals


def _add_capacities(model: CpModel, instance: Instance, intervals: Sequence[IntervalVar]) -> None:
    for capacity in instance.capacities:
        taken = [(task, demand) for task, demand in enumerate(capacity.demands) if demand]
        if sum(demand for _, demand in taken) > capacity.limit:
            demands = [demand for _, demand in taken]
            model.add_cumulative([intervals[task] for task, _ in taken], demands, capacity.limit)
