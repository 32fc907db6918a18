"""`lockplan report`: everything that was found, as one HTML file to look at and to send."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lockplan.cli.analyze import leave, patch_command
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
    help="Write the report to this file, such as report.html.",
)
@schema_option
@logical_date_option("Compare the runs from this date on; today by default.")
@workers_option
@history_option
@protect_option
@variables_option
@connections_option
@pools_option
def report(paths: tuple[Path, ...], output: Path, schema: str | None, **given: Any) -> None:
    """Write what `lockplan analyze` finds in PATH as one HTML file that works offline.

    It has the night before and after to look around in, the conflict graph, each finding with both
    SQLs, the plan, and what was not analysed.

    Exit code 0: no unprotected conflict is left. 1: there are some, or statements that could not be
    read may meet other DAGs. 2: the input is wrong.
    """
    from lockplan.reports.html import to_html
    from lockplan.study import analyze

    study = analyze(paths, schema=schema, **given)
    analysis = replace(study.analysis, next_command=patch_command(study, schema))
    write_report(to_html(analysis), output)
    leave(study)
