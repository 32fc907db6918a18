"""Airflow 3 as a team runs it: API server, scheduler, DAG processor, and workers of Celery."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

from servers import Kind, Server
from servers.launch import free_port

from .processes import running, wait_until

START_S = 240
COMMAND_S = 240
DRIVERS: dict[Kind, str] = {"mysql": "mysql+mysqldb", "postgresql": "postgresql+psycopg2"}
"""Those with which Airflow reaches its metadata."""
COMPONENTS = ("metadatabase", "scheduler", "dag_processor")
POLICY = '''"""No schedule and no second tries: the test begins the run, which then ends at once."""

from airflow.sdk.definitions.timetables.simple import NullTimetable


def dag_policy(dag):
    dag.timetable = NullTimetable()


def task_policy(task):
    task.retries = 0
'''


@dataclass(frozen=True, slots=True)
class Broker:
    """How tasks reach their workers; without a broker the scheduler runs them itself."""

    executor: str
    url: str = ""


LOCAL = Broker("LocalExecutor")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running Airflow."""

    python: Path
    home: Path
    environment: Mapping[str, str]
    metadata: Server

    def airflow(self, *words: str) -> str:
        """Run one of Airflow's own commands and return what it prints."""
        done = subprocess.run(
            [self.python, "-m", "airflow", *words],
            env=dict(self.environment),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"airflow {' '.join(words)}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of the metadata database."""
        with self.metadata.connect(database="airflow", autocommit=True) as connection:
            cursor = connection.cursor()
            cursor.execute(query, values)
            return list(cursor.fetchall())

    @property
    def dags(self) -> Path:
        """The folder that Airflow reads."""
        return self.home / "samples" / "dags"


def environment_of(
    home: Path, metadata: Server, broker: Broker, port: int, parallelism: int
) -> dict[str, str]:
    """Return Airflow's settings as environment variables."""
    database = f"{DRIVERS[metadata.kind]}://{metadata.url('airflow').partition('://')[2]}"
    settings = {
        "CORE__EXECUTOR": broker.executor,
        "CORE__DAGS_FOLDER": home / "samples" / "dags",
        "CORE__LOAD_EXAMPLES": False,
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "CORE__PARALLELISM": parallelism,
        "CORE__FERNET_KEY": "",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": home / "passwords.json",
        "CORE__INTERNAL_API_SECRET_KEY": "only-for-this-test",
        "WORKERS__EXECUTION_API_TIMEOUT": 60,
        "API_AUTH__JWT_SECRET": "only-for-this-test-but-64-characters-long-as-sha-512-asks-for-it",
        "API__SECRET_KEY": "only-for-this-test",
        "API__HOST": "127.0.0.1",
        "API__PORT": port,
        "API__WORKERS": 1,
        "DATABASE__SQL_ALCHEMY_CONN": database,
        "DAG_PROCESSOR__REFRESH_INTERVAL": 5,
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": 60,
        "DAG_PROCESSOR__PARSING_PROCESSES": 1,
        "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": 1,
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.3,
        "CELERY__BROKER_URL": broker.url,
        "CELERY__RESULT_BACKEND": f"db+{database}",
        "CELERY__OPERATION_TIMEOUT": 60,
        "CELERY__WORKER_CONCURRENCY": parallelism,
        "LOGGING__BASE_LOG_FOLDER": home / "logs",
        "USAGE_DATA_COLLECTION__ENABLED": False,
    }
    told = {f"AIRFLOW__{name}": str(value) for name, value in settings.items() if value != ""}
    mine = {name: value for name, value in os.environ.items() if "AIRFLOW" not in name}
    return mine | told | {"AIRFLOW_HOME": str(home), "NO_PROXY": "127.0.0.1", "NO_COLOR": "1"}


@contextmanager
def deployed(
    python: Path,
    home: Path,
    metadata: Server,
    broker: Broker,
    *,
    parallelism: int,
    extra: Mapping[str, str],
) -> Iterator[Deployment]:
    """Give a running Airflow with its metadata in a new database `airflow`."""
    port = free_port()
    (home / "config").mkdir(parents=True)
    (home / "config" / "airflow_local_settings.py").write_text(POLICY, encoding="utf-8")
    environment = environment_of(home, metadata, broker, port, parallelism) | dict(extra)
    airflow = Deployment(python, home, environment, metadata)
    create_metadata_database(metadata)
    airflow.airflow("db", "migrate")
    components = ["api-server", "scheduler --skip-serve-logs", "dag-processor"]
    components += [] if broker == LOCAL else ["celery worker --skip-serve-logs"]
    with ExitStack() as stack:
        for name in components:
            log = home / f"{name.partition(' ')[0]}.log"
            command = [python, "-m", "airflow", *name.split()]
            stack.enter_context(running(command, environment, log))
        wait_until(
            lambda: healthy(port), "Airflow was not healthy", START_S, home / "scheduler.log"
        )
        yield airflow


def create_metadata_database(metadata: Server) -> None:
    """Create the empty database that `airflow db migrate` fills."""
    with metadata.connect(autocommit=True) as connection:
        cursor = connection.cursor()
        if metadata.kind == "postgresql":
            cursor.execute("CREATE DATABASE airflow")
            return
        # Airflow's own transactions wait as long as they do by default.
        cursor.execute("SET GLOBAL innodb_lock_wait_timeout = 50")
        cursor.execute("SET GLOBAL lock_wait_timeout = 600")
        cursor.execute("DROP DATABASE IF EXISTS airflow")
        cursor.execute("CREATE DATABASE airflow CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")


def healthy(port: int) -> bool:
    """Tell whether all components say that they live, and whether tasks are listened to."""
    try:
        parts = answer(f"http://127.0.0.1:{port}/api/v2/monitor/health")
        # Its first answer takes longer than tasks wait for one.
        answer(f"http://127.0.0.1:{port}/execution/health")
    except (OSError, HTTPException, ValueError):
        return False
    return all(parts[name]["status"] == "healthy" for name in COMPONENTS)


def answer(url: str) -> Any:
    """Return what an API says."""
    with urllib.request.urlopen(url, timeout=60) as reply:
        return json.load(reply)
