"""Time zones: in which the clocks are that a task reads, and what of it had to be assumed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from lockplan.airflow_settings import AirflowSettings
from lockplan.config import Config
from lockplan.footprints import clocks_read
from lockplan.model.access import Footprint
from lockplan.model.workflow import Dag, Workflow
from lockplan.model.zones import NOT_FOUND, UTC_ZONE, Zone

_FARTHEST = ("-12:00", "+14:00")
"""Where a zone is not known: no clock shows a day before the first one's or after the second's."""
_SETTINGS = ("server_timezone", "worker_timezone")


def clock_zones(config: Config, workflow: Workflow) -> tuple[tuple[str, str], ...]:
    """Return in which zones the clocks of servers and those of workers may be, pair by pair.

    UTC, as in a container, and each zone that a schedule names: what is right for one of them may
    be wrong for another.
    """
    possible = _named(workflow)
    server, worker = (getattr(config, setting) for setting in _SETTINGS)
    servers, workers = ((said,) if said else possible for said in (server, worker))
    return tuple(product(servers, workers))


def _named(workflow: Workflow) -> tuple[str, ...]:
    zones = _zones(workflow)
    names = sorted({zone.name for zone in zones if zone.name})
    unknown = _FARTHEST if any(not zone.known for zone in zones) else ()
    return tuple(dict.fromkeys((UTC_ZONE.name or "", *names, *unknown)))


def _zones(workflow: Workflow) -> set[Zone]:
    return {zone for dag in workflow.dags for zone in _of(dag)}


def _of(dag: Dag) -> tuple[Zone, ...]:
    """Return the zones in which a DAG's schedule is meant; none where it has none."""
    cadences = tuple(cadence.zone for cadence in dag.cadences)
    return cadences or ((dag.zone,) if dag.schedule else ())


def about_zones(workflow: Workflow, airflow: AirflowSettings) -> Iterator[str]:
    """Say of which schedules it is not known in which time zone they are."""
    if not airflow.zone.known:
        yield (
            f"default_timezone {airflow.timezone} names no zone that is known here ({NOT_FOUND}): "
            "AIRFLOW__CORE__DEFAULT_TIMEZONE may tell it."
        )
    unknown = [dag.dag_id for dag in workflow.dags if not all(zone.known for zone in _of(dag))]
    if unknown:
        shown = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if unknown[5:] else "")
        yield (
            f"The time zone of {shown} cannot be read, or is not found here ({NOT_FOUND}): beside "
            "other DAGs, their runs are taken to start at any hour."
        )


def about_clocks(
    workflow: Workflow, config: Config, footprints: tuple[Footprint, ...]
) -> Iterator[str]:
    """Say in which zones the clocks are taken to be, where a task reads one."""
    unsaid = [setting for setting in _SETTINGS if getattr(config, setting) is None]
    if unsaid and any(map(clocks_read, footprints)):
        zones = " or ".join(_named(workflow))
        whose = {"server_timezone": "servers", "worker_timezone": "workers"}
        names = " and ".join(whose[setting] for setting in unsaid)
        yield f"The clocks of {names} are taken to be in {zones}: say {' and '.join(unsaid)}."
