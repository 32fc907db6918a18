"""The story: the sample's night on a real Airflow, unprotected and then with the patch."""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from servers import Kind, NoServerError, Server
from servers.find import find_program
from servers.launch import started

import lockplan

from ..nights import SAMPLES, load_sample_database
from .brokers import rabbitmq, redis
from .deployment import LOCAL, Broker, Deployment, deployed
from .night import Night, run_night, wait_for_version

HOLD_S = 6
"""How long a transaction stays open: longer than others wait (2 s), by more than a start takes."""
PARALLELISM = 8
NIGHTS = {"unprotected": "2026-11-15T04:00:00", "planned": "2026-11-15T05:00:00"}
"""The logical dates, one day for both: a DAG has one run of each date."""
EXECUTORS = {
    "LocalExecutor": None,
    "CeleryExecutor with RabbitMQ": rabbitmq,
    "CeleryExecutor with Redis": redis,
}


@dataclass(frozen=True, slots=True)
class Story:
    """What happened, by DAG."""

    executor: str
    server: Server
    unprotected: Mapping[str, Night]
    planned: Mapping[str, Night]
    simulated_s: Mapping[str, float]
    """How long the planned nights take by lockplan's reckoning, with the durations measured."""

    def lines(self) -> Iterator[str]:
        """Yield what a reader of a test run wants to know."""
        for dag_id, planned in self.planned.items():
            died = [task for task in self.unprotected[dag_id].tasks if task.lock_errors]
            codes = ", ".join(map(str, sorted(self.unprotected[dag_id].lock_errors)))
            yield (
                f"{self.executor}, {self.server}: {dag_id} unprotected {len(died)} of "
                f"{len(planned.tasks)} tasks died ({codes}); planned {planned.makespan_s:.0f} s, "
                f"simulated {self.simulated_s[dag_id]:.0f} s, one by one "
                f"{planned.sequential_s:.0f} s"
            )


@contextmanager
def servers() -> Iterator[tuple[Server, Server]]:
    """Give two servers, for the batches' tables and for Airflow's metadata.

    Where there is no MySQL, MariaDB runs the batches alone: Airflow 3.3's scheduler sends MariaDB a
    DELETE that it cannot parse, so the metadata are PostgreSQL's then.
    """
    kinds: tuple[Kind, Kind] = ("mysql", "mysql")
    try:
        find_program("mysql")
    except NoServerError as missing:
        told = "THE STORY'S BATCHES RUN ON MARIADB, AIRFLOW'S METADATA ON POSTGRESQL"
        warnings.warn(f"{told}, NOT ON MYSQL: {missing}", stacklevel=2)
        kinds = ("mariadb", "postgresql")
    with ExitStack() as stack:
        stats, metadata = (stack.enter_context(started(kind, find_program(kind))) for kind in kinds)
        yield stats, metadata


def tell(python: Path, home: Path, executor: str, dag_ids: Sequence[str]) -> Story:
    """Run the nights of the sample's DAGs, patch the DAGs, and run them again."""
    shutil.copytree(SAMPLES, home / "samples")
    with ExitStack() as stack:
        stats, metadata = stack.enter_context(servers())
        start_broker = EXECUTORS[executor]
        broker = LOCAL
        if start_broker is not None:
            broker = Broker("CeleryExecutor", stack.enter_context(start_broker(home)))
        airflow = stack.enter_context(
            deployed(
                python, home, metadata, broker, parallelism=PARALLELISM, extra=stats_settings(stats)
            )
        )
        unprotected = nights(airflow, stats, "unprotected", dag_ids)
        patch(home / "samples")
        planned = nights(airflow, stats, "planned", dag_ids)
        simulated = simulated_s(home / "samples", metadata, dag_ids)
    return Story(executor, stats, unprotected, planned, simulated)


def stats_settings(stats: Server) -> dict[str, str]:
    """Return the environment by which the sample's libraries and operators find their server."""
    return {
        "STATS_DB_HOST": stats.host,
        "STATS_DB_PORT": str(stats.port),
        "STATS_DB_USER": stats.user,
        "STATS_HOLD_S": str(HOLD_S),
        "AIRFLOW_CONN_MYSQL_STATS": f"mysql://{stats.user}@{stats.host}:{stats.port}/stats",
    }


def nights(
    airflow: Deployment, stats: Server, run_id: str, dag_ids: Sequence[str]
) -> dict[str, Night]:
    """Run each DAG once, on new tables, when Airflow has read its present file."""
    with stats.connect(autocommit=True) as connection:
        connection.cursor().execute("DROP DATABASE IF EXISTS stats")
        connection.cursor().execute("CREATE DATABASE stats")
    load_sample_database(stats, "stats")
    for dag_id in dag_ids:
        wait_for_version(airflow, dag_id, 1 + list(NIGHTS).index(run_id))
    return {dag_id: run_night(airflow, dag_id, run_id, NIGHTS[run_id]) for dag_id in dag_ids}


def patch(samples: Path) -> None:
    """Put the planned edges into the DAG files, as a user does."""
    day = "2026-11-15"
    words = ("patch", "dags", "--schema", "schema.sql", "--logical-date", day, "--write")
    done = subprocess.run(
        [sys.executable, "-m", "lockplan", *words],
        cwd=samples,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    # What no edge can order, between two DAGs, may be left.
    assert done.returncode in (0, 1), done.stderr


def simulated_s(samples: Path, metadata: Server, dag_ids: Sequence[str]) -> dict[str, float]:
    """Return how long lockplan says the patched DAGs take, with durations from their last runs."""
    study = lockplan.analyze(
        samples / "dags",
        schema=samples / "schema.sql",
        logical_date=datetime(2026, 11, 15),
        workers=PARALLELISM,
        history=metadata.url("airflow"),
    )
    plans = {plan.dag.dag_id: plan for plan in study.analysis.plans}
    return {dag_id: plans[dag_id].before.makespan_s for dag_id in dag_ids}
