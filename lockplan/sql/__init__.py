"""SQL text to tables, roles and rows, and CREATE TABLE files to a schema; nothing here runs SQL."""
