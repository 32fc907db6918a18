"""Tasks of which all is known, and which of them are free of each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations

from lockplan.model.access import Footprint
from lockplan.model.conflict import ConflictGraph
from lockplan.model.statement import Unknown
from lockplan.model.verdict import Scope
from lockplan.model.workflow import Task, TaskKey, Workflow

IDLE = frozenset({"EmptyOperator", "DummyOperator"})
"""Operators that do nothing."""

Two = frozenset[TaskKey]
"""Two tasks, or one and itself."""


class Known:
    """What an analysis knows of its tasks; races count as meeting."""

    def __init__(
        self, workflow: Workflow, graph: ConflictGraph, footprints: Mapping[TaskKey, Footprint]
    ) -> None:
        self._from_file = workflow.from_file
        self._footprints = footprints
        self._meeting = {frozenset(conflict.key) for conflict in graph.conflicts}
        self._meeting_in_a_run = {
            frozenset(conflict.key)
            for conflict in graph.conflicts
            if conflict.verdict.scope is Scope.SAME_RUN
        }

    def says_all(self, task: Task) -> bool:
        """Whether a task sends SQL that is wholly known, or declares its resources, and no more."""
        if self._from_file:
            said = bool(task.statements or task.reads or task.writes)
        else:
            said = bool(task.sql_texts) and bool(self._footprints[task.key].statements)
        known = not any(isinstance(part, Unknown) for text in task.sql_texts for part in text)
        return said and known and not task.skipped and not self._footprints[task.key].unread

    def meet_in_a_run(self, a: TaskKey, b: TaskKey) -> bool:
        """Whether two tasks of one DAG meet in one run."""
        return frozenset((a, b)) in self._meeting_in_a_run

    def is_free_of(self, task: Task, others: Iterable[Task]) -> bool:
        """Whether a task meets none of these, itself included, in any two runs."""
        return self.says_all(task) and all(
            self.says_all(other)
            and frozenset((task.key, other.key)) not in self._meeting
            and (task.key.dag_id == other.key.dag_id or not self._share_a_table(task, other))
            for other in others
        )

    def are_free(self, tasks: Iterable[Task], but_for: Collection[Two]) -> bool:
        """Whether tasks of one DAG meet each other nowhere but in these pairs."""
        working = [task for task in tasks if task.operator not in IDLE]
        met = self._meeting - set(but_for)
        pairs = combinations([task.key for task in working], 2)
        return all(map(self.says_all, working)) and not any(
            frozenset(pair) in met for pair in pairs
        )

    def _share_a_table(self, a: Task, b: Task) -> bool:
        # DAGs without a schedule are not compared: what names one table may meet there
        return bool(self._tables(a) & self._tables(b))

    def _tables(self, task: Task) -> set[str]:
        transactions = self._footprints[task.key].transactions
        return {access.table.table.lower() for each in transactions for access in each.accesses}
