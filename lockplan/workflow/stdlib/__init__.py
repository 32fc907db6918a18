"""Models of library objects by their dotted names; other rooms add theirs through `register`."""

from __future__ import annotations

from collections.abc import Callable

from lockplan.workflow.stdlib import (
    builtins,
    concurrency,
    data,
    datetimes,
    files,
    folders,
    iterators,
    mappings,
    regular,
    settings_files,
    tools,
    yaml_texts,
)
from lockplan.workflow.stdlib.natives import Module
from lockplan.workflow.values import Unknown, Value

Resolver = Callable[[str], Value | None]
"""Gives the model of a dotted name, None where it has none."""

_TABLES = (
    *(datetimes, files, folders, tools, iterators, mappings),
    *(data, regular, yaml_texts, settings_files, concurrency),
)
_NAMES: dict[str, Value] = {}
for _table in _TABLES:
    _NAMES |= _table.NAMES
_MODULES = frozenset(name for table in _TABLES for name in table.MODULES)
_LOGGING = ("debug", "info", "warning", "warn", "error", "exception", "critical", "log")


class Library:
    """What the interpreter knows of code outside the folder."""

    def __init__(self) -> None:
        self._local: list[Resolver] = []
        self._resolvers: list[Resolver] = []
        self._models: dict[str, Value | None] = {}

    def register(self, resolver: Resolver) -> None:
        """Add models; those registered last are asked first."""
        self._resolvers.insert(0, resolver)
        self._models.clear()

    def register_local(self, resolver: Resolver) -> None:
        """Add models that depend on the file being read: asked first, and each time."""
        self._local.append(resolver)

    def builtin(self, name: str) -> Value | None:
        """Return a built-in function or type."""
        return builtins.BUILTINS.get(name)

    def resolve(self, dotted: str) -> Value | None:
        """Return the model of a module or of something in it, None where there is none."""
        if dotted in _NAMES:
            return _NAMES[dotted]
        for resolver in self._local:
            found = resolver(dotted)
            if found is not None:
                return found
        if dotted not in self._models:
            self._models[dotted] = self._model(dotted)
        return self._models[dotted]

    def _model(self, dotted: str) -> Value | None:
        for resolver in self._resolvers:
            found = resolver(dotted)
            if found is not None:
                return found
        return Module(dotted, self.resolve) if dotted in _MODULES else _builtin_member(dotted)


def _builtin_member(dotted: str) -> Value | None:
    module, _, name = dotted.rpartition(".")
    if module == "builtins":
        return builtins.BUILTINS.get(name)
    if module == "logging" and name in _LOGGING:
        return Unknown(f"logging.{name}")
    return None


__all__ = ["Library", "Resolver"]
