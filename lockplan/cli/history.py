"""`lockplan history`: what tasks took in their past runs, from Airflow's metadata database."""

from __future__ import annotations

from pathlib import Path

import click

from lockplan.cli.options import FilePath, write_file


@click.command()
@click.argument("source", metavar="[URL|AIRFLOW.CFG]", required=False)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=FilePath(),
    required=True,
    help="Where to write the history, CSV: give it to --history later.",
)
@click.option(
    "--runs",
    metavar="N",
    type=click.IntRange(min=1),
    default=30,
    show_default=True,
    help="How many finished runs of each DAG to look at, the last ones.",
)
def history(source: str | None, output: Path, runs: int) -> None:
    """Write each task's durations, tries, states and pool of the last runs to a file.

    URL is Airflow's metadata database, as sql_alchemy_conn has it: mysql://USER:PASSWORD@HOST/DB,
    postgresql://… or sqlite:///FILE, of Airflow 2.2 to 3.x; an airflow.cfg may name it, and where
    neither is given the one that Airflow itself would use. Durations are of runs that succeeded and
    include waits for locks. Nothing is changed, no credentials are written.

    Exit code 0: written. 2: the database cannot be read.
    """
    from lockplan.durations import history_to_csv
    from lockplan.live import read_past_runs
    from lockplan.reports.words import count

    past = read_past_runs(source or _own_source(), runs)
    write_file(output, history_to_csv(past).encode())
    tasks = count(len(past), "task")
    dags = count(len({each.task.dag_id for each in past}), "DAG")
    click.echo(f"lockplan: wrote {output} ({tasks} of {dags})", err=True)


def _own_source() -> str:
    """Return the database that Airflow itself would use here; raises UsageError without one."""
    import os

    from lockplan.airflow_settings import find_airflow

    url = find_airflow(Path.cwd(), os.environ).metadata_url
    if url is None:
        raise click.UsageError("give the metadata database's URL, or an airflow.cfg")
    return url
