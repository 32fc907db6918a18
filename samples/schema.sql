-- Tables of the database `stats` that the sample DAGs read and write.
-- The keys matter: they decide which rows a statement locks.

CREATE TABLE login_log (
  day        DATE            NOT NULL,
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  game_id    SMALLINT        NOT NULL,
  user_id    INT UNSIGNED    NOT NULL,
  ip         VARCHAR(45)         NULL,
  minutes    SMALLINT        NOT NULL DEFAULT 0,
  is_first   TINYINT         NOT NULL DEFAULT 0,
  PRIMARY KEY (day, id),
  KEY idx_login_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE payment_log (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  day        DATE            NOT NULL,
  game_id    SMALLINT        NOT NULL,
  user_id    INT UNSIGNED    NOT NULL,
  channel    VARCHAR(10)     NOT NULL,
  currency   CHAR(3)         NOT NULL,
  amount     DECIMAL(12,2)   NOT NULL,
  state      VARCHAR(10)     NOT NULL,
  PRIMARY KEY (id),
  KEY idx_payment_day (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE exchange_rate (
  day        DATE            NOT NULL,
  currency   CHAR(3)         NOT NULL,
  rate       DECIMAL(12,6)   NOT NULL,
  PRIMARY KEY (day, currency)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE user_daily (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  day        DATE            NOT NULL,
  game_id    SMALLINT        NOT NULL,
  user_id    INT UNSIGNED    NOT NULL,
  logins     INT             NOT NULL DEFAULT 0,
  minutes    INT             NOT NULL DEFAULT 0,
  is_new     TINYINT         NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY idx_user_day (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE session_daily (
  day        DATE            NOT NULL,
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  game_id    SMALLINT        NOT NULL,
  user_id    INT UNSIGNED    NOT NULL,
  ip         VARCHAR(45)         NULL,
  minutes    INT             NOT NULL DEFAULT 0,
  closed     TINYINT         NOT NULL DEFAULT 0,
  PRIMARY KEY (day, id),
  KEY idx_session_id (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE user_counter (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  month      DATE            NOT NULL,
  game_id    SMALLINT        NOT NULL,
  kind       VARCHAR(10)     NOT NULL,
  users      INT             NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  UNIQUE KEY uk_counter (month, game_id, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE retention_daily (
  cohort_day   DATE          NOT NULL,
  game_id      SMALLINT      NOT NULL,
  new_users    INT           NOT NULL DEFAULT 0,
  retained_d1  INT               NULL,
  retained_d7  INT               NULL,
  retained_d30 INT               NULL,
  PRIMARY KEY (cohort_day, game_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE play_daily (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  day        DATE            NOT NULL,
  game_id    SMALLINT        NOT NULL,
  user_id    INT UNSIGNED    NOT NULL,
  sessions   INT             NOT NULL DEFAULT 0,
  minutes    INT             NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY idx_play_day (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE revenue_daily (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  day        DATE            NOT NULL,
  game_id    SMALLINT        NOT NULL,
  channel    VARCHAR(10)     NOT NULL,
  currency   CHAR(3)         NOT NULL,
  amount     DECIMAL(14,2)   NOT NULL DEFAULT 0,
  refunded   DECIMAL(14,2)   NOT NULL DEFAULT 0,
  net_amount DECIMAL(14,2)       NULL,
  amount_usd DECIMAL(14,2)       NULL,
  PRIMARY KEY (id),
  KEY idx_revenue_day (day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE game_daily (
  day        DATE            NOT NULL,
  game_id    SMALLINT        NOT NULL,
  users      INT             NOT NULL DEFAULT 0,
  minutes    INT             NOT NULL DEFAULT 0,
  revenue    DECIMAL(14,2)   NOT NULL DEFAULT 0,
  PRIMARY KEY (day, game_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE weekly_summary (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  week_start DATE            NOT NULL,
  game_id    SMALLINT        NOT NULL,
  minutes    INT             NOT NULL DEFAULT 0,
  revenue    DECIMAL(14,2)   NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY idx_weekly_start (week_start)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE user_ranking (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  season     CHAR(7)         NOT NULL,
  game_id    SMALLINT        NOT NULL,
  user_id    INT UNSIGNED    NOT NULL,
  score      INT             NOT NULL DEFAULT 0,
  scored_at  DATETIME            NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uk_ranking (season, game_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE user_grade (
  user_id    INT UNSIGNED    NOT NULL,
  grade      VARCHAR(10)     NOT NULL DEFAULT 'basic',
  paid_30d   DECIMAL(14,2)   NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE game_total (
  game_id       SMALLINT      NOT NULL,
  title         VARCHAR(30)   NOT NULL,
  month_minutes BIGINT        NOT NULL DEFAULT 0,
  month_revenue DECIMAL(16,2) NOT NULL DEFAULT 0,
  PRIMARY KEY (game_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE month_total (
  month      DATE            NOT NULL,
  minutes    BIGINT          NOT NULL DEFAULT 0,
  revenue    DECIMAL(16,2)   NOT NULL DEFAULT 0,
  PRIMARY KEY (month)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE batch_status (
  job_name    VARCHAR(30)    NOT NULL,
  last_day    DATE               NULL,
  finished_at DATETIME           NULL,
  PRIMARY KEY (job_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE batch_log (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  logged_at  DATETIME        NOT NULL,
  job_name   VARCHAR(30)     NOT NULL,
  day        DATE            NOT NULL,
  message    VARCHAR(200)    NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
