"""`lockplan analyze`: everything that matters about a folder of DAGs."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from lockplan.cli.options import (
    FilePath,
    connections_option,
    format_option,
    history_option,
    logical_date_option,
    output_option,
    paths_argument,
    pools_option,
    protect_option,
    schema_option,
    variables_option,
    without_password,
    workers_option,
    write_file,
    write_report,
)

if TYPE_CHECKING:
    from lockplan.model.analysis import Analysis
    from lockplan.patching import Patch
    from lockplan.study import Study

CONFLICTS_FOUND = 1
NOTHING_READ = 2


@click.command()
@paths_argument
@schema_option
@logical_date_option("Compare the runs from this date on; today by default.")
@workers_option
@history_option
@protect_option
@click.option(
    "--patch",
    metavar="FILE",
    type=FilePath(),
    help="Write the edges to add as a diff that `git apply` takes.",
)
@click.option(
    "--gantt",
    metavar="FILE",
    type=FilePath(),
    help="Draw the runs before and after: .png, .svg, or Mermaid's .mmd or .md.",
)
@variables_option
@connections_option
@pools_option
@format_option
@output_option
def analyze(
    paths: tuple[Path, ...],
    schema: str | None,
    logical_date: datetime | None,
    workers: int | None,
    history: str | None,
    protect: str,
    patch: Path | None,
    gantt: Path | None,
    variables: Path | None,
    connections: Path | None,
    pools: Path | None,
    format: str,
    output: Path | None,
) -> None:
    """Read the DAGs in PATH without running them, find conflicts, and plan an order.

    PATH may also be one workflow file, YAML or JSON, of any orchestrator. Without PATH, the
    dags_folder of the airflow.cfg is read that Airflow itself would use.

    Exit code 0: no unprotected conflict is left. 1: there are some, or statements that could not be
    read may meet other DAGs. 2: the input is wrong.
    """
    from lockplan.study import analyze as run

    study = run(
        paths,
        schema=schema,
        logical_date=logical_date,
        workers=workers,
        history=history,
        variables=variables,
        connections=connections,
        pools=pools,
        protect=protect,
    )
    patched = _write_patch(study, patch) if patch else None
    if gantt:
        _write_gantt(study.analysis, gantt)
    analysis = replace(study.analysis, next_command=_next_command(study, schema, patch, patched))
    _write_report(analysis, format, output)
    leave(study)


def leave(study: Study) -> NoReturn:
    """End with the exit code of what was found."""
    if not study.analysis.workflow.dags and study.analysis.skipped:
        click.echo("lockplan: no DAG could be read, see what was not analysed", err=True)
        sys.exit(NOTHING_READ)
    sys.exit(0 if study.is_protected else CONFLICTS_FOUND)


def _write_patch(study: Study, file: Path) -> Patch:
    patch = study.patch()
    if patch.diff:
        write_file(file, patch.diff)
        click.echo(f"lockplan: wrote {file}", err=True)
    else:
        click.echo("lockplan: nothing to patch", err=True)
    for skipped in (*patch.refused, *patch.unplaced):
        click.echo(f"lockplan: not patched: {skipped}", err=True)
    return patch


def _write_gantt(analysis: Analysis, file: Path) -> None:
    from lockplan.reports.gantt import save_gantt

    save_gantt(analysis, file)
    click.echo(f"lockplan: wrote {file}", err=True)


def _write_report(analysis: Analysis, format: str, output: Path | None) -> None:
    if format == "json":
        from lockplan.reports.json import to_json

        text = to_json(analysis)
    else:
        from lockplan.reports.text import to_text

        text = to_text(analysis, output=sys.stdout if output is None else None)
    write_report(text, output)


def _next_command(
    study: Study, schema: str | None, patch: Path | None, patched: Patch | None
) -> str | None:
    """Return what the user may type next, None where nothing is left to do."""
    if patched is not None:
        return f"git apply {shlex.quote(str(patch))}" if patched.diff else None
    return patch_command(study, schema)


def patch_command(study: Study, schema: str | None) -> str | None:
    """Return the command that writes the patch, None where there is nothing to patch."""
    if study.analysis.workflow.from_file:
        return None
    if any(plan.new_edges or plan.stale_edges for plan in study.analysis.plans):
        words = ["lockplan", "analyze", *map(str, study.paths)]
        words += ["--schema", without_password(schema)] if schema else []
        return shlex.join([*words, "--patch", "lockplan.diff"])
    return None
