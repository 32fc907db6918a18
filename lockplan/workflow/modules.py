"""Where the modules stand that a folder's files import: in the folder and the project around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockplan.workflow.loader import Loader

LIBRARY_FOLDERS = ("scripts", "plugins", "include", "lib", "libs", "src", "common", "utils")
MOST_SIBLINGS = 500
"""How many of the project's own entries are looked into for a module."""
_DEEP_IMPORT = re.compile(r"^\s*from\s+(\w+)\.(\w+\.[\w.]+)\s+import\b", re.MULTILINE)


class ModuleFinder:
    """Finds the files of modules; each folder is listed once, each search made once."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._folder = loader.folder
        self._project = loader.project
        self._entries: dict[Path, frozenset[str]] = {}
        self._bases: dict[Path, tuple[Path, ...]] = {}
        self._plugins: dict[Path | None, tuple[Path, ...]] = {}
        self._found: dict[tuple[str, int, Path, tuple[Path, ...]], Path | None] = {}
        self._own_names: dict[str, bool] = {}

    def find(
        self, dotted: str, level: int, importer: Path, added: tuple[Path, ...] = ()
    ) -> Path | None:
        """Find the file of a module that `importer` imports; a package is its ``__init__.py``.

        A folder without ``__init__.py`` is found as the folder itself.
        """
        key = (dotted, level, importer.parent, added)
        if key not in self._found:
            self._found[key] = self._search(*key)
        return self._found[key]

    def plugin_folders(self, importer: Path | None) -> tuple[Path, ...]:
        """Return the folders of Airflow plugins that the importing file sees, the nearest first."""
        here = importer.parent if importer is not None else None
        if here not in self._plugins:
            above = self._ancestors(here) if here is not None else ()
            bases = dict.fromkeys((*above, self._folder, self._project))
            folders = (base / "plugins" for base in bases)
            self._plugins[here] = tuple(folder for folder in folders if self._names(folder))
        return self._plugins[here]

    def _search(self, dotted: str, level: int, here: Path, added: tuple[Path, ...]) -> Path | None:
        parts = [part for part in dotted.split(".") if part]
        if level:
            base = (here, *here.parents)[min(level - 1, len(here.parents))]
            return self._module_in(base, parts) if self._loader.contains(base) else None
        if not parts:
            return None
        for folder in (*added, *self._searched_from(here)):
            found = self._module_in(folder, parts)
            if found is not None:
                return found
        return (
            self._in_one_sibling(parts)
            or self._below_own_name(parts)
            or self._below_other_name(parts)
        )

    def _searched_from(self, here: Path) -> tuple[Path, ...]:
        if here not in self._bases:
            bases = dict.fromkeys((*self._ancestors(here), *self._library_folders))
            self._bases[here] = tuple(bases)
        return self._bases[here]

    def _ancestors(self, here: Path) -> Iterator[Path]:
        """Yield the importing file's folder and those above it, up to the project's root."""
        for folder in (here, *here.parents):
            if not folder.is_relative_to(self._project):
                return
            yield folder

    @cached_property
    def _library_folders(self) -> tuple[Path, ...]:
        beside = self._folder.parent if self._folder != self._project else self._folder
        bases = dict.fromkeys((self._folder, beside, self._project))
        return tuple(folder for base in bases for folder in (base, *self._libraries_in(base)))

    def _libraries_in(self, base: Path) -> Iterator[Path]:
        for name in LIBRARY_FOLDERS:
            if name in self._names(base):
                yield base / name

    def _in_one_sibling(self, parts: list[str]) -> Path | None:
        """Find a module in another folder of the project, where only one of them has it."""
        names = (parts[0], f"{parts[0]}.py")
        holders = {folder for name in names for folder in self._siblings.get(name, ())}
        found = (self._module_in(folder, parts) for folder in holders)
        files = [path for path in found if path is not None and path.is_file()]
        return files[0] if len(files) == 1 else None

    @cached_property
    def _siblings(self) -> dict[str, list[Path]]:
        """The project's own folders by the names that stand in them."""
        holders: dict[str, list[Path]] = {}
        for name in sorted(self._names(self._project))[:MOST_SIBLINGS]:
            if "." not in name and name not in LIBRARY_FOLDERS:
                folder = self._project / name
                for entry in self._names(folder):
                    holders.setdefault(entry, []).append(folder)
        return holders

    def _below_own_name(self, parts: list[str]) -> Path | None:
        """Find ``company.project.dags.common`` where only the folder ``dags`` is at hand."""
        own = self._folder.name
        if own not in parts[:-1]:
            return None
        return self._module_in(self._folder, parts[parts.index(own) + 1 :])

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
        bases = dict.fromkeys((self._folder, self._project))
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
        for path in self._loader.folder.rglob("*.py"):
            for name, tail in _DEEP_IMPORT.findall(self._loader.read_text(path) or ""):
                tails.setdefault(name, set()).add(tail)
        return tails

    def _module_in(self, base: Path, parts: list[str]) -> Path | None:
        if not parts:
            return self._package(base)
        folder = base
        for part in parts[:-1]:
            if part not in self._names(folder):
                return None
            folder = folder / part
        names = self._names(folder)
        last, file = parts[-1], f"{parts[-1]}.py"
        if last in names and (package := self._package(folder / last)) is not None:
            return package
        path = folder / file
        return path if file in names and self._loader.contains(path) else None

    def _package(self, folder: Path) -> Path | None:
        """Return a package's file, of a folder without one the folder, None where it is none."""
        names = self._names(folder)
        if not names:
            return None
        return folder / "__init__.py" if "__init__.py" in names else folder

    def _names(self, folder: Path) -> frozenset[str]:
        """Return the names in a folder, empty where it is none or stands outside the project."""
        if folder not in self._entries:
            inside = self._loader.contains(folder)
            self._entries[folder] = _listed(folder) if inside else frozenset()
        return self._entries[folder]


def _listed(folder: Path) -> frozenset[str]:
    try:
        return frozenset(entry.name for entry in folder.iterdir())
    except OSError:
        return frozenset()
