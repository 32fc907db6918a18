"""The snapshot file: what is written comes back, and what is broken is said."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from lockplan.errors import InputError
from lockplan.model.schema import Schema
from lockplan.snapshots import read_snapshot, snapshot_to_json
from lockplan.sql import read_ddl, with_statistics

DDL = """
USE shop;
CREATE TABLE facts (id BIGINT AUTO_INCREMENT, d DATE NOT NULL, at TIMESTAMP, code VARCHAR(9),
  n DECIMAL(9,2), twice INT GENERATED ALWAYS AS (n * 2), PRIMARY KEY (id, d), UNIQUE KEY u (code),
  FOREIGN KEY (n) REFERENCES other (n) ON DELETE CASCADE) ENGINE=InnoDB
  PARTITION BY RANGE COLUMNS (d) (PARTITION p1 VALUES LESS THAN ('2026-01-08'),
  PARTITION pm VALUES LESS THAN (MAXVALUE));
CREATE TABLE stamped (at TIMESTAMP) PARTITION BY RANGE (UNIX_TIMESTAMP(at))
  (PARTITION p1 VALUES LESS THAN (UNIX_TIMESTAMP('2026-01-08 03:30:00')));
CREATE TABLE counted (d DATE) PARTITION BY RANGE (TO_DAYS(d))
  (PARTITION p1 VALUES LESS THAN (TO_DAYS('2026-01-08')));
CREATE TABLE listed (a INT, s VARCHAR(9)) PARTITION BY LIST COLUMNS (s, a)
  (PARTITION x VALUES IN (('b', 1), (NULL, 2)), PARTITION y VALUES IN (('c', 3)));
CREATE TABLE hashed (a INT) PARTITION BY HASH (a) PARTITIONS 3;
CREATE TABLE strange (a INT) PARTITION BY RANGE (a DIV 7) (PARTITION p VALUES LESS THAN (5));
CREATE VIEW v (x) AS SELECT id FROM facts;
CREATE TRIGGER tr AFTER DELETE ON facts FOR EACH ROW DELETE FROM listed;
"""
STATISTICS = {
    "shop.facts": {
        "rows": 31,
        "columns": {
            "d": {"min": "2026-01-01", "max": "2026-01-31", "distinct": 31},
            "at": {"min": "2026-01-01 00:00:01.500000", "max": None},
            "n": {"min": Decimal("0.10"), "max": 7},
            "code": {"min": "A", "max": "B"},
        },
        "estimated": True,
    }
}


def schema() -> Schema:
    found, skipped = read_ddl(DDL)
    assert skipped == ()
    return with_statistics(found, STATISTICS)


def test_a_snapshot_comes_back_as_it_was_written(tmp_path):
    file = tmp_path / "snapshot.json"
    file.write_text(snapshot_to_json(schema(), "mysql://host/shop"), encoding="utf-8")
    assert read_snapshot(file) == schema()


def test_a_snapshot_is_for_people_to_read_too():
    document = json.loads(snapshot_to_json(schema(), "mysql://host/shop"))
    facts = document["tables"][0]
    assert (document["lockplan_snapshot"], document["server"]) == (1, "mysql://host/shop")
    assert facts["columns"][1] == {"name": "d", "type": "date", "nullable": False}
    assert facts["partitioning"]["partitions"][0] == {"name": "p1", "high": ["2026-01-08"]}
    assert facts["statistics"]["columns"]["n"] == {"low": "0.10", "high": 7}


def test_values_come_back_as_regions_compare_them(tmp_path):
    file = tmp_path / "snapshot.json"
    file.write_text(snapshot_to_json(schema(), ""), encoding="utf-8")
    facts, stamped, *_ = read_snapshot(file).tables
    assert facts.statistics is not None
    assert facts.statistics.columns["at"].low == datetime(2026, 1, 1, 0, 0, 1, 500000)
    assert facts.statistics.columns["n"].low == Decimal("0.1")
    assert stamped.partitioning is not None
    assert stamped.partitioning.partitions[0].high == (datetime(2026, 1, 8, 3, 30),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("\ufeff[]", "is no snapshot"),
        ('{"tables": []}', "is no snapshot"),
        ('{"lockplan_snapshot": 2}', "is a snapshot of version 2, 1 was expected"),
        ('{"lockplan_snapshot": 1, "tables": [{}]}', "is damaged"),
        ('{"lockplan_snapshot": 1, "tables": 5}', "is damaged"),
        ('{"lockplan_snapshot": 1, "views": [{"colour": 1}]}', "is damaged"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_file_that_is_no_snapshot_is_an_error_that_says_so(tmp_path, text, said):
    file = tmp_path / "snapshot.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said) as refused:
        read_snapshot(file)
    assert "lockplan snapshot URL" in refused.value.way_out


def test_a_missing_snapshot_is_an_error(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_snapshot(tmp_path / "none.json")
