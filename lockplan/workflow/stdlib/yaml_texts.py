"""YAML: texts become values, with the line of every string; tags are never run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from lockplan.model.place import Span
from lockplan.workflow.stdlib.files import FileValue, PathValue, open_file
from lockplan.workflow.stdlib.natives import Builtin, argument, unknown_call, unknown_result
from lockplan.workflow.values import Native, Site, Unknown, Value, located, origin_of

Args = list[Value]
Kwargs = dict[str, Value]
Tag = Callable[[str, Value], Value]
"""Gives the value of a node with a tag that YAML does not define: (tag, content) → value."""

MAX_NODES = 500_000
"""How many values a document may hold once its aliases are followed."""
MAX_DEPTH = 100
_TUPLE = "tag:yaml.org,2002:python/tuple"
_FAILURES = (ValueError, RecursionError, OverflowError, TypeError, LookupError, AttributeError)


def unknown_tag(tag: str, content: Value) -> Value:
    """Return what a tag stands for where nobody says: a list for Python's tuples, else unknown."""
    if tag == _TUPLE and isinstance(content, list):
        return tuple(content)
    return Unknown(f"the YAML tag {tag.replace('tag:yaml.org,2002:', '!!')}, whose code is not run")


@dataclass(frozen=True, slots=True)
class _Document:
    """What the constructors of one text need to know."""

    begin: Span | None
    tag: Tag

    def place(self, line: int) -> Span | None:
        """Return the place of a line counted from 0, None for a text without a place."""
        return None if self.begin is None else Span(self.begin.path, self.begin.line + line)


def load_yaml(text: str, site: Site, *, tag: Tag = unknown_tag) -> Value:
    """Return the value of a text with one document; what YAML cannot parse is skipped."""
    documents = load_documents(text, site, tag=tag)
    if not isinstance(documents, list) or len(documents) == 1:
        return documents[0] if isinstance(documents, list) else documents
    return _skip(origin_of(text), 0, "it holds several documents", site) if documents else None


def load_documents(text: str, site: Site, *, tag: Tag = unknown_tag) -> list[Value] | Unknown:
    """Return the values of a text's documents; what YAML cannot parse is skipped."""
    import yaml

    begin = origin_of(text)
    try:
        return _documents(str(text), _Document(begin, tag))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _skip(begin, mark.line if mark else 0, error.problem or error.context or "", site)
    except (yaml.YAMLError, *_FAILURES) as error:
        return _skip(begin, 0, str(error).split("\n")[0] or type(error).__name__, site)


def _skip(begin: Span | None, line: int, problem: str, site: Site) -> Unknown:
    where = site.span if begin is None else Span(begin.path, begin.line + line)
    site.interpreter.skip(where, "file", f"YAML cannot parse it: {problem}")
    return Unknown(f"YAML at {where}, which cannot be parsed")


def _documents(text: str, document: _Document) -> list[Value]:
    _check_depth(text)
    loader = _loader_class()(text)
    loader.document = document
    found = []
    try:
        while loader.check_node():
            node = loader.get_node()
            if _weight(node, {}) > MAX_NODES:
                raise ValueError(f"its aliases stand for more than {MAX_NODES:,} values")
            found.append(loader.construct_document(node))
    finally:
        loader.dispose()
    return found


def _check_depth(text: str) -> None:
    """Refuse a text whose nesting would exhaust the C stack, which nothing could catch."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_loader_class()):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")


def _weight(node: Any, known: dict[int, int]) -> int:
    """Count the values under a node, those behind an alias each time that it stands there."""
    if isinstance(node.value, str):
        return 1
    if id(node) not in known:
        known[id(node)] = MAX_NODES + 1  # an alias of itself is endless
        parts = (part for each in node.value for part in (each if type(each) is tuple else (each,)))
        known[id(node)] = 1 + sum(_weight(part, known) for part in parts)
    return known[id(node)]


@cache
def _loader_class() -> Any:
    """Return a safe loader that locates strings; made late, because YAML is seldom needed."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    made: Any = type("_Loader", (base,), {"document": None})
    made.add_constructor("tag:yaml.org,2002:str", _string)
    made.add_constructor(None, _tagged)
    return made


def _string(loader: Any, node: Any) -> Value:
    block = 1 if node.style in ("|", ">") else 0
    return located(loader.construct_scalar(node), _place(loader, node.start_mark.line + block))


def _place(loader: Any, line: int) -> Span | None:
    place: Span | None = loader.document.place(line)
    return place


def _tagged(loader: Any, node: Any) -> Value:
    return loader.document.tag(node.tag, _content(loader, node))


def _content(loader: Any, node: Any) -> Value:
    if node.id == "scalar":
        return located(node.value, _place(loader, node.start_mark.line))
    construct = loader.construct_mapping if node.id == "mapping" else loader.construct_sequence
    return construct(node, deep=True)


# what the code calls


def text_of(value: Value) -> str | None:
    """Return the text of a string or an opened file, None where it is not known."""
    content = value.content if isinstance(value, FileValue) else value
    return content if isinstance(content, str) else None


def _load(args: Args, kwargs: Kwargs, site: Site) -> Value:
    text = text_of(argument(args, kwargs, 0, "stream"))
    return unknown_result("yaml.load", args, {}) if text is None else load_yaml(text, site)


def _load_all(args: Args, kwargs: Kwargs, site: Site) -> Value:
    text = text_of(argument(args, kwargs, 0, "stream"))
    return unknown_result("yaml.load_all", args, {}) if text is None else load_documents(text, site)


@dataclass(slots=True, eq=False, repr=False)
class RoundTrip(Native):
    """``ruamel.yaml.YAML()``."""

    def describe(self) -> str:
        return "YAML"

    def attribute(self, name: str, site: Site) -> Value:
        known = {"load": Builtin("YAML.load", _load_any)}
        return known.get(name, Unknown(f"YAML.{name}"))


def _load_any(args: Args, kwargs: Kwargs, site: Site) -> Value:
    stream = argument(args, kwargs, 0, "stream")
    opened = open_file([stream], {}, site) if isinstance(stream, PathValue) else stream
    return _load([opened], {}, site)


_LOADS = ("load", "safe_load", "full_load", "unsafe_load")

NAMES: dict[str, Value] = {
    **{f"yaml.{name}": Builtin(f"yaml.{name}", _load) for name in _LOADS},
    **{f"yaml.{name}_all": Builtin(f"yaml.{name}_all", _load_all) for name in _LOADS},
    "yaml.dump": unknown_call("yaml.dump"),
    "yaml.safe_dump": unknown_call("yaml.safe_dump"),
    "ruamel.yaml.YAML": Builtin("YAML", lambda args, kwargs, site: RoundTrip()),
}

MODULES = ("yaml", "ruamel", "ruamel.yaml")
