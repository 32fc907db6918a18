"""SQL text to tables, roles and rows, and CREATE TABLE files to a schema; nothing here runs SQL."""

from lockplan.sql.schema import read_ddl, read_schema
from lockplan.sql.statistics import with_statistics

__all__ = ["read_ddl", "read_schema", "with_statistics"]
