-- Sample rows: the 60 days up to 2026-11-15, six games, twenty users.
-- Runs on MySQL 8 and newer and on MariaDB 10.11, after schema.sql in the same database.

CREATE TEMPORARY TABLE seed_day (day DATE NOT NULL, n INT NOT NULL);
INSERT INTO seed_day (day, n)
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 59)
SELECT DATE_SUB('2026-11-15', INTERVAL n DAY), n FROM numbers ORDER BY n DESC;

CREATE TEMPORARY TABLE seed_user (user_id INT NOT NULL);
INSERT INTO seed_user (user_id)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20)
SELECT n FROM numbers;

CREATE TEMPORARY TABLE seed_game (game_id INT NOT NULL, title VARCHAR(30) NOT NULL);
INSERT INTO seed_game (game_id, title) VALUES
  (1, 'arena'), (2, 'racing'), (3, 'puzzle'), (4, 'saga'), (5, 'golf'), (6, 'cards');

INSERT INTO login_log (day, game_id, user_id, ip, minutes, is_first)
SELECT d.day, 1 + (d.n + u.user_id) % 6, u.user_id, CONCAT('10.0.', d.n, '.', u.user_id),
       10 + (d.n * 7 + u.user_id * 13) % 200, IF((d.n + u.user_id) % 9 = 0, 1, 0)
FROM seed_day d CROSS JOIN seed_user u ORDER BY d.day, u.user_id;

INSERT INTO payment_log (day, game_id, user_id, channel, currency, amount, state)
SELECT d.day, 1 + (d.n + u.user_id) % 6, u.user_id,
       ELT(1 + (d.n + u.user_id * 2) % 3, 'web', 'store', 'pc'),
       ELT(1 + (d.n + u.user_id) % 4, 'KRW', 'USD', 'EUR', 'JPY'),
       1 + (d.n * 11 + u.user_id * 17) % 90,
       ELT(1 + (d.n + u.user_id * 3) % 10, 'refunded', 'pending', 'settled', 'settled', 'settled',
           'settled', 'settled', 'settled', 'settled', 'settled')
FROM seed_day d CROSS JOIN seed_user u ORDER BY d.day, u.user_id;

INSERT INTO exchange_rate (day, currency, rate)
SELECT day, 'USD', 1 FROM seed_day
UNION ALL SELECT day, 'KRW', 0.00072 FROM (SELECT DISTINCT day FROM login_log) k
UNION ALL SELECT day, 'EUR', 1.09 FROM (SELECT DISTINCT day FROM login_log) e
UNION ALL SELECT day, 'JPY', 0.0066 FROM (SELECT DISTINCT day FROM login_log) j;

INSERT INTO user_daily (day, game_id, user_id, logins, minutes, is_new)
SELECT day, game_id, user_id, COUNT(*), SUM(minutes), MAX(is_first)
FROM login_log GROUP BY day, game_id, user_id ORDER BY day;

INSERT INTO session_daily (day, game_id, user_id, ip, minutes)
SELECT day, game_id, user_id, ip, minutes FROM login_log ORDER BY day, id;

INSERT INTO user_counter (month, game_id, kind, users)
SELECT m.month, g.game_id, k.kind, 0
FROM (SELECT '2026-09-01' AS month UNION ALL SELECT '2026-10-01' UNION ALL SELECT '2026-11-01') m
CROSS JOIN seed_game g
CROSS JOIN (SELECT 'new' AS kind UNION ALL SELECT 'active') k;

INSERT INTO retention_daily (cohort_day, game_id, new_users)
SELECT d.day, g.game_id, 3 FROM seed_day d CROSS JOIN seed_game g;

INSERT INTO play_daily (day, game_id, user_id, sessions, minutes)
SELECT day, game_id, user_id, COUNT(*), SUM(minutes)
FROM login_log GROUP BY day, game_id, user_id ORDER BY day;

INSERT INTO revenue_daily (day, game_id, channel, currency, amount, refunded)
SELECT day, game_id, channel, currency, SUM(amount), SUM(IF(state = 'refunded', amount, 0))
FROM payment_log GROUP BY day, game_id, channel, currency ORDER BY day;

INSERT INTO game_daily (day, game_id, users, minutes, revenue)
SELECT day, game_id, COUNT(DISTINCT user_id), SUM(minutes), 0
FROM play_daily GROUP BY day, game_id;

INSERT INTO weekly_summary (week_start, game_id, minutes, revenue)
SELECT day, game_id, SUM(minutes), 0 FROM game_daily
WHERE day <= '2026-11-09' GROUP BY day, game_id ORDER BY day;

INSERT INTO user_ranking (season, game_id, user_id, score)
SELECT '2026-Q4', g.game_id, u.user_id, 0 FROM seed_game g CROSS JOIN seed_user u;

INSERT INTO user_grade (user_id) SELECT user_id FROM seed_user;
INSERT INTO game_total (game_id, title) SELECT game_id, title FROM seed_game;
INSERT INTO month_total (month) VALUES ('2026-09-01'), ('2026-10-01'), ('2026-11-01');

INSERT INTO batch_status (job_name, last_day) VALUES
  ('auto', '2026-11-14'), ('play', '2026-11-14'), ('revenue', '2026-11-14'),
  ('ranking', '2026-11-14'), ('weekly_summary', '2026-11-14'),
  ('weekly_summary_late', '2026-11-14');

INSERT INTO batch_log (logged_at, job_name, day, message)
SELECT TIMESTAMP(day, '05:30:00'), 'load_play', day, 'reloaded' FROM seed_day ORDER BY day;

DROP TEMPORARY TABLE seed_day;
DROP TEMPORARY TABLE seed_user;
DROP TEMPORARY TABLE seed_game;
