"""Methods of strings, known and partly known."""

from __future__ import annotations

from collections.abc import Callable

from lockplan.workflow import texts
from lockplan.workflow.formatting import str_format
from lockplan.workflow.operators import spread
from lockplan.workflow.spoken import replacement
from lockplan.workflow.stdlib.natives import unknown_result
from lockplan.workflow.values import (
    OneOf,
    Site,
    Text,
    Unknown,
    Value,
    any_unknown,
    first_origin,
    located,
    origin_of,
)

TextMethod = Callable[[str | Text, list[Value], dict[str, Value], Site], Value]

_KNOWN = frozenset(
    name
    for name in dir(str)
    if not name.startswith("_") and name not in ("format", "join", "encode")
)
_WIDENING = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs"})


def call(
    owner: str | Text, name: str, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    """``owner.name(*args, **kwargs)``."""
    given = (*args, *kwargs.values())
    if given and name != "join" and any(isinstance(arg, OneOf) for arg in given):
        names = list(kwargs)
        return spread(
            lambda *way: call(
                owner,
                name,
                list(way[: len(args)]),
                dict(zip(names, way[len(args) :], strict=True)),
                site,
            ),
            *given,
        )
    special = _SPECIAL.get(name)
    if special is not None:
        return special(owner, args, kwargs, site)
    plain = not given or all(site.interpreter.known(arg) for arg in given)
    if isinstance(owner, str) and plain and name in _KNOWN:
        return _known(owner, name, args, kwargs, site)
    partly = _PARTLY.get(name)
    if partly is None:
        return unknown_result(name, args, kwargs)
    return partly(owner if isinstance(owner, Text) else Text((owner,)), args, kwargs, site)


def _known(owner: str, name: str, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    limit = site.interpreter.budget.characters
    if name in _WIDENING and any(isinstance(arg, int) and arg > limit for arg in args):
        return Unknown("a text beyond the reader's bounds")
    if name == "replace" and len(args) > 1:
        growth = (owner.count(str(args[0])) + 1) * len(str(args[1]))
        if growth + len(owner) > limit:
            return Unknown("a text beyond the reader's bounds")
    return _placed(getattr(str(owner), name)(*args, **kwargs), owner, args, site)


def _placed(made: Value, owner: str, args: list[Value], site: Site) -> Value:
    place = origin_of(owner) or first_origin(args)
    if isinstance(made, str):
        return located(made, place)
    if isinstance(made, list | tuple):
        parts = [located(each, place) if isinstance(each, str) else each for each in made]
        return site.interpreter.fresh(parts) if isinstance(made, list) else tuple(parts)
    return made


def _format(owner: str | Text, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    def access(value: Value, name: str, is_attribute: bool) -> Value:
        if is_attribute:
            return site.interpreter.attribute(value, name, site)
        return site.interpreter.item(value, int(name) if name.isdigit() else name, site)

    for value in (*args, *kwargs.values()):
        if site.interpreter.is_loose(value):
            return Unknown("a collection that depends on a condition")

    def replace(value: Value, conversion: str | None, spec: str) -> Value:
        return replacement(value, conversion, spec, site)

    return str_format(owner, args, kwargs, access, replace)


def _format_map(
    owner: str | Text, args: list[Value], kwargs: dict[str, Value], site: Site
) -> Value:
    mapping = args[0] if args else None
    if isinstance(mapping, dict):
        return _format(owner, [], {str(key): value for key, value in mapping.items()}, site)
    reason = mapping.reason if isinstance(mapping, Unknown) else "a mapping"
    return _format(owner, [], {"**": Unknown(reason)}, site)


def _join(owner: str | Text, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    elements = site.interpreter.elements(args[0], site) if args else Unknown("join()")
    if isinstance(elements, Unknown):
        return Text((Unknown(f"joined texts ({elements.reason})"),))
    if any(isinstance(each, OneOf) for each in elements):
        return spread(lambda *way: _joined(owner, list(way)), *elements)
    return _joined(owner, elements)


def _joined(owner: str | Text, elements: list[Value]) -> Value:
    pieces: list[Value] = []
    for element in elements:
        if pieces:
            pieces.append(owner)
        pieces.append(texts.plain(element) if isinstance(element, Unknown) else element)
    if not all(isinstance(piece, str | Text | Unknown) for piece in pieces):
        return Unknown("joined values that are no texts")
    place = first_origin(pieces[::2])
    return Text.join(pieces, place)


def _replace(owner: Text, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    old, new = (*args, None, None)[:2]
    if not isinstance(old, str) or not isinstance(new, str | Text | Unknown) or len(args) > 2:
        return Text((any_unknown(args) or Unknown("a replaced text"),), owner.origin)
    return texts.replaced(
        owner, old, Text((texts.plain(new),)) if isinstance(new, Unknown) else new
    )


def _strip(left: bool, right: bool) -> TextMethod:
    def strip(owner: Value, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        chars = args[0] if args else None
        if not isinstance(chars, str | None):
            return Unknown("a stripped text")
        return texts.stripped(owner, chars, left, right)

    return strip


def _mapped(name: str) -> TextMethod:
    def change(owner: Value, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        return texts.mapped(owner, lambda part: str(getattr(part, name)()))

    return change


def _split(owner: Text, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    separator = args[0] if args else kwargs.get("sep")
    if not isinstance(separator, str) or len(args) > 1:
        return Unknown("parts of a text that is not known")
    return site.interpreter.fresh(texts.split(owner, separator))


def _ends(test: Callable[[Text, str], bool | None]) -> TextMethod:
    def ask(owner: Value, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        wanted = args[0] if args else ""
        candidates = wanted if isinstance(wanted, tuple) else (wanted,)
        found = [test(owner, each) if isinstance(each, str) else None for each in candidates]
        if True in found:
            return True
        return Unknown("a text that is not known") if None in found else False

    return ask


def _encode(owner: str | Text, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """Keep an encoded text as the text: drivers take both."""
    return owner


_SPECIAL: dict[str, Callable[..., Value]] = {
    "format": _format,
    "format_map": _format_map,
    "join": _join,
    "encode": _encode,
    "decode": _encode,
}
_PARTLY: dict[str, Callable[..., Value]] = {
    "replace": _replace,
    "strip": _strip(True, True),
    "lstrip": _strip(True, False),
    "rstrip": _strip(False, True),
    "upper": _mapped("upper"),
    "lower": _mapped("lower"),
    "split": _split,
    "startswith": _ends(texts.starts_with),
    "endswith": _ends(texts.ends_with),
}
