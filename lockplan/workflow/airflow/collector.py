"""What one reading collects: DAGs, the blocks that are open, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lockplan.model.place import Skipped, Span
from lockplan.workflow.values import Site

if TYPE_CHECKING:
    from lockplan.workflow.airflow.dags import DagObject
    from lockplan.workflow.airflow.groups import TaskGroupObject
    from lockplan.workflow.airflow.reaches import RawReach
    from lockplan.workflow.airflow.tasks import TaskObject


@dataclass(slots=True, eq=False, repr=False)
class Collector:
    """Lives in `Interpreter.state`, shared by all models of Airflow's constructs."""

    dags: list[DagObject] = field(default_factory=list)
    open_dags: list[DagObject] = field(default_factory=list)
    open_groups: list[TaskGroupObject] = field(default_factory=list)
    tasks: list[TaskObject] = field(default_factory=list)
    """All tasks that were made, also those that found no DAG."""
    unnamed: list[TaskObject] = field(default_factory=list)
    """Tasks whose ids are not known: they stand in no DAG, but what they do is said."""
    skipped: list[Skipped] = field(default_factory=list)
    reaches: list[RawReach] = field(default_factory=list)
    """What the ends of blocks can name of the DAGs, in the order in which reading met them."""
    running: TaskObject | None = None
    """The task whose work is read."""

    def skip(self, where: Span, what: str, reason: str) -> None:
        """Note once what could not be read."""
        entry = Skipped(where, what, reason)
        if entry not in self.skipped:
            self.skipped.append(entry)

    @property
    def dag(self) -> DagObject | None:
        """The DAG of the innermost open block."""
        return self.open_dags[-1] if self.open_dags else None

    def group_in(self, dag: DagObject | None) -> TaskGroupObject | None:
        """Return the innermost open group of a DAG."""
        inside = [group for group in self.open_groups if group.dag is dag]
        return inside[-1] if inside else None


def collector_of(site: Site) -> Collector:
    """Return the collector of the interpreter that runs at `site`."""
    collector = site.interpreter.state.setdefault(Collector, Collector())
    assert isinstance(collector, Collector)
    return collector
