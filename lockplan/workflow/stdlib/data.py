"""``json``, ``textwrap``, ``string``, ``html``: data and texts worked on where known."""

from __future__ import annotations

import html
import json
import re
import string
import textwrap
from dataclasses import dataclass
from urllib import parse

from lockplan.workflow import texts
from lockplan.workflow.stdlib.files import FileValue
from lockplan.workflow.stdlib.natives import Builtin, Type, pure, unknown_result
from lockplan.workflow.values import Native, Site, Text, Unknown, Value, origin_of

Args = list[Value]
Kwargs = dict[str, Value]


def _json_load(args: Args, kwargs: Kwargs, site: Site) -> Value:
    if args and isinstance(args[0], FileValue) and args[0].content is not None:
        return _json_loads.function([args[0].content], {}, site)
    return unknown_result("json.load", args, kwargs)


_json_loads = pure("json.loads", lambda text: json.loads(text))
_json_dumps = pure("json.dumps", lambda value, **options: json.dumps(value, **options))


def _dedent(args: Args, kwargs: Kwargs, site: Site) -> Value:
    value = args[0]
    if not isinstance(value, Text):
        return _known_dedent.function(args, kwargs, site)
    lines = [line for part in value.parts if isinstance(part, str) for line in part.split("\n")[1:]]
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    first = value.parts[0]
    if not margins or not (isinstance(first, str) and first.startswith("\n")):
        return value
    margin = "\n" + " " * min(margins)
    pieces = [p.replace(margin, "\n") if isinstance(p, str) else p for p in value.parts]
    return Text.join(pieces, value.origin)


_known_dedent = pure("textwrap.dedent", textwrap.dedent)


@dataclass(slots=True, eq=False, repr=False)
class TemplateValue(Native):
    """``string.Template(text)``."""

    template: Value

    def describe(self) -> str:
        return "a string.Template"

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("substitute", "safe_substitute"):
            safe = name == "safe_substitute"
            return Builtin(
                name,
                lambda args, kwargs, at: self._substitute(
                    args, kwargs, stays=safe and _all_given(args, kwargs, at)
                ),
            )
        return self.template if name == "template" else Unknown(f"{name} of a string.Template")

    def _substitute(self, args: Args, kwargs: Kwargs, *, stays: bool) -> Value:
        """Fill the placeholders; `stays` says that those without a value remain as they are."""
        mapping = {**(args[0] if args and isinstance(args[0], dict) else {}), **kwargs}
        if not isinstance(self.template, str | Text):
            return Unknown("text of a string.Template")
        pieces: list[Value] = []
        whole = self.template
        for part in whole.parts if isinstance(whole, Text) else (str(whole),):
            pieces += _substituted(part, mapping, stays) if isinstance(part, str) else [part]
        return Text.join(pieces, origin_of(self.template))


def _all_given(args: Args, kwargs: Kwargs, site: Site) -> bool:
    """Whether it is known which names a template is given values for."""
    plain = all(isinstance(arg, dict) and not site.interpreter.is_loose(arg) for arg in args)
    return plain and "**" not in kwargs


_PLACEHOLDER = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<braced>\w+)\}|(?P<named>[A-Za-z_]\w*))")


def _substituted(part: str, mapping: dict[str, Value], stays: bool) -> list[Value]:
    pieces: list[Value] = []
    position = 0
    for match in _PLACEHOLDER.finditer(part):
        pieces.append(part[position : match.start()])
        position = match.end()
        name = match["braced"] or match["named"]
        unknown = Unknown(f"${name}, which the template is not given")
        missing = match.group() if stays else unknown
        pieces.append("$" if name is None else texts.as_text(mapping.get(name, missing)))
    return [*pieces, part[position:]]


def _template(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return TemplateValue(args[0]) if args else Unknown("a string.Template")


NAMES: dict[str, Value] = {
    "json.loads": _json_loads,
    "json.load": Builtin("json.load", _json_load),
    "json.dumps": _json_dumps,
    "textwrap.dedent": Builtin("textwrap.dedent", _dedent),
    "textwrap.indent": pure("textwrap.indent", textwrap.indent),
    "textwrap.fill": pure("textwrap.fill", textwrap.fill),
    "inspect.cleandoc": Builtin("inspect.cleandoc", _dedent),
    "string.Template": Type("Template", _template),
    "html.escape": pure("html.escape", html.escape),
    "urllib.parse.quote_plus": pure("quote_plus", parse.quote_plus),
    "urllib.parse.quote": pure("quote", parse.quote),
} | {
    f"string.{name}": getattr(string, name)
    for name in ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "punctuation")
}

MODULES = ("json", "textwrap", "string", "html", "urllib", "urllib.parse", "inspect")
