"""Small programs about classes: each function's result is compared with Python's own."""

import enum
from abc import ABC, abstractmethod
from collections import namedtuple
from dataclasses import KW_ONLY, InitVar, asdict, astuple, dataclass, field, fields, replace
from enum import Enum, IntEnum, StrEnum, auto
from typing import ClassVar, TypedDict


class Color(Enum):
    RED = 1
    BLUE = "b"


class Level(IntEnum):
    LOW = auto()
    HIGH = auto()


class Kind(str, Enum):
    SALE = "sale"
    VISIT = "visit"


class Zone(StrEnum):
    EU = auto()
    US = "us"


def enum_members():
    return [Color.RED.value, Color.RED.name, Color("b").name, Color["RED"].value]


def enum_iteration():
    return [[c.name for c in Color], [c.value for c in Level], len(Color), list(Zone.__members__)]


def int_enum_is_a_number():
    return [Level.LOW + 1, Level.HIGH == 2, Level.LOW < Level.HIGH, int(Level.HIGH)]


def text_enums():
    return [Kind.SALE == "sale", Kind("visit").value, Zone.EU.value, f"{Zone.EU}", str(Zone.US)]


def text_enum_with_mixin_as_text():
    return [str(Kind.SALE), f"{Kind.SALE.value}_t", "x_" + Kind.SALE, Kind.SALE.upper()]


def format_of_a_mixed_enum():
    return [f"{Kind.SALE}", "{}".format(Kind.VISIT), "%s" % Kind.SALE]


def enum_identity():
    return [
        Color.RED is Color.RED,
        Color.RED == Color.BLUE,
        Color.RED in (Color.RED,),
        Color.RED in Color,
    ]


def enum_with_attributes():
    class Table(Enum):
        ORDERS = ("orders", 3)

        def __init__(self, table, keep):
            self.table = table
            self.keep = keep

        @property
        def title(self):
            return self.table.title()

    return [Table.ORDERS.table, Table.ORDERS.keep, Table.ORDERS.title]


def enum_as_key():
    names = {Color.RED: "r", Color.BLUE: "b"}
    return [names[Color.RED], [names[c] for c in Color]]


def functional_enum():
    Made = enum.Enum("Made", ["A", "B"])
    Pairs = enum.Enum("Pairs", [("X", "x"), ("Y", "y")])
    return [Made.A.name, Made.B.value, Pairs.X.value, Pairs("y").name]


@dataclass
class Table:
    name: str
    schema: str = "public"
    columns: list = field(default_factory=list)
    kind: ClassVar[str] = "table"

    @property
    def full(self):
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, order=True)
class Version:
    major: int
    minor: int = 0


@dataclass
class Partitioned(Table):
    key: str = "day"
    full_name: str = field(init=False)

    def __post_init__(self):
        self.full_name = f"{self.full}/{self.key}"


def dataclass_fields():
    t = Table("t", columns=["a"])
    t.columns.append("b")
    return [t.full, t.columns, Table("u").columns, Table.kind, asdict(t)]


def dataclass_inheritance():
    return [Partitioned("t").full_name, Partitioned("t", key="m").key]


def dataclass_equality_and_order():
    return [
        Version(1) == Version(1, 0),
        Version(1) < Version(1, 1),
        max(Version(1), Version(2)).major,
    ]


def dataclass_as_key():
    return {Version(1): "a"}[Version(1)]


def dataclass_text():
    return [repr(Version(1, 2)), str(Table("t"))]


def dataclass_replaced():
    return [
        replace(Version(1), minor=4).minor,
        astuple(Version(1)),
        [f.name for f in fields(Version)],
    ]


def dataclass_keyword_only_and_init_var():
    @dataclass
    class Load:
        day: InitVar[str]
        _: KW_ONLY
        table: str = "t"
        sql: str = ""

        def __post_init__(self, day):
            self.sql = f"DELETE FROM {self.table} WHERE day = '{day}'"

    return Load("d", table="u").sql


def dataclass_options_of_fields():
    @dataclass
    class Load:
        table: str
        rows: int = field(default=3, kw_only=True)
        label: str = field(init=False, default="l")
        mode: str = "append"

    load = Load("t", "replace", rows=4)
    return [load.mode, load.rows, load.label, Load("t") == Load("t"), Load("t") != load]


def records_in_collections_as_text():
    return [str([Version(1)]), f"{ {'v': Version(2)} }", str((Color.RED.name, Version(0)))]


def nested_records_as_plain_values():
    @dataclass
    class Schema:
        versions: list

    schema = Schema([Version(1), {"k": Version(2, 3)}])
    return [asdict(schema), astuple(schema)]


def sorted_records():
    versions = [Version(2), Version(1, 5), Version(1)]
    levels = sorted([Level.HIGH, Level.LOW])
    pairs = [(Level.HIGH, "a"), (Level.LOW, "b"), (Level.LOW, "a")]
    return [
        [(v.major, v.minor) for v in sorted(versions, reverse=True)],
        [level.name for level in levels],
        [text for _, text in sorted(pairs)],
        max(levels).name,
        min(versions, key=lambda v: v.minor).major,
        (1, Version(2)) < (1, Version(3)),
    ]


def integer_enum_as_text():
    return [str(Level.HIGH), f"{Level.HIGH}", f"{Level.HIGH:03d}", "%d" % Level.HIGH, Level.LOW + 1]


def types_of_members():
    return [
        isinstance(Kind.SALE, str),
        isinstance(Color.RED, int),
        isinstance(Level.LOW, int),
        isinstance(Color.RED, Color),
        isinstance(Color.RED, Kind),
        isinstance(named_tuple, str),
    ]


def enum_with_its_own_text():
    class Step(Enum):
        LOAD = 1

        def __str__(self):
            return self.name.lower()

    return [str(Step.LOAD), f"{Step.LOAD}", "{}".format(Step.LOAD), f"{Step.LOAD!s:>6}"]


def named_tuple():
    Row = namedtuple("Row", "a b c", defaults=[9])
    row = Row(1, b=2)
    a, b, c = row
    return [row.a, row[1], row.c, a + b + c, Row(*[1, 2, 3]).c, row._asdict(), Row._fields]


def typed_dict():
    class Conf(TypedDict, total=False):
        table: str
        keep: int

    conf: Conf = {"table": "t"}
    return [conf["table"], Conf(table="u", keep=1)]


class Base:
    table = "base"

    def __init__(self, name="n"):
        self.name = name
        self._size = 1

    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, value):
        self._size = value * 2

    @classmethod
    def make(cls, name):
        return cls(name)

    @staticmethod
    def double(n):
        return n * 2

    def show(self):
        return f"{self.table}:{self.name}"


class Child(Base):
    table = "child"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.extra = True

    def show(self):
        return "<" + super().show() + ">"


def methods_and_properties():
    base = Base.make("x")
    base.size = 4
    return [base.size, base.double(3), Base.double(2), base.show(), Child.make("y").show()]


def super_reaches_above():
    return [
        Child("z").show(),
        Child().name,
        Child().extra,
        isinstance(Child(), Base),
        issubclass(Child, Base),
    ]


def method_resolution_order():
    class A:
        def who(self):
            return ["A"]

    class B(A):
        def who(self):
            return ["B", *super().who()]

    class C(A):
        def who(self):
            return ["C", *super().who()]

    class D(B, C):
        def who(self):
            return ["D", *super().who()]

    return [D().who(), [c.__name__ for c in D.__mro__][:4]]


def special_methods():
    class Box:
        def __init__(self, *items):
            self.items = list(items)

        def __call__(self, n):
            return n + 1

        def __getitem__(self, key):
            return self.items[key]

        def __setitem__(self, key, value):
            self.items[key] = value

        def __len__(self):
            return len(self.items)

        def __contains__(self, x):
            return x in self.items

        def __iter__(self):
            return iter(self.items)

        def __add__(self, other):
            return Box(*self.items, *other.items)

        def __str__(self):
            return "box"

        def __repr__(self):
            return "Box()"

        def __eq__(self, other):
            return self.items == other.items

        def __bool__(self):
            return bool(self.items)

    b = Box(1, 2)
    b[0] = 5
    return [
        b(1),
        b[1],
        len(b),
        5 in b,
        9 in b,
        list(b),
        (b + Box(3)).items,
        str(b),
        f"{b}",
        f"{b!r}",
        b == Box(5, 2),
        bool(Box()),
        "%s" % b,
        "{}".format(b),
        b != Box(),
    ]


def iteration_by_generator():
    class Days:
        def __iter__(self):
            yield "mon"
            yield "tue"

    return [list(Days()), [d for d in Days()], ",".join(Days())]


def truth_and_membership_by_special_methods():
    class Tables:
        def __init__(self, *names):
            self.names = names

        def __len__(self):
            return len(self.names)

        def __contains__(self, name):
            return name in self.names

    none, two = Tables(), Tables("a", "b")
    return [bool(none), bool(two), len(two), "a" in two, "c" in two, "yes" if two else "no"]


def format_method():
    class Money:
        def __format__(self, spec):
            return "money:" + spec

    return [f"{Money():x}", "{:y}".format(Money()), format(Money(), "z")]


def attribute_fallback():
    class Any:
        def __getattr__(self, name):
            return name.upper()

    return Any().hello


def ordering_methods():
    class V:
        def __init__(self, n):
            self.n = n

        def __lt__(self, other):
            return self.n < other.n

    return [V(1) < V(2), [v.n for v in sorted([V(2), V(1)])]]


def abstract_class():
    class Load(ABC):
        @property
        @abstractmethod
        def table(self): ...

        def sql(self):
            return f"TRUNCATE {self.table}"

    class Orders(Load):
        table = "orders"

    return Orders().sql()


def class_attributes_computed():
    class Sql:
        table = "t"
        select = f"SELECT * FROM {table}"
        both = [select, "x".upper()]

        class Inner:
            x = 1

    Sql.extra = 2
    return [Sql.select, Sql.both, Sql.Inner.x, Sql.extra]


def registry_of_subclasses():
    class Step:
        known = []

        def __init_subclass__(cls, **kwargs):
            super().__init_subclass__(**kwargs)
            Step.known.append(cls.__name__)

    class One(Step):
        pass

    class Two(Step):
        pass

    return Step.known


def subclasses_and_names():
    return [
        Child.__name__,
        Child().__class__.__name__,
        type(Child()).__name__,
        Base.__subclasses__()[0].__name__,
    ]


def getattr_setattr():
    b = Base()
    setattr(b, "x", 3)
    return [getattr(b, "x"), getattr(b, "nothing", "default"), hasattr(b, "x"), b.__dict__["x"]]


def instance_counter():
    class Counted:
        count = 0

        def __init__(self):
            Counted.count += 1

    Counted()
    Counted()
    return Counted.count


def chained_methods():
    class Query:
        def __init__(self):
            self.parts = []

        def select(self, c):
            self.parts.append(f"SELECT {c}")
            return self

        def table(self, t):
            self.parts.append(f"FROM {t}")
            return self

        def build(self):
            return " ".join(self.parts)

    return Query().select("a").table("t").build()


def new_makes_a_singleton():
    class One:
        made = None

        def __new__(cls):
            if cls.made is None:
                cls.made = super().__new__(cls)
                cls.made.n = 4
            return cls.made

    return [One().n, One() is One()]


def subclass_of_dict():
    class Conf(dict):
        def table(self):
            return self["table"]

    return [Conf(table="t").table(), Conf({"a": 1})["a"]]


def dynamic_class():
    Made = type("Made", (Base,), {"table": "made"})
    return [Made("n").show(), Made.__name__]
