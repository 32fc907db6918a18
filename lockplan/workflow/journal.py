"""What reading changes, so that a task can be read again from the state in which it began."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lockplan.workflow.values import Value

if TYPE_CHECKING:
    from lockplan.workflow.interpreter import Interpreter


@dataclass(slots=True)
class Journal:
    """Collections as they were before their first change."""

    interpreter: Interpreter
    _before: dict[int, tuple[Value, Value, bool]] = field(default_factory=dict)

    def note(self, value: Value) -> None:
        """Keep a copy of a collection that is about to change, unless there is one."""
        if isinstance(value, list | dict | set) and id(value) not in self._before:
            loose = self.interpreter.is_loose(value)
            self._before[id(value)] = (value, value.copy(), loose)

    def undo(self) -> None:
        """Put all collections back as they were."""
        for value, before, loose in self._before.values():
            value.clear()
            if isinstance(value, list):
                value += before
            else:
                value.update(before)
            if not loose:
                self.interpreter.tighten(value)
