"""What an edge guarantees in Airflow, and which edges may be added.

Reachability is not order: a task turns ``upstream_failed`` or ``skipped`` as soon as one upstream
task fails or is skipped, without waiting for the others, and a later task with a lenient trigger
rule then starts while an earlier one still runs. Source: Airflow's ``TriggerRuleDep``, 2.11, 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from lockplan.model.workflow import Skips, TriggerRule

WAITS_FOR_ALL = frozenset(TriggerRule) - {
    TriggerRule.ONE_SUCCESS,
    TriggerRule.ONE_FAILED,
    TriggerRule.ONE_DONE,
    TriggerRule.ALWAYS,
}
"""Rules under which a task that runs has seen every direct upstream task end."""

ACCEPTS_EDGES = frozenset(
    {
        TriggerRule.ALL_SUCCESS,
        TriggerRule.ALL_DONE,
        TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        TriggerRule.NONE_FAILED,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    }
)
"""Rules under which one more successful upstream task changes nothing but the start."""

SKIPPED_WITH_AN_UPSTREAM = frozenset(
    {TriggerRule.ALL_SUCCESS, TriggerRule.NONE_SKIPPED, TriggerRule.ALL_DONE_MIN_ONE_SUCCESS}
)
SKIPPED_WITH_ONE = frozenset(
    {
        TriggerRule.ALL_SUCCESS,
        TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    }
)
"""Rules under which a skipped task must not be put above: the task below may be skipped, too."""
RUNS_ONLY_AFTER_TROUBLE = frozenset(
    {TriggerRule.ALL_FAILED, TriggerRule.ONE_FAILED, TriggerRule.ALL_SKIPPED}
)


class AirflowTask(Protocol):
    """What of a task decides about order."""

    @property
    def trigger_rule(self) -> TriggerRule:
        """When Airflow starts the task."""

    @property
    def skips(self) -> Skips:
        """Which of its downstream tasks it may skip."""

    @property
    def mapped(self) -> bool:
        """Whether it is expanded at run time, perhaps into nothing."""


class CycleError(ValueError):
    """The edges form a cycle; `nodes` holds the positions on or behind it."""

    def __init__(self, nodes: tuple[int, ...]) -> None:
        super().__init__(f"cycle through positions {nodes}")
        self.nodes = nodes


class OrderGraph:
    """Airflow's order over tasks given by position; sets of tasks are bits of Python integers."""

    def __init__(self, tasks: Sequence[AirflowTask], edges: Iterable[tuple[int, int]]) -> None:
        """Raise CycleError where the edges form a cycle."""
        self.tasks = tasks
        self.upstream: list[set[int]] = [set() for _ in tasks]
        self.downstream: list[set[int]] = [set() for _ in tasks]
        for above, below in edges:
            self.upstream[below].add(above)
            self.downstream[above].add(below)
        self.topological = self._topological()
        self.reached = self._reached()
        self._circuits = sum(1 << n for n, task in enumerate(tasks) if task.skips is Skips.ALL)
        self._safe = self._safe_predecessors()
        self.skippable = self._skippable()

    def _topological(self) -> tuple[int, ...]:
        missing = [len(above) for above in self.upstream]
        ready = sorted((n for n, count in enumerate(missing) if not count), reverse=True)
        order: list[int] = []
        while ready:
            node = ready.pop()
            order.append(node)
            for below in sorted(self.downstream[node], reverse=True):
                missing[below] -= 1
                if not missing[below]:
                    ready.append(below)
        if len(order) < len(self.tasks):
            raise CycleError(tuple(n for n, count in enumerate(missing) if count))
        return tuple(order)

    def _reached(self) -> list[int]:
        """All tasks above each task, by plain reachability."""
        above = [0] * len(self.tasks)
        for node in self.topological:
            for up in self.upstream[node]:
                above[node] |= above[up] | 1 << up
        return above

    def _safe_predecessors(self) -> list[int]:
        safe = [0] * len(self.tasks)
        for node in self.topological:
            rule = self.tasks[node].trigger_rule
            if rule not in WAITS_FOR_ALL:
                continue
            for up in self.upstream[node]:
                safe[node] |= 1 << up
                strict = TriggerRule.ALL_SUCCESS
                if rule is strict and self.tasks[up].trigger_rule is strict:
                    safe[node] |= safe[up]
        return safe

    def _skippable(self) -> frozenset[int]:
        skippable: set[int] = set()
        for node in self.topological:
            task = self.tasks[node]
            branched = any(self.tasks[up].skips is Skips.DIRECT for up in self.upstream[node])
            inherits = task.trigger_rule in SKIPPED_WITH_AN_UPSTREAM or (
                task.trigger_rule is TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS
            )
            inherited = inherits and any(up in skippable for up in self.upstream[node])
            own = task.mapped or task.trigger_rule in RUNS_ONLY_AFTER_TROUBLE
            if branched or inherited or own or self.reached[node] & self._circuits:
                skippable.add(node)
        return frozenset(skippable)

    def orders(self, a: int, b: int) -> bool:
        """Whether `b` never starts before `a` has ended, whatever fails or is skipped."""
        return bool(self._safe[b] >> a & 1)

    def separates(self, a: int, b: int) -> bool:
        """Whether the two never run together."""
        return self.orders(a, b) or self.orders(b, a)

    def refusal(self, a: int, b: int) -> str | None:
        """Return why an edge from `a` to `b` must not be added, None where it may.

        An edge may only delay `b`: it must not make Airflow skip it, fail it for a state that is no
        failure, or leave it unordered. That a failure of `a` now stops `b` is said with the plan.
        """
        above, below = self.tasks[a], self.tasks[b]
        if a == b or self.reached[a] >> b & 1:
            return "it would close a cycle"
        if below.trigger_rule not in ACCEPTS_EDGES:
            return f"trigger rule {below.trigger_rule} of the later task does not wait for all"
        if above.skips is Skips.DIRECT:
            return "a branch skips every direct downstream task that it does not choose"
        if above.skips is Skips.ALL or self.reached[a] & self._circuits:
            return "a short circuit skips everything after it"
        if any(
            self.tasks[up].skips is Skips.DIRECT and self.reached[a] >> up & 1
            for up in self.upstream[b]
        ):
            return "it would lead from one arm of a branch into another"
        if a in self.skippable and below.trigger_rule in SKIPPED_WITH_ONE:
            return "the earlier task may be skipped, and the later one would be skipped with it"
        if self._would_suffice(b):
            return "the earlier task's success alone would let the later one run"
        return None

    def _would_suffice(self, b: int) -> bool:
        """Whether one more success above `b` could make it run where it would have been skipped."""
        rule = self.tasks[b].trigger_rule
        if rule is TriggerRule.ALL_DONE_MIN_ONE_SUCCESS:
            return bool(self.upstream[b])
        if rule is TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS:
            return bool(self.upstream[b]) and self.upstream[b] <= self.skippable
        return False
