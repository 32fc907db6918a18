"""All calls in a folder of DAGs that hand SQL to a database, and what lockplan makes of each.

The calls are found on the syntax tree alone, by the names of methods; so is the code that DAGs
reach: modules along their imports, and in those the functions that reached code names.

The count is rough. It misses code beside the folder (``plugins/``), and it takes methods of the
folder's own wrappers and ORM queries for calls that send SQL. A call counts as known as soon as one
table of one of its statements is, also where a wrapper of the folder sends it on. Functions that
nothing names, in their own module or in those that import it, run in no task: their calls are
counted apart.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click

from lockplan.model.access import Footprint
from lockplan.model.place import Span
from lockplan.model.workflow import Workflow
from lockplan.workflow import calls
from lockplan.workflow.databases.recorder import Recorder

Place = tuple[str, int, int]
"""File as an absolute path, line and column of a call, both from 1 and 0."""

ALWAYS = frozenset(
    {"execute", "executemany", "executescript", "exec_driver_sql", "execute_batch"}
    | {"execute_values", "get_records", "get_first", "get_pandas_df", "get_df", "insert_rows"}
    | {"read_sql", "read_sql_query", "read_sql_table", "to_sql", "bulk_load", "copy_expert"}
    | {"run_cli", "bulk_save_objects", "query_dataframe", "insert_dataframe"}
)
WITH_A_DATABASE = frozenset({"run", "query", "sql", "copy_from", "fetch", "command"})
DATABASE_WORDS = re.compile(
    r"hook|conn|cur|engine|session|db|bq|bigquery|mysql|postgres|pg|hive|click|sqlite|mssql"
    r"|oracle|redshift|snowflake|presto|trino|sql",
    re.IGNORECASE,
)
NO_SQL = re.compile(r"^(context|kwargs|self|request|dag|ti)\b")
ENTRIES = frozenset({"__init__", "__enter__", "__exit__", "__call__", "execute", "poke"})


@dataclass(slots=True)
class Survey:
    """How many calls there are, how many are known, and why the others are not."""

    known: int = 0
    unnamed: int = 0
    """Calls in functions that nothing names, which are no call sites of any task."""
    reasons: Counter[str] = field(default_factory=Counter)
    unknown: list[str] = field(default_factory=list)

    def add(self, other: Survey) -> None:
        """Add another survey to this one."""
        self.known += other.known
        self.unnamed += other.unnamed
        self.reasons.update(other.reasons)
        self.unknown += other.unknown


@dataclass(slots=True)
class Callers:
    """Through which calls of the folder's functions each statement was sent."""

    through: defaultdict[tuple[Span, str], set[Span]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """By where a statement is sent and what it is."""
    stack: list[Span] = field(default_factory=list)

    def to(self, at: Span) -> set[Span]:
        """Return the calls through which anything is sent at a place."""
        return {call for (sent, _), calls in self.through.items() if sent == at for call in calls}


@contextmanager
def noting_callers() -> Iterator[Callers]:
    """Note the callers of every statement while a folder is read."""
    callers = Callers()
    run_function, run = calls.run_function, Recorder.run

    def noting_function(*args: Any, **kwargs: Any) -> Any:
        callers.stack.append(args[4].span)
        try:
            return run_function(*args, **kwargs)
        finally:
            callers.stack.pop()

    def noting_statement(recorder: Recorder, *args: Any, **kwargs: Any) -> None:
        run(recorder, *args, **kwargs)
        for statement in recorder.statements[-1:]:
            callers.through[statement.run_at, str(statement.parts)].update(callers.stack)

    function, statement = ("run_function", noting_function), ("run", noting_statement)
    with patch.object(calls, *function), patch.object(Recorder, *statement):
        yield callers


@dataclass(slots=True, eq=False)
class _Module:
    path: Path
    tree: ast.Module
    imported: set[str] = field(default_factory=set)
    """The last names of modules and objects that it imports."""

    @property
    def name(self) -> str:
        return self.path.parent.name if self.path.name == "__init__.py" else self.path.stem


def survey(
    folder: Path, workflow: Workflow, footprints: Iterable[Footprint], callers: Callers
) -> Survey:
    """Compare the calls of a folder with the statements that were found."""
    outcomes = _outcomes(folder, workflow, footprints, callers)
    modules = _reached_modules(folder, {dag.path for dag in workflow.dags})
    reached = _reached_functions(modules)
    result = Survey()
    for place, function in sorted(_call_sites(modules).items()):
        if function is not None and function not in reached and place not in outcomes:
            result.unnamed += 1
            continue
        outcome = outcomes.get(place, "the call was not reached")
        if outcome == "":
            result.known += 1
        else:
            kind = _kind(outcome)
            result.reasons[kind] += 1
            result.unknown.append(f"{place[0]}:{place[1]}: {outcome}")
    return result


def _outcomes(
    folder: Path, workflow: Workflow, footprints: Iterable[Footprint], callers: Callers
) -> dict[Place, str]:
    """Return for each place why it is not known, or an empty text where it is."""
    found: dict[Place, str] = {}

    def note(path: str, line: int, column: int, reason: str) -> None:
        place = (str((folder / path).resolve()), line, column - 1)
        found[place] = "" if not reason else found.get(place, reason)

    for one in footprints:
        unread = {skipped.where: skipped.reason for _, skipped in one.unread}
        for sent in one.statements:
            at = sent.statement.run_at
            where = next((w for w in unread if (w.path, w.line) == _built(sent)), None)
            known = bool(sent.accesses) or where is None
            reason = "" if known else unread[where] if where else ""
            through = callers.through.get((at, str(sent.statement.parts)), ())
            for place in (at, *through):
                note(place.path, place.line, place.column, reason)
    tasks = (skipped for task in workflow.tasks() for skipped in task.skipped)
    for skipped in (*tasks, *(one for one in workflow.skipped if one.what == "statement")):
        for at in (skipped.where, *callers.to(skipped.where)):
            where_sent = (str((folder / at.path).resolve()), at.line, at.column - 1)
            found.setdefault(where_sent, skipped.reason)
    return found


def _built(sent: object) -> tuple[str, int]:
    statement = sent.statement  # type: ignore[attr-defined]
    return statement.built_at.path, sent.line  # type: ignore[attr-defined]


def _kind(reason: str) -> str:
    """Return a reason without the names in it."""
    text = re.sub(r"'[^']*'|\"[^\"]*\"|\([^()]*\)", "…", reason)
    return re.sub(r"[\w.]*\.[\w.]+|\w*_\w*|\d+", "…", text)[:80]


def _call_sites(modules: list[_Module]) -> dict[Place, Function | None]:
    """Return the calls that hand SQL over, each with the function that it stands in."""
    return {
        (str(module.path), call.lineno, call.col_offset): function
        for module in modules
        for function, call in _calls(module.tree)
        if _hands_sql_over(call)
    }


def _reached_modules(folder: Path, starts: set[str]) -> list[_Module]:
    """Return the modules that DAG files are and import, from anywhere in the folder."""
    files: dict[str, list[Path]] = defaultdict(list)
    for path in folder.rglob("*.py"):
        name = path.parent.name if path.name == "__init__.py" else path.stem
        files[name].append(path.resolve())
    found: dict[Path, _Module] = {}
    waiting = [(folder / start).resolve() for start in starts]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        imported = list(_imported(tree))
        found[path] = _Module(path, tree, {name for _, name in imported})
        for parents, name in imported:
            near = [p for p in files[name] if set(parents) <= set(p.parts)]
            waiting += near
    return list(found.values())


def _imported(tree: ast.Module) -> Iterator[tuple[list[str], str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            parts = (node.module or "").split(".")
            yield parts[:-1], parts[-1]
            for alias in node.names:
                yield [part for part in parts if part], alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                *parents, name = alias.name.split(".")
                yield parents, name


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _calls(tree: ast.Module) -> Iterator[tuple[Function | None, ast.Call]]:
    """Yield every call with the innermost function that holds it."""

    def walk(node: ast.AST, inside: Function | None) -> Iterator[tuple[Function | None, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield inside, child
            yield from walk(child, child if isinstance(child, Function) else inside)

    return walk(tree, None)


def _reached_functions(modules: list[_Module]) -> set[Function]:
    """Return the functions that module-level code names, and those that they name in turn.

    A function of a module is named by code of that module and of those that import it or import
    something of that name; a method by any code.
    """
    named: dict[str, list[tuple[_Module, Function]]] = defaultdict(list)
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, Function):
                named[node.name].append((module, node))
    waiting = [(word, m) for m in modules for word in {*_words(m.tree), *m.imported, *ENTRIES}]
    seen, reached = set(waiting), set[Function]()
    while waiting:
        word, user = waiting.pop()
        for module, node in named[word]:
            if node in reached or not _may_name(user, module, node):
                continue
            reached.add(node)
            inner = {w for child in node.body for w in _words(child) | _words_of(child)}
            new = {(w, module) for w in inner} - seen
            seen |= new
            waiting += new
    return reached


def _may_name(user: _Module, module: _Module, node: Function) -> bool:
    outer = node in module.tree.body
    return user is module or not outer or bool({module.name, node.name} & user.imported)


def _words(node: ast.AST) -> set[str]:
    """Return the names that code mentions outside of functions, and in their decorators."""
    found: set[str] = set()
    if isinstance(node, Function):
        if node.decorator_list:
            found.add(node.name)
        return found
    for child in ast.iter_child_nodes(node):
        found |= _words_of(child) if isinstance(child, ast.Name | ast.Attribute) else set()
        if isinstance(child, ast.Constant) and isinstance(child.value, str):
            found |= {child.value} if child.value.isidentifier() else set()
        found |= _words(child)
    return found


def _words_of(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name):
        return {node.id}
    return {node.attr} if isinstance(node, ast.Attribute) else set()


def _hands_sql_over(call: ast.Call) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not given or NO_SQL.match(ast.unparse(given[0])):
        return False
    if isinstance(function, ast.Attribute) and name in WITH_A_DATABASE:
        owner = ast.unparse(function.value)
        return DATABASE_WORDS.search(owner) is not None and not owner.startswith("subprocess")
    return name in ALWAYS and (
        isinstance(function, ast.Attribute) or name.startswith(("read", "execute_"))
    )


def print_survey(surveys: dict[str, Survey], misses: int) -> None:
    """Print the share of calls that are known, the reasons of the others, and some of them."""
    total = Survey()
    click.echo(f"\n{'repository':50} {'call sites':>10} {'known':>12}")
    for each in surveys.values():
        total.add(each)
    for name, one in [*surveys.items(), ("all", total)]:
        count = one.known + sum(one.reasons.values())
        share = f"{one.known} {100 * one.known / count:3.0f}%" if count else "-"
        click.echo(f"{name[-50:]:50} {count:10} {share:>12}")
    click.echo(f"\n{'reason':82} {'calls':>6}")
    for reason, count in total.reasons.most_common():
        click.echo(f"{reason:82} {count:6}")
    click.echo(f"calls in functions that nothing names, not counted: {total.unnamed}")
    for name, one in surveys.items():
        for place in one.unknown[:misses]:
            click.echo(f"{name}: {place}")
