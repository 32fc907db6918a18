"""How much of the SQL inside Python callables is found, against tasks that were read by hand.

python benchmarks/callables.py CASES REPOSITORIES [--only PART] [--misses N] [--call-sites]

CASES holds one JSON object a line, one line a task:

``repo``, ``dag_file``, ``dag_id``, ``task_id``
    Which task; `dag_file` is relative to the repository.
``tables``
    A list of ``{"table", "role", "known", "conn"}``: the name as written (``{…}`` in it stands for
    a Variable or a run's date), ``read`` or a writing role (``insert``, ``update``, ``delete``,
    ``replace``, ``truncate``, ``ddl``), whether a careful reader can derive it from the files, and
    optionally the connection by its id or by the words that name it.
``temp_tables``, ``indirect_tables``
    Optional names that are neither expected nor wrong.
``engine``
    A text that names each engine: ``mysql (target) + hive (source)``.
``transaction``
    How the task's writes are committed: ``one``, ``per statement``, ``per row`` or ``unknown``.

REPOSITORIES holds a folder OWNER+NAME for each ``repo``. The outermost folder ``dags`` in
`dag_file` is read, else the whole repository.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from call_sites import Survey, noting_callers, print_survey, survey

from lockplan.footprints import footprint
from lockplan.model.access import Access, Footprint, ReadStatement, Role
from lockplan.model.connection import Engine
from lockplan.model.dates import RunDates
from lockplan.model.schema import Schema
from lockplan.model.workflow import Task, Workflow
from lockplan.workflow import read

Case = dict[str, Any]
DAY = datetime(2024, 1, 15)
DATES = RunDates(DAY, DAY + timedelta(days=1), DAY + timedelta(days=1, hours=4))
READS = {Role.READ, Role.READ_SHARE, Role.READ_UPDATE, Role.LOCK_READ}
ENGINE_WORDS = {
    **{engine.value: engine for engine in Engine},
    "presto": Engine.TRINO,
    "spark": Engine.DATABRICKS,
}
HOLE = re.compile(r"\{[^{}]*\}|<\?>")


@dataclass(slots=True)
class Score:
    """What was right of how many, by column, and what was not."""

    right: Counter[str] = field(default_factory=Counter)
    of: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def count(self, column: str, is_right: bool, miss: str) -> None:
        """Count one answer."""
        self.of[column] += 1
        self.right[column] += is_right
        if not is_right:
            self.misses.append(f"{column}: {miss}")

    def add(self, other: Score) -> None:
        """Add another score to this one."""
        self.right.update(other.right)
        self.of.update(other.of)


COLUMNS = ("tables", "written", "precision", "engine", "connection", "transaction")


def dags_folder(case: Case, repositories: Path) -> Path:
    """Return the folder to read for a case."""
    parts = Path(case["dag_file"]).parts
    root = repositories / case["repo"].replace("/", "+")
    return root.joinpath(*parts[: parts.index("dags") + 1]) if "dags" in parts[:-1] else root


def tasks_of(workflow: Workflow) -> dict[tuple[str, str], Task]:
    """Return tasks by DAG and id."""
    return {(task.key.dag_id, task.key.task_id): task for task in workflow.tasks()}


def footprint_of(task: Task) -> Footprint:
    """Return what a task does to tables, without schema or configuration."""
    return footprint(task, Schema(), lambda connection: connection, DATES)


# names


def last_name(name: str) -> str:
    """Return a table's own name without database, quotes and case."""
    return plain(name).rpartition(".")[2]


def plain(name: str) -> str:
    """Return a name with ``{}`` for every hole, without quotes and case."""
    return re.sub(r"[`\"\[\]]", "", HOLE.sub("{}", name)).lower()


def fits(said: str, written: str) -> bool:
    """Whether two names may mean one table: the last parts agree, and all that both have."""
    a, b = plain(said).split("."), plain(written).split(".")
    pairs = zip(reversed(a), reversed(b), strict=False)
    return all(_part_fits(one, other) for one, other in pairs)


def _part_fits(one: str, other: str) -> bool:
    return _matches(one, other) or _matches(other, one)


def _matches(pattern: str, name: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("{}"))), name) is not None


# comparing


def is_read(access: Access) -> bool:
    """Whether an access only reads."""
    return access.role in READS


def said_tables(found: Footprint) -> set[tuple[str, bool]]:
    """Return each table that is said with whether it is only read."""
    accesses = (access for statement in found.statements for access in statement.accesses)
    return {(str(access.table), is_read(access)) for access in accesses}


def compare(case: Case, found: Footprint | None, score: Score) -> None:
    """Count one case."""
    where = f"{case['dag_id']}.{case['task_id']}"
    said = said_tables(found) if found else set()
    _compare_tables(case, said, where, score)
    _compare_said(case, said, where, score)
    statements = found.statements if found else ()
    engines = {s.statement.connection.engine for s in statements if s.accesses}
    expected = engines_in(case["engine"])
    score.count("engine", engines == expected, f"{where}: {sorted(engines)}, not {case['engine']}")
    for entry in case["tables"]:
        if entry["known"] and entry.get("conn"):
            names = set(connection_names(entry["table"], statements))
            right = any(_same_connection(entry["conn"], name) for name in names)
            score.count("connection", right, f"{where}: {entry['conn']}, not {sorted(names)}")
    extent = transaction_extents(statements)
    right = case["transaction"] in extent
    score.count("transaction", right, f"{where}: {case['transaction']}, not {sorted(extent)}")
    if found:
        score.misses += [f"unread: {where}: {skipped}" for _, skipped in found.unread]


def _compare_tables(case: Case, said: set[tuple[str, bool]], where: str, score: Score) -> None:
    for entry in case["tables"]:
        if not entry["known"]:
            continue
        name, only_read = entry["table"], entry["role"] == "read"
        right = any(fits(table, name) and read == only_read for table, read in said)
        if not only_read:
            score.of["written"] += 1
            score.right["written"] += right
        score.count("tables", right, f"{where}: {entry['role']} {name}")


def _compare_said(case: Case, said: set[tuple[str, bool]], where: str, score: Score) -> None:
    apart = [*(case.get("temp_tables") or ()), *(case.get("indirect_tables") or ())]
    for table, only_read in sorted(said):
        if any(fits(table, str(name)) for name in apart):
            continue
        entries = [entry for entry in case["tables"] if fits(table, entry["table"])]
        right = any((entry["role"] == "read") == only_read for entry in entries)
        what = "reads" if only_read else "writes"
        score.count("precision", right, f"{where}: said that it {what} {table}")


def engines_in(text: str) -> set[Engine]:
    """Return the engines that a text names."""
    return {ENGINE_WORDS[word] for word in re.findall(r"\w+", text) if word in ENGINE_WORDS}


def connection_names(table: str, statements: Iterable[ReadStatement]) -> Iterator[str]:
    """Yield all that names the connections on which a table is touched."""
    for one in statements:
        if any(fits(str(access.table), table) for access in one.accesses):
            reached = one.statement.connection
            named = (reached.name, reached.server, reached.database, reached.engine)
            yield " ".join(str(part) for part in named if part)


def _same_connection(expected: str, said: str) -> bool:
    """Whether a word of the expected name that is no engine's stands in what is said."""
    words = [word for word in re.findall(r"\w+", expected.lower()) if len(word) > 1]
    telling = [word for word in words if word not in ENGINE_WORDS] or words
    return any(word in said.lower() for word in telling)


def transaction_extents(statements: Iterable[ReadStatement]) -> set[str]:
    """Return the words that describe how a task's writes are committed.

    Several words may fit: one write alone is ``one`` as well as ``per statement``; of a write in a
    loop that is committed apart from all others it is not said after how many rows.
    """
    writing = [s for s in statements if any(not is_read(access) for access in s.accesses)]
    numbers = {statement.transaction for statement in writing or statements}
    if not numbers:
        return {"unknown"} if not writing else set()
    if len(numbers) == 1 and len(writing) > 1:
        return {"one"}
    extents = {"per statement"} if len(numbers) > 1 else {"one", "per statement"}
    committed_alone = len(numbers) == len(writing)
    repeated = any(s.statement.repeated for s in writing)
    return extents | ({"per row", "unknown"} if repeated and committed_alone else set())


# printing


def print_scores(scores: dict[str, Score]) -> None:
    """Print a line per repository and one for all."""
    total = Score()
    for score in scores.values():
        total.add(score)
    click.echo(f"{'repository':34} " + " ".join(f"{column:>13}" for column in COLUMNS))
    for name, score in [*scores.items(), ("all", total)]:
        cells = (_cell(score.right[column], score.of[column]) for column in COLUMNS)
        click.echo(f"{name[-34:]:34} " + " ".join(f"{cell:>13}" for cell in cells))


def _cell(right: int, of: int) -> str:
    return f"{right}/{of} {100 * right / of:3.0f}%" if of else "-"


@click.command()
@click.argument("cases", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("repositories", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", default="", help="Only repositories with this in their name.")
@click.option("--misses", default=0, help="Print so many misses of each repository.")
@click.option("--call-sites", is_flag=True, help="Also count the calls that hand SQL over.")
def main(cases: Path, repositories: Path, only: str, misses: int, call_sites: bool) -> None:
    """Compare lockplan with tasks that were read by hand."""
    by_folder: dict[Path, list[Case]] = defaultdict(list)
    for line in cases.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if only in case["repo"]:
            by_folder[dags_folder(case, repositories)].append(case)
    scores: dict[str, Score] = defaultdict(Score)
    surveys: dict[str, Survey] = defaultdict(Survey)
    for folder, inside in by_folder.items():
        with noting_callers() as callers:
            workflow = read([folder])
        tasks, name = tasks_of(workflow), inside[0]["repo"]
        for case in inside:
            task = tasks.get((case["dag_id"], case["task_id"]))
            compare(case, footprint_of(task) if task else None, scores[name])
        if call_sites:
            found = {key: footprint_of(task) for key, task in tasks.items()}
            surveys[name].add(survey(folder, workflow, found.values(), callers))
    print_scores(scores)
    for name, score in scores.items():
        for miss in score.misses[:misses]:
            click.echo(f"{name}: {miss}")
    if call_sites:
        print_survey(surveys, misses)


if __name__ == "__main__":
    main()
