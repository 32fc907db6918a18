from __future__ import annotations

from lockplan.workflow.interpreter import Interpreter
from lockplan.workflow.loader import Loader
from lockplan.workflow.objects import Instance, NativeClass
from lockplan.workflow.stdlib import Library
from lockplan.workflow.values import Native, Unknown
from tests.workflow.interpreting import names, read


def test_functions_bind_positions_names_defaults_and_stars(tmp_path):
    code = """
        def f(a, b=2, *rest, c, d=4, **more):
            return (a, b, rest, c, d, more)
        x = f(1, c=3)
        y = f(1, 5, 6, 7, c=8, e=9)
        z = f(*[1, 2], **{'c': 3, 'd': 0})
        w = (lambda n, m=1: n + m)(2)
    """
    found = names(tmp_path, code)
    assert found["x"] == (1, 2, (), 3, 4, {})
    assert found["y"] == (1, 5, (6, 7), 8, 4, {"e": 9})
    assert found["z"] == (1, 2, (), 3, 0, {})
    assert found["w"] == 3


def test_closures_partials_and_decorators(tmp_path):
    code = """
        from functools import partial, wraps
        import unheard_of

        def times(n):
            def inner(x):
                return x * n
            return inner

        def shout(f):
            @wraps(f)
            def wrapped(*args, **kwargs):
                return f(*args, **kwargs).upper()
            return wrapped

        @shout
        def greet(name):
            return 'hello ' + name

        @unheard_of.decorator(1)
        def plain():
            return 'still callable'

        def counter():
            n = 0
            def step():
                nonlocal n
                n += 1
                return n
            step()
            return step()

        a, b, c = times(3)(4), partial(times(2), 5)(), greet('you')
        d, e = plain(), counter()
    """
    found = names(tmp_path, code)
    assert (found["a"], found["b"], found["c"]) == (12, 10, "HELLO YOU")
    assert (found["d"], found["e"]) == ("still callable", 2)


def test_classes_inherit_and_keep_attributes(tmp_path):
    code = """
        class Base:
            table = 'base'
            def __init__(self, day):
                self.day = day
            def sql(self):
                return f"DELETE FROM {self.table} WHERE day = '{self.day}'"
            @classmethod
            def today(cls):
                return cls('today')
            @staticmethod
            def twice(x):
                return x * 2
            @property
            def upper(self):
                return self.table.upper()

        class Child(Base):
            table = 'child'
            def __init__(self, day, extra=None):
                super().__init__(day)
                self.extra = extra
            def sql(self):
                return super().sql() + ' -- child'

        a = Child('d').sql()
        b = Child.today().day
        c = Child('d').upper
        d = Base.twice(4)
        e = Child.table
    """
    found = names(tmp_path, code)
    assert found["a"] == "DELETE FROM child WHERE day = 'd' -- child"
    assert (found["b"], found["c"], found["d"], found["e"]) == ("today", "CHILD", 8, "child")


def test_dataclasses_enums_and_named_tuples(tmp_path):
    code = """
        from collections import namedtuple
        from dataclasses import dataclass, field
        from enum import Enum

        class Kind(Enum):
            FULL = 'full'
            PART = 'part'

        @dataclass
        class Table:
            name: str
            kind: Kind = Kind.PART
            columns: list = field(default_factory=list)
            def sql(self):
                return f'{self.name}_{self.kind.value}'

        Point = namedtuple('Point', 'x y')
        a = [Table('t', kind).sql() for kind in Kind]
        b = Table('u').sql()
        c = Table('v').columns
        d = Point(1, y=2).y
        e = Kind('full') is Kind.FULL
        f = Kind['PART'].name
    """
    found = names(tmp_path, code)
    assert found["a"] == ["t_full", "t_part"]
    assert (found["b"], found["c"], found["d"]) == ("u_part", [], 2)
    assert (found["e"], found["f"]) == (True, "PART")


def test_globals_hold_what_the_code_puts_there(tmp_path):
    code = """
        def make(n):
            return n * 10
        for n in range(3):
            globals()[f'made_{n}'] = make(n)
    """
    assert names(tmp_path, code)["made_2"] == 20


class Task(Native):
    def __init__(self, kwargs):
        self.kwargs = kwargs

    def attribute(self, name, site):
        return "from the library"


class Operator(NativeClass):
    def init_subclass_instance(self, instance, args, kwargs, site):
        instance.native = Task(kwargs)


def test_a_class_of_the_folder_reaches_the_librarys_constructor(tmp_path):
    code = """
        from airy import Operator
        class Mine(Operator):
            def __init__(self, sql, **kwargs):
                super().__init__(**kwargs)
                self.sql = sql
        class Plain(Operator):
            pass
        a = Mine('SELECT 1', task_id='x')
        b = Plain(task_id='y')
        c = a.dag_id
    """
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "main.py").write_text("\n".join(x[8:] for x in code.split("\n")))
    library = Library()
    library.register({"airy.Operator": Operator()}.get)
    interpreter = Interpreter(Loader(tmp_path / "dags"), library)
    found = interpreter.run_module(tmp_path / "dags" / "main.py").names
    assert isinstance(found["a"], Instance)
    assert found["a"].native.kwargs == {"task_id": "x"}
    assert found["a"].attributes["sql"] == "SELECT 1"
    assert found["b"].native.kwargs == {"task_id": "y"}
    assert found["c"] == "from the library"


def test_an_unknown_call_tells_the_listener_its_owner_and_name(tmp_path):
    reading = read(tmp_path, "a_cursor.execute('SELECT 1')\n")
    assert reading.executed() == ["SELECT 1"]


def test_a_missing_module_gives_unknowns_with_its_name(tmp_path):
    found = names(tmp_path, "import nowhere.deep as n\nfrom nowhere import x\na = n.f(1).g[2]\n")
    assert "nowhere" in found["a"].reason
    assert isinstance(found["x"], Unknown)
