"""Walking a DAG folder: which files are DAG files, and which Airflow they are written for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lockplan.errors import InputError
from lockplan.workflow.ignored import (
    SYNTAX_OF_VERSION,
    Pattern,
    configured_syntax,
    is_ignored,
    patterns_of,
)

_V3 = re.compile(r"^\s*(?:from|import)\s+airflow\.(?:sdk|providers\.standard)\b", re.MULTILINE)
_V2 = re.compile(
    r"^\s*(?:from|import)\s+airflow\.(?:decorators|operators\.(?:python|bash|empty|dummy|trigger_dagrun)"
    r"|providers|utils\.task_group|datasets|timetables)\b",
    re.MULTILINE,
)
_V1 = re.compile(
    r"^\s*(?:from|import)\s+airflow\.(?:operators\.\w+_operator|contrib|hooks\.\w+_hook"
    r"|sensors\.\w+_sensor)\b",
    re.MULTILINE,
)

_READ_OF_A_MEMBER = 100_000
"""How many bytes of a zip's member are looked at: a small zip may unpack to very much."""


@dataclass(frozen=True, slots=True)
class PythonFile:
    """One file with its text, read once; bytes that are no UTF-8 are replaced."""

    path: Path
    text: str

    def may_hold_a_dag(self) -> bool:
        """Whether Airflow would look into it: it names Airflow and a DAG or an asset."""
        text = self.text.lower()
        return "airflow" in text and ("dag" in text or "asset" in text)


@dataclass(frozen=True, slots=True)
class Folder:
    """The Python files of one folder."""

    path: Path
    files: tuple[PythonFile, ...]
    archives: tuple[Path, ...] = ()
    """Zip files that hold DAGs, which Airflow reads and lockplan does not."""
    hidden: tuple[Path, ...] = ()
    """Folders with a dot before their names that hold Python files, likewise."""


def airflow_version(files: Sequence[PythonFile]) -> str | None:
    """Return the Airflow that the files' imports are written for, None where they do not say."""
    for version, pattern in (("3", _V3), ("2", _V2), ("1", _V1)):
        if any(pattern.search(file.text) for file in files):
            return version
    return None


def open_folder(path: Path) -> Folder:
    """Find the Python files of a folder, or take one file; raise InputError where there is none."""
    if path.is_file():
        return Folder(path.parent, (PythonFile(path, _text(path)),))
    if not path.is_dir():
        raise InputError(str(path), "there is no such folder", "Name the folder of your DAG files")
    found = list(files_below(path, (".py", ".zip"), configured_syntax(path)))
    files = tuple(PythonFile(file, _text(file)) for file in found if file.suffix == ".py")
    syntax = configured_syntax(path) or SYNTAX_OF_VERSION.get(airflow_version(files) or "")
    kept = set(files_below(path, (".py", ".zip"), syntax) if syntax else found)
    files = tuple(file for file in files if file.path in kept)
    archives = tuple(file for file in found if file.suffix == ".zip" and _holds_dags(file))
    if not files:
        raise InputError(
            str(path), "no Python file in this folder", "Name the folder of your DAG files"
        )
    return Folder(path, files, tuple(file for file in archives if file in kept), _hidden(path))


def files_below(root: Path, endings: tuple[str, ...], syntax: str | None = None) -> Iterator[Path]:
    """Yield the files below a folder that Airflow is not told to ignore, by their names' ends."""
    patterns: list[Pattern] = []
    for folder, subfolders, names in os.walk(root):
        here = Path(folder)
        patterns += patterns_of(here, _text(here / ".airflowignore"))
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".")
            and name != "__pycache__"
            and not is_ignored(here / name, patterns, syntax)
        )
        for name in sorted(names):
            if name.endswith(endings) and not is_ignored(here / name, patterns, syntax):
                yield here / name


def _hidden(root: Path) -> tuple[Path, ...]:
    """Return the hidden folders that hold Python files, in which Airflow would look for DAGs."""
    found: list[Path] = []
    for folder, subfolders, _ in os.walk(root):
        hidden = [Path(folder) / name for name in subfolders if name.startswith(".")]
        found += [one for one in hidden if one.name != ".git" and next(one.rglob("*.py"), None)]
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
    return tuple(found)


def _holds_dags(path: Path) -> bool:
    """Whether Airflow would look into a zip file: modules at its top name Airflow and a DAG.

    One that cannot be opened may hold some.
    """
    import zipfile  # few folders hold one: the others need not wait for its modules

    if not path.is_file():
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            modules = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.py", name)]
            texts = [archive.open(name).read(_READ_OF_A_MEMBER).lower() for name in modules]
    except (OSError, RuntimeError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return True
    return any(b"airflow" in text and b"dag" in text for text in texts)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
    except OSError:
        return ""
