"""The incident and its end, on a real server: real transactions, side by side, short timeouts."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from servers import Server

import lockplan

from .nights import (
    SAMPLES,
    load_sample_database,
    planned_upstream,
    recorded_work,
    run_night,
)

LOCK_ERRORS = {1205, 1213, 1467}


@pytest.fixture
def samples_for_server(innodb_server: Server, tmp_path: Path) -> Path:
    """The samples, configured for the server at hand."""
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder)
    settings = folder / "pyproject.toml"
    version = innodb_server.version.split("-")[0]
    text = settings.read_text(encoding="utf-8")
    text = text.replace('engine = "mysql"', f'engine = "{innodb_server.kind}"')
    settings.write_text(text.replace('version = "8.4"', f'version = "{version}"'), encoding="utf-8")
    return folder


@pytest.mark.parametrize("dag_id", ["auto", "inten"])
def test_the_unprotected_night_fails_on_locks_and_the_planned_one_does_not(
    innodb_server: Server, samples_for_server: Path, dag_id: str
) -> None:
    works = recorded_work(dag_id)
    study = lockplan.analyze(
        samples_for_server / "dags",
        schema=samples_for_server / "schema.sql",
        logical_date=datetime(2026, 11, 15),
    )

    with innodb_server.scratch_database(f"{dag_id}_unprotected") as database:
        load_sample_database(innodb_server, database)
        unprotected = run_night(innodb_server, database, works, {})
    assert LOCK_ERRORS & set(unprotected.errors.values())

    with innodb_server.scratch_database(f"{dag_id}_planned") as database:
        load_sample_database(innodb_server, database)
        edges = planned_upstream(study.analysis, dag_id)
        planned = run_night(innodb_server, database, works, edges)
    assert planned.errors == {}
    assert planned.succeeded == set(works)
