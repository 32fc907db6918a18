-- The one table of the SQLite file collector.db.
CREATE TABLE app_log (
  logged_at TEXT    NOT NULL,
  level     TEXT    NOT NULL,
  log_id    INTEGER NOT NULL
);
