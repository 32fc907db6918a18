"""An analysis, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lockplan.errors import InputError
from lockplan.model import html
from lockplan.model.analysis import Analysis, DagPlan
from lockplan.model.conflict import Conflict
from lockplan.model.remedy import NewPool, RemedyKind
from lockplan.model.verdict import Protect
from lockplan.model.words import count, duration
from lockplan.planning import pooled
from lockplan.settings import Settings, Told
from lockplan.study.base import Base
from lockplan.study.comparison import compared
from lockplan.study.frames import conflict_frame, edge_frame, task_frame
from lockplan.study.improvements import best_changes
from lockplan.study.names import Names
from lockplan.study.reading import read_told
from lockplan.study.scenario import Scenario
from lockplan.study.wanted import blocks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from lockplan.patching import Patch
    from lockplan.study.panel import Panel


@dataclass(frozen=True)
class Study:
    """An analysis, and what can be asked of it."""

    analysis: Analysis
    paths: tuple[Path, ...]
    told: Told = field(repr=False)
    """What was told before the DAGs were read: they are read again in the same way."""
    settings: Settings = field(repr=False)
    protect: Protect = Protect.POSSIBLE

    @cached_property
    def base(self) -> Base:
        """What its scenarios share."""
        return Base(self.analysis, self.settings, self.protect)

    def scenario(self, *dag_ids: str) -> Scenario:
        """Return the planned night as a scenario, of all DAGs or of some, to ask what if.

        Raises UnknownNameError where there is no such DAG.
        """
        base = self.base
        dags = [plan.dag for plan in base.plans.values()]
        names = Names(dags, base.settings.pools, base.settings.schema)
        chosen = [names.dag(dag_id).dag_id for dag_id in dag_ids]
        return Scenario(self, tuple(chosen or base.plans))

    @property
    def unprotected(self) -> tuple[Conflict, ...]:
        """Conflicts that nothing keeps apart yet; races are none."""
        return tuple(c for c in self.analysis.graph.unordered() if blocks(c))

    @property
    def is_protected(self) -> bool:
        """Whether no conflict is left, and no unread statement that another DAG may meet."""
        return not (self.unprotected or self.analysis.graph.unread)

    def compare(
        self, scenarios: Iterable[Scenario], *, runs: int = 200, seed: int = 0
    ) -> pd.DataFrame:
        """Return one row per scenario, from so many nights drawn for each.

        `finish_p50_min` and `finish_p95_min` are when half and 95 of 100 nights are done,
        `lock_wait_min` what all tasks of a night wait for locks on average, `p_1205` and `p_1213`
        how likely a night has an expired wait, or a deadlock, and `p_failure` how likely a task has
        failed for good. Durations are drawn where a history tells how they vary. `unordered` are
        conflicts that neither edges nor a pool keep apart, `peak` is the most tasks at work at once
        when all take as long as expected.
        """
        return compared(scenarios, runs, seed)

    def best_changes(self, *dag_ids: str, most: int = 8) -> pd.DataFrame:
        """Return which single change of SQL or schema makes the most ordering edges needless.

        Tried are, for all DAGs or for some, READ COMMITTED, an index on just what a statement
        compares, and commits between the statements of a task; the `most` promising ones are
        planned anew, which takes a while.
        """
        return best_changes(self.scenario(*dag_ids), most)

    def gantt(self, scenarios: Sequence[Scenario] = ()) -> Figure:
        """Draw scenarios below each other on one time axis: by default unprotected and planned."""
        from lockplan.study.pictures import draw  # matplotlib starts slowly

        planned = self.scenario()
        return draw(scenarios or [planned.unprotected(), planned])

    def panel(self, *dag_ids: str) -> Panel:
        """Return knobs for a notebook that redraw the night: order, workers, isolation, durations.

        Raises InputError with the line that installs what is missing.
        """
        from lockplan.study.panel import Panel  # widgets and pictures start slowly

        return Panel(self.scenario(*dag_ids))

    def with_plans(self, plans: tuple[DagPlan, ...]) -> Study:
        """Return the study with other plans of its DAGs."""
        return replace(self, analysis=replace(self.analysis, plans=plans))

    def _repr_html_(self) -> str:
        analysis = self.analysis
        rows = [
            (
                plan.dag.dag_id,
                len(plan.dag.tasks),
                len(plan.plan.edges),
                str(plan.before),
                duration(plan.plan.makespan_s),
                duration(plan.plan.serial_s),
            )
            for plan in analysis.plans
        ]
        headers = ("DAG", "tasks", "edges", "unprotected", "planned", "one after another")
        lines = [
            f"{count(len(self.unprotected), 'conflict')} that nothing keeps apart yet",
            f"{count(len(analysis.skipped), 'place')} that could not be analysed"
            if analysis.skipped
            else "",
        ]
        tasks = count(len(analysis.workflow.tasks()), "task")
        title = f"{count(len(rows), 'DAG')}, {tasks} in {analysis.workflow.root}"
        return html.card(title, lines, html.table(headers, rows, "DAG"))

    def tasks(self) -> pd.DataFrame:
        """Return one row per task: how long it takes, and which tables it touches."""
        return task_frame(self.analysis)

    def conflicts(self) -> pd.DataFrame:
        """Return one row per pair of tasks that meet, worst first."""
        return conflict_frame(self.analysis.graph.conflicts)

    def edges(self) -> pd.DataFrame:
        """Return one row per edge of the plans."""
        return edge_frame(self.analysis)

    def patch(self, style: str = "set_upstream", *, priority_weights: bool = False) -> Patch:
        """Return the edits that put the plans' edges into the DAG files, proven by reading them.

        `style` is how an edge is written: ``set_upstream``, ``bitshift`` or ``chain``;
        `priority_weights` adds the plans' weights. Raises InputError for a workflow file, which is
        not lockplan's to write.
        """
        from lockplan.patching import proven_patch, with_refusals

        if self.analysis.workflow.from_file:
            raise InputError(
                str(self.paths[0]),
                "a workflow file is not patched",
                "Take the edges from the report, `--format json` for programs.",
            )
        made = proven_patch(
            self.analysis.plans,
            Path(self.analysis.workflow.root),
            lambda texts: read_told(self.paths, self.told, texts),
            style=style,
            priority_weights=priority_weights,
        )
        return with_refusals(made, self.analysis.workflow)

    def pools(self, patch: Patch) -> tuple[NewPool, ...]:
        """Return the pools for what no edge keeps apart, the edges that a patch lost included."""
        if not patch.lost:
            return self.analysis.pools
        position = {task.key: n for n, task in enumerate(self.analysis.workflow.tasks())}
        pairs = [(each.a, each.b) for plan in self.analysis.plans for each in plan.plan.left_open]
        pairs += [each.key for each in self.analysis.graph.conflicts if _takes_a_pool(each)]
        pairs += [(edge.upstream, edge.downstream) for edge in patch.lost]
        numbers = [sorted((position[a], position[b])) for a, b in pairs]
        at = sorted({(first, second) for first, second in numbers})
        return pooled(self.analysis.workflow.tasks(), at).pools


def _takes_a_pool(conflict: Conflict) -> bool:
    return any(remedy.kind is RemedyKind.POOL for remedy in conflict.remedies)
