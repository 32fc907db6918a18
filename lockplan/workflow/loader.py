"""Finding and parsing the files of a folder, imports and data files: none outside the project."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from lockplan.model.place import Skipped, Span
from lockplan.workflow import refusals

VIRTUAL_ROOT = "/~"
"""Begins the paths that the user's code sees: results must not depend on where the project lies."""

LIBRARY_FOLDERS = ("scripts", "plugins", "include", "lib", "libs", "src", "common", "utils")
PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", "airflow.cfg")
PROJECT_LEVELS = 4
"""How far above the DAG folder a mark of the project's root is looked for."""
MAX_FILE_BYTES = 20_000_000
_DEEP_IMPORT = re.compile(r"^\s*from\s+(\w+)\.(\w+\.[\w.]+)\s+import\b", re.MULTILINE)


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

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.project = _project_around(self.folder)
        self._sources: dict[Path, Source | Skipped] = {}
        self._entries: dict[Path, frozenset[str]] = {}
        self._contained: dict[Path, bool] = {}
        self._found: dict[tuple[str, Path | None], Path | None] = {}
        self._own_names: dict[str, bool] = {}

    def display(self, path: Path) -> str:
        """Return the path relative to the folder, with ``../`` for files beside it."""
        if path.is_relative_to(self.folder):
            return path.relative_to(self.folder).as_posix()
        if path.is_relative_to(self.project):
            return os.path.relpath(path, self.folder).replace(os.sep, "/")
        return path.name

    def contains(self, path: Path) -> bool:
        """Whether the file really stands inside the project, symbolic links followed."""
        if path not in self._contained:
            self._contained[path] = self._really_contains(path)
        return self._contained[path]

    def _really_contains(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self.project)
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
        data = path.read_bytes()
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
                    return path.resolve()
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

    def find_module(
        self, dotted: str, level: int, importer: Path, added: tuple[Path, ...] = ()
    ) -> Path | None:
        """Find the file of a module that `importer` imports; a package is its ``__init__.py``.

        A folder without ``__init__.py`` is found as the folder itself.
        """
        parts = [part for part in dotted.split(".") if part]
        if level:
            base = importer.parent
            for _ in range(level - 1):
                base = base.parent
            return self._module_in(base, parts) if self.contains(base) else None
        for base in (*added, *self._ancestors(importer), *self._library_folders()):
            found = self._module_in(base, parts)
            if found is not None:
                return found
        found_in = [self._module_in(base, parts) for base in self._other_siblings()]
        matches = [path for path in found_in if path is not None and path.is_file()]
        if len(matches) == 1:
            return matches[0]
        return self._below_own_name(parts) or self._below_other_name(parts)

    def _below_own_name(self, parts: list[str]) -> Path | None:
        """Find ``company.project.dags.common`` where only the folder ``dags`` is at hand."""
        if self.folder.name not in parts[:-1]:
            return None
        return self._module_in(self.folder, parts[parts.index(self.folder.name) + 1 :])

    def _below_other_name(self, parts: list[str]) -> Path | None:
        """Find ``company.sales.etl`` as ``sales/etl.py``: the project is deployed as ``company``.

        One part after the foreign name is too weak a sign (``requests.utils``), unless other
        imports below that name are found here too.
        """
        if len(parts) < 2 or parts[0] == "airflow":
            return None
        found = self._in_project(parts[1:])
        if found is None or found.is_dir():
            return None
        return found if len(parts) > 2 or self._is_own_name(parts[0]) else None

    def _in_project(self, parts: list[str]) -> Path | None:
        bases = dict.fromkeys((self.folder, self.project))
        found = (self._module_in(base, parts) for base in bases)
        return next((path for path in found if path is not None), None)

    def _is_own_name(self, name: str) -> bool:
        """Whether a longer import below a foreign name leads to a file of the project."""
        if name not in self._own_names:
            tails = self._imported_tails.get(name, ())
            paths = (self._in_project(tail.split(".")) for tail in tails)
            self._own_names[name] = any(path is not None and path.is_file() for path in paths)
        return self._own_names[name]

    @cached_property
    def _imported_tails(self) -> dict[str, set[str]]:
        """What the folder's files import, by first name, where two or more names follow it."""
        tails: dict[str, set[str]] = {}
        for path in self.folder.rglob("*.py"):
            for name, tail in _DEEP_IMPORT.findall(self.read_text(path) or ""):
                tails.setdefault(name, set()).add(tail)
        return tails

    def _ancestors(self, importer: Path) -> Iterator[Path]:
        """Yield the importing file's folder and those above it, up to the project's root."""
        for folder in importer.parents:
            if not folder.is_relative_to(self.project):
                return
            yield folder

    def plugin_folders(self, importer: Path | None) -> list[Path]:
        """Return the folders of Airflow plugins that the importing file sees, the nearest first."""
        above = self._ancestors(importer) if importer is not None else ()
        bases = dict.fromkeys((*above, self.folder, self.project))
        return [base / "plugins" for base in bases if self._names(base / "plugins")]

    def _library_folders(self) -> Iterator[Path]:
        beside = self.folder.parent if self.folder != self.project else self.folder
        for base in dict.fromkeys((self.folder, beside, self.project)):
            yield base
            for name in LIBRARY_FOLDERS:
                if name in self._names(base):
                    yield base / name

    def _other_siblings(self) -> Iterator[Path]:
        for name in sorted(self._names(self.project))[:500]:
            if "." not in name and name not in LIBRARY_FOLDERS:
                yield self.project / name

    def _module_in(self, base: Path, parts: list[str]) -> Path | None:
        folder = base
        for part in parts[:-1]:
            if part not in self._names(folder):
                return None
            folder = folder / part
        if not parts:
            return self._package(folder)
        names = self._names(folder)
        last = parts[-1]
        if last in names and (package := self._package(folder / last)) is not None:
            return package
        path = folder / f"{last}.py"
        return path if f"{last}.py" in names and self.contains(path) else None

    def _package(self, folder: Path) -> Path | None:
        names = self._names(folder)
        if not names or not self.contains(folder):
            return None
        return folder / "__init__.py" if "__init__.py" in names else folder

    def _names(self, folder: Path) -> frozenset[str]:
        """Return the names in a folder, empty where it is none or stands outside the project."""
        if folder not in self._entries:
            try:
                inside = self.contains(folder)
                names = frozenset(entry.name for entry in folder.iterdir()) if inside else ()
            except OSError:
                names = ()
            self._entries[folder] = frozenset(names)
        return self._entries[folder]


def _project_around(folder: Path) -> Path:
    """Return the root of the project that holds a DAG folder: its nearest mark, else the parent."""
    for above in folder.parents[:PROJECT_LEVELS]:
        if any((above / mark).exists() for mark in PROJECT_MARKS):
            return above
    parent = folder.parent
    return folder if parent == parent.parent else parent
