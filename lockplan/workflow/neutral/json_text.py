"""JSON to nodes: the standard parser checks the text, then one walk finds the lines."""

from __future__ import annotations

import json
import re
from bisect import bisect_left

from lockplan.workflow.neutral.nodes import Field, Node, WrongError, add_field

_SPACE = re.compile(r"[ \t\n\r]*")


def parse_json(text: str) -> Node:
    """Return what a JSON text holds; raise WrongError where it is not JSON."""
    try:
        json.loads(text)
        return _Walk(text).node()
    except json.JSONDecodeError as error:
        raise WrongError(error.lineno, f"this is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise WrongError(1, "its values are nested too deeply") from error
    except ValueError as error:
        raise WrongError(1, f"a number cannot be used: {error}") from error


class _Walk:
    """Goes through a text that is known to be JSON."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._scan = json.JSONDecoder().raw_decode

    def node(self) -> Node:
        """Return the value that begins here."""
        self._skip_space()
        line = self._line()
        if self._takes("{"):
            return Node(self._fields(), line)
        if self._takes("["):
            return Node(self._items(), line)
        value, self.at = self._scan(self.text, self.at)
        return Node(value, line)

    def _fields(self) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        while not self._takes("}"):
            key = self.node()
            self._takes(":")
            add_field(fields, key.value, key.line, self.node())
            self._takes(",")
        return fields

    def _items(self) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._takes("]"):
            items.append(self.node())
            self._takes(",")
        return tuple(items)

    def _takes(self, char: str) -> bool:
        """Go over a character, where it is the next one but for white space."""
        self._skip_space()
        found = self.text.startswith(char, self.at)
        self.at += found
        return found

    def _skip_space(self) -> None:
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def _line(self) -> int:
        return bisect_left(self._breaks, self.at) + 1
