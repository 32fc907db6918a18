"""What edges cannot do, and order that costs time and protects nothing."""

from lockplan.advice.edges import needless_edges
from lockplan.advice.failures import failures
from lockplan.advice.known import Known
from lockplan.advice.limits import needless_limits
from lockplan.advice.pools import with_pools

__all__ = ["Known", "failures", "needless_edges", "needless_limits", "with_pools"]
