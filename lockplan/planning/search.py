"""The search for a short schedule: who works when, and how much of the budget each may use."""

from __future__ import annotations

from dataclasses import dataclass, field

from lockplan.planning.budget import Budget
from lockplan.planning.critical import turned
from lockplan.planning.exact import MOST_TASKS, solved
from lockplan.planning.improvement import justified, shaken
from lockplan.planning.instance import Instance, Starts
from lockplan.planning.list_schedules import list_schedules

CLOSE = 1_000
"""Part of the bound by which a night that is too large for the solver may be longer."""
BEST_KEPT = 4
"""Schedules that are worth improving."""
FEW_TASKS = 150
"""Up to here the solver is strongest, and the local searches only give it a start."""
TURNING = 0.3
TURNING_FEW = 0.08
SHAKING = 0.05
"""Shares of the budget for the local searches; the solver gets what then is left."""


@dataclass(slots=True)
class Search:
    """The schedules found so far, and a length below which there is none."""

    instance: Instance
    bound: int
    found: dict[Starts, int] = field(default_factory=dict)

    def add(self, starts: Starts) -> None:
        """Keep a schedule."""
        self.found[starts] = self.instance.makespan(starts)

    @property
    def best(self) -> Starts:
        """The shortest schedule; of several the first found."""
        return min(self.found, key=self.found.__getitem__)

    @property
    def length(self) -> int:
        """The length of the shortest schedule."""
        return min(self.found.values())

    @property
    def done(self) -> bool:
        """Whether the shortest possible is found, or nearly, where no more can be proven."""
        large = self.instance.size > MOST_TASKS
        return self.length <= self.bound + (self.bound // CLOSE if large else 0)

    def shortest_first(self) -> list[Starts]:
        """Return all schedules."""
        return sorted(self.found, key=self.found.__getitem__)


def searched(
    instance: Instance, bound: int, budget: Budget, seed: int, *, waits_for_all: bool
) -> Search:
    """Return good schedules and the bound, raised where the solver could.

    The search lets every task wait for all tasks above it. Where Airflow does not
    (`waits_for_all` is false), a bound of the search is none of Airflow's.
    """
    search = Search(instance, bound)
    for starts in list_schedules(instance, budget):
        search.add(starts)
    for starts in [] if search.done else search.shortest_first()[:BEST_KEPT]:
        for better in justified(instance, starts, budget):
            search.add(better)
    turning = TURNING_FEW if instance.size <= FEW_TASKS else TURNING
    for local, share in ((turned, turning), (shaken, SHAKING)):
        if not search.done:
            for better in local(instance, search.best, bound, budget.part(share), seed):
                search.add(better)
    if not search.done and budget.left and instance.size <= MOST_TASKS:
        exact = solved(instance, search.best, bound if waits_for_all else 0, budget, seed)
        search.add(exact.starts)
        search.bound = exact.bound if waits_for_all else bound
    return search
