"""Work of the DAG inten on users: retention of the cohorts and user grades."""

from datetime import datetime, timedelta

from stats_db import connect, hold


def update_retention(**kwargs):
    """Count who of the cohort n_days ago came back on the day."""
    target_day = kwargs['target_day']
    n_days = kwargs['n_days']
    day = datetime.strptime(target_day, '%Y-%m-%d')
    cohort_day = (day - timedelta(days=n_days)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = f"""
            UPDATE retention_daily
            SET retained_d{n_days} = (
                SELECT COUNT(DISTINCT f.user_id)
                FROM login_log f
                JOIN login_log b ON b.user_id = f.user_id
                WHERE f.day = '{cohort_day}'
                  AND f.is_first = 1
                  AND f.game_id = retention_daily.game_id
                  AND b.day = '{target_day}'
            )
            WHERE cohort_day = '{cohort_day}'
        """
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()


def update_grades(target_day):
    """Grade the users by what they paid in the last thirty days."""
    last = datetime.strptime(target_day, '%Y-%m-%d')
    first_day = (last - timedelta(days=29)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            UPDATE user_grade g
            JOIN (
                SELECT user_id, SUM(amount) AS paid
                FROM payment_log
                WHERE day BETWEEN '%s' AND '%s'
                GROUP BY user_id
            ) p ON p.user_id = g.user_id
            SET g.paid_30d = p.paid,
                g.grade = IF(p.paid >= 1000, 'gold', 'basic')
        """ % (first_day, target_day)
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()
