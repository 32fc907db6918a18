"""Where an Airflow comes from: an interpreter named in the environment, or `.ci/get-airflow`'s."""

import os
import subprocess
from pathlib import Path

VERSIONS = {2: "2.11.2", 3: "3.3.2"}


class NoAirflowError(Exception):
    """No Airflow of that version can be had; the text says how to get one."""


def airflow_python(major: int) -> Path:
    """Give the interpreter of an environment with Airflow 2 or 3."""
    variable = f"LOCKPLAN_AIRFLOW{major}_PYTHON"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    usual = cache / "lockplan" / f"airflow-{VERSIONS[major]}" / "bin" / "python"
    python = Path(os.environ.get(variable) or usual)
    if not _has_airflow(python):
        raise NoAirflowError(f"no Airflow {major} found: run .ci/get-airflow, or set {variable}")
    return python


def _has_airflow(python: Path) -> bool:
    asked = [python, "-c", "import importlib.util as u; exit(u.find_spec('airflow') is None)"]
    try:
        return subprocess.run(asked, check=False, timeout=60).returncode == 0
    except OSError:
        return False
