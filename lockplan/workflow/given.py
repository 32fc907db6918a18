"""What the user tells of the place where the DAGs run: Airflow's Variables, the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockplan.workflow.values import Site

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Given:
    """Texts by name; a name that is missing is not known."""

    variables: Mapping[str, str]
    environment: Mapping[str, str]


def given(site: Site) -> Given:
    """Return what the user told; lives in `Interpreter.state`."""
    found = site.interpreter.state.get(Given)
    return found if isinstance(found, Given) else Given(NOTHING, NOTHING)
