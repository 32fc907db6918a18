"""Airflow's own configuration, where it lies with the DAGs."""

from __future__ import annotations

from pathlib import Path


def configured(folder: Path, section: str, name: str) -> str | None:
    """Return what an ``airflow.cfg`` in the folder or beside it says, None where it does not."""
    paths = (folder / "airflow.cfg", folder.parent / "airflow.cfg")
    said = (_said_in(path, section, name) for path in paths if path.is_file())
    return next((value for value in said if value), None)


def _said_in(path: Path, section: str, name: str) -> str | None:
    import configparser  # few folders hold such a file: the others need not wait for it

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
        return parser.get(section, name, fallback=None)
    except (configparser.Error, OSError, ValueError):
        return None
