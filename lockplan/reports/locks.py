"""What the statements of a script lock, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from lockplan.model.pair import HeldLock, LockedStatement, LockedTable, LockReport
from lockplan.reports.page import Medium, Page
from lockplan.reports.pair import script_data, server_data, server_in_words
from lockplan.reports.skipped import skipped_data, write_skipped
from lockplan.reports.words import shorten

MOST_SQL = 200


def locks_to_text(report: LockReport, *, output: TextIO | None = None) -> str:
    """Return the report as `output` can show it: a terminal in colour, a file in plain UTF-8."""
    page = Page(Medium.of(output))
    page.line(server_in_words(report.server), "dim")
    for locked in report.statements:
        _write_statement(page, locked)
    write_skipped(page, ".", report.skipped)
    return page.render()


def _write_statement(page: Page, locked: LockedStatement) -> None:
    page.line()
    sql = " ".join(locked.statement.sql.split())
    page.line(f"{locked.statement.line}: {shorten(sql, MOST_SQL)}", "bold")
    if not locked.tables:
        page.line("no table", "dim", indent=2)
    for table in locked.tables:
        _write_table(page, table)


def _write_table(page: Page, table: LockedTable) -> None:
    roles = ", ".join(table.roles) or "through a foreign key"
    page.line(f"{table.table} ({roles})", "cyan", indent=2)
    if table.undecided:
        told = "; ".join(table.undecided)
        page.line(f"which index is open: {told}", "yellow", indent=4)
    if len(table.ways) == 1:
        _write_locks(page, table.ways[0], 4)
        return
    always = [lock for lock in table.ways[0] if all(lock in way for way in table.ways)]
    _write_locks(page, always, 4)
    for way in table.ways:
        own = [lock for lock in way if lock not in always]
        page.line(f"by {_index(own)}:", indent=4)
        _write_locks(page, own, 6)


def _index(locks: Sequence[HeldLock]) -> str:
    names = dict.fromkeys(lock.index for lock in locks if lock.index)
    return f"index {', '.join(names)}" if names else "no index that is known"


def _write_locks(page: Page, locks: Sequence[HeldLock], indent: int) -> None:
    for lock in locks:
        index = f"index {lock.index}" if lock.index else ""
        perhaps = "" if lock.sure else "perhaps"
        known = f"not known: {'; '.join(lock.missing)}" if lock.missing else ""
        parts = (f"{lock.kind}: {lock.text}", index, lock.rows, lock.until, perhaps, known)
        page.line(" · ".join(part for part in parts if part), indent=indent)


def locks_to_json(report: LockReport) -> str:
    """Return the report for programs."""
    document = {
        "server": server_data(report.server),
        "script": script_data(report.script)["path"],
        "statements": [_statement_data(locked) for locked in report.statements],
        "skipped": skipped_data(report.skipped),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _statement_data(locked: LockedStatement) -> dict[str, Any]:
    return {
        "sql": locked.statement.sql,
        "line": locked.statement.line,
        "transaction": locked.statement.transaction,
        "tables": [_table_data(table) for table in locked.tables],
    }


def _table_data(table: LockedTable) -> dict[str, Any]:
    return {
        "table": table.table,
        "roles": list(table.roles),
        "undecided": list(table.undecided),
        "ways": [[_lock_data(lock) for lock in way] for way in table.ways],
    }


def _lock_data(lock: HeldLock) -> dict[str, Any]:
    return {
        "kind": lock.kind,
        "mode": lock.mode,
        "text": lock.text,
        "index": lock.index,
        "rows": lock.rows,
        "until": lock.until,
        "sure": lock.sure,
        "rule": lock.rule,
        "missing": list(lock.missing),
    }
