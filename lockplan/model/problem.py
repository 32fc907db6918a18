"""The planning problem and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lockplan.model import html
from lockplan.model.remedy import NewPool, Remedy, in_words
from lockplan.model.words import count, duration
from lockplan.model.workflow import Edge, Origin, Pool, Skips, TaskKey, TriggerRule

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True)
class Job:
    """A task as the planner sees it."""

    key: TaskKey
    duration_s: int
    """Whole seconds, 0 or more."""
    trigger_rule: TriggerRule = TriggerRule.ALL_SUCCESS
    skips: Skips = Skips.NOTHING
    pool: str = "default_pool"
    pool_slots: int = 1
    priority_weight: int = 1
    mapped: bool = False
    mapped_group: str | None = None
    """The outermost mapped task group around the task."""
    p10_s: int | None = None
    """Of past runs, a tenth were shorter; None without a history."""
    p90_s: int | None = None
    """Of past runs, a tenth were longer; None without a history."""
    source: str = ""
    """Where the duration comes from, for people: ``history, 30 runs``."""
    past_runs: int = 0
    """How many past runs it is of; 0 where none are known."""


Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Problem:
    """One DAG to plan. Tasks are positions in `jobs`, in a stable order."""

    jobs: tuple[Job, ...]
    order: tuple[Pair, ...]
    """Direct edges (upstream, downstream) of the DAG's author."""
    conflicts: tuple[Pair, ...]
    """Pairs that must not run together, the smaller position first."""
    workers: int
    """Tasks that may run at the same time; 1 or more."""
    pools: tuple[Pool, ...] = ()
    """Pools with known slots; a pool that is not named here does not limit."""
    previous: tuple[Pair, ...] = ()
    """Edges of the block that an earlier plan left in the file."""
    writers_first: tuple[Pair, ...] = ()
    """Conflicts (writer, reader) in which the writer goes first where nothing else decides."""
    cliques: tuple[tuple[int, ...], ...] = ()
    """Groups whose members conflict pairwise, where the tables tell: a hint, checked before use."""


@dataclass(frozen=True, slots=True)
class Slot:
    """When a task runs in a schedule, in seconds from the run's start."""

    task: TaskKey
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class PriorityWeight:
    """A ``priority_weight`` for ``weight_rule="absolute"``."""

    task: TaskKey
    weight: int


@dataclass(frozen=True, slots=True)
class LeftOpen:
    """A conflict that no edge may order, with what would keep the two apart."""

    a: TaskKey
    b: TaskKey
    reason: str
    remedies: tuple[Remedy, ...]
    """The first choice first; at least one."""

    @property
    def remedy(self) -> str:
        """What would keep the two apart, in words."""
        return in_words(self.remedies)


@dataclass(frozen=True, slots=True)
class Plan:
    """An order that keeps conflicting tasks apart, verified before it is shown."""

    edges: tuple[Edge, ...]
    """Ordering edges that must stand in the file, sorted: those already there included."""
    schedule: tuple[Slot, ...]
    makespan_s: int
    serial_s: int
    """All tasks one after another."""
    bound_s: int
    """No schedule can be shorter."""
    left_open: tuple[LeftOpen, ...] = ()
    priority_weights: tuple[PriorityWeight, ...] = ()
    """Weights that give this schedule; none where the tasks' own weights give it."""
    pools: tuple[NewPool, ...] = ()
    """Pools that keep apart what is left open, sorted by name."""

    @property
    def gap(self) -> float:
        """How far the makespan is above the bound, as a fraction of the bound."""
        return 0.0 if self.bound_s == 0 else self.makespan_s / self.bound_s - 1.0

    @property
    def proven(self) -> bool:
        """Whether the makespan is known to be the shortest possible."""
        return self.makespan_s == self.bound_s

    def _repr_html_(self) -> str:
        lines = [
            f"planned {duration(self.makespan_s)} · one after another {duration(self.serial_s)} · "
            f"no order can be shorter than {duration(self.bound_s)}",
        ]
        if self.left_open:
            lines.append(f"{count(len(self.left_open), 'conflict')} that no edge may order")
        rows = [(e.upstream, e.downstream, ", ".join(e.tables), e.reason) for e in self.edges]
        edges = html.table(("first", "then", "tables", "why"), rows, "edge")
        return html.card(f"Plan: {count(len(rows), 'ordering edge')}", lines, edges)

    def to_networkx(self) -> nx.DiGraph[str]:
        """Return the plan for networkx: tasks as ``dag.task``, and the edges that it asks for.

        Nodes have `start_s` and `end_s`; edges have `origin`, `tables` and `reason`, all texts. All
        order that a run then follows is
        ``networkx.compose(workflow.to_networkx(), plan.to_networkx())``.
        """
        import networkx as nx  # only who asks for it waits for it

        graph: nx.DiGraph[str] = nx.DiGraph()
        for slot in self.schedule:
            graph.add_node(str(slot.task), start_s=slot.start_s, end_s=slot.end_s)
        for edge in self.edges:
            graph.add_edge(
                str(edge.upstream),
                str(edge.downstream),
                origin=str(Origin.GENERATED),
                tables=", ".join(edge.tables),
                reason=edge.reason,
            )
        return graph
