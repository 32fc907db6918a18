"""Work of the DAG inten on money: loads per channel, corrections, aggregate, totals."""

from datetime import datetime, timedelta

from stats_db import connect, hold, write_log


def load_revenue(**kwargs):
    """Delete and reload the day of one sales channel."""
    target_day = kwargs['target_day']
    channel = kwargs['channel']
    conn = connect()
    try:
        cursor = conn.cursor()
        cursor.execute(
            'DELETE FROM revenue_daily WHERE day = %s AND channel = %s',
            (target_day, channel),
        )
        stmt = """
            INSERT INTO revenue_daily (day, game_id, channel, currency, amount, refunded)
            SELECT day, game_id, channel, currency, SUM(amount),
                   SUM(IF(state = 'refunded', amount, 0))
            FROM payment_log
            WHERE day = '{day}'
              AND channel = '{channel}'
            GROUP BY day, game_id, channel, currency
        """.format(day=target_day, channel=channel)
        cursor.execute(stmt)
        write_log(cursor, 'load_revenue', target_day, channel + ' reloaded')
        hold()
        conn.commit()
    finally:
        conn.close()


def reload_revenue_late(**kwargs):
    """Reload the day before: the stores send their last payments after midnight."""
    target_day = kwargs['target_day']
    late_day = (datetime.strptime(target_day, '%Y-%m-%d') - timedelta(days=1)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            DELETE FROM revenue_daily
            WHERE day = '%s'
        """ % (late_day)
        cursor.execute(stmt)
        stmt = """
            INSERT INTO revenue_daily (day, game_id, channel, currency, amount, refunded)
            SELECT day, game_id, channel, currency, SUM(amount),
                   SUM(IF(state = 'refunded', amount, 0))
            FROM payment_log
            WHERE day = '%s'
            GROUP BY day, game_id, channel, currency
        """ % (late_day)
        cursor.execute(stmt)
        write_log(cursor, 'reload_revenue_late', late_day, 'reloaded')
        hold()
        conn.commit()
    finally:
        conn.close()


def fix_refund_week(**kwargs):
    """Take the refunds off the revenue of the last seven days."""
    target_day = kwargs['target_day']
    last = datetime.strptime(target_day, '%Y-%m-%d')
    first_day = (last - timedelta(days=6)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = f"""
            UPDATE revenue_daily
            SET net_amount = amount - refunded
            WHERE day BETWEEN '{first_day}' AND '{target_day}'
        """
        cursor.execute(stmt)
        write_log(cursor, 'fix_refund_week', target_day, 'net amounts set')
        hold()
        conn.commit()
    finally:
        conn.close()


def fix_payment_state(**kwargs):
    """Settle the pending payments of the seven days before the day."""
    target_day = kwargs['target_day']
    last = datetime.strptime(target_day, '%Y-%m-%d')
    first_day = (last - timedelta(days=7)).strftime('%Y-%m-%d')
    last_day = (last - timedelta(days=1)).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        cursor.execute(
            """
            UPDATE payment_log
            SET state = 'settled'
            WHERE day BETWEEN %s AND %s
              AND state = 'pending'
            """,
            (first_day, last_day),
        )
        hold()
        conn.commit()
    finally:
        conn.close()


def convert_currency(**kwargs):
    """Fill the dollar amounts of the day."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            UPDATE revenue_daily r
            JOIN exchange_rate x ON x.day = r.day AND x.currency = r.currency
            SET r.amount_usd = r.amount * x.rate
            WHERE r.day = '%s'
        """ % (target_day)
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()


def agg_revenue_daily(**kwargs):
    """Revenue per game of the day."""
    target_day = kwargs['target_day']
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = """
            INSERT INTO game_daily (day, game_id, revenue)
            SELECT day, game_id, SUM(amount_usd)
            FROM revenue_daily
            WHERE day = '{}'
              AND amount_usd IS NOT NULL
            GROUP BY day, game_id
            ON DUPLICATE KEY UPDATE revenue = VALUES(revenue)
        """.format(target_day)
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()


def close_revenue_totals(**kwargs):
    """Revenue of the month so far: first over all games, then per game."""
    target_day = kwargs['target_day']
    month = datetime.strptime(target_day, '%Y-%m-%d').replace(day=1).strftime('%Y-%m-%d')
    conn = connect()
    try:
        cursor = conn.cursor()
        stmt = f"""
            INSERT INTO month_total (month, revenue)
            SELECT '{month}', SUM(revenue)
            FROM game_daily
            WHERE day BETWEEN '{month}' AND '{target_day}'
            ON DUPLICATE KEY UPDATE revenue = VALUES(revenue)
        """
        cursor.execute(stmt)
        hold()
        stmt = f"""
            UPDATE game_total t
            JOIN (
                SELECT game_id, SUM(revenue) AS revenue
                FROM game_daily
                WHERE day BETWEEN '{month}' AND '{target_day}'
                GROUP BY game_id
            ) d ON d.game_id = t.game_id
            SET t.month_revenue = d.revenue
        """
        cursor.execute(stmt)
        hold()
        conn.commit()
    finally:
        conn.close()
