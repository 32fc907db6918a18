"""What reading costs beside Airflow's own DagBag: CPU seconds of whole processes, same folders.

python benchmarks/against_dagbag.py AIRFLOW_PYTHON FOLDER...

AIRFLOW_PYTHON is the interpreter of an environment with Airflow. Both readers run in fresh
processes, alternately, each on every folder as often as --runs says; DagBag's process imports
Airflow, as every process that parses DAGs does, and both get the same files. Both readers' own code
is compiled beforehand, as pip does on installing it; neither leaves anything in the folders.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
HOMES_OF_DAGBAG = ("airflow.dag_processing.dagbag", "airflow.models.dagbag")  # newest first
DAGBAG = """
import sys
from {home} import DagBag
print("DAGs:", len(DagBag(sys.argv[1]).dags))
"""
NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1"}
LOCKPLAN_SETTINGS = {"PYTHONPATH": str(ROOT), **NO_BYTECODE}
LOCKPLAN = """
import sys, lockplan
workflow = lockplan.read([sys.argv[1]])
print("files:", workflow.files)
print("DAGs:", len(workflow.dags))
"""


def run(python: str, program: str, folder: Path, settings: dict[str, str]) -> tuple[float, str]:
    """Return a process's user and system seconds, and what it printed."""
    before = os.times()
    done = subprocess.run(
        [python, "-c", program, str(folder)],
        env=os.environ | settings,
        check=False,
        capture_output=True,
        text=True,
    )
    after = os.times()
    used = after.children_user - before.children_user
    return used + after.children_system - before.children_system, done.stdout


def figure(printed: str, name: str) -> str:
    """Return a figure that a program printed, a question mark where it did not get that far."""
    lines = (line.split(": ") for line in printed.splitlines() if line.startswith(f"{name}: "))
    return next((line[1] for line in lines), "?")


def airflow_settings(home: str, folder: Path) -> dict[str, str]:
    """Return an environment in which Airflow reads nothing but the folder."""
    return {
        **NO_BYTECODE,
        "AIRFLOW_HOME": home,
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
    }


def dagbag_program(python: str, settings: dict[str, str]) -> str:
    """Return the program for this Airflow: version 3 has moved DagBag."""
    for home in HOMES_OF_DAGBAG:
        probe = [python, "-c", f"from {home} import DagBag"]
        done = subprocess.run(probe, env=os.environ | settings, check=False, capture_output=True)
        if done.returncode == 0:
            return DAGBAG.format(home=home)
    raise click.ClickException(f"{python} has no Airflow with a DagBag")


def compare(python: str, program: str, home: str, folder: Path, runs: int) -> str:
    """Return one folder's line of the table."""
    theirs, ours = [], []
    for _ in range(runs):
        theirs.append(run(python, program, folder, airflow_settings(home, folder)))
        ours.append(run(sys.executable, LOCKPLAN, folder, LOCKPLAN_SETTINGS))
    slow, fast = (statistics.median(used for used, _ in each) for each in (theirs, ours))
    files, dags = figure(ours[0][1], "files"), figure(ours[0][1], "DAGs")
    counts = f"{files:>6} {figure(theirs[0][1], 'DAGs'):>7} {dags:>9}"
    return f"{str(folder)[-48:]:48} {counts} {slow:8.2f} {fast:9.2f} {slow / fast:6.1f}"


@click.command()
@click.argument("airflow_python", type=click.Path(exists=True))
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--runs", default=3, show_default=True, help="Runs of each; the median counts.")
def main(airflow_python: str, folders: tuple[Path, ...], runs: int) -> None:
    """Print a line for each folder: files, DAGs found, median CPU seconds, their ratio."""
    heads = (
        f"{'files':>6} {'DagBag':>7} {'lockplan':>9} {'DagBag s':>8} {'lockpl. s':>9} {'ratio':>6}"
    )
    compileall.compile_dir(ROOT / "lockplan", quiet=1)
    click.echo(f"{'':48} {heads}")
    with tempfile.TemporaryDirectory() as home:
        program = dagbag_program(airflow_python, airflow_settings(home, Path(home)))
        for folder in folders:
            click.echo(compare(airflow_python, program, home, folder.resolve(), runs))


if __name__ == "__main__":
    main()
