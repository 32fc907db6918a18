"""Finding and parsing the files of a folder and its data files: none outside the project."""

from __future__ import annotations

import ast
import io
import os
import stat
import tokenize
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from lockplan.model.place import Skipped, Span
from lockplan.workflow import refusals
from lockplan.workflow.modules import ModuleFinder

VIRTUAL_ROOT = "/~"
"""Begins the paths that the user's code sees: results must not depend on where the project lies."""

PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", "airflow.cfg")
ROOT_ENTRIES = ("dags", "docker-compose.yml", "docker-compose.yaml")
"""What only a project's root holds: beside it stand other projects."""
PROJECT_LEVELS = 4
"""How far above the DAG folder a mark of the project's root is looked for."""
MAX_FILE_BYTES = 20_000_000
NO_TEXTS: Mapping[Path, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed file."""

    path: Path
    display: str
    """Path relative to the folder analysed."""
    tree: ast.Module
    lines: tuple[str, ...]


class Loader:
    """The files of one DAG folder and of the project around it."""

    def __init__(self, folder: Path, instead: Mapping[Path, bytes] = NO_TEXTS) -> None:
        self.folder = folder.resolve()
        self.instead = instead
        """What files are taken to hold, by their places."""
        self.project = _project_around(self.folder)
        self.is_marked = _bears_a_mark(self.project)
        self._sources: dict[Path, Source | Skipped] = {}
        self._resolved: dict[Path, Path] = {}
        self._contained: dict[Path, bool] = {}
        self._found: dict[tuple[str, Path | None], Path | None] = {}
        self.modules = ModuleFinder(self)

    def display(self, path: Path) -> str:
        """Return the path relative to the folder, with ``../`` for files beside it."""
        text, inside = path.as_posix(), f"{self.folder.as_posix()}/"
        if text.startswith(inside):
            return text.removeprefix(inside)
        if path.is_relative_to(self.project):
            return os.path.relpath(path, self.folder).replace(os.sep, "/")
        return path.name

    def resolved(self, path: Path) -> Path:
        """Return the path without links, as `Path.resolve` does, each part looked at once."""
        if path not in self._resolved:
            self._resolved[path] = self._followed(path)
        return self._resolved[path]

    def _followed(self, path: Path) -> Path:
        if not path.is_absolute() or ".." in path.parts or _is_link(path):
            return path.resolve()
        return path if path == path.parent else self.resolved(path.parent) / path.name

    def contains(self, path: Path) -> bool:
        """Whether the file really stands inside the project, symbolic links followed."""
        if path not in self._contained:
            self._contained[path] = self._really_contains(path)
        return self._contained[path]

    def _really_contains(self, path: Path) -> bool:
        try:
            return self.resolved(path).is_relative_to(self.project)
        except (OSError, RuntimeError, ValueError):
            return False

    def source(self, path: Path) -> Source | Skipped:
        """Return the parsed file, or why it could not be parsed."""
        if path not in self._sources:
            self._sources[path] = self._parse(path)
        return self._sources[path]

    def _parse(self, path: Path) -> Source | Skipped:
        display = self.display(path)
        try:
            text = self._decoded(path)
        except (OSError, UnicodeError, SyntaxError, LookupError, ValueError) as error:
            where = Span(display, refusals.line_of(error))
            return Skipped(where, "file", refusals.of_bytes(error))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text, filename=display)
        except SyntaxError as error:
            where = Span(display, error.lineno or 1, max(error.offset or 1, 1))
            return Skipped(where, "file", refusals.of_syntax(error, text))
        except (ValueError, RecursionError, MemoryError) as error:
            return Skipped(
                Span(display, 1), "file", f"Python cannot parse it: {refusals.brief(error)}"
            )
        return Source(path, display, tree, tuple(text.split("\n")))

    def _decoded(self, path: Path) -> str:
        if not path.is_file():
            raise OSError("it is no file that can be opened, perhaps a link that leads nowhere")
        if not self.contains(path):
            raise OSError("it stands outside the project's folder")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise OSError(f"it is larger than {MAX_FILE_BYTES:,} bytes")
        data = self.instead.get(path) or path.read_bytes()
        refusals.refuse_other_bytes(data)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def virtual(self, path: Path) -> str:
        """Return the absolute path that the user's code sees as ``__file__``."""
        inside = path.relative_to(self.project).as_posix() if path != self.project else ""
        return str(PurePosixPath(VIRTUAL_ROOT) / self.project.name / inside)

    def real(self, virtual: str) -> Path | None:
        """Return the place of a path that the user's code built, None outside the project."""
        root = f"{VIRTUAL_ROOT}/{self.project.name}"
        if virtual != root and not virtual.startswith(root + "/"):
            return None
        path = self.project / virtual[len(root) :].lstrip("/")
        return path if self.contains(path) else None

    def find_file(self, name: str, beside: Path | None = None) -> Path | None:
        """Find a data file that the code names, as far as it stands inside the project.

        A relative name is tried beside `beside`, in the folder, then in the project; an absolute
        one of another machine (``/opt/airflow/dags/sql/x.sql``) by its longest tail that exists.
        """
        key = (name, beside)
        if key not in self._found:
            self._found[key] = self._search_file(name, beside)
        return self._found[key]

    def _search_file(self, name: str, beside: Path | None) -> Path | None:
        if "\0" in name:
            return None
        if name.startswith(VIRTUAL_ROOT):
            found = self.real(name)
            return found if found is not None and found.is_file() else None
        bases = [beside] if beside is not None else []
        bases += [self.folder, self.project]
        parts = PurePosixPath(name.replace("\\", "/")).parts
        foreign = name.startswith("/")
        tails = [parts[n:] for n in range(1, len(parts) - 1)] if foreign else [parts]
        candidates = (base.joinpath(*tail) for tail in tails for base in bases)
        return next((path for path in candidates if self._is_file(path)), None)

    def find_folder(self, name: str, beside: Path | None = None) -> Path | None:
        """Find a folder that the code names, as `find_file` finds a file.

        An absolute one of another machine may also end in the name of the DAG folder itself.
        """
        if name.startswith(VIRTUAL_ROOT):
            found = self.real(name)
            return found if found is not None and found.is_dir() else None
        bases = [*([] if beside is None else [beside]), self.folder, self.project]
        parts = PurePosixPath(name).parts
        foreign = name.startswith("/")
        for tail in [parts[n:] for n in range(1, len(parts))] if foreign else [parts]:
            if foreign and tail == (self.folder.name,):
                return self.folder
            for base in (self.folder.parent, *bases) if foreign else bases:
                path = base.joinpath(*tail)
                if self.contains(path) and path.is_dir():
                    return self.resolved(path)
        return None

    def _is_file(self, path: Path) -> bool:
        try:
            return self.contains(path) and path.is_file()
        except (OSError, ValueError):
            return False

    def read_text(self, path: Path) -> str | None:
        """Return a data file's text, None where it is not text of the project."""
        try:
            if not self.contains(path) or path.stat().st_size > MAX_FILE_BYTES:
                return None
            return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except (OSError, UnicodeError):
            return None


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(path.lstat().st_mode)
    except OSError:
        return False


def _project_around(folder: Path) -> Path:
    """Return the root of the project that holds a DAG folder.

    It is the nearest folder above that bears a mark, else the DAG folder where it bears one itself
    or holds what a root does, else the parent.
    """
    parent = folder.parent
    is_root = any((folder / entry).exists() for entry in ROOT_ENTRIES)
    fallback = folder if is_root or parent == parent.parent else parent
    nearest = (*folder.parents[:PROJECT_LEVELS], folder)
    return next((each for each in nearest if _bears_a_mark(each)), fallback)


def _bears_a_mark(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in PROJECT_MARKS)
