"""Airflow's own configuration, where it lies with the DAGs."""

from __future__ import annotations

from pathlib import Path


def configured(folder: Path, section: str, name: str) -> str | None:
    """Return what an ``airflow.cfg`` in the folder or beside it says, None where it does not."""
    paths = (folder / "airflow.cfg", folder.parent / "airflow.cfg")
    said = (_said_in(path, section, name) for path in paths if path.is_file())
    return next((value for value in said if value), None)


def configured_catchup(folder: Path) -> bool | None:
    """Return whether DAGs that do not say it catch up, None where the file does not say it."""
    said = configured(folder, "scheduler", "catchup_by_default")
    return None if said is None else said.strip().lower() in ("true", "t", "1")


def _said_in(path: Path, section: str, name: str) -> str | None:
    import configparser  # few folders hold such a file: the others need not wait for it

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
        return parser.get(section, name, fallback=None)
    except (configparser.Error, OSError, ValueError):
        return None
