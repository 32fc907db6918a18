"""dag-factory: configuration files or dicts become DAGs, in its old and its current spelling."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lockplan.model.place import Span
from lockplan.workflow.databases.methods import Factory, WithMethods
from lockplan.workflow.folder import files_below
from lockplan.workflow.frontends.dagfactory_objects import as_objects, tagged
from lockplan.workflow.frontends.dagfactory_tasks import build_dag
from lockplan.workflow.frontends.importing import (
    at,
    file_of,
    folder_of,
    moved,
    skip,
    why_not_found,
    yaml_file,
)
from lockplan.workflow.values import Native, Site, Unknown, Value

Config = dict[Value, Value]

_RESERVED = ("default", "task_groups")
_DEFAULTS = ("defaults.yml", "defaults.yaml")
_DEFAULTS_FOLDER = ("defaults_config_path", "default_args_config_path")
_DEFAULTS_DICT = ("defaults_config_dict", "default_args_config_dict")


@dataclass(slots=True, eq=False, repr=False)
class DagFactory(WithMethods):
    """``DagFactory(config_filepath)`` or ``DagFactory(config_dict=…)``."""

    kwargs: dict[str, Value]

    def describe(self) -> str:
        return "DagFactory"

    def do_generate_dags(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``factory.generate_dags(globals())``."""
        _generate(self.kwargs, site)
        return None

    def do_clean_dags(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``factory.clean_dags(globals())``: takes DAGs out that are no longer configured."""
        return None

    def do_build_dags(self, args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
        """``factory.build_dags()``."""
        return _generate(self.kwargs, site)


def _make_factory(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    names = ("config_filepath", "config")
    return DagFactory({**dict(zip(names, args, strict=False)), **kwargs})


def _load_yaml_dags(args: list[Value], kwargs: dict[str, Value], site: Site) -> Value:
    """``load_yaml_dags(globals(), dags_folder, …)``: one file, one dict, or a whole folder."""
    names = ("globals_dict", "dags_folder", "config_filepath")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    if given.get("config_filepath") is not None or given.get("config_dict") is not None:
        _generate(given, site)
        return None
    folder = given.get("dags_folder")
    root = site.interpreter.loader.folder if folder is None else folder_of(folder, site)
    if root is None:
        skip(
            site, "dag", f"the folder of the DAGs' YAML files is not known: {why_not_found(folder)}"
        )
        return None
    for path in files_below(root, _endings(given.get("suffix"))):
        if path.name not in _DEFAULTS:
            _generate_file(path, given, site)
    return None


def _endings(suffix: Value) -> tuple[str, ...]:
    if isinstance(suffix, list | tuple) and all(isinstance(each, str) for each in suffix):
        return tuple(str(each) for each in suffix)
    return (str(suffix),) if isinstance(suffix, str) else (".yaml", ".yml")


def _generate(given: dict[str, Value], site: Site) -> Value:
    """Make the DAGs of one factory; return them by id."""
    config = given.get("config_dict", given.get("config"))
    if isinstance(config, dict):
        return _build(as_objects(config, site), None, given, site)
    named = given.get("config_filepath")
    path = file_of(named, site)
    if path is None:
        skip(site, "dag", f"the configuration of the DAGs is not known: {why_not_found(named)}")
        return Unknown("the DAGs of a configuration that is not known")
    return _generate_file(path, given, site)


def _generate_file(path: Path, given: dict[str, Value], site: Site) -> Value:
    config = _file(path, site)
    if isinstance(config, dict):
        return _build(config, path, given, site)
    if not isinstance(config, Unknown):
        where = Span(site.interpreter.loader.display(path), 1)
        skip(moved(site, where), "dag", "it is no mapping of DAGs")
    return Unknown("the DAGs of a file that could not be read")


def _file(path: Path, site: Site) -> Value:
    loaded = yaml_file(path, site, lambda tag, value: tagged(tag, value, site), expands=True)
    return as_objects(loaded, site)


def _build(config: Config, path: Path | None, given: dict[str, Value], site: Site) -> Value:
    shared = _shared(path, given, site)
    own = config.get("default")
    defaults: Config = dict(own) if isinstance(own, dict) else {}
    defaults["default_args"] = {**_dict(shared, "default_args"), **_dict(defaults, "default_args")}
    outer = {key: value for key, value in shared.items() if key != "default_args"}
    display = site.interpreter.loader.display
    here = site if path is None else moved(site, Span(display(path), 1))
    made = {}
    for name, dag in config.items():
        if name in _RESERVED:
            continue
        if not isinstance(dag, dict) or not isinstance(name, str):
            skip(
                at(name, here),
                "dag",
                f"the configuration of {name} is no mapping, or it has no name",
            )
            continue
        made[str(name)] = build_dag(name, _merged({**outer, **dag}, defaults), site)
    return made


def _shared(path: Path | None, given: dict[str, Value], site: Site) -> Config:
    """Return what ``defaults.yml`` files or the caller say for all DAGs, the nearest file last."""
    told = _first(given, _DEFAULTS_DICT)
    if isinstance(told, dict):
        return told
    shared: Config = {}
    for folder in _defaults_folders(path, _first(given, _DEFAULTS_FOLDER), site):
        files = [folder / name for name in _DEFAULTS if (folder / name).is_file()]
        found = _file(files[0], site) if files else {}
        if isinstance(found, dict):
            args = {**_dict(shared, "default_args"), **_dict(found, "default_args")}
            shared = {**shared, **found, "default_args": args}
    return shared


def _defaults_folders(path: Path | None, named: Value, site: Site) -> Iterable[Path]:
    """Return the folders that may hold defaults, from the farthest to the nearest."""
    told = site.interpreter.loader.folder if named is None else folder_of(named, site)
    top = [] if told is None else [told]
    if path is None:
        return top
    above = list(path.parents)
    if told in above:
        return above[: above.index(told) + 1][::-1]
    return [*top, path.parent]


def _first(given: dict[str, Value], names: tuple[str, ...]) -> Value:
    return next((given[name] for name in names if given.get(name) is not None), None)


def _dict(config: Config, key: str) -> Config:
    value = config.get(key)
    return value if isinstance(value, dict) else {}


def _merged(config: Config, defaults: Config) -> Config:
    """Return a configuration with what only the defaults say, mappings merged key by key."""
    merged = dict(config)
    for key, value in defaults.items():
        own = merged.setdefault(key, value)
        if own is not value and isinstance(own, dict) and isinstance(value, dict):
            merged[key] = _merged(own, value)
    return merged


def _named(name: str, make: Callable[..., Value]) -> Callable[[], Native]:
    return lambda: Factory(name, make)


NAMES: dict[str, Callable[[], Native]] = {
    f"{module}.{name}": _named(name, make)
    for module in ("dagfactory", "dagfactory.dagfactory")
    for name, make in (
        ("load_yaml_dags", _load_yaml_dags),
        ("DagFactory", _make_factory),
        ("_DagFactory", _make_factory),
    )
}
