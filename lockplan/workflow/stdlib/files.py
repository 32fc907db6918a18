"""``os``, ``os.path``, ``pathlib``, ``glob``, ``open``: paths inside the project, read-only."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lockplan.model.place import Span
from lockplan.workflow.given import given
from lockplan.workflow.stdlib.natives import (
    Builtin,
    Type,
    argument,
    fixed,
    unknown_call,
)
from lockplan.workflow.values import (
    LocatedStr,
    Native,
    OneOf,
    Site,
    Text,
    Unknown,
    Value,
    located,
    origin_of,
)

Args = list[Value]
Kwargs = dict[str, Value]


@dataclass(slots=True, eq=False, repr=False)
class PathValue(Native):
    """A ``pathlib`` path."""

    path: str | Text

    def describe(self) -> str:
        return "a path"

    def text(self) -> str | Text:
        """``str(path)``."""
        return self.path

    def truth(self) -> bool | None:
        return True

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        if operator != "/":
            return NotImplemented
        pair = (other, self) if reflected else (self, other)
        made = join(*(path_text(each) for each in pair))
        return made if isinstance(made, Unknown) else PathValue(made)

    def attribute(self, name: str, site: Site) -> Value:
        if name in _PATH_PARTS:
            made = _PATH_PARTS[name](self.path)
            return PathValue(made) if name == "parent" and isinstance(made, str) else made
        if name == "parents":
            return [PathValue(each) for each in _parents(self.path)]
        method = _path_method(name)
        if method is None:
            return Unknown(f"{name} of a path")
        return Builtin(f"Path.{name}", lambda args, kwargs, at: method(self, args, kwargs, at))


def _parents(path: str | Text) -> list[str]:
    found: list[str] = []
    current = str(path) if isinstance(path, str) else ""
    while current and posixpath.dirname(current) != current:
        current = posixpath.dirname(current)
        found.append(current)
    return found


def _on_known(function: Callable[[str], Value]) -> Callable[[str | Text], Value]:
    def apply(path: str | Text) -> Value:
        return function(str(path)) if isinstance(path, str) else Unknown("a part of a path")

    return apply


_PATH_PARTS: dict[str, Callable[[str | Text], Value]] = {
    "parent": _on_known(posixpath.dirname),
    "name": _on_known(posixpath.basename),
    "stem": _on_known(lambda path: posixpath.splitext(posixpath.basename(path))[0]),
    "suffix": _on_known(lambda path: posixpath.splitext(path)[1]),
}


def path_text(value: Value) -> Value:
    """Return a path as text, Unknown where the value is none."""
    if isinstance(value, PathValue):
        return value.path
    if isinstance(value, str | Text):
        return value
    return value if isinstance(value, Unknown) else Unknown("a path")


def join(*parts: Value) -> str | Text | Unknown:
    """``os.path.join`` over parts that may be known in part."""
    made: str | Text = ""
    for part in parts:
        if isinstance(part, Unknown):
            part = Text((Unknown(part.reason),))
        if isinstance(made, str) and isinstance(part, str):
            made = located(posixpath.join(made, str(part)), origin_of(part))
        elif isinstance(part, str) and part.startswith("/"):
            made = part
        else:
            ended = not made or (isinstance(made, str) and made.endswith("/"))
            made = Text.join([made, "" if ended else "/", part])
    return made


def _join(args: Args, kwargs: Kwargs, site: Site) -> Value:
    return join(*(path_text(arg) for arg in args))


def _same(args: Args, kwargs: Kwargs, site: Site) -> Value:
    text = path_text(args[0]) if args else Unknown("a path")
    if not isinstance(text, str):
        return text
    made = posixpath.normpath(str(text))
    if not made.startswith("/"):
        made = posixpath.join(working_folder(site), made)
    return posixpath.normpath(made)


def working_folder(site: Site) -> str:
    """Return the folder of the file being read, as relative paths are mostly meant."""
    loader = site.interpreter.loader
    return posixpath.dirname(loader.virtual(current_path(site)))


def current_path(site: Site) -> Path:
    """Return the file being read."""
    frames = site.interpreter.frames
    return frames[-1].source.path if frames else site.interpreter.loader.folder / "x.py"


def _on_path(name: str, function: Callable[[str], Value]) -> Builtin:
    def call(args: Args, kwargs: Kwargs, site: Site) -> Value:
        text = path_text(args[0]) if args else Unknown("a path")
        if isinstance(text, str):
            return function(str(text))
        return _dirname_of_text(text) if name == "dirname" else Unknown(f"{name} of a path")

    return Builtin(f"os.path.{name}", call)


def _dirname_of_text(text: Value) -> Value:
    last = text.parts[-1] if isinstance(text, Text) else None
    if isinstance(text, Text) and isinstance(last, str) and "/" in last:
        return Text.join([*text.parts[:-1], last.rpartition("/")[0]])
    return Unknown("the folder of a path")


def find(value: Value, site: Site) -> Path | None:
    """Return the project's file that a path means."""
    text = path_text(value)
    if isinstance(text, Text):
        last = text.parts[-1]
        tail = last if isinstance(last, str) and last.startswith("/") else ""
        return site.interpreter.loader.find_file(tail) if tail else None
    if not isinstance(text, str):
        return None
    return site.interpreter.loader.find_file(str(text), current_path(site).parent)


@dataclass(slots=True, eq=False, repr=False)
class FileValue(Native):
    """An opened file of the project, or one whose content is not known."""

    name: str
    content: str | None = None

    def describe(self) -> str:
        return f"the file {self.name}"

    def _unread(self) -> Unknown:
        return Unknown(f"content of the file {self.name}")

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("read", "readlines", "readline"):
            return Builtin(name, lambda args, kwargs, at: self._read(name, args, at))
        return self.name if name == "name" else fixed(f"{self.describe()}.{name}", None)

    def _read(self, name: str, args: Args, site: Site) -> Value:
        if self.content is None or args or name == "readline":
            return self._unread()
        return self.content if name == "read" else self.iterate(site)

    def iterate(self, site: Site) -> list[Value] | Unknown:
        if self.content is None:
            return self._unread()
        path = origin_of(self.content)
        return [
            LocatedStr(line, Span(path.path, number) if path else None)
            for number, line in enumerate(str(self.content).splitlines(keepends=True), start=1)
        ]


def open_file(args: Args, kwargs: Kwargs, site: Site) -> Value:
    """``open(...)``: a text file inside the project is read, nothing is ever written."""
    value = argument(args, kwargs, 0, "file")
    mode = argument(args, kwargs, 1, "mode") or "r"
    shown = path_text(value)
    name = str(shown) if isinstance(shown, str) else "whose name is not known"
    if isinstance(value, OneOf) or mode not in ("r", "rt", "rb"):
        return FileValue(name)
    path = find(value, site)
    return FileValue(name) if path is None else FileValue(name, content_of(path, site))


def content_of(path: Path, site: Site) -> str | None:
    """Return a project file's text, which remembers its file."""
    loader = site.interpreter.loader
    text = loader.read_text(path)
    return None if text is None else LocatedStr(text, Span(loader.display(path), 1))


def folder_at(value: Value, site: Site) -> Path | None:
    """Return the project's folder that a path means."""
    text = path_text(value)
    if not isinstance(text, str):
        return None
    loader = site.interpreter.loader
    virtual = str(text)
    if not virtual.startswith("/"):
        virtual = posixpath.normpath(posixpath.join(working_folder(site), virtual))
    path = loader.real(virtual)
    return path if path is not None and path.is_dir() else None


def _read_path(owner: PathValue, args: Args, kwargs: Kwargs, site: Site) -> Value:
    path = find(owner, site)
    text = None if path is None else content_of(path, site)
    return Unknown("content of a file") if text is None else text


def _join_path(owner: PathValue, args: Args, kwargs: Kwargs, site: Site) -> Value:
    made = join(owner.path, *(path_text(arg) for arg in args))
    return made if isinstance(made, Unknown) else PathValue(made)


def _resolved(owner: PathValue, args: Args, kwargs: Kwargs, site: Site) -> Value:
    made = _same([owner.path], {}, site)
    return PathValue(made) if isinstance(made, str | Text) else made


_PATH_METHODS: dict[str, Callable[[PathValue, Args, Kwargs, Site], Value]] = {
    "read_text": _read_path,
    "open": lambda owner, args, kwargs, site: open_file([owner, *args], kwargs, site),
    "joinpath": _join_path,
    "resolve": _resolved,
    "absolute": _resolved,
    "expanduser": lambda owner, args, kwargs, site: owner,
    "as_posix": lambda owner, args, kwargs, site: owner.path,
    "mkdir": lambda owner, args, kwargs, site: None,
    "unlink": lambda owner, args, kwargs, site: None,
    "write_text": lambda owner, args, kwargs, site: None,
}


def _path_method(name: str) -> Callable[[PathValue, Args, Kwargs, Site], Value] | None:
    from lockplan.workflow.stdlib.folders import PATH_METHODS

    return _PATH_METHODS.get(name) or PATH_METHODS.get(name)


def _make_path(args: Args, kwargs: Kwargs, site: Site) -> Value:
    made = join(*(path_text(arg) for arg in args)) if args else "."
    return made if isinstance(made, Unknown) else PathValue(made or ".")


def _environment(args: Args, kwargs: Kwargs, site: Site) -> Value:
    name, default = argument(args, kwargs, 0, "key"), argument(args, kwargs, 1, "default")
    known = given(site).environment.get(name) if isinstance(name, str) else None
    if known is not None:
        return known
    return Unknown(f"environment variable {name}") if default is None else default


@dataclass(slots=True, eq=False, repr=False)
class Environment(Native):
    """``os.environ``: known is what the user told, and defaults that the code gives."""

    def describe(self) -> str:
        return "os.environ"

    def attribute(self, name: str, site: Site) -> Value:
        if name == "get":
            return Builtin("os.environ.get", _environment)
        return super(Environment, self).attribute(name, site)

    def item(self, key: Value, site: Site) -> Value:
        if not isinstance(key, str):
            return Unknown("the environment")
        return given(site).environment.get(key, Unknown(f"environment variable {key}"))


@dataclass(slots=True, eq=False, repr=False)
class SystemPath(Native):
    """``sys.path``: folders of the project that are added count for imports."""

    def describe(self) -> str:
        return "sys.path"

    def attribute(self, name: str, site: Site) -> Value:
        if name in ("append", "insert", "extend"):
            return Builtin(f"sys.path.{name}", lambda args, kwargs, at: self._add(args, at))
        return super(SystemPath, self).attribute(name, site)

    def _add(self, args: Args, site: Site) -> None:
        added = args[-1] if args else None
        for value in added if isinstance(added, list | tuple) else [added]:
            folder = folder_at(value, site)
            known = site.interpreter.added_paths
            if folder is not None and folder not in known:
                known.append(folder)

    def binary(self, operator: str, other: Value, reflected: bool, site: Site) -> Value:
        if operator == "+":
            self._add([other], site)
            return self
        return NotImplemented

    def iterate(self, site: Site) -> list[Value] | Unknown:
        return Unknown("folders of sys.path")


ENVIRONMENT = Environment()
_DO_NOTHING = (
    "makedirs",
    "mkdir",
    "remove",
    "unlink",
    "rename",
    "chdir",
    "rmdir",
)

NAMES: dict[str, Value] = {
    "os.environ": ENVIRONMENT,
    "os.getenv": Builtin("os.getenv", _environment),
    "os.sep": "/",
    "os.linesep": "\n",
    "os.getcwd": unknown_call("os.getcwd"),
    "os.path.join": Builtin("os.path.join", _join),
    "os.path.abspath": Builtin("os.path.abspath", _same),
    "os.path.realpath": Builtin("os.path.realpath", _same),
    "os.path.normpath": _on_path("normpath", posixpath.normpath),
    "os.path.expanduser": _on_path("expanduser", lambda path: path),
    "os.path.dirname": _on_path("dirname", posixpath.dirname),
    "os.path.basename": _on_path("basename", posixpath.basename),
    "os.path.splitext": _on_path("splitext", posixpath.splitext),
    "os.path.split": _on_path("split", posixpath.split),
    "os.path.sep": "/",
    "os.pardir": "..",
    "pathlib.Path": Type("Path", _make_path),
    "pathlib.PurePath": Type("PurePath", _make_path),
    "pathlib.PurePosixPath": Type("PurePosixPath", _make_path),
    "io.open": Builtin("open", open_file),
    "codecs.open": Builtin("open", open_file),
    "sys.path": SystemPath(),
    "sys.argv": Unknown("the command line"),
} | {f"os.{name}": fixed(f"os.{name}", Unknown(f"result of os.{name}()")) for name in _DO_NOTHING}

MODULES = ("os", "os.path", "pathlib", "io", "codecs", "sys")
