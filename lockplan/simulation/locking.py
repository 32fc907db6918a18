"""Who holds which lock, who waits for whom, and where waits close a circle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lockplan.simulation.prepared import Obstacle, Prepared

IDLE = -1
"""The progress of a task that holds nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A statement that waits."""

    number: int
    """Its place among all that ever asked."""
    obstacle: Obstacle
    """What it waits for now."""
    since_s: float
    """Since when it waits for just that."""
    others: tuple[int, ...]
    """More tasks that were in the way then."""


class LockTable:
    """The locks of a night as it goes: a lock is held between two points of its holder's work."""

    def __init__(self, prepared: Prepared) -> None:
        self.obstacles = prepared.obstacles
        self.encounters = prepared.night.encounters
        self.progress = [IDLE] * len(prepared.points)
        """The last point of its work that each task has passed."""
        self.waiting: dict[int, Waiting] = {}
        """Those that wait, in the order of asking."""
        self._asked = 0

    def ask(self, task: int, now: float) -> Sequence[Obstacle]:
        """Let a task's next statement ask; it waits where something is returned."""
        mine = self.obstacles[task][self.progress[task] + 1]
        found = self.in_the_way(task, self._asked) if mine else []
        if found:
            self.waiting[task] = self._waiting(self._asked, found, now)
            self._asked += 1
        return found

    def in_the_way(self, task: int, number: int) -> list[Obstacle]:
        """Return what is in the way of a task's next statement that asked as so-manieth."""
        progress, waiting = self.progress, self.waiting
        found = []
        for obstacle in self.obstacles[task][progress[task] + 1]:
            holder = obstacle.holder
            passed = progress[holder]
            if obstacle.taken <= passed < obstacle.given_back or (
                holder in waiting
                and passed + 1 == obstacle.taken
                and obstacle.queues
                and waiting[holder].number < number
                and not self._overtakes(task, holder, obstacle)
            ):
                found.append(obstacle)
        return found

    def _overtakes(self, task: int, holder: int, obstacle: Obstacle) -> bool:
        """Whether a task passes one that waits for what the task itself holds already."""
        if self.encounters[obstacle.encounter].deadlock:
            return False
        return any(
            each.holder == task and each.taken <= self.progress[task] < each.given_back
            for each in self.obstacles[holder][self.progress[holder] + 1]
        )

    def still_in_the_way(self, task: int) -> list[Obstacle]:
        """Return what a task that waits still waits for."""
        return self.in_the_way(task, self.waiting[task].number)

    def move_on(self, task: int, found: Sequence[Obstacle], now: float) -> bool:
        """Let a task wait for the next one in its way, where the one before has gone."""
        waiting = self.waiting[task]
        if waiting.obstacle in found:
            return False
        self.waiting[task] = self._waiting(waiting.number, found, now)
        return True

    def _waiting(self, number: int, found: Sequence[Obstacle], now: float) -> Waiting:
        """Return a wait for one that works before one that waits itself."""
        first = min(found, key=lambda each: each.holder in self.waiting)
        others = {each.holder for each in found} - {first.holder}
        return Waiting(number, first, now, tuple(sorted(others)))

    def circle(self, start: int) -> list[int]:
        """Return the tasks that wait for each other in a circle with `start`; none where none."""
        seen = {start}
        path = [start]

        def leads_back(task: int) -> bool:
            for obstacle in self.still_in_the_way(task):
                holder = obstacle.holder
                if holder == start:
                    return True
                if holder in seen or holder not in self.waiting:
                    continue
                seen.add(holder)
                path.append(holder)
                if leads_back(holder):
                    return True
                path.pop()
            return False

        return path if leads_back(start) else []
