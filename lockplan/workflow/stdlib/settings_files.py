"""``configparser`` and ``tomllib``: settings in files of the project."""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lockplan.model.place import Span
from lockplan.workflow.stdlib.files import FileValue, content_of, find
from lockplan.workflow.stdlib.natives import Builtin, argument, unknown_result
from lockplan.workflow.values import Native, Site, Unknown, Value, origin_of

Args = list[Value]
Kwargs = dict[str, Value]

MAX_INTERPOLATED = 100_000
_REFERENCE = re.compile(r"%\((?P<name>[^)]+)\)s")


class _Bounded(configparser.Interpolation):
    """``%(name)s`` as Python fills it in, but never beyond a length."""

    def before_get(  # type: ignore[override]
        self,
        parser: configparser.RawConfigParser,
        section: str,
        option: str,
        value: str,
        defaults: Mapping[str, str],
    ) -> str:
        for _ in range(configparser.MAX_INTERPOLATION_DEPTH):
            if "%(" not in value:
                break
            value = self._filled(value, parser, defaults)
        return value.replace("%%", "%")

    def _filled(
        self, value: str, parser: configparser.RawConfigParser, defaults: Mapping[str, str]
    ) -> str:
        names = [parser.optionxform(match["name"]) for match in _REFERENCE.finditer(value)]
        if len(value) + sum(len(defaults[name]) for name in names) > MAX_INTERPOLATED:
            raise ValueError("its references make a text beyond the reader's bounds")
        return _REFERENCE.sub(lambda match: defaults[parser.optionxform(match["name"])], value)


@dataclass(slots=True, eq=False, repr=False)
class Settings(Native):
    """``configparser.ConfigParser()``, filled from files of the project."""

    parser: configparser.RawConfigParser
    missing: str | None = None
    """A file that was read but is not known here: anything may stand in it."""

    def describe(self) -> str:
        return "a ConfigParser"

    def attribute(self, name: str, site: Site) -> Value:
        method = _METHODS.get(name)
        if method is None:
            return Unknown(f"{name} of a ConfigParser")
        return Builtin(
            f"ConfigParser.{name}", lambda args, kwargs, at: method(self, args, kwargs, at)
        )

    def item(self, key: Value, site: Site) -> Value:
        if not isinstance(key, str):
            return Unknown("a section of a ConfigParser")
        return Section(self, str(key))

    def read(self, text: str, site: Site) -> None:
        """Take a file's text in; one that cannot be parsed is skipped."""
        begin = origin_of(text) or site.span
        try:
            self.parser.read_string(str(text))
        except configparser.Error as error:
            line = begin.line + max(_line(error) - 1, 0)
            reason = f"configparser cannot parse it: {error.message.splitlines()[0]}"
            site.interpreter.skip(Span(begin.path, line), "file", reason)
            self.missing = begin.path

    def unknown(self, what: str) -> Unknown:
        """Return a value that only a file knows which is not here."""
        return Unknown(f"{what} of {self.missing or 'a ConfigParser'}")


def _line(error: configparser.Error) -> int:
    """Return the line that a parsing error names, 0 where it names none."""
    line = getattr(error, "lineno", None)
    errors = getattr(error, "errors", None)
    return int(line or (errors[0][0] if errors else 0))


@dataclass(slots=True, eq=False, repr=False)
class Section(Native):
    """``parser["section"]``."""

    settings: Settings
    name: str

    def describe(self) -> str:
        return f"the section {self.name}"

    def item(self, key: Value, site: Site) -> Value:
        return _get(self.settings, [self.name, key], {}, site)

    def attribute(self, name: str, site: Site) -> Value:
        if name == "items":
            return Builtin(
                name, lambda args, kwargs, at: _items(self.settings, [self.name], {}, at)
            )
        if name not in _GETTERS:
            return Unknown(f"{name} of {self.describe()}")
        return Builtin(name, lambda args, kwargs, at: self._get(name, args, kwargs, at))

    def _get(self, name: str, args: Args, kwargs: Kwargs, site: Site) -> Value:
        given = {"fallback": args[1]} if len(args) > 1 else {"fallback": None} | kwargs
        return _GETTERS[name](self.settings, [self.name, *args[:1]], given, site)


def _getter(convert: Callable[[str], Value]) -> Callable[[Settings, Args, Kwargs, Site], Value]:
    def get(settings: Settings, args: Args, kwargs: Kwargs, site: Site) -> Value:
        section, option = argument(args, kwargs, 0, "section"), argument(args, kwargs, 1, "option")
        if not isinstance(section, str) or not isinstance(option, str):
            return Unknown("an option of a ConfigParser")
        try:
            return convert(settings.parser.get(str(section), str(option)))
        except (configparser.NoSectionError, configparser.NoOptionError):
            known = "fallback" in kwargs and settings.missing is None
            return kwargs["fallback"] if known else settings.unknown(f"[{section}] {option}")
        except (configparser.Error, ValueError, KeyError) as error:
            return Unknown(f"[{section}] {option} cannot be read: {error}")

    return get


def _boolean(text: str) -> bool:
    return configparser.RawConfigParser.BOOLEAN_STATES[text.lower()]


_get = _getter(str)
_GETTERS = {
    "get": _get,
    "getint": _getter(int),
    "getfloat": _getter(float),
    "getboolean": _getter(_boolean),
}


def _read(settings: Settings, args: Args, kwargs: Kwargs, site: Site) -> Value:
    names = argument(args, kwargs, 0, "filenames")
    for name in names if isinstance(names, list | tuple) else [names]:
        path = find(name, site)
        text = None if path is None else content_of(path, site)
        _take(settings, text, str(name) if isinstance(name, str) else "a file", site)
    return names


def _read_file(settings: Settings, args: Args, kwargs: Kwargs, site: Site) -> Value:
    value = argument(args, kwargs, 0, "f")
    text = value.content if isinstance(value, FileValue) else value
    return _take(settings, text, "a file", site)


def _take(settings: Settings, text: Value, name: str, site: Site) -> None:
    if isinstance(text, str) and not site.conditional:
        settings.read(text, site)
    else:
        settings.missing = name


def _sections(settings: Settings, args: Args, kwargs: Kwargs, site: Site) -> Value:
    if settings.missing is not None:
        return settings.unknown("sections")
    return site.interpreter.fresh(list(settings.parser.sections()))


def _options(settings: Settings, args: Args, kwargs: Kwargs, site: Site) -> Value:
    if settings.missing is not None or not settings.parser.has_section(str(args[0])):
        return settings.unknown("options")
    return site.interpreter.fresh(list(settings.parser.options(str(args[0]))))


def _items(settings: Settings, args: Args, kwargs: Kwargs, site: Site) -> Value:
    options = _options(settings, args, kwargs, site)
    if isinstance(options, Unknown):
        return options
    return [(name, _get(settings, [args[0], name], {}, site)) for name in options]


def _has(settings: Settings, args: Args, kwargs: Kwargs, site: Site) -> Value:
    parser, names = settings.parser, [str(arg) for arg in args]
    found = parser.has_option(*names) if len(names) > 1 else parser.has_section(*names)
    if not found and settings.missing is not None:
        return Unknown("whether a section is there")
    return found


_METHODS: dict[str, Callable[[Settings, Args, Kwargs, Site], Value]] = {
    **_GETTERS,
    "read": _read,
    "read_file": _read_file,
    "readfp": _read_file,
    "read_string": _read_file,
    "sections": _sections,
    "options": _options,
    "items": _items,
    "has_section": _has,
    "has_option": _has,
}


def _make(raw: bool) -> Callable[[Args, Kwargs, Site], Value]:
    def make(args: Args, kwargs: Kwargs, site: Site) -> Value:
        plain = raw or ("interpolation" in kwargs and kwargs["interpolation"] is None)
        interpolation = None if plain else _Bounded()
        return Settings(configparser.RawConfigParser(interpolation=interpolation, strict=False))

    return make


def _toml(args: Args, kwargs: Kwargs, site: Site) -> Value:
    import tomllib  # few folders read such a file: the others need not wait for its patterns

    value = args[0] if args else None
    text = value.content if isinstance(value, FileValue) else value
    if not isinstance(text, str):
        return unknown_result("tomllib.load", args, {})
    begin = origin_of(text) or site.span
    try:
        return site.interpreter.fresh(tomllib.loads(str(text)))
    except (ValueError, RecursionError) as error:
        site.interpreter.skip(begin, "file", f"TOML cannot parse it: {error}")
        return Unknown(f"TOML at {begin}, which cannot be parsed")


NAMES: dict[str, Value] = {
    "configparser.ConfigParser": Builtin("ConfigParser", _make(raw=False)),
    "configparser.SafeConfigParser": Builtin("ConfigParser", _make(raw=False)),
    "configparser.RawConfigParser": Builtin("RawConfigParser", _make(raw=True)),
    **{
        f"{name}.{load}": Builtin(f"{name}.{load}", _toml)
        for name in ("tomllib", "tomli", "toml")
        for load in ("load", "loads")
    },
}

MODULES = ("configparser", "tomllib", "tomli", "toml")
