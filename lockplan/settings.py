"""What the user told beside the DAGs, and what had to be taken for granted in its place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from lockplan.airflow_settings import AirflowSettings, find_airflow
from lockplan.clocks import about_clocks, about_zones, clock_zones
from lockplan.config import ASSUMED, DEFAULT_TOLD, DEFAULT_WORKERS, Config, find_config
from lockplan.conflicts import ASSUMED_SCHEDULE, Timing
from lockplan.durations import History, PastDuration, is_metadata, read_history
from lockplan.exports import read_connections, read_pools, read_variables
from lockplan.model.access import Footprint
from lockplan.model.connection import Engine, Isolation
from lockplan.model.night import Executor, ExecutorKind
from lockplan.model.place import Skipped
from lockplan.model.schema import Schema
from lockplan.model.workflow import Dag, Pool, Task, TaskKey, Workflow
from lockplan.model.zones import UTC_ZONE
from lockplan.schemas import load_schema


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a task takes, in whole seconds."""

    expected_s: int
    source: str
    """Where it comes from, for people."""
    p10_s: int | None = None
    p90_s: int | None = None
    runs: int = 0
    """Past runs that it is of."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The inputs of one analysis beside the DAGs."""

    config: Config
    schema: Schema
    schema_skipped: tuple[Skipped, ...]
    schema_given: bool
    past: Mapping[TaskKey, PastDuration]
    history_source: str
    """Where `past` comes from, for people; empty where nothing was given."""
    history_remarks: tuple[str, ...]
    """What of it could not be used."""
    workers: int
    workers_given: bool
    pools: tuple[Pool, ...]
    pools_file: Path | None
    """The file that names all pools that there are."""
    logical_date: datetime
    airflow_majors: tuple[int, ...]
    """The major versions whose dates are considered: both 2 and 3 where it is not known."""
    catchup_by_default: bool
    airflow: AirflowSettings

    def catches_up(self, dag: Dag) -> bool:
        """Whether a DAG's missed runs are made up for, several at once."""
        return self.catchup_by_default if dag.catchup is None else dag.catchup

    def timing(self, workflow: Workflow) -> Timing:
        """Return what of it decides when runs are active, and what clocks show then."""
        return Timing(
            self.duration_s,
            self.catches_up,
            self.airflow_majors,
            self.logical_date,
            clock_zones(self.config, workflow),
        )

    @property
    def executor(self) -> Executor:
        """What runs the tasks; where queues are told, each has workers of its own."""
        queues = tuple(sorted(self.config.queues.items()))
        kind = ExecutorKind.CELERY if queues else ExecutorKind.LOCAL
        return Executor(self.workers, kind, queues, self.workers)

    def duration_s(self, task: Task) -> int:
        """Return a task's expected duration in whole seconds."""
        return self.duration(task).expected_s

    def duration(self, task: Task) -> Duration:
        """Return what is known of a task's duration: past runs count more than what is told."""
        known = self.past.get(task.key)
        if known is not None:
            return _past_duration(known)
        if task.duration_s is not None:
            return Duration(task.duration_s, "workflow file")
        words = (str(task.key), task.operator)
        return Duration(self.config.duration_s(*words), self.config.duration_source(*words))


def _past_duration(past: PastDuration) -> Duration:
    runs = "1 run" if past.runs == 1 else f"{past.runs} runs"
    p10_s = None if past.p10_s is None else round(past.p10_s)
    return Duration(round(past.p50_s), f"history, {runs}", p10_s, round(past.p90_s), past.runs)


@dataclass(frozen=True, slots=True)
class Told:
    """What the user tells before the DAGs are read."""

    config: Config
    variables: Mapping[str, str]
    """Airflow's Variables as they are stored."""
    airflow: AirflowSettings


def load_told(
    folder: Path, *, variables: Path | None = None, connections: Path | None = None
) -> Told:
    """Read the configuration nearest to `folder`, Airflow's own, and the files it exported.

    Raises InputError for unusable files.
    """
    config = find_config(folder)
    if connections is not None:
        config = replace(config, exported=read_connections(connections))
    stored = read_variables(variables) if variables else {}
    return Told(config, stored, find_airflow(folder, os.environ))


def load_settings(
    told: Told,
    workflow: Workflow,
    *,
    schema: str | Path | None,
    logical_date: datetime | None,
    workers: int | None,
    history: str | Path | None,
    pools: Path | None = None,
) -> Settings:
    """Read the files that the configuration and the user name; what the workflow tells counts too.

    Raises InputError for unusable files.
    """
    config = told.config
    airflow = AirflowSettings() if workflow.from_file else told.airflow
    tables, skipped = load_schema(schema) if schema else (Schema(), ())
    source = history or (None if workflow.from_file else config.history)
    past = _history(source) if source else History()
    told_workers = (workers, workflow.workers, config.workers, airflow.workers)
    given = next((number for number in told_workers if number is not None), None)
    majors = _majors(config.airflow_version or workflow.airflow_version)
    return Settings(
        config=config,
        schema=tables,
        schema_skipped=skipped,
        schema_given=schema is not None,
        past=past.durations,
        history_source=_shown(source) if source else "",
        history_remarks=past.remarks,
        workers=DEFAULT_WORKERS if given is None else given,
        workers_given=given is not None,
        pools=_pools(config, workflow, pools),
        pools_file=pools,
        logical_date=logical_date or _today(),
        airflow_majors=majors,
        catchup_by_default=_catchup_by_default(told, majors),
        airflow=airflow,
    )


def _pools(config: Config, workflow: Workflow, exported: Path | None) -> tuple[Pool, ...]:
    """Return the pools whose slots are told, sorted by name."""
    told = read_pools(exported) if exported else workflow.pools
    own = [] if workflow.from_file else [Pool(*each) for each in config.pools.items()]
    pools = {pool.name: pool for pool in (*told, *own)}
    return tuple(pool for _, pool in sorted(pools.items()))


def _today() -> datetime:
    return datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)


def _majors(version: str | None) -> tuple[int, ...]:
    if version is None:
        return (2, 3)
    return (3,) if version.partition(".")[0] >= "3" else (2,)


def _catchup_by_default(told: Told, majors: tuple[int, ...]) -> bool:
    """Return what is told, else the default: Airflow 3 no longer catches up by itself."""
    said = (told.config.catchup_by_default, told.airflow.catchup)
    return next((each for each in said if each is not None), 2 in majors)


def assumptions(
    workflow: Workflow,
    footprints: tuple[Footprint, ...],
    settings: Settings,
    unscheduled: list[str],
) -> tuple[str, ...]:
    """Return what the analysis took for granted, one sentence each.

    `unscheduled` are the ids of the DAGs of which it is not known when they start.
    """
    return (
        *_about_durations(workflow, settings),
        *_about_airflow(settings.airflow),
        *_about_settings(workflow, settings),
        *_about_servers(footprints),
        *about_zones(workflow, settings.airflow),
        *about_clocks(workflow, settings.config, footprints),
        *(() if workflow.from_file else _about_runs(workflow, settings, unscheduled)),
    )


def _about_durations(workflow: Workflow, settings: Settings) -> Iterator[str]:
    tasks = workflow.tasks()
    known = sum(task.key in settings.past for task in tasks)
    if known:
        source = settings.history_source
        yield f"Durations of {known} of {len(tasks)} tasks come from {source}."
    default_s, sources = settings.config.duration_s("", ""), (ASSUMED, DEFAULT_TOLD)
    unsaid = sum(settings.duration(task).source in sources for task in tasks)
    if unsaid:
        yield f"{_tasks(unsaid)} without history: {default_s} s are assumed for each."
    unknown = set(settings.past) - {task.key for task in tasks}
    if unknown:
        example = min(unknown)
        yield f"The history has {_tasks(len(unknown))} not in the folder, among them {example}."
    yield from settings.history_remarks


def _tasks(number: int) -> str:
    return "1 task" if number == 1 else f"{number} tasks"


def _history(source: str | Path) -> History:
    """Read a history file, or the metadata database that a URL or an `airflow.cfg` names."""
    if not is_metadata(source):
        return read_history(Path(source))
    from lockplan.live import read_past_runs

    past = ((each.task, each.duration) for each in read_past_runs(source))
    return History({task: duration for task, duration in past if duration is not None})


def _shown(source: str | Path) -> str:
    """Return a source as the user would type it where they stand, without credentials."""
    if is_metadata(source):
        from lockplan.live import shown_metadata

        return shown_metadata(source)
    file = Path(source)
    if file.is_absolute() and file.is_relative_to(Path.cwd()):
        file = file.relative_to(Path.cwd())
    return str(file)


def _about_airflow(airflow: AirflowSettings) -> Iterator[str]:
    if airflow.source and (said := _said(airflow)):
        yield f"{airflow.source}: {', '.join(said)}."
    for problem in airflow.problems:
        yield f"{airflow.source}: {problem}."
    if airflow.workers == 1 and airflow.executor:
        yield (
            f"The {airflow.executor} runs one task at a time, so nothing collides under it; "
            "--workers shows the night on another."
        )


def _said(airflow: AirflowSettings) -> list[str]:
    """Return the settings that matter, in Airflow's own names."""
    named = {
        "parallelism": airflow.parallelism,
        "max_active_tasks_per_dag": airflow.max_active_tasks,
        "max_active_runs_per_dag": airflow.max_active_runs,
        "worker_concurrency": airflow.worker_concurrency,
        "catchup_by_default": airflow.catchup,
        "default_timezone": None if airflow.zone == UTC_ZONE else airflow.timezone,
    }
    said = [f"{name} {value}" for name, value in named.items() if value is not None]
    return [airflow.executor, *said] if airflow.executor else said


def _about_settings(workflow: Workflow, settings: Settings) -> Iterator[str]:
    if not settings.workers_given:
        yield f"{settings.workers} tasks run at the same time at the most; say --workers."
    if len(settings.airflow_majors) > 1 and not workflow.from_file:
        yield "Airflow's version is not known: dates of both 2 and 3 are considered."
    sends_sql = any(task.statements for task in workflow.tasks())
    if not settings.schema_given and (sends_sql or not workflow.from_file):
        yield "Without --schema no index is known, so most verdicts are only possible."


def _about_servers(footprints: tuple[Footprint, ...]) -> Iterator[str]:
    connections = {
        transaction.connection for each in footprints for transaction in each.transactions
    }
    unsaid = sorted(
        connection.name
        for connection in connections
        if connection.engine in (Engine.MYSQL, Engine.MARIADB) and connection.isolation is None
    )
    if unsaid:
        names = ", ".join(dict.fromkeys(unsaid))
        yield f"{Isolation.REPEATABLE_READ}, the server's default, is taken for {names}."


def _about_runs(workflow: Workflow, settings: Settings, unscheduled: list[str]) -> Iterator[str]:
    parallel = [dag for dag in workflow.dags if dag.max_active_runs != 1]
    unsaid = [dag.dag_id for dag in parallel if dag.catchup is None]
    if unsaid and settings.catchup_by_default:
        yield (
            f"Several runs of a DAG that does not say catchup=False are taken to be active at "
            f"once while it catches up: {_names(unsaid)}."
        )
    single = [dag.dag_id for dag in parallel if not settings.catches_up(dag)]
    if single:
        yield (
            "Two runs of one DAG are taken to overlap only where it catches up or where a run "
            "lasts longer than its interval, though nothing forbids it for "
            f"{_names(single)}: set max_active_runs=1."
        )
    if unscheduled:
        yield (
            "Not compared with other DAGs, for they are started by hand or it cannot be read when: "
            f"{_names(unscheduled)}; "
            f"their dates are those of {ASSUMED_SCHEDULE} runs."
        )


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
