"""Past runs of tasks, from the metadata database of Airflow 2 and 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import (
    Connection,
    DateTime,
    RowMapping,
    Select,
    String,
    column,
    inspect,
    select,
    table,
)

from lockplan.airflow_settings import load_airflow
from lockplan.durations import Instance, PastRuns, summarize
from lockplan.errors import InputError
from lockplan.live.address import Address, connected
from lockplan.model.workflow import TaskKey

DEFAULT_RUNS = 30
_RUN = table(
    "dag_run",
    column("dag_id", String),
    column("run_id", String),
    column("state", String),
    column("start_date", DateTime),
)
_INSTANCE = table(
    "task_instance",
    *(column(name, String) for name in ("dag_id", "run_id", "task_id", "state", "pool")),
    *(column(name, DateTime) for name in ("start_date", "end_date")),
    column("try_number"),
)
_KNOWN = "Airflow 2.2 to 3.x can be read"


def read_past_runs(source: str | Path, runs: int = DEFAULT_RUNS) -> tuple[PastRuns, ...]:
    """Return how each task went in the last finished runs of its DAG; nothing is written.

    Parameters
    ----------
    source
        The metadata database's URL, or the `airflow.cfg` that names it.
    runs
        How many runs of each DAG.

    Raises
    ------
    InputError
        The database cannot be reached, is none of Airflow's, or has no finished run.
    """
    address = Address.of(_url(source))
    with connected(address) as connection:
        _refuse_unknown(connection, address)
        found = [each for dag in _dags(connection) for each in _past(connection, dag, runs)]
    if not found:
        raise InputError(str(address), "no run of a DAG has ended yet", "There is no history")
    return tuple(sorted(found, key=lambda each: each.task))


def shown_metadata(source: str | Path) -> str:
    """Return where a history is read from, without credentials."""
    return str(Address.of(_url(source)))


def _url(source: str | Path) -> str:
    if "://" in str(source):
        return str(source)
    url = load_airflow(Path(source)).metadata_url
    if url is None:
        raise InputError(
            str(source),
            "says no sql_alchemy_conn, neither in [database] nor in [core]",
            "Give the metadata database's URL; commands and secret backends are not asked",
        )
    return url


def _refuse_unknown(connection: Connection, address: Address) -> None:
    """Raise InputError where the tables are not those of a known Airflow."""
    inspector = inspect(connection)
    for wanted in (_RUN, _INSTANCE):
        if not inspector.has_table(wanted.name):
            problem = f"has no table {wanted.name}, so it is no metadata database of Airflow"
            raise InputError(str(address), problem, "Check the database, or `airflow db migrate`")
        has = {each["name"] for each in inspector.get_columns(wanted.name)}
        missing = [each.name for each in wanted.columns if each.name not in has]
        if missing:
            problem = f"is of an unknown version: {wanted.name} has no {', '.join(missing)}"
            raise InputError(str(address), f"{problem}{_revision(connection)}", _KNOWN)


def _revision(connection: Connection) -> str:
    """Return what Airflow calls the version of its tables."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    revision = table("alembic_version", column("version_num", String))
    found = connection.execute(select(revision.c.version_num)).scalars().all()
    return f" (revision {', '.join(map(str, found))})"


def _dags(connection: Connection) -> Sequence[str]:
    return connection.execute(select(_RUN.c.dag_id).distinct()).scalars().all()


def _past(connection: Connection, dag_id: str, runs: int) -> Iterator[PastRuns]:
    run_ids = connection.execute(_last_runs(dag_id, runs)).scalars().all()
    if not run_ids:
        return
    query = select(_INSTANCE).where(_INSTANCE.c.dag_id == dag_id, _INSTANCE.c.run_id.in_(run_ids))
    yield from summarize(map(_instance, connection.execute(query).mappings()))


def _last_runs(dag_id: str, runs: int) -> Select[tuple[str]]:
    ended = _RUN.c.state.in_(("success", "failed"))
    mine = select(_RUN.c.run_id).where(_RUN.c.dag_id == dag_id, ended)
    return mine.order_by(_RUN.c.start_date.desc()).limit(runs)


def _instance(row: RowMapping) -> Instance:
    start, end, tries = row["start_date"], row["end_date"], row["try_number"]
    return Instance(
        TaskKey(str(row["dag_id"]), str(row["task_id"])),
        str(row["run_id"]),
        str(row["state"] or "none"),
        start if isinstance(start, datetime) else None,
        end if isinstance(end, datetime) else None,
        tries if isinstance(tries, int) else 0,
        str(row["pool"]),
    )
