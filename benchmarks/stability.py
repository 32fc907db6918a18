"""Whether plans stay as they are: planned again, and after one task's duration changed by a tenth.

python benchmarks/stability.py [SIZE…]      default: 20 50 100
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from nights import TASKS_PER_TABLE, night
from noise import of_plan, positions

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Plan, Problem
from lockplan.planning import plan
from lockplan.planning.stability import WORTH_A_CHANGE

ROOT = Path(__file__).parents[1]
FOLDERS = ("dags", "legacy_1_10")
SIZES = (20, 50, 100)
SEEDS = range(2)
CHANGES = 4
"""Tasks of a night whose duration is changed, one at a time."""
DIFF = """
import sys
from pathlib import Path
import lockplan
folder = Path(sys.argv[1])
study = lockplan.analyze(folder, schema=folder.parent / "schema.sql")
sys.stdout.buffer.write(study.patch().diff)
"""


def patch(folder: Path, hash_seed: int) -> bytes:
    """Return the patch of a folder, made by a Python that hashes in its own way."""
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    command = [sys.executable, "-c", DIFF, str(folder)]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout


def patched_again(folder: Path) -> tuple[bytes, bytes]:
    """Return the patch of a copy of a folder, and the patch of that once patched."""
    with TemporaryDirectory() as place:
        copy = Path(place) / "samples" / folder.name
        shutil.copytree(folder.parent, copy.parent)
        subprocess.run(["git", "init", "-q", place], check=True)
        first = patch(copy, 3)
        if first:
            subprocess.run(["git", "apply"], cwd=place, input=first, check=True)
        return first, patch(copy, 4)


@dataclass(frozen=True, slots=True)
class Change:
    """A plan made anew after one duration changed."""

    conflicts: int
    flipped: int
    """Conflicts that go the other way, with the earlier plan's edges in the file."""
    afresh: int
    """The same where the earlier plan is not known."""
    gain: float
    """What giving up the earlier plan gains, as a share of its makespan."""


def flips(problem: Problem, one: Plan, other: Plan) -> int:
    """Count the conflicts that the two plans order differently."""
    first, second = (
        OrderGraph(problem.jobs, (*problem.order, *positions(problem, each)))
        for each in (one, other)
    )

    def flipped(pair: Pair) -> bool:
        a, b = pair
        forth_and_back = first.orders(a, b) and second.orders(b, a)
        return forth_and_back or (first.orders(b, a) and second.orders(a, b))

    return sum(map(flipped, problem.conflicts))


def longer(problem: Problem, task: int, share: float) -> Problem:
    """Return the problem with one duration changed, by a second at least."""
    jobs = list(problem.jobs)
    duration = jobs[task].duration_s
    step = round(duration * share) or (1 if share > 0 else -1)
    jobs[task] = replace(jobs[task], duration_s=max(0, duration + step))
    return replace(problem, jobs=tuple(jobs))


def changes(problem: Problem, random: Random) -> list[Change]:
    """Change some durations, one at a time, and plan anew."""
    before = plan(problem)
    edges = tuple(positions(problem, before))
    found = []
    for number in range(CHANGES):
        task = random.randrange(len(problem.jobs))
        changed = longer(problem, task, (0.1, -0.1)[number % 2])
        after = plan(replace(changed, previous=edges))
        kept = of_plan(changed, before).makespan(tuple(job.duration_s for job in changed.jobs))
        found.append(
            Change(
                conflicts=len(problem.conflicts),
                flipped=flips(problem, before, after),
                afresh=flips(problem, before, plan(changed)),
                gain=1 - after.makespan_s / kept,
            )
        )
    return found


def line(found: Sequence[Change]) -> str:
    """Return the shares of flipped conflicts, and how many flips gained too little."""
    conflicts = sum(change.conflicts for change in found)
    kept, afresh = (
        sum(getattr(change, name) for change in found) / conflicts for name in ("flipped", "afresh")
    )
    idle = sum(bool(change.flipped) and change.gain <= WORTH_A_CHANGE for change in found)
    return f"{len(found):7} {kept:8.2%} {afresh:8.2%} {idle:9}"


def main() -> None:
    """Print a line for each sample folder, then one for each size and density."""
    for name in FOLDERS:
        folder = ROOT / "samples" / name
        same = patch(folder, 1) == patch(folder, 2)
        first, second = patched_again(folder)
        print(
            f"samples/{name}: two patches are {'the same' if same else 'NOT THE SAME'};"
            f" {len(first.splitlines())} lines, {len(second.splitlines())} once they are applied"
        )
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(
        f"\n{'tasks':>6} {'density':8} {'changes':>7} {'flipped':>8} {'afresh':>8} {'for less':>9}"
        f"   (than {WORTH_A_CHANGE:.0%})"
    )
    for size in sizes:
        for density in TASKS_PER_TABLE:
            found = [
                change
                for seed in SEEDS
                for change in changes(night(size, density, seed), Random(seed))
            ]
            print(f"{size:6} {density:8} {line(found)}", flush=True)


if __name__ == "__main__":
    main()
