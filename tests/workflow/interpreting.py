"""Reads small modules for the interpreter's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from lockplan.model.dates import Anchor, DateExpr, RunDates
from lockplan.model.place import Span
from lockplan.model.statement import render_parts
from lockplan.workflow.budget import Budget
from lockplan.workflow.interpreter import Interpreter
from lockplan.workflow.loader import Loader
from lockplan.workflow.stdlib import Library
from lockplan.workflow.values import Site, Text

DS = Text((DateExpr(Anchor.LOGICAL_DATE, (), "%Y-%m-%d"),))
NIGHT = RunDates(datetime(2024, 3, 1), datetime(2024, 3, 2), datetime(2024, 3, 2, 4, 30))


def shown(value: Any) -> Any:
    """Return a text as it is on one night; other values as they are."""
    return render_parts(value.parts, NIGHT) if isinstance(value, Text) else value


@dataclass
class Call:
    name: str
    args: list[Any]
    site: Site

    @property
    def text(self) -> Any:
        return shown(self.args[0]) if self.args else None


class Reading:
    """One module read, with the calls of unknown things that it makes."""

    def __init__(self, folder: Path, budget: Budget | None = None) -> None:
        self.interpreter = Interpreter(Loader(folder), Library(), budget)
        self.calls: list[Call] = []
        self.interpreter.on_unknown_call.append(self._note)

    def _note(self, owner: Any, name: str, args: list[Any], kwargs: Any, site: Site) -> None:
        self.calls.append(Call(name, args, site))

    def run(self, path: Path) -> dict[str, Any]:
        self.module = self.interpreter.run_module(path)
        return self.module.names

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        site = Site(self.interpreter, Span("test.py", 1), 1)
        return self.interpreter.call_value(self.module.names[name], list(args), kwargs, site)

    def executed(self) -> list[Any]:
        return [call.text for call in self.calls if call.name == "execute"]


def read(
    tmp_path: Path,
    code: str,
    files: Mapping[str, str | bytes] | None = None,
    budget: Budget | None = None,
) -> Reading:
    """Read ``dags/main.py``; `files` stand beside ``dags``."""
    folder = tmp_path / "project" / "dags"
    folder.mkdir(parents=True)
    for name, content in (files or {}).items():
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())
    (folder / "main.py").write_text(dedent(code))
    reading = Reading(folder, budget)
    reading.run(folder / "main.py")
    return reading


def names(tmp_path: Path, code: str, **options: Any) -> dict[str, Any]:
    """Return what the module's names hold, dates as on one night."""
    found = read(tmp_path, code, **options).module.names
    return {name: shown(value) for name, value in found.items()}
