-- The seven days up to {{ ds }}, filed under their first day.
DELETE FROM weekly_summary
WHERE week_start = '{{ macros.ds_add(ds, -6) }}';

INSERT INTO weekly_summary (week_start, game_id, minutes, revenue)
SELECT '{{ macros.ds_add(ds, -6) }}', game_id, SUM(minutes), SUM(revenue)
FROM game_daily
WHERE day BETWEEN '{{ macros.ds_add(ds, -6) }}' AND '{{ ds }}'
GROUP BY game_id;

UPDATE batch_status
SET last_day = '{{ ds }}', finished_at = NOW()
WHERE job_name = 'weekly_summary';
