"""What chance lets branches and short circuits skip."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.workflow import Skips

NONE_CHOSEN = 0.1
"""How often a branch follows none of its arms."""
STOPS = 0.4
"""How often a short circuit stops what follows."""


class Branches:
    """The tasks that each branch and short circuit may skip."""

    def __init__(self, graph: OrderGraph) -> None:
        self._graph = graph
        self._after: dict[int, frozenset[int]] = {}

    def skipped(self, task: int, random: Random) -> Sequence[int]:
        """Draw what a task skips when it has succeeded, sorted."""
        skips = self._graph.tasks[task].skips
        if skips is Skips.DIRECT:
            return sorted(self._not_chosen(sorted(self._graph.downstream[task]), random))
        if skips is Skips.ALL and random.random() < STOPS:
            return sorted(self._tasks_after(task))
        return ()

    def _not_chosen(self, arms: Sequence[int], random: Random) -> frozenset[int]:
        """Draw what a branch follows: it does not skip what comes after that."""
        chosen = {arm for arm in arms if random.random() < 0.5}
        if arms and not chosen and random.random() > NONE_CHOSEN:
            chosen = {random.choice(arms)}
        return frozenset(arms) - chosen.union(*map(self._tasks_after, chosen))

    def _tasks_after(self, task: int) -> frozenset[int]:
        if task not in self._after:
            reached = enumerate(self._graph.reached)
            self._after[task] = frozenset(n for n, above in reached if above >> task & 1)
        return self._after[task]
