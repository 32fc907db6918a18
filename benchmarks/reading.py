"""How much of real DAG folders the reader sees, against what Airflow's own DagBag found in them.

python benchmarks/reading.py CASES FOLDER [REPOSITORY…] [--misses N]

CASES is a JSON list of repositories:

    {"repo": "owner/name", "dags_folders": ["dags"], "files": {"dags/a.py": {
        "mode": "strict", "dags": [{"dag_id": "a", "tasks": [{
            "task_id": "t", "operator": "MySqlOperator", "upstream": ["s"], "pool": "small",
            "sql": ["0123456789abcdef"]}]}]}}}

FOLDER holds each repository as a subfolder ``owner+name``. ``dags_folders`` and the names of files
are relative to it. A file is *strict* where Airflow loaded it as it stands, *stub* where it did so
with stand-ins for missing modules, so that little more than its task ids can be compared. ``pool``
is left out for the default pool. ``sql`` holds, for each SQL text that the operator is given, the
first 16 hexadecimal digits of the SHA-256 of the text: rendered at the logical date
2024-01-15T00:00 UTC with a data interval of one day, each run of white space made one space,
stripped.

Where Airflow found no file of a text that names one, the cases hold the name as it stands, while
lockplan may have found the file elsewhere in the repository and hold what stands in it. The columns
*or named* count such a text as found too if the name leads to the file that lockplan read.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from posixpath import join, normpath
from typing import Any

import click

from lockplan.model.dates import RunDates
from lockplan.model.statement import Parts, render_parts
from lockplan.model.workflow import Task
from lockplan.workflow import read

DATES = RunDates(datetime(2024, 1, 15), datetime(2024, 1, 16), run_time=datetime.now())
"""The run of the cases' texts; what a file takes from the clock was that of the day of loading."""
Key = tuple[str, str, str]
"""Path, dag_id and task_id."""

COLUMNS = (
    ("tasks", "strict tasks found", "strict tasks"),
    ("right", "strict tasks found", "strict tasks said"),
    ("edges", "edges found", "edges"),
    ("right", "edges found", "edges said"),
    ("operators", "operators", "strict tasks found"),
    ("pools", "pools", "strict tasks found"),
    ("texts", "strict texts found", "strict texts"),
    ("or named", "strict texts named", "strict texts"),
    ("stub tasks", "stub tasks found", "stub tasks"),
    ("stub texts", "stub texts found", "stub texts"),
    ("or named", "stub texts named", "stub texts"),
)
"""Heading, and the two counts whose share it shows."""


@dataclass
class Score:
    """What was compared in one repository, and what did not agree."""

    counts: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def miss(self, what: str, key: Key, detail: object = "") -> None:
        """Note something that does not agree."""
        self.misses.append(f"{what:12} {' '.join(key)} {detail}")


def digest(parts: Parts) -> str:
    """Return the hash under which a text stands in the cases."""
    return digest_of(render_parts(parts, DATES))


def digest_of(text: str) -> str:
    """Return the hash of a text, white space joined."""
    text = " ".join(text.split())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_repository(root: Path, case: dict[str, Any]) -> dict[Key, Task]:
    """Return all tasks that lockplan finds in a repository's DAG folders."""
    found: dict[Key, Task] = {}
    for folder in case["dags_folders"]:
        for dag in read(root / folder).dags:
            path = normpath(join(folder, dag.path))
            found |= {(path, dag.dag_id, task.key.task_id): task for task in dag.tasks}
    return found


def expected(case: dict[str, Any]) -> Iterator[tuple[Key, str, dict[str, Any]]]:
    """Yield the cases' tasks with their file's mode."""
    for path, file in case["files"].items():
        for dag in file["dags"]:
            for task in dag["tasks"]:
                yield (path, dag["dag_id"], task["task_id"]), file["mode"], task


def compare(case: dict[str, Any], found: dict[Key, Task]) -> Score:
    """Compare what lockplan found with what DagBag found."""
    score = Score()
    elsewhere = {key[1:]: task for key, task in reversed(found.items())}
    strict: set[Key] = set()
    for key, mode, task in expected(case):
        strict |= {key} if mode == "strict" else set()
        score.counts[f"{mode} tasks"] += 1
        score.counts[f"{mode} texts"] += len(task.get("sql", ()))
        mine = found.get(key) or elsewhere.get(key[1:])
        if mine is None:
            score.miss(f"{mode} task", key)
            continue
        score.counts[f"{mode} tasks found"] += 1
        compare_texts(score, key, mode, task, mine)
        if mode == "strict":
            compare_task(score, key, task, mine)
    dags = {key[:2] for key in strict}
    extra = [key for key in found if key[:2] in dags and key not in strict]
    score.counts["strict tasks said"] = score.counts["strict tasks found"] + len(extra)
    for key in extra:
        score.miss("no such task", key)
    return score


def compare_task(score: Score, key: Key, task: dict[str, Any], mine: Task) -> None:
    """Compare a task's edges, operator and pool."""
    upstream, said = set(task["upstream"]), set(mine.upstream)
    score.counts["edges"] += len(upstream)
    score.counts["edges found"] += len(upstream & said)
    score.counts["edges said"] += len(said)
    if upstream != said:
        score.miss("edges", key, f"missing {upstream - said or ''} extra {said - upstream or ''}")
    for what, right, other in (
        ("operators", task["operator"], mine.operator),
        ("pools", task.get("pool", "default_pool"), mine.pool),
    ):
        score.counts[what] += right == other
        if right != other:
            score.miss(what, key, f"{other}, not {right}")


def compare_texts(score: Score, key: Key, mode: str, task: dict[str, Any], mine: Task) -> None:
    """Compare the hashes of the SQL texts that a task's operator is given."""
    texts = Counter(map(digest, mine.sql_texts))
    missing = Counter(task.get("sql", ())) - texts
    score.counts[f"{mode} texts found"] += len(task.get("sql", ())) - missing.total()
    missing -= Counter(missing.keys() & names_of_files(mine))
    score.counts[f"{mode} texts named"] += len(task.get("sql", ())) - missing.total()
    if missing:
        reasons = [skipped.reason for skipped in mine.skipped]
        shown = [" ".join(render_parts(parts, DATES).split()) for parts in mine.sql_texts]
        score.miss(f"{mode} text", key, f"{mine.operator} {sorted(missing)} {shown} {reasons}")


def names_of_files(task: Task) -> set[str]:
    """Return the hashes of all names by which a task may name the files that its SQL comes from."""
    names: set[str] = set()
    for path in {PurePosixPath(statement.built_at.path) for statement in task.statements}:
        tails = ["/".join(path.parts[n:]) for n in range(len(path.parts))]
        names |= {digest_of(f"{root}{tail}") for tail in tails for root in ("", "/", "./")}
    return names


def share(counts: Counter[str], part: str, whole: str) -> str:
    """Return a share in percent, or a dash where there is nothing to count."""
    return f"{100 * counts[part] / counts[whole]:.1f}" if counts[whole] else "-"


def line(name: str, counts: Counter[str]) -> str:
    """Return a table's line."""
    cells = [f"{share(counts, part, whole):>10}" for _, part, whole in COLUMNS]
    return f"{name[:44]:44}" + "".join(cells) + f"{counts['cpu ms'] / 1000:10.1f}"


@click.command()
@click.argument("cases", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("repositories", nargs=-1)
@click.option("--misses", default=0, help="List so many misses of each repository.")
def main(cases: Path, folder: Path, repositories: tuple[str, ...], misses: int) -> None:
    """Compare what lockplan reads in FOLDER with CASES, in percent, and CPU seconds.

    REPOSITORIES are parts of names; without them, all are compared.
    """
    headings = [*(heading for heading, _, _ in COLUMNS), "CPU s"]
    click.echo(" " * 44 + "".join(f"{heading:>10}" for heading in headings))
    total: Counter[str] = Counter()
    for case in json.loads(cases.read_text(encoding="utf-8")):
        if repositories and not any(part in case["repo"] for part in repositories):
            continue
        before = time.process_time()
        found = read_repository(folder / case["repo"].replace("/", "+"), case)
        spent = time.process_time() - before
        score = compare(case, found)
        score.counts["cpu ms"] = round(spent * 1000)
        total += score.counts
        click.echo(line(case["repo"], score.counts))
        for miss in score.misses[:misses]:
            click.echo(f"    {miss}")
        if misses and len(score.misses) > misses:
            click.echo(f"    and {len(score.misses) - misses} more")
    click.echo(line("all", total))


if __name__ == "__main__":
    main()
