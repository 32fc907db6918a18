"""The same problem given to PyJobShop: conflicts as machines, workers and pools as renewables."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from threading import Event, Thread

from pyjobshop import Model
from stopwatch import Stopwatch

from lockplan.planning.instance import Instance

WORKERS = 2
LIMIT_S = 10.0
"""Seconds that the peer has with two cores for itself."""
CPU_LIMIT_S = LIMIT_S * WORKERS
"""What it may use of them: a limit by the clock would favour us on a busy machine."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A schedule's length, what is proven about it, and what finding it took."""

    makespan: float
    """Infinite where no schedule was found."""
    bound: float
    cpu_s: float

    @property
    def proven(self) -> bool:
        """Whether no schedule can be shorter."""
        return isfinite(self.makespan) and self.bound >= self.makespan


@contextmanager
def interrupted(watch: Stopwatch) -> Iterator[None]:
    """Interrupt the solver, which then returns what it has, when it used up its CPU seconds."""
    solved = Event()

    def wait() -> None:
        while not solved.wait(0.05):
            if watch.cpu_s > CPU_LIMIT_S:
                os.kill(os.getpid(), signal.SIGINT)
                return

    thread = Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        solved.set()
        thread.join()


def pyjobshop(instance: Instance, machines: Sequence[tuple[int, ...]]) -> Answer:
    """Solve an instance whose rivals are all together on some machine; the clock has its model."""
    watch = Stopwatch()
    model = Model()
    tasks = [model.add_task() for _ in instance.durations]
    uses: list[list[tuple[object, int]]] = [[] for _ in tasks]
    for members in machines:
        machine = model.add_machine()
        for task in members:
            uses[task].append((machine, 0))
    for capacity in instance.capacities:
        renewable = model.add_renewable(capacity.limit)
        for task, demand in enumerate(capacity.demands):
            if demand:
                uses[task].append((renewable, demand))
    for task, used, duration in zip(tasks, uses, instance.durations, strict=True):
        resources, demands = [one for one, _ in used], [demand for _, demand in used]
        model.add_mode(task, resources, duration, demands)
    for down, upstream in enumerate(instance.upstream):
        for up in upstream:
            model.add_end_before_start(tasks[up], tasks[down])
    with interrupted(watch):
        result = model.solve(num_workers=WORKERS, display=False)
    return Answer(result.objective, result.lower_bound, watch.cpu_s)
