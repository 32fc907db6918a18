"""Jinja templates rendered without a run: dates stay symbolic, what is not known is a hole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from lockplan.model.place import Span
from lockplan.model.statement import Hole
from lockplan.workflow import operators
from lockplan.workflow.template_expressions import Expressions, Piece, written
from lockplan.workflow.values import (
    Native,
    Site,
    Text,
    Unknown,
    Value,
    located,
    origin_of,
)

Include = Callable[[str], str | None]
MOST_PIECES = 20_000
_ENVIRONMENT = SandboxedEnvironment()


class TooLongError(Exception):
    """A template writes more than is worth reading."""


def is_template(text: str) -> bool:
    """Whether a text has anything for Jinja to do."""
    return "{{" in text or "{%" in text or "{#" in text


def render(value: Value, context: Mapping[str, Value], site: Site, include: Include) -> Value:
    """Render all templates in a value: texts, and texts in lists, tuples and dicts."""
    if isinstance(value, list | tuple):
        rendered = [render(item, context, site, include) for item in value]
        return rendered if isinstance(value, list) else tuple(rendered)
    if isinstance(value, dict):
        return {key: render(item, context, site, include) for key, item in value.items()}
    if isinstance(value, str | Text):
        return _render_text(value, context, site, include)
    return value


def _render_text(
    value: str | Text, context: Mapping[str, Value], site: Site, include: Include
) -> Value:
    """Render a text; holes that Python has left in it stand as they are."""
    parts = value.parts if isinstance(value, Text) else (str(value),)
    known = "".join(part for part in parts if isinstance(part, str))
    if not is_template(known):
        return value
    holes = [part for part in parts if not isinstance(part, str)]
    names = {f"python_hole_{n}": _as_value(hole) for n, hole in enumerate(holes)}
    marks = iter(f"{{{{ {name} }}}}" for name in names)
    source = "".join(part if isinstance(part, str) else next(marks) for part in parts)
    return render_source(source, {**context, **names}, site, include, origin_of(value))


def _as_value(hole: Hole) -> Value:
    """Return a hole as a value: in a text, a date has the format in which it is written."""
    return hole if isinstance(hole, Unknown) else Text((hole,))


def render_source(
    source: str,
    context: Mapping[str, Value],
    site: Site,
    include: Include,
    origin: Span | None = None,
) -> str | Text | Unknown:
    """Render one template; one that Jinja cannot parse is unknown as a whole."""
    if not is_template(source):
        return located(source, origin)
    try:
        tree = _parsed(source)
        run = _Run(site, dict(context), include)
        return Text.join(list(run.body(tree.body)), origin)
    except TemplateSyntaxError as error:
        return Unknown(f"Jinja cannot parse the template: {error.message} (line {error.lineno})")
    except (TooLongError, RecursionError):
        return Unknown("the template writes more than is worth reading")


@lru_cache(maxsize=256)
def _parsed(source: str) -> nodes.Template:
    """Return a template's syntax tree: many tasks share one template."""
    return _ENVIRONMENT.parse(source)


@dataclass(slots=True)
class _Macro(Native):
    """A macro that the template defines."""

    run: _Run
    node: nodes.Macro

    def describe(self) -> str:
        return f"macro {self.node.name}"

    def call(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        names = [argument.name for argument in self.node.args]
        defaults = dict(zip(reversed(names), reversed(self.node.defaults), strict=False))
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        for name, default in defaults.items():
            given.setdefault(name, self.run.value(default))
        inner = _Run(site, {**self.run.names, **given}, self.run.include)
        return Text.join(list(inner.body(self.node.body)))


@dataclass(slots=True)
class _Run(Expressions):
    """One rendering: what its statements write."""

    include: Include
    count: int = 0

    def body(self, statements: list[nodes.Node]) -> Iterator[Piece]:
        """Yield what statements write."""
        for node in statements:
            handler = getattr(self, f"do_{type(node).__name__.lower()}", None)
            if handler is None:
                yield Unknown(f"template statement {type(node).__name__}")
                continue
            for piece in handler(node):
                self.count += 1
                if self.count > MOST_PIECES:
                    raise TooLongError
                yield piece

    def do_output(self, node: nodes.Output) -> Iterator[Piece]:
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                yield child.data
            else:
                yield written(self.value(child))

    def do_if(self, node: nodes.If) -> Iterator[Piece]:
        ways = [(node.test, node.body)] + [(other.test, other.body) for other in node.elif_]
        for test, body in ways:
            truth = operators.truth(self.value(test), self.site)
            if truth is None:
                yield Unknown("a part of the template under a condition that is not known")
                return
            if truth:
                yield from self.body(body)
                return
        yield from self.body(node.else_)

    def do_for(self, node: nodes.For) -> Iterator[Piece]:
        elements = self.site.interpreter.elements(self.value(node.iter), self.site)
        if isinstance(elements, Unknown) or node.test is not None or node.recursive:
            yield Unknown("a part of the template repeated for values that are not known")
            return
        if not elements:
            yield from self.body(node.else_)
        before = dict(self.names)
        for position, element in enumerate(elements):
            self._assign(node.target, element)
            self.names["loop"] = _loop(position, len(elements))
            yield from self.body(node.body)
        self.names = before

    def do_assign(self, node: nodes.Assign) -> Iterator[Piece]:
        self._assign(node.target, self.value(node.node))
        yield from ()

    def do_assignblock(self, node: nodes.AssignBlock) -> Iterator[Piece]:
        self._assign(node.target, Text.join(list(self.body(node.body))))
        yield from ()

    def do_include(self, node: nodes.Include) -> Iterator[Piece]:
        name = self.value(node.template)
        source = self.include(name) if isinstance(name, str) else None
        if source is None:
            yield Unknown(f"included template {name if isinstance(name, str) else ''}".strip())
            return
        yield written(render_source(source, self.names, self.site, self.include))

    def do_macro(self, node: nodes.Macro) -> Iterator[Piece]:
        self.names[node.name] = _Macro(self, node)
        yield from ()

    def do_block(self, node: nodes.Block) -> Iterator[Piece]:
        yield from self.body(node.body)

    def do_scope(self, node: nodes.Scope) -> Iterator[Piece]:
        yield from self.body(node.body)

    def do_with(self, node: nodes.With) -> Iterator[Piece]:
        for target, value in zip(node.targets, node.values, strict=True):
            self._assign(target, self.value(value))
        yield from self.body(node.body)

    def do_exprstmt(self, node: nodes.ExprStmt) -> Iterator[Piece]:
        self.value(node.node)
        yield from ()

    def _assign(self, target: nodes.Node, value: Value) -> None:
        if isinstance(target, nodes.Name):
            self.names[target.name] = value
        elif isinstance(target, nodes.NSRef):
            held = self.names.get(target.name)
            if isinstance(held, dict):
                held[target.attr] = value
        elif isinstance(target, nodes.Tuple):
            elements = self.site.interpreter.iterate(value, self.site)
            known = elements if isinstance(elements, list) else []
            for position, part in enumerate(target.items):
                inside = position < len(known)
                self._assign(part, known[position] if inside else Unknown("an element"))


def _loop(position: int, length: int) -> dict[str, Value]:
    return {
        "index": position + 1,
        "index0": position,
        "first": position == 0,
        "last": position == length - 1,
        "length": length,
    }


__all__ = ["Include", "is_template", "render", "render_source"]
