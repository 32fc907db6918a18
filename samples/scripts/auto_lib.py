"""Work of the DAG auto: users and sessions of the day."""

import logging
from datetime import datetime, timedelta

from stats_db import connect, hold, write_log

log = logging.getLogger(__name__)


def check_logs(**kwargs):
    """Stop the night early when the game servers have not delivered the day."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        cursor.execute('SELECT COUNT(*) FROM login_log WHERE day = %s', (target_day,))
        (rows,) = cursor.fetchone()
    finally:
        conn.close()
    if not rows:
        raise ValueError(f'login_log has no rows for {target_day}')


def load_user_daily(**kwargs):
    """Delete and reload the day."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        reload_users(cursor, target_day)
        write_log(cursor, 'load_user_daily', target_day, 'reloaded')
        hold()
        conn.commit()
    finally:
        conn.close()


def reload_user_daily_late(**kwargs):
    """Reload the day before: its last log files arrive after midnight."""
    target_day = kwargs['target_day']
    late_day = (datetime.strptime(target_day, '%Y-%m-%d') - timedelta(days=1)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        reload_users(cursor, late_day)
        write_log(cursor, 'reload_user_daily_late', late_day, 'reloaded')
        hold()
        conn.commit()
    finally:
        conn.close()


def reload_users(cursor, day):
    """Replace one day of user_daily by what login_log has."""
    stmt = """
        DELETE FROM user_daily
        WHERE day = '%s'
    """ % (day)
    cursor.execute(stmt)
    stmt = """
        INSERT INTO user_daily (day, game_id, user_id, logins, minutes, is_new)
        SELECT day, game_id, user_id, COUNT(*), SUM(minutes), MAX(is_first)
        FROM login_log
        WHERE day = '%s'
        GROUP BY day, game_id, user_id
    """ % (day)
    cursor.execute(stmt)


def fix_user_week(**kwargs):
    """Cap the play time of clients that never logged out, over the last seven days."""
    target_day = kwargs['target_day']
    last = datetime.strptime(target_day, '%Y-%m-%d')
    first_day = (last - timedelta(days=6)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            UPDATE user_daily
            SET minutes = 1440
            WHERE day BETWEEN '{}' AND '{}'
              AND minutes > 1440
        """.format(first_day, target_day)
        cursor.execute(stmt)
        write_log(cursor, 'fix_user_week', target_day, 'capped')
        hold()
        conn.commit()
    finally:
        conn.close()


def load_session_daily(**kwargs):
    """Delete and reload the sessions of the day."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        cursor.execute('DELETE FROM session_daily WHERE day = %s', (target_day,))
        cursor.execute(
            """
            INSERT INTO session_daily (day, game_id, user_id, ip, minutes)
            SELECT day, game_id, user_id, ip, minutes
            FROM login_log
            WHERE day = %s
            """,
            (target_day,),
        )
        hold()
        conn.commit()
    finally:
        conn.close()


def close_session_week(**kwargs):
    """Close the sessions of the last seven days that nobody closed."""
    target_day = kwargs['target_day']
    last = datetime.strptime(target_day, '%Y-%m-%d')
    first_day = (last - timedelta(days=6)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        cursor.execute(
            'UPDATE session_daily SET closed = 1 WHERE day BETWEEN %s AND %s AND closed = 0',
            (first_day, target_day),
        )
        hold()
        conn.commit()
    finally:
        conn.close()


def count_new_users(**kwargs):
    """New users of the month so far, and the cohort of the day for retention."""
    target_day = kwargs['target_day']
    month = datetime.strptime(target_day, '%Y-%m-%d').replace(day=1).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = f"""
            INSERT INTO user_counter (month, game_id, kind, users)
            SELECT '{month}', game_id, 'new', SUM(is_new)
            FROM user_daily
            WHERE day BETWEEN '{month}' AND '{target_day}'
            GROUP BY game_id
            ON DUPLICATE KEY UPDATE users = VALUES(users)
        """
        cursor.execute(stmt)
        stmt = f"""
            INSERT INTO retention_daily (cohort_day, game_id, new_users)
            SELECT day, game_id, SUM(is_new)
            FROM user_daily
            WHERE day = '{target_day}'
            GROUP BY day, game_id
            ON DUPLICATE KEY UPDATE new_users = VALUES(new_users)
        """
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()


def count_active_users(**kwargs):
    """Active users of the month so far."""
    target_day = kwargs['target_day']
    month = datetime.strptime(target_day, '%Y-%m-%d').replace(day=1).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            INSERT INTO user_counter (month, game_id, kind, users)
            SELECT '{month}', game_id, 'active', COUNT(DISTINCT user_id)
            FROM user_daily
            WHERE day BETWEEN '{month}' AND '{last}'
            GROUP BY game_id
            ON DUPLICATE KEY UPDATE users = VALUES(users)
        """.format(month=month, last=target_day)
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()


def report_users(**kwargs):
    """Write the user figures of the day to the task log."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            SELECT game_id, COUNT(*), SUM(is_new)
            FROM user_daily
            WHERE day = '%s'
            GROUP BY game_id
        """ % (target_day)
        cursor.execute(stmt)
        for game_id, users, new_users in cursor.fetchall():
            log.info('%s game %s: %s users, %s new', target_day, game_id, users, new_users)
    finally:
        conn.close()
