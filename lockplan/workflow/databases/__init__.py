"""Models of database drivers, hooks and engines: they note the SQL that a task sends."""
