"""What lockplan and sqllineage say of the same statements: the tables that are read and written.

python benchmarks/against_sqllineage.py SQLLINEAGE_PYTHON [FILE.sql…] [--dialect mysql]

SQLLINEAGE_PYTHON is the interpreter of an environment where sqllineage is installed. Without files,
statements of all kinds that lock are compared. sqllineage follows data from table to table and so
names none for a DELETE or a TRUNCATE; lockplan names what is locked.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from lockplan.model.access import Role  # noqa: E402  # found by the line above
from lockplan.model.connection import Engine  # noqa: E402
from lockplan.model.schema import Schema  # noqa: E402
from lockplan.sql.accesses import read_statement  # noqa: E402
from lockplan.sql.scan import Piece, split  # noqa: E402
from lockplan.sql.text import Holes  # noqa: E402

STATEMENTS = """
SELECT * FROM a JOIN b ON a.id = b.id;
SELECT * FROM a WHERE id IN (SELECT id FROM b) FOR UPDATE;
INSERT INTO a (id) VALUES (1);
INSERT INTO a SELECT * FROM b WHERE day = '2026-01-05';
INSERT INTO a SELECT * FROM (SELECT id FROM b UNION ALL SELECT id FROM c) x;
WITH x AS (SELECT id FROM b) SELECT * FROM x;
REPLACE INTO a SELECT * FROM b;
UPDATE a SET n = 1 WHERE id = 3;
UPDATE a JOIN b ON a.id = b.id SET a.n = b.n;
UPDATE a, b SET a.n = 1, b.n = 2 WHERE a.id = b.id;
DELETE FROM a WHERE day < '2026-01-05';
DELETE x FROM a x JOIN b ON b.id = x.id;
DELETE FROM a WHERE id IN (SELECT id FROM b);
TRUNCATE TABLE a;
DROP TABLE IF EXISTS a;
CREATE TABLE a AS SELECT * FROM b;
CREATE TABLE a LIKE b;
CREATE OR REPLACE VIEW v AS SELECT * FROM a;
ALTER TABLE a ADD COLUMN x INT;
RENAME TABLE a TO a_old, b TO a;
ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b;
LOCK TABLES a WRITE, b READ;
LOAD DATA INFILE 'f.csv' INTO TABLE a;
SET @n = (SELECT MAX(id) FROM a);
SELECT MAX(id) INTO @n FROM a;
OPTIMIZE TABLE a;
"""

LINEAGE = """
import json, logging, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from sqllineage.runner import LineageRunner
found = []
for sql in json.load(sys.stdin):
    try:
        runner = LineageRunner(sql, dialect=sys.argv[1])
        names = [sorted(str(t).rpartition(".")[2] for t in tables)
                 for tables in (runner.source_tables, runner.target_tables)]
        found.append(names)
    except Exception as error:
        found.append(type(error).__name__)
print(json.dumps(found))
"""
READS = (Role.READ, Role.READ_SHARE, Role.READ_UPDATE, Role.LOCK_READ, Role.METADATA)


@dataclass(frozen=True, slots=True)
class Said:
    """The tables that one of the two names."""

    read: frozenset[str]
    written: frozenset[str]
    failed: str = ""

    def __str__(self) -> str:
        if self.failed:
            return f"({self.failed})"
        parts = [("reads", self.read), ("writes", self.written)]
        return ", ".join(f"{verb} {' '.join(sorted(names))}" for verb, names in parts if names)


def lockplan_says(piece: Piece, engine: Engine) -> Said:
    """Return what lockplan reads of a statement."""
    reading = read_statement(piece, Holes(), engine, Schema())
    read = frozenset(a.name.table for a in reading.accesses if a.role in READS)
    written = frozenset(a.name.table for a in reading.accesses if a.role not in READS)
    return Said(read, written, "; ".join(reading.unread) if not reading.accesses else "")


def lineage_says(python: str, dialect: str, statements: list[str]) -> list[Said]:
    """Return what sqllineage says of all statements, from one process."""
    command = [python, "-c", LINEAGE, dialect]
    done = subprocess.run(
        command, input=json.dumps(statements), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise click.ClickException(f"sqllineage does not run there: {done.stderr.strip()[-300:]}")
    return [
        Said(frozenset(), frozenset(), found)
        if isinstance(found, str)
        else Said(frozenset(found[0]), frozenset(found[1]))
        for found in json.loads(done.stdout.splitlines()[-1])
    ]


def relation(ours: Said, theirs: Said) -> str:
    """Say how the two sets of tables compare, whatever their roles."""
    mine, other = ours.read | ours.written, theirs.read | theirs.written
    if not other:
        return "only lockplan" if mine else "neither"
    if mine == other:
        return "same" if ours.read == theirs.read else "same tables, other roles"
    return "lockplan more" if mine > other else "lockplan less" if mine < other else "differ"


@click.command()
@click.argument("python")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dialect", default="mysql", show_default=True, help="As both call it.")
def main(python: str, files: tuple[Path, ...], dialect: str) -> None:
    """Print a line for each statement, and how often the two agree."""
    engine = Engine({"postgres": "postgresql"}.get(dialect, dialect))
    text = ";\n".join(file.read_text(encoding="utf-8") for file in files) or STATEMENTS
    pieces = split(text, engine)
    theirs = lineage_says(python, dialect, [piece.text for piece in pieces])
    counts: dict[str, int] = {}
    print(f"{'statement':56} {'lockplan':26} {'sqllineage':26} compared")
    for piece, other in zip(pieces, theirs, strict=True):
        ours = lockplan_says(piece, engine)
        found = relation(ours, other)
        counts[found] = counts.get(found, 0) + 1
        line = " ".join(piece.text.split())
        print(f"{line[:55]:56} {str(ours)[:25]:26} {str(other)[:25]:26} {found}")
    print("\n" + ", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
