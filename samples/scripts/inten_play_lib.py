"""Work of the DAG inten on play time: loads, correction, aggregate, ranking, totals."""

from datetime import datetime, timedelta

from stats_db import connect, hold, write_log


def load_play(**kwargs):
    """Delete and reload the day of one game."""
    target_day = kwargs['target_day']
    game_id = kwargs['game_id']
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            DELETE FROM play_daily
            WHERE day = '%s'
              AND game_id = %d
        """ % (target_day, game_id)
        cursor.execute(stmt)
        stmt = """
            INSERT INTO play_daily (day, game_id, user_id, sessions, minutes)
            SELECT day, game_id, user_id, COUNT(*), SUM(minutes)
            FROM login_log
            WHERE day = '%s'
              AND game_id = %d
            GROUP BY day, game_id, user_id
        """ % (target_day, game_id)
        cursor.execute(stmt)
        write_log(cursor, 'load_play', target_day, 'game %d reloaded' % game_id)
        hold()
        conn.commit()
    finally:
        conn.close()


def fix_play_week(**kwargs):
    """Cap the play time of clients that never logged out, over the last seven days."""
    target_day = kwargs['target_day']
    last = datetime.strptime(target_day, '%Y-%m-%d')
    first_day = (last - timedelta(days=6)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            UPDATE play_daily
            SET minutes = LEAST(minutes, 1440)
            WHERE day BETWEEN '%s' AND '%s'
        """ % (first_day, target_day)
        cursor.execute(stmt)
        write_log(cursor, 'fix_play_week', target_day, 'capped')
        hold()
        conn.commit()
    finally:
        conn.close()


def agg_play_daily(**kwargs):
    """Users and minutes per game of the day."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            INSERT INTO game_daily (day, game_id, users, minutes)
            SELECT day, game_id, COUNT(DISTINCT user_id), SUM(minutes)
            FROM play_daily
            WHERE day = '{}'
            GROUP BY day, game_id
            ON DUPLICATE KEY UPDATE users = VALUES(users), minutes = VALUES(minutes)
        """.format(target_day)
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()


def rank_users(**kwargs):
    """Score the players of one game by their last seven days, in the season's ranking."""
    target_day = kwargs['target_day']
    game_id = kwargs['game_id']
    last = datetime.strptime(target_day, '%Y-%m-%d')
    first_day = (last - timedelta(days=6)).strftime('%Y-%m-%d')
    season = '%d-Q%d' % (last.year, (last.month - 1) // 3 + 1)
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = f"""
            INSERT INTO user_ranking (season, game_id, user_id, score, scored_at)
            SELECT '{season}', game_id, user_id, SUM(minutes), NOW()
            FROM play_daily
            WHERE day BETWEEN '{first_day}' AND '{target_day}'
              AND game_id = {game_id}
            GROUP BY game_id, user_id
            ON DUPLICATE KEY UPDATE score = VALUES(score), scored_at = VALUES(scored_at)
        """
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()


def close_play_totals(**kwargs):
    """Minutes of the month so far: first per game, then over all games."""
    target_day = kwargs['target_day']
    month = datetime.strptime(target_day, '%Y-%m-%d').replace(day=1).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        cursor.execute(
            """
            UPDATE game_total t
            JOIN (
                SELECT game_id, SUM(minutes) AS minutes
                FROM game_daily
                WHERE day BETWEEN %s AND %s
                GROUP BY game_id
            ) d ON d.game_id = t.game_id
            SET t.month_minutes = d.minutes
            """,
            (month, target_day),
        )
        hold()
        cursor.execute(
            """
            INSERT INTO month_total (month, minutes)
            SELECT %s, SUM(minutes)
            FROM game_daily
            WHERE day BETWEEN %s AND %s
            ON DUPLICATE KEY UPDATE minutes = VALUES(minutes)
            """,
            (month, month, target_day),
        )
        hold()
        conn.commit()
    finally:
        conn.close()
