"""Which lock model speaks for a connection."""

from __future__ import annotations

from lockplan.engines.blocks import TransactionLocks
from lockplan.engines.innodb import InnoDb
from lockplan.engines.innodb_flavour import flavour
from lockplan.engines.interface import LockModel
from lockplan.engines.memo import IdentityMemo
from lockplan.engines.pairing import arrange
from lockplan.engines.postgres import Postgres
from lockplan.engines.resources import Resources
from lockplan.engines.sqlite import Sqlite
from lockplan.engines.table_writers import TableWriters
from lockplan.engines.tables import Tables
from lockplan.model.access import Footprint, Transaction
from lockplan.model.connection import (
    UNKNOWN_PREFIX,
    Connection,
    Engine,
    Sameness,
    same_name,
)
from lockplan.model.schema import Schema

_INNODB, _WRITERS = InnoDb(), TableWriters()
_MODELS: dict[Engine, LockModel] = {
    Engine.MYSQL: _INNODB,
    Engine.MARIADB: _INNODB,
    Engine.SQLITE: Sqlite(),
    Engine.POSTGRESQL: Postgres(),
    Engine.RESOURCE: Resources(),
}
_ONE_SERVER: tuple[set[Engine], ...] = (
    {Engine.MYSQL, Engine.MARIADB},
    *({Engine.OTHER, engine} for engine in Engine if engine not in _MODELS),
)
"""Pairs of engines that may name one server; another engine may be any without a model."""
_TABLES: IdentityMemo[Tables] = IdentityMemo(8)
_LOCKS: IdentityMemo[TransactionLocks] = IdentityMemo(20_000)
_REACHED: IdentityMemo[bool] = IdentityMemo(100_000)


def tables_of(schema: Schema) -> Tables:
    """Return a schema with its names indexed, once per schema."""
    return _TABLES.get((schema,), lambda: Tables(schema))


def model_for(a: Transaction, b: Transaction, tables: Tables) -> LockModel:
    """Return the model under which two transactions are compared: where they differ, the widest."""
    first, second = _model(a, tables), _model(b, tables)
    if first is second:
        return first
    named = [side for side in (a, b) if side.connection.engine is not Engine.UNKNOWN]
    return _model(named[0], tables) if len(named) == 1 else _WRITERS


def _model(transaction: Transaction, tables: Tables) -> LockModel:
    engine = transaction.connection.engine
    if engine is Engine.UNKNOWN and _defined_as_innodb(transaction, tables):
        return _INNODB
    return _MODELS.get(engine, _WRITERS)


def _defined_as_innodb(transaction: Transaction, tables: Tables) -> bool:
    definitions = [tables.get(access.table) for access in transaction.accesses]
    return any(table and (table.engine or "").lower() == "innodb" for table in definitions)


def locks_whole_tables(footprint: Footprint) -> bool:
    """Whether all of a task's servers lock by the table, as far as is known, whatever the rows."""
    engines = {transaction.connection.engine for transaction in footprint.transactions}
    return not engines & {*_MODELS, Engine.UNKNOWN}


def locks_of(transaction: Transaction, model: LockModel, tables: Tables) -> TransactionLocks:
    """Return a transaction's locks, computed once while the transaction is in use."""
    overtakes = model is not _INNODB or flavour(transaction.connection).overtakes
    return _LOCKS.get(
        (transaction, model, tables),
        lambda: arrange(model.locks(transaction, tables), overtakes=overtakes),
    )


def may_be_one_server(a: Connection, b: Connection) -> bool:
    """Whether two connections may reach the same server."""
    return _REACHED.get((a, b), lambda: _reach_one_server(a, b))


def _reach_one_server(a: Connection, b: Connection) -> bool:
    if (a.engine is Engine.RESOURCE) is not (b.engine is Engine.RESOURCE):
        return False
    engines = {a.engine, b.engine} - {Engine.UNKNOWN}
    if len(engines) > 1 and engines not in _ONE_SERVER:
        return False
    return same_name(_server(a), _server(b)) is not Sameness.DIFFERENT


def _server(connection: Connection) -> str:
    return connection.server or UNKNOWN_PREFIX + connection.name
