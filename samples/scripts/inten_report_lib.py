"""Reports of the DAG inten: they only read, and write to the task log."""

import logging
from datetime import datetime, timedelta

from stats_db import connect

log = logging.getLogger(__name__)


def report_play(**kwargs):
    """Play time per game, beside the users with the longest day."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        cursor.execute(
            'SELECT game_id, users, minutes FROM game_daily WHERE day = %s', (target_day,)
        )
        for game_id, users, minutes in cursor.fetchall():
            log.info('%s game %s: %s users, %s minutes', target_day, game_id, users, minutes)
        stmt = """
            SELECT user_id, minutes
            FROM play_daily
            WHERE day = '%s'
            ORDER BY minutes DESC
            LIMIT 10
        """ % (target_day)
        cursor.execute(stmt)
        for user_id, minutes in cursor.fetchall():
            log.info('user %s: %s minutes', user_id, minutes)
    finally:
        conn.close()


def report_revenue(**kwargs):
    """Revenue per channel over the last seven days."""
    target_day = kwargs['target_day']
    last = datetime.strptime(target_day, '%Y-%m-%d')
    first_day = (last - timedelta(days=6)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            SELECT day, channel, SUM(amount_usd)
            FROM revenue_daily
            WHERE day BETWEEN '{}' AND '{}'
            GROUP BY day, channel
        """.format(first_day, target_day)
        cursor.execute(stmt)
        for day, channel, amount in cursor.fetchall():
            log.info('%s %s: %s USD', day, channel, amount)
    finally:
        conn.close()


def report_ranking(**kwargs):
    """The ten best of each game, with the minutes of their last day."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = f"""
            SELECT r.game_id, r.user_id, r.score, p.minutes
            FROM user_ranking r
            LEFT JOIN play_daily p
              ON p.game_id = r.game_id AND p.user_id = r.user_id AND p.day = '{target_day}'
            ORDER BY r.game_id, r.score DESC
        """
        cursor.execute(stmt)
        for game_id, user_id, score, minutes in cursor.fetchmany(60):
            log.info('game %s user %s: %s points, %s minutes', game_id, user_id, score, minutes)
    finally:
        conn.close()
