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
FEW_TASKS = 250
"""Up to here the solver often needs no better start: it tries before the local searches as well."""
TRYING = 0.05
"""Share of the budget for that."""
TURNING = 0.3
TURNING_FEW = 0.08
SHAKING = 0.05
"""Shares of the budget for the local searches; the solver gets what then is left."""


@dataclass(slots=True)
class Search:
    """The schedules found so far, and a length below which there is none."""

    instance: Instance
    bound: int
    waits_for_all: bool
    """Whether the tasks wait in Airflow for all tasks above them, as they do here."""
    found: dict[Starts, int] = field(default_factory=dict)
    least: int = 0
    """A length below which there is no schedule in which they do."""

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
        least = max(self.bound, self.least)
        return self.length <= least + (least // CLOSE if large else 0)

    def solve(self, budget: Budget, seed: int) -> None:
        """Let the solver shorten the best, or prove that it cannot be."""
        if self.done or not budget.left or self.instance.size > MOST_TASKS:
            return
        below = self.bound if self.waits_for_all else self.least
        exact = solved(self.instance, self.best, below, budget, seed)
        self.add(exact.starts)
        self.least = exact.bound
        if self.waits_for_all:
            self.bound = max(self.bound, exact.bound)

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
    search = Search(instance, bound, waits_for_all)
    for starts in list_schedules(instance, budget):
        search.add(starts)
    for starts in [] if search.done else search.shortest_first()[:BEST_KEPT]:
        for better in justified(instance, starts, budget):
            search.add(better)
    few = instance.size <= FEW_TASKS
    if few:
        search.solve(budget.part(TRYING), seed)
    for local, share in ((turned, TURNING_FEW if few else TURNING), (shaken, SHAKING)):
        if not search.done:
            for better in local(instance, search.best, bound, budget.part(share), seed):
                search.add(better)
    search.solve(budget, seed)
    return search
