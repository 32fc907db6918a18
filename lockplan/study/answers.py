"""What follows from a scenario: its night, its edges, its picture, its patch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from lockplan.errors import InputError
from lockplan.model import html
from lockplan.model.access import Footprint
from lockplan.model.conflict import Conflict, ConflictGraph
from lockplan.model.forecast import Forecast
from lockplan.model.problem import Job, Plan
from lockplan.model.schema import Table
from lockplan.model.timeline import Timeline
from lockplan.model.words import count
from lockplan.model.workflow import Edge, Workflow
from lockplan.planning import plan as plan_problem
from lockplan.study.changes import Changes, arrow
from lockplan.study.exported import scenario_json
from lockplan.study.frames import conflict_frame
from lockplan.study.names import Names
from lockplan.study.parts import Parts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lockplan.patching import Patch
    from lockplan.study.value import Study


@dataclass(frozen=True)
class Answers:
    """A study with something changed; nothing is computed before it is asked for, or twice."""

    study: Study = field(repr=False)
    dag_ids: tuple[str, ...]
    changes: Changes = field(default=Changes(), repr=False)
    said: tuple[str, ...] = ()
    """What was changed, one short text for each verb."""
    name: str | None = None

    def __str__(self) -> str:
        return self.name or " · ".join(self.said) or "as planned"

    def timeline(self) -> Timeline:
        """Return the night as it goes when all tasks take as long as expected."""
        return self._parts.timeline

    def forecast(self, runs: int = 200, seed: int = 0) -> Forecast:
        """Return what to expect of the night, from so many that are drawn."""
        return self._parts.forecast(runs, seed)

    def plans(self) -> dict[str, Plan]:
        """Return the plan of each DAG for this scenario, made anew, by the DAG's id."""
        return {dag_id: plan_problem(each) for dag_id, each in self._parts.problems.items()}

    @property
    def ordering(self) -> tuple[Edge, ...]:
        """The ordering edges, sorted."""
        return tuple(edge for edges in self._parts.edges.values() for edge in edges)

    def graph(self) -> ConflictGraph:
        """Return who meets whom in all DAGs of the study; the order is that of the files."""
        return self._parts.graph

    def workflow(self) -> Workflow:
        """Return the scenario's DAGs with its edges."""
        dags = tuple(
            replace(dag, edges=(*dag.edges, *self._parts.edges[dag.dag_id]))
            for dag in self._parts.authored
        )
        return replace(self.study.analysis.workflow, dags=dags)

    @property
    def unordered(self) -> tuple[Conflict, ...]:
        """The conflicts of one run that neither edges nor a pool keep apart."""
        return self._parts.open_conflicts

    @property
    def summary(self) -> str:
        """How many edges there are, and how many conflicts nothing keeps apart, in words."""
        edges = count(len(self.ordering), "ordering edge")
        return f"{edges}, {count(len(self.unordered), 'conflict')} that nothing keeps apart"

    @property
    def all_edges(self) -> tuple[Edge, ...]:
        """The edges that hold: the author's and the ordering ones."""
        return (*(edge for dag in self._parts.authored for edge in dag.edges), *self.ordering)

    @property
    def footprints(self) -> tuple[Footprint, ...]:
        """What each task of the study touches, in the order of its tasks."""
        return self._parts.footprints

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The tasks as they are planned: how long each takes, and where that comes from."""
        return tuple(job for problem in self._parts.problems.values() for job in problem.jobs)

    @property
    def workers(self) -> int:
        """Tasks that may run at the same time."""
        return self._parts.settings.workers

    def table(self, name: str) -> Table:
        """Return the definition of a table; raises UnknownNameError where there is none."""
        return self._names.table(name)

    def conflicts(self) -> pd.DataFrame:
        """Return one row per conflict that neither edges nor a pool keep apart, worst first."""
        return conflict_frame(self.unordered)

    def gantt(self) -> Figure:
        """Draw the night; arrows are the ordering edges."""
        from lockplan.study.pictures import draw  # matplotlib starts slowly

        return draw([self])

    def plot(self, ax: Axes) -> Axes:
        """Draw the night on axes."""
        from lockplan.study.pictures import draw_on  # matplotlib starts slowly

        return draw_on(ax, self)

    def to_patch(self, style: str = "set_upstream") -> Patch:
        """Return the edits that put the scenario's ordering edges into the DAG files.

        What else it changes is not in these files: workers, indexes, isolation. Raises InputError
        for a workflow file, and where an edge of the author is taken out.
        """
        if self.changes.gone:
            first = min(self.changes.gone)
            way_out = "Delete it where it is written."
            raise InputError(arrow(first), "an edge of the author is not patched away", way_out)
        return self.study.with_plans(self._parts.dag_plans).patch(style)

    def to_json(self) -> str:
        """Return the scenario as a JSON document: what was changed, its edges and its night."""
        return scenario_json(self)

    def _repr_html_(self) -> str:
        timeline = self.timeline()
        lines = [self.summary, " · ".join(self.said) if self.name else ""]
        return html.card(f"Scenario: {self}", lines, timeline._repr_html_())

    @cached_property
    def _parts(self) -> Parts:
        return Parts(self.study.base, self.changes, self.dag_ids)

    @cached_property
    def _names(self) -> Names:
        base = self.study.base
        dags = (base.plans[dag_id].dag for dag_id in self.dag_ids)
        return Names(dags, base.settings.pools, base.settings.schema)
