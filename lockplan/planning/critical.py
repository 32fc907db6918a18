"""Tabu search on the critical path: what makes a schedule long is turned round, step by step.

A schedule is taken as directions of all conflicts; workers and pools are left out, and looked at
again only where a shorter one is found. A move takes a task of the critical path behind or before
all rivals that hold it there, which on a table with many readers are more than those on the path.
Moves are compared by an estimate from heads and tails (Balas and Vazacopoulos 1998); a direction
just given up is forbidden for a while (Nowicki and Smutnicki 1996).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

from lockplan.planning.budget import Budget
from lockplan.planning.instance import Instance, Starts
from lockplan.planning.list_schedules import serial, serial_work
from lockplan.planning.orientation import ranks

IDLE = 30
"""Steps per task without a shorter schedule after which the search ends."""
TENURE = (8, 20)
"""Steps for which a direction stays forbidden, at least and at most."""
PATIENCE = 400
"""Steps without a shorter schedule after which the search goes back to the best and shakes it."""
FAR = 1.03
"""Times the shortest length: a search that stays above is astray."""
ASTRAY = 20
"""Steps astray after which it goes back as well."""
SHAKES = 6
"""Random moves of a shake, at most."""
MOST_RATED = 24
"""Moves that a step compares: drawn where there are more."""


class Move(NamedTuple):
    """A task of the critical path and the rivals that it changes places with."""

    task: int
    passed: tuple[int, ...]
    """In the order of the schedule."""
    behind: bool
    """Whether the task goes behind them; else before them."""


class Selection:
    """Directions of all conflicts, with the longest ways to and from each task.

    Durations are scaled so that none is zero: a critical direction can then always be turned round
    alone, and of schedules of one length the one with shorter chains counts as shorter.
    """

    def __init__(self, instance: Instance, order: Sequence[int]) -> None:
        self.scale = instance.size + 1
        self.work = [own * self.scale + 1 for own in instance.durations]
        self.rivals = [
            set(rivals).difference(up, down)
            for rivals, up, down in zip(
                instance.rivals, instance.upstream, instance.downstream, strict=True
            )
        ]
        self.order = list(order)
        self.place = [0] * instance.size
        self._number(0)
        self.above = [
            {*up, *(rival for rival in self.rivals[task] if self.place[rival] < self.place[task])}
            for task, up in enumerate(instance.upstream)
        ]
        self.below: list[set[int]] = [set() for _ in self.work]
        for task, above in enumerate(self.above):
            for up in above:
                self.below[up].add(task)
        self.arcs = sum(map(len, self.above))
        self.ends = [0] * instance.size
        self.tails = [0] * instance.size
        """The longest way to the end, the task itself included."""
        self._measure(0, instance.size - 1)

    @property
    def length(self) -> int:
        """The makespan in true seconds."""
        return max(self.ends, default=0) // self.scale

    def path(self, random: Random) -> list[int]:
        """Return a longest way through all tasks."""
        longest = max(self.ends)
        task = random.choice([task for task, end in enumerate(self.ends) if end == longest])
        path = [task]
        while start := self.ends[task] - self.work[task]:
            task = random.choice([up for up in self.above[task] if self.ends[up] == start])
            path.append(task)
        return path[::-1]

    def estimate(self, move: Move) -> int:
        """Return the longest way through the moved tasks after the move, about."""
        task, passed, behind = move
        return self._estimate(task, passed) if behind else self._estimate_before(task, passed)

    def _estimate(self, task: int, passed: tuple[int, ...]) -> int:
        ends, tails, work = self.ends, self.tails, self.work
        new: dict[int, int] = {}
        for other in passed:
            above = [new.get(up) or ends[up] for up in self.above[other] if up != task]
            new[other] = work[other] + max(above, default=0)
        start = max([*new.values(), *(ends[up] for up in self.above[task])])
        below = self.below[task].difference(passed)
        after = {task: work[task] + max([tails[down] for down in below], default=0)}
        longest = start + after[task]
        for other in reversed(passed):
            ways = [after.get(down) or tails[down] for down in self.below[other]]
            tail = max([after[task], *ways])
            after[other] = tail + work[other]
            longest = max(longest, new[other] + tail)
        return longest

    def _estimate_before(self, task: int, passed: tuple[int, ...]) -> int:
        """Return the same with time running backwards."""
        self._turn_time()
        longest = self._estimate(task, passed[::-1])
        self._turn_time()
        return longest

    def _turn_time(self) -> None:
        self.above, self.below = self.below, self.above
        self.ends, self.tails = self.tails, self.ends

    def turn(self, move: Move) -> list[tuple[int, int]]:
        """Make a move and return the new directions; none where it would close a cycle."""
        task, passed, behind = move
        first, last = sorted((self.place[task], self.place[passed[-1 if behind else 0]]))
        arcs = [(other, task) if behind else (task, other) for other in passed]
        self._turn(arcs)
        window = self.order[first : last + 1]
        moved = self._behind(window, passed) if behind else self._before(window, passed)
        if moved is None:
            self._turn([(down, up) for up, down in arcs])
            return []
        self.order[first : last + 1] = moved
        self._number(first, last + 1)
        self._measure(first, last)
        return arcs

    def _turn(self, arcs: Iterable[tuple[int, int]]) -> None:
        for up, down in arcs:
            self.above[up].remove(down)
            self.below[down].remove(up)
            self.above[down].add(up)
            self.below[up].add(down)

    def _behind(self, window: Sequence[int], passed: Sequence[int]) -> list[int] | None:
        """Take the first task and all that must follow it behind the others."""
        follow = {window[0]}
        stay, go = [], [window[0]]
        for task in window[1:]:
            if follow.isdisjoint(self.above[task]):
                stay.append(task)
            else:
                follow.add(task)
                go.append(task)
        return None if not follow.isdisjoint(passed) else [*stay, *go]

    def _before(self, window: Sequence[int], passed: Sequence[int]) -> list[int] | None:
        """Take the last task and all that it must follow before the others."""
        lead = {window[-1]}
        stay, go = [], [window[-1]]
        for task in reversed(window[:-1]):
            if lead.isdisjoint(self.below[task]):
                stay.append(task)
            else:
                lead.add(task)
                go.append(task)
        return None if not lead.isdisjoint(passed) else [*reversed(go), *reversed(stay)]

    def _number(self, first: int, stop: int | None = None) -> None:
        for place in range(first, len(self.order) if stop is None else stop):
            self.place[self.order[place]] = place

    def _measure(self, first: int, last: int) -> None:
        """Measure the ways anew to all from a place on, and from all up to a place."""
        ends, tails, work = self.ends, self.tails, self.work
        for task in self.order[first:]:
            above = self.above[task]
            ends[task] = work[task] + (max([ends[up] for up in above]) if above else 0)
        for task in reversed(self.order[: last + 1]):
            below = self.below[task]
            tails[task] = work[task] + (max([tails[down] for down in below]) if below else 0)

    def starts(self) -> Starts:
        """Return the schedule in true seconds, workers and pools left out."""
        return tuple(
            (end - own) // self.scale for end, own in zip(self.ends, self.work, strict=True)
        )


class _Tabu:
    """The search: where it stands, the best that it saw, and what is forbidden until when."""

    def __init__(self, instance: Instance, order: Sequence[int], random: Random) -> None:
        self.instance = instance
        self.random = random
        self.now = Selection(instance, order)
        self.best_order = list(order)
        self.best = max(self.now.ends)
        self.forbidden: dict[tuple[int, int], int] = {}
        self.step = self.returned = self.astray = self.idle = 0
        self.work = 0
        """Spent so far, in about microseconds."""

    def advance(self) -> bool:
        """Make a step; return whether it led to the shortest so far."""
        self.step += 1
        self.idle += 1
        if self.step - self.returned > PATIENCE or self.astray > ASTRAY:
            self._shake()
        self._make(self._chosen())
        longest = max(self.now.ends)
        if longest >= self.best:
            self.astray = self.astray + 1 if longest > self.best * FAR else 0
            return False
        self.best, self.best_order = longest, list(self.now.order)
        self.returned = self.step
        self.idle = 0
        return True

    def _shake(self) -> None:
        self.now = Selection(self.instance, self.best_order)
        self.forbidden.clear()
        self.returned = self.step
        self.astray = 0
        for _ in range(self.random.randint(0, SHAKES)):
            moves = _moves(self.now, self.now.path(self.random))
            self.random.shuffle(moves)
            self._make(moves)

    def _chosen(self) -> list[Move]:
        """Return the moves that may be made, the best first, the forbidden last."""
        now = self.now
        rated = []
        moves = _moves(now, now.path(self.random))
        if len(moves) > MOST_RATED:
            moves = self.random.sample(moves, MOST_RATED)
        looked_at = sum(len(move.passed) for move in moves) + len(moves)
        self.work += (
            8 * len(now.work) + now.arcs + looked_at * (4 + now.arcs // len(now.work))
        ) // 4
        for move in moves:
            estimate = now.estimate(move)
            tabu = estimate >= self.best and self._is_forbidden(move)
            rated.append((tabu, estimate, self.random.random(), move))
        return [move for *_, move in sorted(rated)]

    def _is_forbidden(self, move: Move) -> bool:
        arcs = ((other, move.task) if move.behind else (move.task, other) for other in move.passed)
        return any(self.forbidden.get(arc, 0) > self.step for arc in arcs)

    def _make(self, moves: Sequence[Move]) -> None:
        for move in moves:
            arcs = self.now.turn(move)
            for up, down in arcs:
                self.forbidden[down, up] = self.step + self.random.randint(*TENURE)
            if arcs:
                return


def _blocks(selection: Selection, path: Sequence[int]) -> Iterator[list[int]]:
    """Yield the stretches of a path in which each task is a rival of the next."""
    block = list(path[:1])
    for task, following in pairwise(path):
        if following in selection.rivals[task]:
            block.append(following)
        else:
            yield block
            block = [following]
    yield block


def _moves(selection: Selection, path: Sequence[int]) -> list[Move]:
    """Yield moves that may shorten the path: swaps, and to the ends of each block.

    A task passes all its rivals that would else keep it where it is, those beside the path as well.
    """
    found = set()
    for block in _blocks(selection, path):
        for task, following in pairwise(block):
            found.add(Move(task, (following,), behind=True))
            for there in (following, block[-1]):
                found.add(_behind(selection, task, there))
            for there in (task, block[0]):
                found.add(_before(selection, following, there))
    return sorted(found)


def _behind(selection: Selection, task: int, there: int) -> Move:
    """Return the move of a task behind all rivals that are as urgent as the one `there`."""
    tails = selection.tails
    late = tails[there] - selection.work[there]
    near = [
        other for other in selection.rivals[task] & selection.below[task] if tails[other] > late
    ]
    return Move(task, tuple(sorted(near, key=selection.place.__getitem__)), behind=True)


def _before(selection: Selection, task: int, there: int) -> Move:
    """Return the move of a task before all rivals that end after the one `there` starts."""
    ends = selection.ends
    early = ends[there] - selection.work[there]
    near = [
        other for other in selection.rivals[task] & selection.above[task] if ends[other] > early
    ]
    return Move(task, tuple(sorted(near, key=selection.place.__getitem__)), behind=False)


def turned(
    instance: Instance, starts: Starts, bound: int, budget: Budget, seed: int
) -> list[Starts]:
    """Return what schedules the search found, each shorter than the one before."""
    rank = ranks(instance, starts)
    order = sorted(range(instance.size), key=rank.__getitem__)
    search = _Tabu(instance, order, Random(seed))
    found, length = [], instance.makespan(starts)
    while length > bound and search.idle < IDLE * instance.size and budget.left:
        before = search.work
        shorter = search.advance() and search.best // search.now.scale < length
        budget.spend(search.work - before)
        if shorter:
            placed = serial(instance, search.now.starts())
            budget.spend(serial_work(instance))
            if instance.makespan(placed) < length:
                found.append(placed)
                length = instance.makespan(placed)
    return found
