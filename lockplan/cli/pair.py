"""`lockplan pair`: whether the SQL of two files would block each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lockplan.cli.options import FilePath, format_option, output_option, write_report
from lockplan.cli.scripts import ground_options, make_ground, read_script

SOMETHING_WAITS = 1


@click.command()
@click.argument("files", nargs=-1, metavar="A.sql B.sql", type=FilePath())
@ground_options
@click.option("--autocommit-a", is_flag=True, help="Each statement of A commits.")
@click.option("--autocommit-b", is_flag=True, help="Each statement of B commits.")
@click.option(
    "--cases",
    metavar="FILE",
    type=FilePath(),
    help="Score measured pairs, a JSON object a line, in place of comparing two files.",
)
@format_option
@output_option
def pair(
    files: tuple[Path, ...],
    autocommit_a: bool,
    autocommit_b: bool,
    cases: Path | None,
    format: str,
    output: Path | None,
    **server: Any,
) -> None:
    """Say what a server would do if the SQL of two files ran at the same time.

    Exit code 0: nothing waits. 1: one waits for the other, or may. 2: the input is wrong.
    """
    if cases is not None:
        if files:
            raise click.UsageError("--cases takes no further files")
        _score(cases, format, output)
        return
    if len(files) != 2:
        raise click.UsageError("give two SQL files, or --cases FILE")
    _compare(files, (autocommit_a, autocommit_b), server, format, output)


def _compare(
    files: tuple[Path, ...],
    autocommit: tuple[bool, bool],
    server: dict[str, Any],
    format: str,
    output: Path | None,
) -> None:
    from lockplan.model.verdict import Certainty
    from lockplan.pairs import compare_scripts
    from lockplan.reports.pair import pair_to_json, pair_to_text

    a, b = (read_script(file, each) for file, each in zip(files, autocommit, strict=True))
    report = compare_scripts(a, b, make_ground(**server))
    shown = sys.stdout if output is None else None
    text = pair_to_json(report) if format == "json" else pair_to_text(report, output=shown)
    write_report(text, output)
    sys.exit(0 if report.verdict.certainty is Certainty.NONE else SOMETHING_WAITS)


def _score(file: Path, format: str, output: Path | None) -> None:
    from lockplan.cases import read_cases
    from lockplan.reports.score import score_to_json, score_to_text

    found = list(read_cases(file))
    shown = sys.stdout if output is None else None
    text = score_to_json(found) if format == "json" else score_to_text(found, output=shown)
    write_report(text, output)
