"""The statements of schema files, one after the other, to a schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from lockplan.model.connection import Engine
from lockplan.model.schema import Index, Schema, Table, Trigger, View
from lockplan.sql.interface import TableName, UnreadableSQL
from lockplan.sql.parse import parse
from lockplan.sql.partitions import attached, changed, closing, read_partitioning
from lockplan.sql.routines import read_trigger, read_view
from lockplan.sql.scan import Piece, split
from lockplan.sql.tables import Parts, descends, index_column
from lockplan.sql.words import Words

Key = tuple[str | None, str]

_ENGINE = re.compile(r"(?i)\bENGINE\s*=?\s*(\w+)")
_MARIADB_WORDS = re.compile(
    r"(?i)(?:(?<=\))|(?<=BTREE))\s*(?P<used>NOT\s+)?(?P<ignored>IGNORED)\b"
    r"|(?<=[\w'] )(?P<type>INET[46])(?=\s*(?:[,)]|NOT\b|NULL\b|DEFAULT\b))"
)
_HARMLESS_ALTER = re.compile(r"(?i)\b(?:(?:DISABLE|ENABLE)\s+KEYS|OWNER\s+TO|AUTO_INCREMENT\s*=)")
_OTHER_OBJECTS = (
    *(
        "DATABASE",
        "SCHEMA",
        "PROCEDURE",
        "FUNCTION",
        "AGGREGATE",
        "EVENT",
        "USER",
        "ROLE",
        "SERVER",
    ),
    *("SEQUENCE", "EXTENSION", "TYPE", "DOMAIN", "TABLESPACE", "FULLTEXT", "SPATIAL", "POLICY"),
    *("RULE", "COLLATION", "CAST", "OPERATOR", "PUBLICATION", "SUBSCRIPTION", "STATISTICS"),
    *("TABLE", "INDEX", "PACKAGE", "UNLOGGED", "FOREIGN", "LANGUAGE", "VIRTUAL"),
)
"""What CREATE may make that holds no rows, or that is passed over."""
_BTREES = ("", "BTREE", "HASH")


class SchemaBuilder:
    """Puts tables together from the statements that define and change them."""

    def __init__(self) -> None:
        self.defined = 0
        """How many CREATE TABLE were read."""
        self.unread: list[tuple[str, int, str]] = []
        """Path, line and reason of what was not."""
        self._tables: dict[Key, Table] = {}
        self._views: dict[Key, View] = {}
        self._triggers: dict[tuple[str, str], Trigger] = {}
        self._database: str | None = None
        self._journal: str | None = None

    def schema(self) -> Schema:
        """Return what was defined, in the order of the files."""
        return Schema(
            tuple(self._tables.values()),
            tuple(self._views.values()),
            tuple(self._triggers.values()),
            self._journal,
        )

    def read(self, path: str, text: str) -> None:
        """Read one file's text."""
        self._database = None
        for piece in split(text, Engine.UNKNOWN):
            try:
                self._statement(piece)
            except UnreadableSQL as unread:
                self.unread.append((path, piece.line + 1, unread.reason))
            except RecursionError:
                self.unread.append((path, piece.line + 1, "the statement is nested too deeply"))

    def _statement(self, piece: Piece) -> None:
        words = Words(piece.text, piece.masked)
        reader = _READERS.get(words.take())
        if reader is not None:
            reader(self, words, piece)

    def _pragma(self, words: Words, _piece: Piece) -> None:
        if words.name().table.lower() == "journal_mode" and words.peek() in ("=", "("):
            words.accept("(")
            self._journal = words.value().lower()

    def _use(self, words: Words, _piece: Piece) -> None:
        self._database = words.name().table

    def _key(self, name: TableName) -> Key:
        return (name.database or self._database, name.table.lower())

    def _create(self, words: Words, piece: Piece) -> None:
        words.accept("OR", "REPLACE")
        if words.accept_any("TEMPORARY", "TEMP"):
            return
        if words.accept("TABLE"):
            self._create_table(words, piece)
        elif words.accept_any("INDEX", "UNIQUE"):
            self._create_index(piece)
        elif words.has("TRIGGER") and words.skip_to("TRIGGER"):
            words.accept("IF", "NOT", "EXISTS")
            key = self._key(words.name())
            trigger = read_trigger(key, words, piece)
            self._triggers[trigger.table, trigger.name] = trigger
        elif words.has("VIEW") and words.skip_to("VIEW"):
            words.accept("IF", "NOT", "EXISTS")
            key = self._key(words.name())
            self._views[key] = read_view(key, piece)
        elif not words.has(*_OTHER_OBJECTS):
            raise UnreadableSQL("it does not parse: CREATE of nothing that is known")

    def _create_table(self, words: Words, piece: Piece) -> None:
        kept = words.accept("IF", "NOT", "EXISTS")
        key = self._key(words.name())
        if words.accept("LIKE"):
            table = self._known(self._key(words.name()))
            table = replace(table, name=key[1], database=key[0], foreign_keys=())
        elif words.accept("PARTITION", "OF"):
            table = self._partition(key, self._key(words.name()), piece)
        elif words.peek() == "(":
            table = _table(key, piece)
        else:
            raise UnreadableSQL(f"the columns of {key[1]} are not written out")
        self.defined += 1
        if key in self._tables and not kept and self._tables[key] != table:
            del self._tables[key]
            raise UnreadableSQL(f"{key[1]} is defined twice, differently: neither is used")
        self._tables.setdefault(key, table)

    def _partition(self, key: Key, whole: Key, piece: Piece) -> Table:
        """Return PostgreSQL's partition, a table of its own, and put it into the whole."""
        table = self._known(whole)
        self._attach(whole, key[1], piece)
        cut = read_partitioning(piece.text, piece.masked, table.columns)
        own = replace(table, name=key[1], database=key[0], partitioning=cut)
        return replace(own, partition_of=table.name)

    def _attach(self, whole: Key, name: str, piece: Piece) -> None:
        table = self._known(whole)
        if table.partitioning is None:
            raise UnreadableSQL(f"{whole[1]} is not partitioned before this statement")
        cut = attached(table.partitioning, name, piece.text, piece.masked, table.columns)
        self._tables[whole] = replace(table, partitioning=cut)

    def _known(self, key: Key) -> Table:
        if key not in self._tables:
            raise UnreadableSQL(f"{key[1]} is not defined before this statement")
        return self._tables[key]

    def _create_index(self, piece: Piece) -> None:
        tree = parse(piece.text, Engine.UNKNOWN)
        target = tree.this
        if not isinstance(tree, exp.Create) or not isinstance(target, exp.Index):
            raise UnreadableSQL("the index is not read")
        key = self._tree_key(target.args["table"])
        table, params = self._known(key), target.args.get("params")
        if params is None or params.args.get("where") or not params.args.get("columns"):
            return  # a partial index does not serve every search
        using = params.args.get("using")
        if (using.name.upper() if using else "") in _BTREES:
            keys = params.args["columns"]
            columns = tuple(index_column(column) for column in keys)
            name = target.name or "_".join((*columns, "idx"))
            unique = bool(tree.args.get("unique"))
            index = Index(name, columns, unique, descending=descends(keys))
            self._tables[key] = replace(table, indexes=(*table.indexes, index))

    def _tree_key(self, node: exp.Expr) -> Key:
        return self._key(TableName(node.text("db") or None, node.name))

    def _alter(self, words: Words, piece: Piece) -> None:
        if not words.accept("TABLE") or _HARMLESS_ALTER.search(piece.masked):
            return
        words.accept("IF", "EXISTS")
        words.accept("ONLY")
        key = self._key(words.name())
        table = self._known(key)
        if words.accept("ATTACH", "PARTITION"):
            part = self._key(words.name())
            self._attach(key, part[1], piece)
            self._tables[part] = replace(self._known(part), partition_of=key[1])
            return
        try:
            known = changed(table, piece.text, piece.masked)
            self._tables[key] = known or _altered(table, parse(piece.text, Engine.UNKNOWN))
        except UnreadableSQL as unread:
            del self._tables[key]
            raise UnreadableSQL(f"{unread.reason}; {key[1]} counts as not known") from unread

    def _drop(self, words: Words, _piece: Piece) -> None:
        kind = words.take()
        words.accept("IF", "EXISTS")
        if kind == "TABLE":
            for name in words.names():
                self._tables.pop(self._key(name), None)
        elif kind == "VIEW":
            for name in words.names():
                self._views.pop(self._key(name), None)
        elif kind == "INDEX":
            index = words.name().table
            if not words.accept("ON"):
                raise UnreadableSQL("the table that the index belongs to is not named")
            key = self._key(words.name())
            table = self._known(key)
            kept = tuple(i for i in table.indexes if i.name.lower() != index.lower())
            self._tables[key] = replace(table, indexes=kept)

    def _rename(self, words: Words, _piece: Piece) -> None:
        words.accept("TABLE")
        self._tables.pop(self._key(words.name()), None)
        raise UnreadableSQL("RENAME TABLE is not followed; the table counts as not known")


def _table(key: Key, piece: Piece) -> Table:
    end = closing(piece.masked)
    options = piece.masked[end:]
    if re.search(r"(?i)\bSELECT\b", options):
        raise UnreadableSQL(f"the columns of {key[1]} come from a query")
    tree = parse(_without_mariadb_words(piece, end), Engine.UNKNOWN)
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema):
        raise UnreadableSQL("the table's definition is not read")
    parts = Parts()
    for element in tree.this.expressions:
        if not parts.add(element):
            raise UnreadableSQL(f"a part of the definition is not read: {element.sql()[:60]}")
    engine = _ENGINE.search(options)
    return Table(
        key[1],
        tuple(parts.columns),
        tuple(parts.indexes),
        tuple(parts.foreign_keys),
        engine[1] if engine else None,
        read_partitioning(piece.text[end:], options, parts.columns),
        key[0],
    )


def _without_mariadb_words(piece: Piece, end: int) -> str:
    """Return a definition without what the parser does not know of MariaDB, to its meaning here."""
    text = piece.text[:end]
    for found in reversed([*_MARIADB_WORDS.finditer(piece.masked, 0, end)]):
        hidden = " INVISIBLE" if found["ignored"] and not found["used"] else " "
        word = "JSON" if found["type"] else hidden
        text = text[: found.start()] + word + text[found.end() :]
    return text


def _altered(table: Table, tree: exp.Expr) -> Table:
    if not isinstance(tree, exp.Alter):
        raise UnreadableSQL("this ALTER TABLE is not read")
    parts = Parts(list(table.columns), list(table.indexes), list(table.foreign_keys))
    for action in tree.args["actions"]:
        elements = action.expressions if isinstance(action, exp.AddConstraint) else [action]
        if not parts.add_all(elements):
            raise UnreadableSQL("this ALTER TABLE is not read")
    return replace(
        table,
        columns=tuple(parts.columns),
        indexes=tuple(parts.indexes),
        foreign_keys=tuple(parts.foreign_keys),
    )


_READERS: dict[str, Callable[[SchemaBuilder, Words, Piece], None]] = {
    "USE": SchemaBuilder._use,
    "PRAGMA": SchemaBuilder._pragma,
    "CREATE": SchemaBuilder._create,
    "ALTER": SchemaBuilder._alter,
    "DROP": SchemaBuilder._drop,
    "RENAME": SchemaBuilder._rename,
}
