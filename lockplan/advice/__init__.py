"""Order that costs time and protects nothing: edges between tasks that are free of each other."""

from lockplan.advice.edges import needless_edges

__all__ = ["needless_edges"]
