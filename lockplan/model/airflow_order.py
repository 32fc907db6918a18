"""What an edge guarantees in Airflow, and which edges may be added.

Reachability is not order: a task turns ``upstream_failed`` or ``skipped`` as soon as one upstream
task fails or is skipped, without waiting for the others, and a later task with a lenient trigger
rule then starts while an earlier one still runs. Source: Airflow's ``TriggerRuleDep``, 2.11, 3.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
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

SKIPPED_WITH_ONE = frozenset(
    {
        TriggerRule.ALL_SUCCESS,
        TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    }
)
"""Rules under which a skipped task must not be put above: the task below may be skipped, too."""
SKIPPED_WITH_AN_UPSTREAM = SKIPPED_WITH_ONE | {TriggerRule.NONE_SKIPPED}
SKIPPED_WITH_ALL = frozenset({TriggerRule.ONE_SUCCESS, TriggerRule.ONE_DONE})
"""Rules under which a task is skipped where every upstream task is."""
RUNS_ONLY_AFTER_TROUBLE = frozenset(
    {TriggerRule.ALL_FAILED, TriggerRule.ONE_FAILED, TriggerRule.ALL_SKIPPED}
)
RUNS_AFTER_A_SKIP = WAITS_FOR_ALL - {
    TriggerRule.ALL_SUCCESS,
    TriggerRule.ALL_FAILED,
    TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    TriggerRule.NONE_SKIPPED,
}
"""Rules that wait for all and let a task run although one upstream task was skipped."""


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

    @property
    def mapped_group(self) -> str | None:
        """The outermost mapped task group around it: each copy waits for copies of its own."""


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
        branches = (n for n, task in enumerate(tasks) if task.skips is Skips.DIRECT)
        self._arms = {branch: self._arms_of(branch) for branch in branches}
        self._before = [0] * len(tasks)
        """Tasks that have ended when a task starts: for a mapped one, when its first copy does."""
        self._before_all = [0] * len(tasks)
        """Tasks that have ended when all copies of a task have started."""
        self._required = [0] * len(tasks)
        self._interrupted = 0
        self._sort_out_what_has_ended()
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

    def _sort_out_what_has_ended(self) -> None:
        for node in self.topological:
            if self.tasks[node].trigger_rule in WAITS_FOR_ALL:
                for up in self.upstream[node]:
                    self._wait_for(up, node)
            if self._may_be_interrupted(node):
                self._interrupted |= 1 << node

    def _wait_for(self, up: int, node: int) -> None:
        rule = self.tasks[node].trigger_rule
        handed_on = rule is TriggerRule.ALL_SUCCESS  # what succeeded has started
        lets_go = self._interrupted >> up & 1 and rule in RUNS_AFTER_A_SKIP
        own = 0 if lets_go else 1 << up
        self._required[node] |= 1 << up | self._required[up] if handed_on else 0
        self._before_all[node] |= own | (self._before_all[up] if handed_on else 0)
        if self.copies_go_alone(up, node):
            self._before[node] |= self._before[up] if handed_on else 0
        else:
            self._before[node] |= own | (self._before_all[up] if handed_on else 0)

    def _may_be_interrupted(self, node: int) -> bool:
        """Whether a branch may skip the task after it has started.

        Airflow notes the task as skipped at once, and kills it some seconds later. What a short
        circuit skips takes all that follows along.
        """
        return any(
            self.tasks[up].skips is Skips.DIRECT and not self._before_all[node] >> up & 1
            for up in self.upstream[node]
        )

    def _skippable(self) -> frozenset[int]:
        skippable: set[int] = set()
        for node in self.topological:
            task = self.tasks[node]
            branched = any(self.tasks[up].skips is Skips.DIRECT for up in self.upstream[node])
            own = task.mapped or task.trigger_rule in RUNS_ONLY_AFTER_TROUBLE
            circuit = self.reached[node] & self._circuits
            if branched or own or circuit or self._skipped_with(node, skippable):
                skippable.add(node)
        return frozenset(skippable)

    def _skipped_with(self, node: int, skippable: set[int]) -> bool:
        above, rule = self.upstream[node], self.tasks[node].trigger_rule
        if rule in SKIPPED_WITH_ALL:
            return bool(above) and above <= skippable
        return rule in SKIPPED_WITH_AN_UPSTREAM and not skippable.isdisjoint(above)

    def copies_go_alone(self, a: int, b: int) -> bool:
        """Whether a copy of one waits only for the other's copy of the same mapped group."""
        group = self.tasks[a].mapped_group
        return group is not None and group == self.tasks[b].mapped_group

    def orders(self, a: int, b: int) -> bool:
        """Whether `b` never starts before `a` has ended, whatever fails or is skipped."""
        return bool(self._before[b] >> a & 1)

    def requires(self, a: int, b: int) -> bool:
        """Whether `b` only ever starts when `a` has run and succeeded."""
        return bool(self._required[b] >> a & 1)

    def separates(self, a: int, b: int) -> bool:
        """Whether the two never run together."""
        return self.orders(a, b) or self.orders(b, a)

    @property
    def separate(self) -> list[int]:
        """All tasks, as bits, that never run together with each task."""
        separate = list(self._before)
        for node, before in enumerate(self._before):
            while before:
                lowest = before & -before
                separate[lowest.bit_length() - 1] |= 1 << node
                before ^= lowest
        return separate

    @property
    def plain(self) -> list[bool]:
        """Whether each task takes and gives any edge that closes no cycle."""
        branches = sum(1 << branch for branch in self._arms)
        arms = reduce(or_, self._arms.values(), self._interrupted)
        return [
            task.trigger_rule in ACCEPTS_EDGES
            and task.skips is Skips.NOTHING
            and not self.reached[node] & self._circuits
            and node not in self.skippable
            and not self.reached[node] & branches
            and not arms >> node & 1
            and not self._would_suffice(node)
            for node, task in enumerate(self.tasks)
        ]

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
        if self._joins_arms(a, b):
            return "it would lead from one arm of a branch into another"
        if self.copies_go_alone(a, b):
            return "the copies of a mapped task group do not wait for each other"
        if self._interrupted >> a & 1:
            return "the earlier task may be skipped while it is still at work"
        if a in self.skippable and below.trigger_rule in SKIPPED_WITH_ONE:
            return "the earlier task may be skipped, and the later one would be skipped with it"
        if self._would_suffice(b):
            return "the earlier task's success alone would let the later one run"
        return None

    def _arms_of(self, branch: int) -> int:
        """Return the tasks among which a branch chooses, and all above them."""
        arms = 0
        for arm in self.downstream[branch]:
            arms |= self.reached[arm] | 1 << arm
        return arms

    def _joins_arms(self, a: int, b: int) -> bool:
        """Whether a branch above `a` chooses among tasks that are `b` or come after it.

        A branch does not skip what comes after the task that it chose.
        """
        return any(
            arms >> b & 1 and self.reached[a] >> branch & 1 for branch, arms in self._arms.items()
        )

    def _would_suffice(self, b: int) -> bool:
        """Whether one more success above `b` could make it run where it would have been skipped."""
        rule = self.tasks[b].trigger_rule
        if rule is TriggerRule.ALL_DONE_MIN_ONE_SUCCESS:
            return bool(self.upstream[b])
        if rule is TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS:
            return bool(self.upstream[b]) and self.upstream[b] <= self.skippable
        return False
