"""Jinja in the code of a task: templates, environments and their loaders."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from lockplan.model.statement import Unknown
from lockplan.workflow.databases.methods import Factory, WithMethods, argument
from lockplan.workflow.stdlib.files import content_of, find, join
from lockplan.workflow.values import Native, Site, Value


@dataclass(slots=True, eq=False, repr=False)
class JinjaLoader(Native):
    """A loader: folders of templates, or a dictionary of them."""

    folders: tuple[Value, ...] = ()
    texts: Value = None

    def describe(self) -> str:
        return "a loader of templates"

    def text(self, name: Value, site: Site) -> Value:
        """Return a template's text."""
        if isinstance(self.texts, dict) and isinstance(name, str) and name in self.texts:
            return self.texts[name]
        for folder in self.folders:
            path = find(join(folder, name), site)
            text = content_of(path, site) if path is not None else None
            if text is not None:
                return text
        return Unknown(f"the template {name}" if isinstance(name, str) else "a template")


@dataclass(slots=True, eq=False, repr=False)
class JinjaTemplate(WithMethods):
    """``Template(text)``."""

    source: Value
    loader: JinjaLoader

    def describe(self) -> str:
        return "a Jinja template"

    def do_render(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``render(context, name=value)``."""
        from lockplan.workflow.templates import render

        given = args[0] if args and isinstance(args[0], dict) else {}
        names = {name: value for name, value in given.items() if isinstance(name, str)}
        return render(
            self.source, {**names, **kwargs}, site, lambda name: self._included(name, site)
        )

    def _included(self, name: str, site: Site) -> str | None:
        text = self.loader.text(name, site)
        return text if isinstance(text, str) else None


@dataclass(slots=True, eq=False, repr=False)
class JinjaEnvironment(WithMethods):
    """``Environment(loader=…)``."""

    loader: JinjaLoader

    def describe(self) -> str:
        return "a Jinja environment"

    def do_from_string(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``from_string(text)``."""
        return JinjaTemplate(argument(args, kwargs, 0, "source"), self.loader)

    def do_get_template(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``get_template(name)``."""
        name = argument(args, kwargs, 0, "name")
        return JinjaTemplate(self.loader.text(name, site), self.loader)


def _template(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return JinjaTemplate(argument(args, kwargs, 0, "source"), JinjaLoader())


def _environment(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    loader = kwargs.get("loader")
    return JinjaEnvironment(loader if isinstance(loader, JinjaLoader) else JinjaLoader())


def _folders(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    given = argument(args, kwargs, 0, "searchpath")
    return JinjaLoader(tuple(given) if isinstance(given, list | tuple) else (given,))


def _package(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    package = argument(args, kwargs, 0, "package_name")
    inner = argument(args, kwargs, 1, "package_path", default="templates")
    known = package.replace(".", "/") if isinstance(package, str) else package
    return JinjaLoader((join(known, inner),))


def _dictionary(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    return JinjaLoader(texts=argument(args, kwargs, 0, "mapping"))


_MAKERS = MappingProxyType(
    {
        "Template": _template,
        "Environment": _environment,
        "SandboxedEnvironment": _environment,
        "FileSystemLoader": _folders,
        "PackageLoader": _package,
        "DictLoader": _dictionary,
    }
)


def resolve(dotted: str) -> Native | None:
    """Return the model of ``jinja2.Template`` and its kind."""
    name = dotted.rpartition(".")[2]
    if not dotted.startswith("jinja2.") or name not in _MAKERS:
        return None
    return Factory(dotted, _MAKERS[name])
