"""`lockplan locks`: what a statement would lock."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lockplan.cli.options import format_option, output_option, write_report
from lockplan.cli.scripts import ground_options, make_ground, read_script
from lockplan.errors import InputError

NOTHING_READ = 2


@click.command()
@click.argument("sql", metavar="SQL")
@ground_options
@click.option("--autocommit", is_flag=True, help="Each statement commits.")
@format_option
@output_option
def locks(sql: str, autocommit: bool, format: str, output: Path | None, **server: Any) -> None:
    """Say what SQL would lock: statements in quotes, or - for those on the standard input.

    Exit code 0: read. 2: the input is wrong, or nothing of it could be read.
    """
    from lockplan.pairs import Script, script_locks
    from lockplan.reports.locks import locks_to_json, locks_to_text

    if not sql.strip():
        raise InputError("SQL", "has no statement in it")
    given = read_script(Path(sql), autocommit) if sql == "-" else Script("SQL", (sql,), autocommit)
    report = script_locks(given, make_ground(**server))
    shown = sys.stdout if output is None else None
    text = locks_to_json(report) if format == "json" else locks_to_text(report, output=shown)
    write_report(text, output)
    if report.skipped and not any(locked.tables for locked in report.statements):
        sys.exit(NOTHING_READ)
