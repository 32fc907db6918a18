"""`lockplan analyze`: everything that matters about a folder of DAGs."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lockplan.model.analysis import Analysis
    from lockplan.patching import Patch
    from lockplan.study import Study

CONFLICTS_FOUND = 1
NOTHING_READ = 2
FIRST_YEAR, LAST_YEAR = 1971, 2200


class FilePath(click.Path):
    """A path; an empty one, as from an unset shell variable, does not mean the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse the empty text."""
        if value == "":
            self.fail("an empty path", param, ctx)
        return super().convert(value, param, ctx)


def _within_calendar(
    _context: click.Context, _option: click.Parameter, date: datetime | None
) -> datetime | None:
    """Refuse dates around which no years of runs can be looked at."""
    if date is not None and not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise click.BadParameter(f"the year must be {FIRST_YEAR} to {LAST_YEAR}")
    return date


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=FilePath())
@click.option(
    "--schema",
    metavar="FILE",
    type=FilePath(),
    help="CREATE TABLE statements: an SQL file or a folder of them.",
)
@click.option(
    "--logical-date",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    callback=_within_calendar,
    help="Compare the runs from this date on; today by default.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    help="Tasks that run at the same time; 16 by default.",
)
@click.option(
    "--history",
    metavar="FILE",
    type=FilePath(),
    help="Past durations: CSV with dag_id,task_id,runs,p50_s,p90_s.",
)
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
    help="Draw the runs before and after: .png or .svg.",
)
@click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Format of the report.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=FilePath(),
    help="Write the report to a file.",
)
def analyze(
    paths: tuple[Path, ...],
    schema: Path | None,
    logical_date: datetime | None,
    workers: int | None,
    history: Path | None,
    patch: Path | None,
    gantt: Path | None,
    format: str,
    output: Path | None,
) -> None:
    """Read the DAGs in PATH without running them, find conflicts, and plan an order.

    Exit code 0: no unprotected conflict is left. 1: there are some. 2: the input is wrong.
    """
    from lockplan.study import analyze as run

    study = run(paths, schema=schema, logical_date=logical_date, workers=workers, history=history)
    patched = _write_patch(study, patch) if patch else None
    if gantt:
        _write_gantt(study.analysis, gantt)
    analysis = replace(study.analysis, next_command=_next_command(study, schema, patch, patched))
    _write_report(analysis, format, output)
    if not analysis.workflow.dags and analysis.skipped:
        click.echo("lockplan: no DAG could be read, see what was not analysed", err=True)
        sys.exit(NOTHING_READ)
    sys.exit(CONFLICTS_FOUND if study.unprotected else 0)


def _write_patch(study: Study, file: Path) -> Patch:
    patch = study.patch()
    if patch.diff:
        _write(file, patch.diff)
        click.echo(f"lockplan: wrote {file}", err=True)
    else:
        click.echo("lockplan: nothing to patch", err=True)
    for skipped in patch.unplaced:
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
    if output is not None:
        _write(output, text.encode(errors="backslashreplace"))
        click.echo(f"lockplan: wrote {output}", err=True)
    else:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        click.echo(shown, nl=not shown.endswith("\n"))


def _write(file: Path, content: bytes) -> None:
    from lockplan.errors import InputError

    try:
        file.write_bytes(content)
    except OSError as error:
        raise InputError(str(file), f"cannot be written: {error.strerror}") from error


def _next_command(
    study: Study, schema: Path | None, patch: Path | None, patched: Patch | None
) -> str | None:
    """Return what the user may type next, None where nothing is left to do."""
    if patched is not None:
        return f"git apply {shlex.quote(str(patch))}" if patched.diff else None
    if any(plan.new_edges or plan.stale_edges for plan in study.analysis.plans):
        words = ["lockplan", "analyze", *map(str, study.paths)]
        words += ["--schema", str(schema)] if schema else []
        return shlex.join([*words, "--patch", "lockplan.diff"])
    return None
