"""From a folder of DAG files to a `Workflow`, without running any of them."""

from lockplan.workflow.loader import NO_TEXTS
from lockplan.workflow.read import read

__all__ = ["NO_TEXTS", "read"]
