"""Where an Airflow comes from: an interpreter named in the environment, as `.ci/run` does."""

import os
import subprocess
from pathlib import Path


class NoAirflowError(Exception):
    """No Airflow of that version can be had; the text says how to get one."""


def airflow_python(major: int) -> Path:
    """Give the interpreter of an environment with Airflow 2 or 3."""
    variable = f"LOCKPLAN_AIRFLOW{major}_PYTHON"
    named = os.environ.get(variable)
    if not named:
        raise NoAirflowError(f"set {variable} to an interpreter with Airflow: .ci/get-airflow")
    if not _has_airflow(Path(named)):
        raise NoAirflowError(f"{variable}={named} is no interpreter with Airflow")
    return Path(named)


def _has_airflow(python: Path) -> bool:
    asked = [python, "-c", "import importlib.util as u; exit(u.find_spec('airflow') is None)"]
    try:
        return subprocess.run(asked, check=False, timeout=60).returncode == 0
    except OSError:
        return False
