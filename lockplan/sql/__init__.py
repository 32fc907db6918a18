"""SQL text to tables, roles and rows, and CREATE TABLE files to a schema; nothing here runs SQL."""

from lockplan.sql.schema import read_schema

__all__ = ["read_schema"]
