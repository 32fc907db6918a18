"""The values that flow through lockplan: frozen, and built on the standard library alone."""
