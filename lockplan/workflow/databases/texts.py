"""Statements that a library makes: of a table's name, or by composing pieces of SQL."""

from __future__ import annotations

from dataclasses import dataclass

from lockplan.model.statement import Unknown
from lockplan.workflow.databases.methods import BoundMethod
from lockplan.workflow.values import Native, Site, Text, Value


def filled(template: str, table: Value) -> Value:
    """Put a table's name, as far as it is known, into a statement."""
    before, _, after = template.partition("{}")
    if isinstance(table, str | Text):
        return Text.join([before, table, after])
    return table if isinstance(table, Unknown) else Unknown("a table that is not named")


@dataclass(slots=True, eq=False, repr=False)
class Composable(Native):
    """SQL put together by psycopg's ``sql`` module, which formats and joins as texts do."""

    value: Value

    def describe(self) -> str:
        return "composed SQL"

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("format", "join"):
            return BoundMethod(
                f"SQL.{name}", lambda args, kwargs, at: self._made(name, args, kwargs, at)
            )
        if name in ("as_string", "as_bytes"):
            return BoundMethod(name, lambda _args, _kwargs, _at: self.value)
        return Native.attribute(self, name, site)

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        if operator == "*" and isinstance(other, int):
            return [self] * other
        if operator != "+" or not isinstance(other, Composable):
            return NotImplemented
        pieces = (other, self) if reflected else (self, other)
        return composed(list(pieces))

    def _made(self, name: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        if name == "join":
            args = [site.interpreter.iterate(args[0], site)] if args else []
        plain = [_list_plain(value) for value in args]
        named = {key: uncomposed(value) for key, value in kwargs.items()}
        made = site.interpreter.call_method(self.value, name, plain, named, site)
        return Composable(made)


def composed(pieces: list[Value]) -> Composable:
    """Put pieces one after the other."""
    texts = [uncomposed(piece) for piece in pieces]
    known = [text for text in texts if isinstance(text, str | Text | Unknown)]
    return Composable(Text.join(known))


def uncomposed(value: Value) -> Value:
    """Return the text of composed SQL, any other value as it is."""
    return value.value if isinstance(value, Composable) else value


def _list_plain(value: Value) -> Value:
    return [uncomposed(item) for item in value] if isinstance(value, list) else uncomposed(value)
