"""Pairs of tasks that meet, as the nodes and arcs of the conflict graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockplan.model import html
from lockplan.model.access import ReadStatement
from lockplan.model.dates import RunDates
from lockplan.model.remedy import Remedy
from lockplan.model.verdict import Verdict
from lockplan.model.words import count
from lockplan.model.workflow import TaskKey

POOL = "pool"
"""What `Conflict.ordered_by` begins with where a pool keeps two tasks apart; its name follows."""

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """One task of a conflict, with the statement that meets the other's."""

    task: TaskKey
    statement: ReadStatement | None
    """None where the task's SQL could not be read."""
    rows: str
    """The rows as people say it, dates relative to the run: ``day ds-6 … ds``."""
    path: str
    line: int

    @property
    def sql(self) -> str:
        """The statement as sent; empty where it could not be read."""
        return self.statement.sql if self.statement else ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two tasks whose SQL meets."""

    a: ConflictSide
    b: ConflictSide
    verdict: Verdict
    table: str
    """The table of the worst meeting; empty where it is not known."""
    tables: tuple[str, ...]
    """All tables on which the two meet, sorted."""
    both_tables_known: bool
    failing_dates: RunDates
    """The dates of one run in which they meet."""
    ordered_by: str | None = None
    """Why the two never run together: ``edges``, ``pool db`` …; None where nothing does."""
    remedies: tuple[Remedy, ...] = ()
    """What keeps them apart where no edge can, the first choice first."""

    @property
    def in_one_pool(self) -> bool:
        """Whether a pool keeps the two apart, whatever their order."""
        return (self.ordered_by or "").startswith(POOL)

    @property
    def key(self) -> tuple[TaskKey, TaskKey]:
        """The two tasks, sorted."""
        return (self.a.task, self.b.task)

    def __str__(self) -> str:
        a, b = self.key
        return f"{a} ↔ {b}: {self.verdict}"

    def _repr_html_(self) -> str:
        rows = [
            (side.task, f"{side.path}:{side.line}", side.rows, side.sql)
            for side in (self.a, self.b)
        ]
        sides = html.table(("task", "where", "rows", "statement"), rows, "side")
        apart = (
            f"kept apart by {self.ordered_by}" if self.ordered_by else "nothing keeps them apart"
        )
        lines = [f"{', '.join(self.tables)} · {apart}" if self.tables else apart]
        return html.card(str(self), lines, sides, self.verdict._repr_html_())


@dataclass(frozen=True, slots=True)
class UnreadConnection:
    """Unread statements on one connection, which may meet other DAGs and runs: summed up."""

    connection: str | None
    """None where the statements do not show it: they may run anywhere."""
    tasks: tuple[TaskKey, ...]
    """The tasks with such statements, sorted."""
    met: int
    """Tasks that one of them may meet in another DAG, or in another run of its own."""
    pairs: int
    """Pairs of one of them with a task that may reach the same server, in another DAG or run."""


@dataclass(frozen=True, slots=True)
class ConflictGraph:
    """All pairs that meet, worst first."""

    tasks: tuple[TaskKey, ...]
    conflicts: tuple[Conflict, ...]
    candidates: int = 0
    """Pairs that were compared."""
    unread: tuple[UnreadConnection, ...] = ()
    """Meetings of unread statements with other DAGs and runs, those with the most pairs first."""

    def inside(self) -> dict[str, tuple[Conflict, ...]]:
        """Return the conflicts of two tasks of one DAG, by its id."""
        found: dict[str, list[Conflict]] = {}
        for conflict in self.conflicts:
            dag_id = conflict.a.task.dag_id
            if dag_id == conflict.b.task.dag_id:
                found.setdefault(dag_id, []).append(conflict)
        return {dag_id: tuple(conflicts) for dag_id, conflicts in found.items()}

    def to_networkx(self) -> nx.MultiGraph[str]:
        """Return the graph for networkx: tasks as ``dag.task``, and all pairs that meet.

        Nodes have `dag_id` and `task_id`. An edge's key is the scope in which the two meet, a loop
        is a task that meets itself. Edges have `outcome`, `certainty`, `table`, `rule` and
        `ordered_by`, texts that are empty where there is none.
        """
        import networkx as nx  # only who asks for it waits for it

        graph: nx.MultiGraph[str] = nx.MultiGraph()
        for key in self.tasks:
            graph.add_node(str(key), dag_id=key.dag_id, task_id=key.task_id)
        for conflict in self.conflicts:
            verdict = conflict.verdict
            graph.add_edge(
                str(conflict.a.task),
                str(conflict.b.task),
                key=str(verdict.scope),
                outcome=str(verdict.outcome or ""),
                certainty=str(verdict.certainty),
                table=conflict.table,
                rule=verdict.rule or "",
                ordered_by=conflict.ordered_by or "",
            )
        return graph

    def _repr_html_(self) -> str:
        rows = [
            (
                each.a.task,
                each.b.task,
                each.table,
                each.verdict.outcome,
                each.verdict.certainty,
                each.verdict.scope,
                each.ordered_by or "",
            )
            for each in self.conflicts
        ]
        headers = ("a", "b", "table", "outcome", "certainty", "meet in", "kept apart by")
        left = f"{len(self.unordered())} that nothing keeps apart; worst first"
        title = f"{count(len(self.tasks), 'task')}, {count(len(rows), 'pair')} that meet"
        return html.card(title, [left], html.table(headers, rows, "pair"))

    def unordered(self) -> tuple[Conflict, ...]:
        """Return the conflicts that nothing keeps apart."""
        return tuple(conflict for conflict in self.conflicts if conflict.ordered_by is None)
