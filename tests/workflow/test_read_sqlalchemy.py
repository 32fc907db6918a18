"""SQLAlchemy's tables, mapped classes and the statements that are made of them."""

from __future__ import annotations

from pathlib import Path

from tests.workflow.reading import read_body, task, texts

CORE = """
from sqlalchemy import MetaData, Table, Column, Integer, and_, cast, create_engine, func, select
from sqlalchemy import delete, insert, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
engine = create_engine('postgresql://u:pw@dwh/mart')
"""
MAPPED = """
from sqlalchemy import Column, Integer, create_engine, func, select
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.orm import Session
engine = create_engine('postgresql://u:pw@dwh/mart')
Base = declarative_base()
class Visit(Base):
    __tablename__ = 'visits'
    __table_args__ = ({'schema': 'web'},)
    id = Column(Integer, primary_key=True)
class Shop(Base):
    __tablename__ = 'shops'
    id = Column(Integer, primary_key=True)
"""


def sent(tmp_path: Path, header: str, body: str) -> list[str]:
    """Return the SQL that a callable with this body sends."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    operator = "PythonOperator(task_id='t', python_callable=work, dag=dag)\n"
    one = task(read_body(tmp_path, f"{header}\ndef work():\n{lines}{operator}"), "t")
    assert one.skipped == ()
    return texts(one)


def test_an_upsert_into_a_reflected_table_writes_it(tmp_path: Path) -> None:
    body = """
visits = Table('visits', MetaData(schema='web'), autoload_with=engine)
stmt = pg_insert(visits).values(rows())
new = {c.name: getattr(stmt.excluded, c.name) for c in visits.columns if c.name != 'id'}
with engine.begin() as conn:
    conn.execute(stmt.on_conflict_do_update(index_elements=['id'], set_=new))
    conn.execute(pg_insert(visits).on_conflict_do_update(set_={'day': stmt.excluded.day}))
    conn.execute(pg_insert(visits).values(rows()).on_conflict_do_nothing())
"""
    begin = "INSERT INTO web.visits VALUES (:row) ON CONFLICT"
    assert sent(tmp_path, CORE + "def rows(): ...\n", body) == [
        f"{begin} (id) DO UPDATE SET a = excluded.a, b = excluded.b",
        f"{begin} (id) DO UPDATE SET day = excluded.day",
        f"{begin} DO NOTHING",
    ]


def test_statements_of_tables_write_and_read_them(tmp_path: Path) -> None:
    body = """
md = MetaData()
a = Table('a', md, Column('id', Integer), schema='s')
b = Table('b', md, Column('id', Integer))
md.create_all(engine)
with engine.begin() as conn:
    conn.execute(a.insert(), [{'id': 1}])
    conn.execute(insert(a).from_select(['id'], select(b.c.id)))
    conn.execute(update(a).where(a.c.id == 1).values(id=2))
    conn.execute(delete(a).where(a.c.id.in_(select(b.c.id))))
    conn.execute(select(func.count(a.c.id)).select_from(a.join(b, a.c.id == b.c.id)))
b.drop(engine)
"""
    assert sent(tmp_path, CORE, body) == [
        "CREATE TABLE IF NOT EXISTS s.a (a INT)",
        "CREATE TABLE IF NOT EXISTS b (a INT)",
        "INSERT INTO s.a VALUES (:row)",
        "INSERT INTO s.a SELECT * FROM b",
        "UPDATE s.a SET id = :value",
        "DELETE FROM s.a WHERE EXISTS (SELECT * FROM b)",
        "SELECT * FROM s.a, b",
        "DROP TABLE b",
    ]


def test_mapped_classes_name_their_tables_with_their_schema(tmp_path: Path) -> None:
    body = """
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.query(Visit.id, func.max(Shop.id)).filter(Visit.id > 1).order_by(Visit.id).all()
    session.query(Visit).join(Shop).delete()
    session.add(Visit(id=1))
    session.execute(select(Shop.id).where(Shop.id == 1))
    session.commit()
"""
    assert sent(tmp_path, MAPPED, body) == [
        "CREATE TABLE IF NOT EXISTS web.visits (a INT)",
        "CREATE TABLE IF NOT EXISTS shops (a INT)",
        "SELECT * FROM web.visits",
        "SELECT * FROM shops",
        "SELECT * FROM web.visits",
        "SELECT * FROM shops",
        "DELETE FROM web.visits",
        "INSERT INTO web.visits VALUES (%s)",
        "SELECT * FROM shops",
    ]
