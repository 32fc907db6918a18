"""The same small shop in the SQL of each kind of server, with a person's name in its rows."""

PERSON = "Ada Secret"

INNODB = (
    "CREATE TABLE Orders (Id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, day DATE NOT NULL"
    " COMMENT 'a; b', who VARCHAR(40) COLLATE utf8mb4_bin, total DECIMAL(10,2) DEFAULT '0.00',"
    " cents INT GENERATED ALWAYS AS (total * 100) STORED, mood ENUM('a','b'), note JSON,"
    " PRIMARY KEY (Id), UNIQUE KEY u (day, Id), KEY k_who (who(10)), FULLTEXT KEY ft (who),"
    " CONSTRAINT positive CHECK (total >= 0)) ENGINE=InnoDB COMMENT='PARTITION BY (x'",
    "CREATE TABLE order_lines (id INT PRIMARY KEY, order_id BIGINT UNSIGNED, CONSTRAINT f"
    " FOREIGN KEY (order_id) REFERENCES Orders (Id) ON DELETE CASCADE) ENGINE=InnoDB",
    "CREATE TABLE facts (d DATE NOT NULL, n INT, PRIMARY KEY (d, n)) ENGINE=InnoDB"
    " PARTITION BY RANGE (TO_DAYS(d)) (PARTITION p1 VALUES LESS THAN (TO_DAYS('2026-01-08')),"
    " PARTITION p2 VALUES LESS THAN (TO_DAYS('2026-01-15')),"
    " PARTITION pm VALUES LESS THAN MAXVALUE)",
    "CREATE TABLE `odd%s:x``y` (`a b` INT PRIMARY KEY, `sel:ect` DATE, KEY (`sel:ect`))",
    "CREATE VIEW v (number, on_day) AS SELECT Id, day FROM Orders",
    "CREATE TRIGGER tr BEFORE INSERT ON Orders FOR EACH ROW"
    " BEGIN SET NEW.mood = 'a'; SET @n = 1; END",
    "INSERT INTO facts WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s"
    " WHERE n < 30) SELECT '2026-01-01' + INTERVAL n DAY, n FROM s",
    f"INSERT INTO Orders (day, who, total) SELECT d, '{PERSON}', n FROM facts",
)

POSTGRESQL = (
    "CREATE TYPE mood AS ENUM ('a', 'b')",
    'CREATE TABLE "Orders" (id BIGSERIAL PRIMARY KEY, "Day" DATE NOT NULL, at TIMESTAMPTZ,'
    " who VARCHAR(40), total NUMERIC(10, 2), cents INT GENERATED ALWAYS AS (total * 100) STORED,"
    " feels mood, note JSONB)",
    'CREATE UNIQUE INDEX u ON "Orders" ("Day", id) INCLUDE (total)',
    'CREATE INDEX k_low ON "Orders" (lower(who), id)',
    'CREATE INDEX part ON "Orders" (total) WHERE total > 5',
    'CREATE TABLE order_lines (id INT PRIMARY KEY, order_id BIGINT REFERENCES "Orders"'
    " ON DELETE CASCADE)",
    "CREATE TABLE facts (d DATE NOT NULL, n INT) PARTITION BY RANGE (d)",
    "CREATE INDEX ON facts (d)",
    "CREATE TABLE facts_1 PARTITION OF facts FOR VALUES FROM (MINVALUE) TO ('2026-01-08')",
    "CREATE TABLE facts_2 PARTITION OF facts DEFAULT",
    'CREATE VIEW v (number, on_day) AS SELECT id, "Day" FROM "Orders"',
    "CREATE MATERIALIZED VIEW mv AS SELECT id FROM order_lines",
    "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN UPDATE order_lines SET id = 1; RETURN NEW; END $$",
    'CREATE TRIGGER tr BEFORE INSERT OR UPDATE ON "Orders" FOR EACH ROW EXECUTE FUNCTION f()',
    "CREATE SCHEMA other",
    'CREATE TABLE other."odd%s:x""y" ("a b" INT PRIMARY KEY)',
    "INSERT INTO facts SELECT DATE '2026-01-01' + g, g FROM generate_series(1, 30) g",
    f'INSERT INTO "Orders" ("Day", who, total) SELECT d, \'{PERSON}\', n FROM facts',
)

SQLITE = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, day DATE, who TEXT)",
    "CREATE INDEX k_day ON orders (day)",
    "CREATE INDEX k_who ON orders (who)",
    "CREATE VIEW v AS SELECT id FROM orders",
    "CREATE TABLE log (a, b)",
    "CREATE TRIGGER tr AFTER INSERT ON orders BEGIN INSERT INTO log VALUES (1, 2); END",
    *(
        f"INSERT INTO orders (day, who) VALUES ('2026-01-{n:02d}', '{PERSON}')"
        for n in range(2, 32)
    ),
)
