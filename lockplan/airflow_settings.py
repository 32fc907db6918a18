"""What the team's Airflow is set to: `airflow.cfg` of 1.10 to 3.x and `AIRFLOW__…` variables."""

from __future__ import annotations

import configparser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path

from lockplan.errors import InputError
from lockplan.model.workflow import Dag, Workflow
from lockplan.model.zones import UTC_ZONE, Zone, tzinfo_of

FILE_NAME = "airflow.cfg"
_OPTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "executor": (("core", "executor"),),
    "parallelism": (("core", "parallelism"),),
    "max_active_tasks": (("core", "max_active_tasks_per_dag"), ("core", "dag_concurrency")),
    "max_active_runs": (("core", "max_active_runs_per_dag"),),
    "worker_concurrency": (("celery", "worker_concurrency"), ("celery", "celeryd_concurrency")),
    "catchup": (("scheduler", "catchup_by_default"),),
    "timezone": (("core", "default_timezone"),),
    "dags_folder": (("core", "dags_folder"),),
    "metadata_url": (("database", "sql_alchemy_conn"), ("core", "sql_alchemy_conn")),
}
"""By section and name: the present one, then those of older versions."""
_ONE_AT_A_TIME = frozenset({"SequentialExecutor", "DebugExecutor"})
_TRUTH = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class AirflowSettings:
    """What an Airflow is set to; None where it was not said."""

    source: str = ""
    """Where that stands, for people; empty where nothing was found."""
    executor: str | None = None
    """The class's name without its module; the first where there are several."""
    parallelism: int | None = None
    max_active_tasks: int | None = None
    """Of one DAG at the same time."""
    max_active_runs: int | None = None
    worker_concurrency: int | None = None
    """Tasks that one worker of Celery takes at the same time."""
    catchup: bool | None = None
    timezone: str | None = None
    dags_folder: Path | None = None
    metadata_url: str | None = field(default=None, repr=False)
    """Not for the eyes of anyone: it holds a password."""
    problems: tuple[str, ...] = ()
    """What was said and could not be used."""

    @property
    def workers(self) -> int | None:
        """Tasks that run at the same time, over all DAGs."""
        return 1 if self.executor in _ONE_AT_A_TIME else self.parallelism or None

    @property
    def zone(self) -> Zone:
        """The time zone of DAGs that name none: UTC by default, and ``system`` is the machine's."""
        if self.timezone is None or tzinfo_of(self.timezone) is UTC:
            return UTC_ZONE
        known = tzinfo_of(self.timezone) is not None
        return Zone(self.timezone) if known else Zone("UTC", known=False)

    def complete(self, workflow: Workflow) -> Workflow:
        """Return the workflow with what its DAGs leave to Airflow's settings."""
        return replace(workflow, dags=tuple(map(self._completed, workflow.dags)))

    def _completed(self, dag: Dag) -> Dag:
        tasks = dag.max_active_tasks
        return replace(
            dag,
            max_active_tasks=self.max_active_tasks if tasks is None else tasks,
            max_active_runs=dag.max_active_runs or self.max_active_runs,
            zone=dag.zone.or_default(self.zone),
            cadences=tuple(
                replace(each, zone=each.zone.or_default(self.zone)) for each in dag.cadences
            ),
        )


def find_airflow(folder: Path, environment: Mapping[str, str]) -> AirflowSettings:
    """Return the settings that Airflow would find, else those beside a folder of DAGs.

    Airflow looks at `AIRFLOW_CONFIG` and `AIRFLOW_HOME`; its variables outrank the file.
    """
    file = next((path for path in _places(folder, environment) if path.is_file()), None)
    text, problem = _text(file) if file else ("", None)
    return _settings(file, text, environment, problem)


def load_airflow(file: Path) -> AirflowSettings:
    """Return the settings of one file alone; raises InputError where it cannot be read."""
    text, problem = _text(file)
    if problem:
        raise InputError(str(file), problem, "Give an airflow.cfg or a database's URL")
    settings = _settings(file, text, {}, None)
    if settings.problems:
        raise InputError(str(file), settings.problems[0])
    return settings


def _places(folder: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    if named := environment.get("AIRFLOW_CONFIG"):
        yield Path(named).expanduser()
    if home := environment.get("AIRFLOW_HOME"):
        yield Path(home).expanduser() / FILE_NAME
    yield from (folder / FILE_NAME, folder.resolve().parent / FILE_NAME)


def _text(file: Path) -> tuple[str, str | None]:
    try:
        return file.read_text(encoding="utf-8-sig"), None
    except (OSError, UnicodeDecodeError) as error:
        return "", f"cannot be read: {error}"


def _settings(
    file: Path | None, text: str, environment: Mapping[str, str], problem: str | None
) -> AirflowSettings:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        # Only the message's first line: the next ones may quote a password.
        problem = f"is no configuration file: {type(error).__name__}"
        parser = configparser.ConfigParser()
    said = {name: _said(places, parser, environment) for name, places in _OPTIONS.items()}
    found = {name: value for name, value in said.items() if value is not None}
    by_variable = any(value.variable for value in found.values())
    sources = [_shown(file)] if file else []
    sources += ["AIRFLOW__… variables"] if by_variable else []
    return _understood(file, " and ".join(sources), found, [problem] if problem else [])


def _shown(file: Path) -> str:
    """Return a path as the user would type it where they stand."""
    path = file.resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(file)


@dataclass(frozen=True, slots=True)
class _Value:
    name: str
    """As the user wrote it: ``[core] parallelism``."""
    text: str = field(repr=False)
    variable: bool = False


def _said(
    places: tuple[tuple[str, str], ...],
    parser: configparser.ConfigParser,
    environment: Mapping[str, str],
) -> _Value | None:
    for section, option in places:
        variable = f"AIRFLOW__{section.upper()}__{option.upper()}"
        if variable in environment:
            return _Value(variable, environment[variable], variable=True)
        if parser.has_option(section, option):
            return _Value(f"[{section}] {option}", parser.get(section, option))
    return None


def _understood(
    file: Path | None, source: str, found: Mapping[str, _Value], problems: list[str]
) -> AirflowSettings:
    home = file.parent if file else Path.cwd()
    values: dict[str, object] = {}
    for name, value in found.items():
        text = value.text.strip().replace("{AIRFLOW_HOME}", str(home.resolve()))
        try:
            values[name] = _READERS.get(name, str)(text)
        except ValueError:
            problems.append(f"{value.name} = {text!r} is not understood and not used")
    return AirflowSettings(source=source, problems=tuple(problems), **values)  # type: ignore[arg-type]


def _number(text: str) -> int:
    return int(text.partition("#")[0])


def _truth(text: str) -> bool:
    try:
        return _TRUTH[text.partition("#")[0].strip().lower()]
    except KeyError:
        raise ValueError(text) from None


def _class_name(text: str) -> str:
    """Return ``LocalExecutor`` of ``team:my.module.LocalExecutor, CeleryExecutor``."""
    first = text.partition(",")[0].partition(";")[0].strip()
    return first.rpartition(":")[2].rpartition(".")[2]


def _folder(text: str) -> Path:
    return Path(text).expanduser()


_READERS = {
    "executor": _class_name,
    "parallelism": _number,
    "max_active_tasks": _number,
    "max_active_runs": _number,
    "worker_concurrency": _number,
    "catchup": _truth,
    "dags_folder": _folder,
}
