"""Models of looking into folders: ``os.listdir``, ``os.walk``, ``glob``, ``Path.rglob``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lockplan.workflow.stdlib.files import Args, Kwargs, PathValue, find, folder_at, join, path_text
from lockplan.workflow.stdlib.natives import Builtin
from lockplan.workflow.values import Native, Site, Unknown, Value

_WILD = frozenset("*?[")


@dataclass(slots=True, eq=False, repr=False)
class DirectoryEntry(Native):
    """What ``os.scandir`` yields."""

    name: str
    path: Value

    def describe(self) -> str:
        return "an entry of a folder"

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("name", "path"):
            return self.name if name == "name" else self.path
        if name in _TESTS:
            test = _TESTS[name]
            return Builtin(name, lambda args, kwargs, at: test([self.path], {}, at))
        return Native.attribute(self, name, site)


@dataclass(slots=True, eq=False, repr=False)
class DirectoryEntries(Native):
    """``os.scandir(…)``, also as a context manager."""

    entries: list[Value]

    def describe(self) -> str:
        return "entries of a folder"

    def iterate(self, site: Site) -> list[Value] | Unknown:
        return self.entries


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def _listdir(args: Args, kwargs: Kwargs, site: Site) -> Value:
    folder = folder_at(args[0], site) if args else None
    return (
        Unknown("names in a folder") if folder is None else site.interpreter.fresh(_names(folder))
    )


def _scandir(args: Args, kwargs: Kwargs, site: Site) -> Value:
    folder = folder_at(args[0], site) if args else None
    if folder is None:
        return Unknown("entries of a folder")
    base = path_text(args[0])
    return DirectoryEntries([DirectoryEntry(name, join(base, name)) for name in _names(folder)])


def _walk(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """Return all folders below one with their names, those nearer to it first."""
    folder = folder_at(args[0], site) if args else None
    if folder is None:
        return Unknown("the folders below one")
    base, limit = path_text(args[0]), site.interpreter.budget.elements
    found = list(islice(_levels(folder), limit + 1))
    if len(found) > limit:
        return Unknown("folders beyond the reader's bounds")
    return [(join(base, where) if where else base, dirs, files) for where, dirs, files in found]


def _levels(folder: Path) -> Iterator[tuple[str, list[Value], list[Value]]]:
    for here, subfolders, names in os.walk(folder):
        subfolders.sort()
        where = Path(here).relative_to(folder).as_posix()
        yield "" if where == "." else where, list(subfolders), sorted(names)


def _glob(args: Args, kwargs: Kwargs, site: Site) -> Value:
    text = path_text(args[0]) if args else None
    if not isinstance(text, str):
        return Unknown("names in a folder")
    deep = kwargs.get("recursive") is True
    pattern = str(text) if deep else str(text).replace("**", "*")
    return site.interpreter.fresh(_matches(pattern, site, hidden=False))


def _matches(pattern: str, site: Site, *, hidden: bool = True) -> list[str] | Unknown:
    """Return the paths that a pattern means, as long as its folder is known."""
    parts = pattern.split("/")
    first = next((n for n, part in enumerate(parts) if _WILD & set(part)), len(parts) - 1)
    base = "/".join(parts[:first])
    folder = folder_at(base or ".", site)
    if folder is None or not parts[first] or ".." in parts[first:]:
        return Unknown("names in a folder")
    limit = site.interpreter.budget.elements
    found = list(islice(folder.glob("/".join(parts[first:])), limit + 1))
    if len(found) > limit:
        return Unknown("files beyond the reader's bounds")
    prefix = f"{base}/" if base else ""
    names = (path.relative_to(folder).as_posix() for path in found)
    return sorted(prefix + name for name in names if hidden or "/." not in f"/{name}")


def _path_glob(before: str) -> Callable[[PathValue, Args, Kwargs, Site], Value]:
    def call(owner: PathValue, args: Args, kwargs: Kwargs, site: Site) -> Value:
        pattern = join(owner.path, before, path_text(args[0])) if args else None
        found = _matches(str(pattern), site) if isinstance(pattern, str) else Unknown("a path")
        return [PathValue(each) for each in found] if isinstance(found, list) else found

    return call


def _iterdir(owner: PathValue, args: Args, kwargs: Kwargs, site: Site) -> Value:
    found = _listdir([owner.path], {}, site)
    if not isinstance(found, list):
        return found
    return [PathValue(made) for each in found if isinstance(made := join(owner.path, each), str)]


def _exists(args: Args, kwargs: Kwargs, site: Site) -> Value:
    there = bool(args) and (_there(args[0], site) is not None)
    return True if there else Unknown("whether a file is there")


def _is_file(args: Args, kwargs: Kwargs, site: Site) -> Value:
    there = _there(args[0], site) if args else None
    return Unknown("whether a file is there") if there is None else there.is_file()


def _is_dir(args: Args, kwargs: Kwargs, site: Site) -> Value:
    there = _there(args[0], site) if args else None
    return Unknown("whether a folder is there") if there is None else there.is_dir()


def _there(value: Value, site: Site) -> Path | None:
    return folder_at(value, site) or find(value, site)


_TESTS = {"exists": _exists, "is_file": _is_file, "is_dir": _is_dir}

PATH_METHODS: dict[str, Callable[[PathValue, Args, Kwargs, Site], Value]] = {
    "glob": _path_glob(""),
    "rglob": _path_glob("**"),
    "iterdir": _iterdir,
    "exists": lambda owner, args, kwargs, site: _exists([owner], {}, site),
    "is_file": lambda owner, args, kwargs, site: _is_file([owner], {}, site),
    "is_dir": lambda owner, args, kwargs, site: _is_dir([owner], {}, site),
}

NAMES: dict[str, Value] = {
    "os.listdir": Builtin("os.listdir", _listdir),
    "os.scandir": Builtin("os.scandir", _scandir),
    "os.walk": Builtin("os.walk", _walk),
    "os.path.exists": Builtin("os.path.exists", _exists),
    "os.path.isfile": Builtin("os.path.isfile", _is_file),
    "os.path.isdir": Builtin("os.path.isdir", _is_dir),
    "glob.glob": Builtin("glob.glob", _glob),
    "glob.iglob": Builtin("glob.iglob", _glob),
}

MODULES = ("glob",)
