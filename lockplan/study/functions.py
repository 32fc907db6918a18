"""The public functions: a folder in, an analysis, a plan or a list of tasks out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from lockplan.errors import InputError
from lockplan.footprints import footprint
from lockplan.model.listing import Listing
from lockplan.model.problem import Plan
from lockplan.model.verdict import Protect
from lockplan.model.workflow import Workflow
from lockplan.planning import WORK
from lockplan.planning import plan as plan_problem
from lockplan.settings import load_settings, load_told
from lockplan.study.analysis import analysed
from lockplan.study.reading import all_skipped, as_run_now, dates_at, file_or_none, read_folders
from lockplan.study.value import Study


def analyze(
    paths: str | Path | Sequence[str | Path],
    *,
    schema: str | Path | None = None,
    logical_date: datetime | None = None,
    workers: int | None = None,
    history: str | Path | None = None,
    variables: str | Path | None = None,
    connections: str | Path | None = None,
    pools: str | Path | None = None,
    protect: Protect | str = Protect.POSSIBLE,
) -> Study:
    """Analyse folders of DAGs without running them, or a workflow file.

    Parameters
    ----------
    paths
        Folders or files of DAGs; or one workflow file, ``.yaml``, ``.yml`` or ``.json``.
    schema
        The tables' definitions: an SQL file, a folder of them, a snapshot, or a server's URL.
    logical_date
        The run from which on tasks are compared and whose dates are shown; today by default.
    workers
        Tasks that the executor runs at the same time.
    history
        Past durations: a CSV file, the URL of Airflow's metadata database, or an `airflow.cfg`.
    variables, connections
        What `airflow variables export` and `airflow connections export` wrote.
    pools
        What `airflow pools export` wrote.
    protect
        What the plans keep apart: `certain` conflicts, `possible` ones on known tables, or `all`.

    Raises
    ------
    InputError
        Where an input cannot be used at all.
    ValueError
        Where `protect` is none of these.
    """
    folders, told, workflow = read_folders(paths, variables, connections)
    settings = load_settings(
        told,
        workflow,
        schema=schema,
        logical_date=logical_date,
        workers=workers,
        history=history,
        pools=file_or_none(pools),
    )
    protected = Protect(protect)
    analysis = analysed(workflow, settings, protected)
    return Study(analysis, folders, told, settings, protected)


def plan(
    workflow: Workflow,
    *,
    schema: str | Path | None = None,
    workers: int | None = None,
    budget: int = WORK,
    time_limit_s: float | None = None,
    seed: int = 0,
) -> Plan:
    """Plan one DAG, or a workflow file, as `lockplan.read` gives it.

    There is always an answer, with a bound that tells how far from the shortest it may be.

    Parameters
    ----------
    workflow
        A workflow of one DAG; `dataclasses.replace(workflow, dags=(dag,))` takes one of several.
    schema
        The tables' definitions, as for `analyze`.
    workers
        Tasks that run at the same time; by default what the workflow or the settings say.
    budget
        How much work the search may do, in units of about a microsecond; 0 takes the first plan.
        The same workflow, budget and seed give the same plan on any machine.
    time_limit_s
        Seconds on the clock instead of the budget, on all processors: two runs may differ.
    seed
        Start of the random numbers that the search draws.

    Raises
    ------
    InputError
        The workflow has not just one DAG, or an input cannot be used at all.
    """
    dags = [dag for dag in workflow.dags if dag.tasks]
    if len(dags) != 1:
        problem = f"has {len(dags)} DAGs with tasks, and a plan is of one"
        raise InputError(workflow.root, problem, "Keep one: `replace(workflow, dags=(dag,))`.")
    settings = load_settings(
        load_told(Path(workflow.root)),
        workflow,
        schema=schema,
        logical_date=None,
        workers=workers,
        history=None,
    )
    search = partial(plan_problem, budget=budget, time_limit_s=time_limit_s, seed=seed)
    (planned,) = analysed(workflow, settings, Protect.POSSIBLE, search).plans
    return planned.plan


def list_tasks(
    paths: str | Path | Sequence[str | Path],
    *,
    logical_date: datetime | None = None,
    variables: str | Path | None = None,
    connections: str | Path | None = None,
) -> Listing:
    """Read folders of DAGs and what each task's SQL touches; compare and plan nothing.

    The SQL is written out for the run of `logical_date`, today's by default, with the DAG's own
    data interval where its schedule has a run then, else with one of a day. What the code takes
    from the clock is today's, for a past run too: that is what running it now would send.

    Raises
    ------
    InputError
        Where an input cannot be used at all.
    """
    _, told, workflow = read_folders(paths, variables, connections)
    settings = load_settings(
        told,
        workflow,
        schema=None,
        logical_date=logical_date,
        workers=None,
        history=None,
    )
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    timing = settings.timing(workflow)
    zones = timing.clock_zones[0]
    dates = {
        dag.dag_id: as_run_now(dates_at(dag, settings), now).with_clocks(*zones)
        for dag in workflow.dags
    }
    footprints = tuple(
        footprint(task, settings.schema, settings.config.resolve, dates[task.key.dag_id])
        for task in workflow.tasks()
    )
    return Listing(workflow, footprints, dates, all_skipped(workflow, footprints, ()))
