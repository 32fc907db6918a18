"""What the project's own Airflow plugins put below ``airflow.operators`` and its neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lockplan.workflow.interpreter import Interpreter
from lockplan.workflow.objects import ClassValue, Function, ModuleValue
from lockplan.workflow.values import Foreign, Value

_PLUGGED = re.compile(r"airflow\.(operators|sensors|hooks|executors|macros)\.(?:(\w+)\.)?(\w+)")
_BASE = "AirflowPlugin"


@dataclass(slots=True, eq=False, repr=False)
class Plugins:
    """The plugins of one project, each read once something may come from it."""

    interpreter: Interpreter
    _found: dict[Path, tuple[ClassValue, ...]] = field(default_factory=dict)

    def resolve(self, dotted: str) -> Value | None:
        """Return what a plugin puts there by its lists: ``airflow.operators.my_plugin.Load``."""
        match = _PLUGGED.fullmatch(dotted)
        if match is None:
            return None
        kind, plugin, name = match.groups()
        for cls in self._plugins():
            if plugin is None or cls.lookup("name")[0] == plugin:
                listed, _ = cls.lookup(kind)
                for value in listed if isinstance(listed, list | tuple) else ():
                    if isinstance(value, ClassValue | Function) and value.name == name:
                        return value
        return None

    def _plugins(self) -> Iterator[ClassValue]:
        readers = [frame.source.path for frame in self.interpreter.frames]
        modules = self.interpreter.loader.modules
        for folder in modules.plugin_folders(readers[-1] if readers else None):
            # Airflow puts plugins in place once they are read: their own code sees Airflow alone.
            if any(path.is_relative_to(folder) for path in readers):
                continue
            if folder not in self._found:
                self._found[folder] = tuple(self._in_folder(folder))
            yield from self._found[folder]

    def _in_folder(self, folder: Path) -> Iterator[ClassValue]:
        for path in sorted(folder.rglob("*.py")):
            if _BASE in (self.interpreter.loader.read_text(path) or ""):
                yield from _defined(self.interpreter.run_module(path))


def _defined(module: ModuleValue) -> list[ClassValue]:
    classes = [value for value in module.names.values() if isinstance(value, ClassValue)]
    return [cls for cls in classes if cls.module is module and _is_plugin(cls)]


def _is_plugin(cls: ClassValue) -> bool:
    base = cls.unknown_base()
    return isinstance(base, Foreign) and base.dotted.rpartition(".")[2] == _BASE
