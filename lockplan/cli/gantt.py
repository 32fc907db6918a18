"""`lockplan gantt`: the runs before and after planning, as a picture or as Mermaid's text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from lockplan.cli.options import (
    FilePath,
    connections_option,
    history_option,
    logical_date_option,
    paths_argument,
    pools_option,
    protect_option,
    schema_option,
    variables_option,
    workers_option,
    write_report,
)


@click.command()
@paths_argument
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=FilePath(),
    required=True,
    help="Where to draw: .png, .svg, Mermaid's .mmd, .md with it; - writes Mermaid to the screen.",
)
@click.option(
    "--by",
    type=click.Choice(["task", "table", "dag"]),
    default="task",
    show_default=True,
    help="What a row stands for; by table: who holds its locks when.",
)
@click.option("--before", "show", flag_value="before", help="Draw the run as the files stand only.")
@click.option(
    "--after", "show", flag_value="after", help="Draw the run with the plan's edges only."
)
@click.option(
    "--dag",
    "dags",
    metavar="ID",
    multiple=True,
    help="Draw this DAG, may be repeated; by default those in which tasks wait for locks.",
)
@schema_option
@logical_date_option("Compare the runs from this date on; today by default.")
@workers_option
@history_option
@protect_option
@variables_option
@connections_option
@pools_option
def gantt(
    paths: tuple[Path, ...],
    output: Path,
    by: str,
    show: str | None,
    dags: tuple[str, ...],
    schema: str | None,
    logical_date: datetime | None,
    workers: int | None,
    history: str | None,
    protect: str,
    variables: Path | None,
    connections: Path | None,
    pools: Path | None,
) -> None:
    """Draw the runs of the DAGs in PATH before and after planning, on one time axis.

    Exit code 0: drawn. 2: the input is wrong.
    """
    from lockplan.reports.gantt import save_gantt, suffix_of, to_mermaid
    from lockplan.study import analyze

    to_screen = str(output) == "-"
    if not to_screen:
        suffix_of(output)  # before the DAGs are read, which may take its time
    analysis = analyze(
        paths,
        schema=schema,
        logical_date=logical_date,
        workers=workers,
        history=history,
        variables=variables,
        connections=connections,
        pools=pools,
        protect=protect,
    ).analysis
    show = show or "both"
    if to_screen:
        write_report(to_mermaid(analysis, rows=by, show=show, dags=dags), None)
        return
    save_gantt(analysis, output, rows=by, show=show, dags=dags)
    click.echo(f"lockplan: wrote {output}", err=True)
