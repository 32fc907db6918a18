"""The listing as text: tasks, their order, and the SQL that each hands to which server."""

from __future__ import annotations

from collections import Counter
from typing import TextIO

from lockplan.model.access import Footprint, ReadStatement
from lockplan.model.connection import Connection
from lockplan.model.listing import Listing
from lockplan.model.workflow import Dag, Task
from lockplan.reports.page import Medium, Page
from lockplan.reports.skipped import write_skipped
from lockplan.reports.words import condition_of, count, located, not_analysed, without_password


def listing_to_text(listing: Listing, *, output: TextIO | None = None) -> str:
    """Return the listing as `output` can show it: a terminal in colour, a file in plain UTF-8."""
    page = Page(Medium.of(output))
    page.line(_summary(listing), "bold", hang=2)
    _write_connections(page, listing)
    footprints = {footprint.task: footprint for footprint in listing.footprints}
    for dag in listing.workflow.dags:
        _write_dag(page, dag, listing.workflow.root)
        for task in dag.tasks:
            _write_task(page, task, footprints[task.key], listing.workflow.root)
    write_skipped(page, listing.workflow.root, listing.skipped)
    return page.render()


def _summary(listing: Listing) -> str:
    workflow = listing.workflow
    statements = sum(len(footprint.statements) for footprint in listing.footprints)
    parts = (
        count(workflow.files, "file"),
        count(len(workflow.dags), "DAG"),
        count(len(workflow.tasks()), "task"),
        count(sum(len(dag.edges) for dag in workflow.dags), "edge"),
        count(statements, "statement"),
    )
    return f"{', '.join(parts)}; {not_analysed(listing.skipped)}"


def _write_connections(page: Page, listing: Listing) -> None:
    used = Counter(
        statement.statement.connection
        for footprint in listing.footprints
        for statement in footprint.statements
    )
    if used:
        page.heading("Connections")
    for connection, times in sorted(used.items(), key=lambda item: item[0].name):
        page.line(f"{_reached(connection)} · {count(times, 'statement')}", indent=2)


def _reached(connection: Connection) -> str:
    place = "/".join(part for part in (connection.server, connection.database) if part)
    words = (without_password(connection.name), str(connection.engine), without_password(place))
    return " · ".join(word for word in words if word)


def _write_dag(page: Page, dag: Dag, root: str) -> None:
    page.heading(dag.dag_id)
    where = located(root, dag.defined_at.path, dag.defined_at.line)
    page.line(f"{where} · schedule {dag.schedule or 'none'}", "dim", indent=2)


def _write_task(page: Page, task: Task, footprint: Footprint, root: str) -> None:
    after = f" after {', '.join(task.upstream)}" if task.upstream else ""
    page.line(f"{task.key.task_id} · {task.operator}{after}", indent=2)
    for statement in footprint.statements:
        _write_statement(page, statement, root)


def _write_statement(page: Page, statement: ReadStatement, root: str) -> None:
    where = located(root, statement.statement.built_at.path, statement.line)
    tables = _tables(statement) or "no table"
    name = without_password(statement.statement.connection.name)
    words = (where, name, tables, condition_of(statement.statement))
    page.line(" · ".join(word for word in words if word), "cyan", indent=6)


def _tables(statement: ReadStatement) -> str:
    roles: dict[str, dict[str, None]] = {}
    for access in statement.accesses:
        roles.setdefault(str(access.table), {})[str(access.role)] = None
    return ", ".join(f"{table} ({', '.join(found)})" for table, found in roles.items())
