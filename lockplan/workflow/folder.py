"""Walking a DAG folder: which files are DAG files, and which Airflow they are written for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from lockplan.errors import InputError

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
    found = list(files_below(path, (".py", ".zip")))
    files = tuple(PythonFile(file, _text(file)) for file in found if file.suffix == ".py")
    archives = tuple(file for file in found if file.suffix == ".zip" and _holds_dags(file))
    if not files:
        raise InputError(
            str(path), "no Python file in this folder", "Name the folder of your DAG files"
        )
    return Folder(path, files, archives)


def files_below(root: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files below a folder that Airflow is not told to ignore, by their names' ends."""
    ignored: list[tuple[Path, str]] = []
    for folder, subfolders, names in os.walk(root):
        here = Path(folder)
        ignored += [(here, pattern) for pattern in _ignore_patterns(here / ".airflowignore")]
        subfolders[:] = sorted(
            name
            for name in subfolders
            if not name.startswith(".")
            and name != "__pycache__"
            and not _is_ignored(here / name, ignored)
        )
        for name in sorted(names):
            if name.endswith(endings) and not _is_ignored(here / name, ignored):
                yield here / name


def _ignore_patterns(path: Path) -> Iterable[str]:
    if not path.is_file():
        return ()
    lines = (line.split("#")[0].strip() for line in _text(path).split("\n"))
    return [line for line in lines if line]


def _is_ignored(path: Path, ignored: list[tuple[Path, str]]) -> bool:
    """Whether the last pattern that matches ignores the path; one with ``!`` takes it back."""
    found = False
    for base, pattern in ignored:
        if path.is_relative_to(base):
            relative = path.relative_to(base).as_posix()
            if _matches(pattern.removeprefix("!"), path.name, relative):
                found = not pattern.startswith("!")
    return found


def _matches(pattern: str, name: str, relative: str) -> bool:
    """Whether a pattern matches, as a glob or as a regular expression: Airflow knows both."""
    glob = pattern.strip("/").removeprefix("**/")
    return fnmatch(relative, glob) or fnmatch(name, glob) or _matches_expression(pattern, relative)


def _matches_expression(pattern: str, relative: str) -> bool:
    try:
        return re.search(pattern, relative) is not None
    except re.error:
        return False


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
