"""What edges cannot do, and order that costs time and protects nothing."""

from lockplan.advice.edges import needless_edges
from lockplan.advice.failures import failures
from lockplan.advice.pools import with_pools

__all__ = ["failures", "needless_edges", "with_pools"]
