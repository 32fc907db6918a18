"""From footprints to the conflict graph."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from lockplan.conflicts.apart import Apart, ways_apart
from lockplan.conflicts.candidates import (
    Beside,
    candidate_pairs,
    unread_connections,
    unread_pairs,
)
from lockplan.conflicts.comparison import Comparison, Meeting, severity
from lockplan.conflicts.conditions import (
    RUNS,
    ConditionalRuns,
    RunPairs,
    conditions,
)
from lockplan.conflicts.facts import DagFacts
from lockplan.conflicts.horizon import IN_UTC, horizon
from lockplan.conflicts.links import Link, Links, split
from lockplan.conflicts.overlap import Overlaps
from lockplan.conflicts.sides import Sides
from lockplan.conflicts.successive import PastOrder, runs_apart, successive_runs
from lockplan.model.access import Footprint
from lockplan.model.airflow_order import OrderGraph
from lockplan.model.conflict import POOL, Conflict, ConflictGraph
from lockplan.model.connection import UNKNOWN_PREFIX
from lockplan.model.dates import RunDates
from lockplan.model.remedy import Remedy, in_words
from lockplan.model.schema import Schema
from lockplan.model.verdict import Certainty, Outcome, Scope, Side, Verdict
from lockplan.model.workflow import Dag, Task, Workflow
from lockplan.rules.remedies import for_copies, for_next_run, for_sensor, remedy


@dataclass(frozen=True, slots=True)
class _Node:
    task: Task
    dag: Dag
    position_in_dag: int


def build_graph(
    workflow: Workflow,
    footprints: tuple[Footprint, ...],
    schema: Schema,
    facts: Mapping[str, DagFacts],
    logical_date: datetime,
) -> ConflictGraph:
    """Return all pairs of tasks that meet, worst first.

    `footprints` holds one per task in the order of `workflow.tasks()`, `facts` one entry per DAG.
    The pairs are compared over the runs from `logical_date` on.
    """
    return _GraphBuilder(workflow, footprints, schema, facts, logical_date).build()


def compared_again(
    graph: ConflictGraph,
    among: frozenset[tuple[int, int]],
    workflow: Workflow,
    footprints: tuple[Footprint, ...],
    schema: Schema,
    facts: Mapping[str, DagFacts],
    logical_date: datetime,
) -> ConflictGraph:
    """Return the graph with just some pairs of tasks compared again.

    `among` holds positions in `workflow.tasks()`, the smaller first; of these the other values may
    differ from those that the graph was made of.
    """
    fresh = _GraphBuilder(workflow, footprints, schema, facts, logical_date).build(among)
    position = {key: n for n, key in enumerate(graph.tasks)}

    def is_among(conflict: Conflict) -> bool:
        a, b = sorted(position[key] for key in conflict.key)
        return (a, b) in among

    kept = [conflict for conflict in graph.conflicts if not is_among(conflict)]
    met = [*kept, *filter(is_among, fresh.conflicts)]
    return replace(graph, conflicts=tuple(sorted(met, key=_worst_first)))


class _GraphBuilder:
    def __init__(
        self,
        workflow: Workflow,
        footprints: tuple[Footprint, ...],
        schema: Schema,
        facts: Mapping[str, DagFacts],
        logical_date: datetime,
    ) -> None:
        self.workflow = workflow
        self.footprints = footprints
        self.schema = schema
        self.facts = facts
        self.logical_date = logical_date
        self.nodes = [
            _Node(task, dag, n) for dag in workflow.dags for n, task in enumerate(dag.tasks)
        ]
        zones = dict.fromkeys(each for fact in facts.values() for each in fact.clock_zones)
        clock_zones = tuple(zones) or (IN_UTC,)
        self.comparison = Comparison(footprints, schema, clock_zones)
        self.conditional = ConditionalRuns(clock_zones)
        self._conditions = [conditions(footprint) for footprint in footprints]
        self.conditional_later = ConditionalRuns(clock_zones)
        self._slots = {pool.name: pool.slots for pool in workflow.pools}
        self._apart_by_kinds: dict[tuple[int, int], Apart] = {}
        self._sides = Sides(workflow.tasks(), footprints, schema)
        self.overlaps = Overlaps(facts, logical_date)
        self.order = {dag.dag_id: _order_graph(dag) for dag in workflow.dags}
        self.links = Links(workflow, self.order)
        self.horizons = {
            dag.dag_id: horizon(facts[dag.dag_id].clock, logical_date) for dag in workflow.dags
        }
        self._own_runs = {
            dag_id: tuple((dates, dates) for dates in runs)
            for dag_id, runs in self.horizons.items()
        }
        self.past = {dag.dag_id: PastOrder(dag, self.order[dag.dag_id]) for dag in workflow.dags}
        self.apart = {dag.dag_id: self._runs_apart(dag) for dag in workflow.dags}
        self._later_runs = {
            dag_id: self._runs_of_both_sides(dag_id, apart) for dag_id, apart in self.apart.items()
        }

    def _runs_of_both_sides(self, dag_id: str, apart: int) -> tuple[RunPairs, RunPairs]:
        """Return pairs of an earlier and a later run, and the same turned round."""
        runs = tuple(successive_runs(self.facts[dag_id].clock, self.logical_date, apart))
        return runs, tuple((later, earlier) for earlier, later in runs)

    def _runs_apart(self, dag: Dag) -> int:
        facts = self.facts[dag.dag_id]
        if not facts.scheduled:
            return 0
        return runs_apart(dag, facts, self.logical_date)

    def build(self, among: frozenset[tuple[int, int]] | None = None) -> ConflictGraph:
        """Compare all pairs that may meet, or those of them that are among some."""
        pairs = candidate_pairs(self.footprints, self.schema)
        pairs = pairs if among is None else tuple(pair for pair in pairs if pair in among)
        met = [conflict for a, b in pairs for conflict in self._compare(a, b)]
        known = {conflict.key for conflict in met}
        met += [c for c in self._unread() if c.key not in known]
        met += [c for n in range(len(self.nodes)) for c in self._compare_with_itself(n)]
        met += [c for a, b in pairs for c in self._compare_with_later_run(a, b)]
        met += [c for n in range(len(self.nodes)) for c in self._compare_with_later_run(n, n)]
        return ConflictGraph(
            tasks=tuple(node.task.key for node in self.nodes),
            conflicts=tuple(sorted(met, key=_worst_first)),
            candidates=len(pairs),
            unread=unread_connections(
                self.footprints, Beside(self.overlaps.any, self._meets_later)
            ),
        )

    def _meets_later(self, a: int, b: int) -> bool:
        """Whether two tasks of one DAG may be at work together in different runs."""
        dag_id = self.nodes[a].dag.dag_id
        if not self.apart[dag_id] or self._one_at_a_time(a, b):
            return False
        past = self.past[dag_id]
        first, second = self.nodes[a].position_in_dag, self.nodes[b].position_in_dag
        return not (past.orders(first, second) and past.orders(second, first))

    def _compare(self, a: int, b: int) -> Iterator[Conflict]:
        dag_a, dag_b = self.nodes[a].dag, self.nodes[b].dag
        if dag_a is dag_b:
            meeting = self._worst_in_one_dag(a, b)
            if meeting is not None:
                yield self._conflict(a, b, meeting, self._ordered_by(a, b))
        else:
            yield from self._compare_dags(a, b)

    def _compare_dags(self, a: int, b: int) -> Iterator[Conflict]:
        """Compare two tasks of two DAGs; runs that something orders come after those left open."""
        nodes = (self.nodes[a], self.nodes[b])
        first, second = ((node.dag.dag_id, node.position_in_dag) for node in nodes)
        links = self.links.between(first, second)
        runs = self.overlaps.runs(first[0], second[0])
        left_open, ordered = split(runs, links) if links else (runs, ())
        meeting, by = self._worst_of_dags(a, b, left_open, links), None
        if meeting is None and ordered:
            meeting, by = self._worst_of_dags(a, b, ordered, links, ordered=True), links[0][0].name
        if meeting is not None:
            remedies = tuple(self._cross_dag_remedies(a, b, meeting))
            yield self._conflict(a, b, meeting, by, Scope.OTHER_DAG, remedies)

    def _worst_of_dags(
        self,
        a: int,
        b: int,
        runs: RunPairs,
        links: tuple[tuple[Link, bool], ...],
        *,
        ordered: bool = False,
    ) -> Meeting | None:
        """Return the worst meeting in runs that the links order, or in those that they do not."""
        dags = (self.nodes[a].dag.dag_id, self.nodes[b].dag.dag_id)
        kinds = (Scope.OTHER_DAG, *map(self.overlaps.kinds.get, dags))
        further = self._conditional_runs(a, b, kinds, lambda: self.overlaps.far(*dags))
        if links:
            further = (pair for pair in further if bool(split((pair,), links)[1]) is ordered)
        joins = tuple((link.apart, link.started_later, turned) for link, turned in links)
        calendar = (*kinds, joins, ordered)
        meeting = self.comparison.worst_of_kinds(a, b, calendar, runs, further, races=False)
        blocks = meeting is not None and meeting.verdict.outcome is not Outcome.RACE
        return meeting if blocks else None

    def _cross_dag_remedies(self, a: int, b: int, meeting: Meeting) -> Iterator[Remedy]:
        starts = ((meeting.dates.run_time, a), (meeting.other_dates.run_time, b))
        (_, first), (_, second) = sorted(starts)
        earlier, later = self.nodes[first], self.nodes[second]
        apart = self._ways_apart(earlier.dag, later.dag)
        if apart.minutes_later is not None:
            dag_id = later.dag.dag_id
            yield remedy("start_later", [dag_id], apart.minutes_later, dag=dag_id)
        if apart.sensor_delta is not None:
            yield for_sensor(earlier.task.key, later.task.key, apart.sensor_delta)
        yield remedy("any_pool", [earlier.task.key, later.task.key], 1)

    def _ways_apart(self, earlier: Dag, later: Dag) -> Apart:
        key = (self.overlaps.kinds[earlier.dag_id], self.overlaps.kinds[later.dag_id])
        if key not in self._apart_by_kinds:
            first, second = self.facts[earlier.dag_id], self.facts[later.dag_id]
            self._apart_by_kinds[key] = ways_apart(first, second, self.logical_date)
        return self._apart_by_kinds[key]

    def _worst_in_one_dag(self, a: int, b: int) -> Meeting | None:
        """Compare in the DAG's horizon, and in what the tasks' conditions add."""
        dag_id = self.nodes[a].dag.dag_id
        clock = self.facts[dag_id].clock
        calendar = (Scope.SAME_RUN, self.overlaps.kinds[dag_id])
        further = self._conditional_runs(
            a,
            b,
            calendar,
            lambda: ((dates, dates) for dates in clock.runs(self.logical_date, RUNS)),
        )
        return self.comparison.worst_of_kinds(a, b, calendar, self._own_runs[dag_id], further)

    def _conditional_runs(
        self,
        a: int,
        b: int,
        calendar: Hashable,
        pairs: Callable[[], Iterator[tuple[RunDates, RunDates]]],
    ) -> Iterator[tuple[RunDates, RunDates]]:
        asked = [self._conditions[n] for n in (a, b)]
        return self.conditional.kinds(calendar, pairs, asked)

    def _compare_with_itself(self, n: int) -> Iterator[Conflict]:
        node = self.nodes[n]
        if not node.task.mapped:
            return
        meeting = self._worst_in_one_dag(n, n)
        if meeting is not None and meeting.verdict.outcome is not Outcome.RACE:
            limit = node.task.one_at_a_time_in_a_run
            yield self._conflict(n, n, meeting, limit, Scope.ITSELF, for_copies(node.task.key))

    def _compare_with_later_run(self, a: int, b: int) -> Iterator[Conflict]:
        """Compare two tasks of one DAG, or one with itself, in runs that may be active at once."""
        dag = self.nodes[a].dag
        if dag is not self.nodes[b].dag or not self.apart[dag.dag_id]:
            return
        past = self.past[dag.dag_id]
        first, second = self.nodes[a].position_in_dag, self.nodes[b].position_in_dag
        ordered = (past.orders(first, second), past.orders(second, first))
        found = [
            (safe, meeting)
            for swapped, safe in enumerate(ordered)
            if (meeting := self._in_later_run(a, b, swapped)) is not None
        ]
        if found:
            open_first = sorted(found, key=lambda each: (each[0], *_worst_verdict(each[1])))
            safe, worst = open_first[0]
            by = "depends_on_past" if safe else self._one_at_a_time(a, b)
            remedies = self._later_remedies(a, b)
            yield self._conflict(a, b, worst, by, Scope.NEXT_RUN, remedies)

    def _in_later_run(self, a: int, b: int, swapped: int) -> Meeting | None:
        """Return the worst meeting, `b` in the later run or, where swapped, `a`; races are none."""
        dag_id = self.nodes[a].dag.dag_id
        kind = self.overlaps.kinds[dag_id]
        calendar = (Scope.NEXT_RUN, swapped, kind, self.apart[dag_id])
        runs = self._later_runs[dag_id][swapped]
        further = self._further_later_runs(a, b, swapped)
        meeting = self.comparison.worst_of_kinds(a, b, calendar, runs, further, races=False)
        blocks = meeting is not None and meeting.verdict.outcome is not Outcome.RACE
        return meeting if blocks else None

    def _further_later_runs(
        self, a: int, b: int, swapped: int
    ) -> Iterator[tuple[RunDates, RunDates]]:
        """Yield what the tasks' conditions add."""
        dag_id = self.nodes[a].dag.dag_id
        clock = self.facts[dag_id].clock
        kind = self.overlaps.kinds[dag_id]
        asked = [self._conditions[n] for n in ((b, a) if swapped else (a, b))]
        found = self.conditional_later.kinds(
            (Scope.NEXT_RUN, kind),
            lambda: successive_runs(clock, self.logical_date, 1, RUNS),
            asked,
        )
        return ((later, earlier) for earlier, later in found) if swapped else found

    def _one_at_a_time(self, a: int, b: int) -> str | None:
        return self.nodes[a].task.one_at_a_time if a == b else None

    def _later_remedies(self, a: int, b: int) -> tuple[Remedy, ...]:
        task = self.nodes[a].task
        if a == b:
            return for_next_run(task.key, mapped=task.mapped)
        dag_id = task.key.dag_id
        return (remedy("one_run", [dag_id], 1, dag=dag_id),)

    def _ordered_by(self, a: int, b: int) -> str | None:
        first, second = self.nodes[a], self.nodes[b]
        order = self.order[first.dag.dag_id]
        separated = order.separates(first.position_in_dag, second.position_in_dag)
        return "edges" if separated else None

    def _shared_pool(self, a: int, b: int) -> str | None:
        """Return the pool that never holds both at once; None where there is none."""
        first, second = self.nodes[a].task, self.nodes[b].task
        slots = self._slots.get(first.pool, -1)
        full = 0 <= slots < first.pool_slots + second.pool_slots
        return f"{POOL} {first.pool}" if first.pool == second.pool and full else None

    def _conflict(
        self,
        a: int,
        b: int,
        meeting: Meeting,
        ordered_by: str | None,
        scope: Scope = Scope.SAME_RUN,
        remedies: tuple[Remedy, ...] = (),
    ) -> Conflict:
        advice = in_words(remedies) if remedies else meeting.verdict.help
        verdict = replace(meeting.verdict, scope=scope, help=advice)
        worst = meeting.verdict.waits[0] if meeting.verdict.waits else None
        table = worst.table if worst else ""
        tables = tuple(sorted({wait.table for wait in meeting.verdict.waits}))
        at = {Side.A: 0, Side.B: 0}
        if worst is not None:
            at[worst.holder] = worst.holder_sequence
            at[worst.requester] = worst.requester_sequence
        return Conflict(
            a=self._sides.at(a, at[Side.A], table),
            b=self._sides.at(b, at[Side.B], table),
            verdict=verdict,
            table=table,
            tables=tables,
            both_tables_known=worst is not None and not _may_be_two_tables(meeting, table),
            failing_dates=meeting.dates,
            ordered_by=self._shared_pool(a, b) or ordered_by,
            remedies=remedies,
        )

    def _unread(self) -> Iterator[Conflict]:
        start = 0
        for dag in self.workflow.dags:
            end = start + len(dag.tasks)
            for a, b in unread_pairs(self.footprints[start:end]):
                yield self._unread_conflict(start + a, start + b)
            start = end

    def _unread_conflict(self, a: int, b: int) -> Conflict:
        dag = self.nodes[a].dag
        verdict = Verdict(
            certainty=Certainty.POSSIBLE,
            outcome=Outcome.WAIT,
            missing=tuple(
                skipped.reason for n in (a, b) for _, skipped in self.footprints[n].unread
            ),
            rule="LP501",
        )
        return Conflict(
            a=self._sides.unread(a),
            b=self._sides.unread(b),
            verdict=verdict,
            table="",
            tables=(),
            both_tables_known=False,
            failing_dates=self.horizons[dag.dag_id][0],
            ordered_by=self._shared_pool(a, b) or self._ordered_by(a, b),
        )


def _order_graph(dag: Dag) -> OrderGraph:
    """Return Airflow's order over a DAG's tasks, generated edges included."""
    position = {task.key: n for n, task in enumerate(dag.tasks)}
    edges = [(position[edge.upstream], position[edge.downstream]) for edge in dag.edges]
    return OrderGraph(dag.tasks, edges)


def _may_be_two_tables(meeting: Meeting, table: str) -> bool:
    """Whether the table's name was met under servers or databases that may differ."""
    ids = {
        access.table
        for footprint in (meeting.a, meeting.b)
        for transaction in footprint.transactions
        for access in transaction.accesses
        if access.table.table.lower() == table.rpartition(".")[2].lower()
    }
    return len(ids) > 1 and any(
        name.startswith(UNKNOWN_PREFIX) for known in ids for name in (known.server, known.database)
    )


def _worst_verdict(meeting: Meeting) -> tuple[int, int]:
    outcome, certainty = severity(meeting.verdict)
    return (-outcome, -certainty)


def _worst_first(conflict: Conflict) -> tuple[object, ...]:
    outcome, certainty = severity(conflict.verdict)
    return (
        conflict.ordered_by is not None,
        -outcome,
        -certainty,
        not conflict.table,
        conflict.verdict.rule or "",
        conflict.table,
        conflict.key,
    )
