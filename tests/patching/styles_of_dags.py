"""Each style of writing DAGs, before and after `lockplan patch`, for all tests of a session."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from e2e.airflow.installation import airflow_python

from lockplan import analyze
from lockplan.model.workflow import Origin
from lockplan.patching import Patch
from lockplan.study import Study

FILES = {file.stem: file for file in sorted(Path(__file__).with_name("styles").glob("*.py"))}
SAMPLES = Path(__file__).parents[2] / "samples"
SETTINGS = '[tool.lockplan.connections.db]\nengine = "mysql"\nserver = "s"\ndatabase = "d"\n'
DDL = "".join(f"CREATE TABLE {name} (id INT PRIMARY KEY, n INT);\n" for name in ("play", "score"))

Edges = dict[str, list[list[str]]]


@dataclass(frozen=True)
class Styled:
    """One style, with its folder as it was written and the same one patched."""

    before: Path
    after: Path
    patch: Patch
    study: Study

    @property
    def planned(self) -> Edges:
        """The edges that the plans add, by DAG."""
        return {
            plan.dag.dag_id: [
                [edge.upstream.task_id, edge.downstream.task_id] for edge in plan.plan.edges
            ]
            for plan in self.study.analysis.plans
        }


def versions(name: str) -> list[int]:
    """Return the Airflows that a style is written for: its first line says it."""
    first = FILES[name].read_bytes().decode("latin-1").split("\n")[0]
    return [int(major) for major in re.findall(r"\b[23]\b", first)]


def study(folder: Path) -> Study:
    """Analyse a style's folder."""
    return analyze([folder / "dags"], schema=folder / "schema.sql")


def patched_style(
    name: str, folder: Path, way: str = "set_upstream", *, priority_weights: bool = False
) -> Styled:
    """Write a style into two folders and let git patch the second."""
    before, after = (_written(name, folder / which) for which in ("before", "after"))
    return _patched(before, after, way, priority_weights)


def patched_sample(folder: Path) -> Styled:
    """Do the same with the sample."""
    before, after = (shutil.copytree(SAMPLES, folder / which) for which in ("before", "after"))
    return _patched(before, after, "set_upstream", False)


def _patched(before: Path, after: Path, way: str, priority_weights: bool) -> Styled:
    found = study(before)
    _git(after, "init", "-q")
    patch = study(after).patch(way, priority_weights=priority_weights)
    _git(after, "apply", "--check", "-", stdin=patch.diff)
    _git(after, "apply", "-", stdin=patch.diff)
    return Styled(before, after, patch, found)


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> None:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, f"{folder}: {done.stderr.decode()}"


def _written(name: str, folder: Path) -> Path:
    dags = folder / "dags"
    dags.mkdir(parents=True)
    (dags / f"{name}.py").write_bytes(FILES[name].read_bytes())
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "schema.sql").write_text(DDL)
    return folder


def authored(found: Study) -> Edges:
    """Return the edges of the DAGs' author."""
    return {
        dag.dag_id: [
            [edge.upstream.task_id, edge.downstream.task_id]
            for edge in dag.edges
            if edge.origin is Origin.DATA
        ]
        for dag in found.analysis.workflow.dags
    }


def loaded_by(major: int, folders: list[Path], home: Path) -> dict[str, dict[str, Edges]]:
    """Let Airflow's DagBag load folders, all in one process: starting it takes seconds.

    Raises NoAirflowError where there is no such Airflow.
    """
    python = airflow_python(major)
    result = home / "loaded.json"
    clean = {name: value for name, value in os.environ.items() if "AIRFLOW_" not in name}
    environment = {
        **clean,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
    }
    environment.pop("PYTHONPATH", None)
    script = Path(__file__).with_name("load_dags.py")
    done = subprocess.run(
        [python, script, result, *folders],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, dict[str, Edges]] = json.loads(result.read_text())
    return found
