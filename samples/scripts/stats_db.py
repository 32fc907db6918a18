"""The connection to the database `stats` that all batch libraries share."""

import os
import time

import pymysql


def connect():
    """Open a connection; the caller commits and closes it."""
    return pymysql.connect(
        host=os.environ.get('STATS_DB_HOST', 'stats-db'),
        port=int(os.environ.get('STATS_DB_PORT', '3306')),
        user=os.environ.get('STATS_DB_USER', 'batch'),
        password=os.environ.get('STATS_DB_PASSWORD', ''),
        database='stats',
        charset='utf8mb4',
        autocommit=False,
    )


def hold():
    """Wait with the transaction open, as long as STATS_HOLD_S says (default: not at all).

    Stands in for the minutes that real data volumes take: with a few seconds here, the small
    sample database shows the lock waits that the full one has every night.
    """
    time.sleep(float(os.environ.get('STATS_HOLD_S', '0')))


def write_log(cursor, job_name, target_day, message):
    """Append a line to the batch log, in the transaction of the caller."""
    cursor.execute(
        'INSERT INTO batch_log (logged_at, job_name, day, message) VALUES (NOW(), %s, %s, %s)',
        (job_name, target_day, message),
    )
