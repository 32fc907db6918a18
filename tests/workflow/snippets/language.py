"""Small programs about the language: each function's result is compared with Python's own."""

from typing import NamedTuple

COUNT = 1


def f_string_with_width():
    return f"{3:05d}|{2.5:.2f}|{'a':>4}|{'b':<3}|{'c':^5}|{1234567:,}|{255:x}"


def f_string_with_conversion_and_nested_width():
    width = 6
    return f"{'a'!r} {'x':>{width}} {3!s}"


def f_string_debug():
    x = 4
    return f"{x=}"


def percent_formats():
    return "%05d|%.2f|%-4s|%%" % (3, 2.5, "a")


def percent_by_name():
    return "%(year)04d-%(month)02d" % {"year": 2024, "month": 3}


def format_by_attribute_and_index():
    return "{0[1]}-{1[key]}-{name}-{0[0]:>3}".format([1, 2], {"key": "v"}, name="n")


def slices():
    text, numbers = "abcdef", [1, 2, 3, 4, 5]
    return [text[1:3], text[::-1], text[-2:], numbers[::2], numbers[:-1], numbers[-1]]


def slice_assignment():
    numbers = [1, 2, 3, 4]
    numbers[1:3] = [9]
    return numbers


def deletion():
    numbers = [1, 2, 3, 4]
    del numbers[0], numbers[-1]
    entries = {"a": 1, "b": 2}
    del entries["a"]
    return [numbers, entries]


def unpacking():
    first, *middle, last = [1, 2, 3, 4]
    (a, b), c = (1, 2), 3
    return [first, middle, last, a, b, c, *middle, {**{"x": 1}, "y": 2}]


def swap():
    a, b = 1, 2
    a, b = b, a
    return [a, b]


def chained_comparison():
    x = 5
    return [1 < x < 10, 1 < x > 7, x == 5 != 6]


def boolean_operators_return_operands():
    return ["" or "x", "a" and "b", None or [] or 0, not "", 0 and 1]


def conditional_expression():
    return ["a" if n % 2 else "b" for n in range(4)]


def nested_comprehension():
    return [f"{a}{b}" for a in "xy" for b in (1, 2) if (a, b) != ("x", 2)]


def dict_and_set_comprehension():
    return [{k: v * 2 for k, v in {"a": 1}.items()}, sorted({n % 3 for n in range(7)})]


def comprehension_does_not_leak():
    n = 7
    [n for n in range(3)]
    return n


def walrus():
    return [y for x in range(4) if (y := x * 2) > 2]


def walrus_in_condition():
    if (n := len("abc")) > 2:
        return n
    return 0


def closure_counts():
    total = 0

    def add(n):
        nonlocal total
        total += n
        return total

    add(1)
    add(2)
    return total


def global_variable():
    global COUNT
    COUNT = 5
    return COUNT


def closures_in_a_loop_see_the_last_value():
    return [f() for f in [lambda: n for n in range(3)]]


def default_argument_is_bound_early():
    return [f() for f in [lambda n=n: n for n in range(3)]]


def mutable_default():
    def add(x, seen=[]):
        seen.append(x)
        return seen

    add(1)
    return list(add(2))


def star_arguments():
    def show(a, /, b, *rest, c=3, **others):
        return [a, b, list(rest), c, others]

    return [show(1, 2), show(1, 2, 4, 5, c=6, d=7), show(*[1, 2], **{"e": 8})]


def decorator_with_arguments():
    def times(n):
        def wrap(function):
            def inner(*args, **kwargs):
                return function(*args, **kwargs) * n

            return inner

        return wrap

    @times(3)
    def text(x):
        return x

    return text("ab")


def stacked_decorators():
    def a(f):
        return lambda: "a" + f()

    def b(f):
        return lambda: "b" + f()

    @a
    @b
    def c():
        return "c"

    return c()


def class_decorator():
    def name(cls):
        cls.table = cls.__name__.lower()
        return cls

    @name
    class Orders:
        pass

    return Orders.table


def generator():
    def count(n):
        while n:
            yield n
            n -= 1

    return list(count(3))


def yield_from():
    def inner():
        yield 1
        yield 2

    def outer():
        yield 0
        yield from inner()
        yield from [3, 4]

    return list(outer())


def generator_expression():
    return sum(n * n for n in range(4))


def recursion():
    def factorial(n):
        return 1 if n < 2 else n * factorial(n - 1)

    return factorial(6)


def while_with_break_and_else():
    found, n = [], 0
    while n < 5:
        n += 1
        if n == 2:
            continue
        if n == 4:
            break
        found.append(n)
    else:
        found.append("else")
    return found


def for_else():
    for n in range(3):
        if n == 7:
            break
    else:
        return "none"
    return "found"


def try_without_error():
    steps = []
    try:
        steps.append("try")
    except ValueError:
        steps.append("except")
    else:
        steps.append("else")
    finally:
        steps.append("finally")
    return steps


def raised_error_is_caught():
    try:
        raise ValueError("no")
    except ValueError as error:
        return str(error)


def raise_ends_the_try():
    steps = []
    try:
        steps.append(1)
        raise KeyError("x")
        steps.append(2)
    except KeyError:
        steps.append(3)
    finally:
        steps.append(4)
    return steps


def missing_key_is_caught():
    try:
        return {"a": 1}["b"]
    except KeyError:
        return "missing"


def return_in_finally_order():
    steps = []

    def run():
        try:
            return "value"
        finally:
            steps.append("finally")

    return [run(), steps]


def with_statement():
    class Manager:
        def __init__(self):
            self.steps = []

        def __enter__(self):
            self.steps.append("enter")
            return self

        def __exit__(self, *error):
            self.steps.append("exit")

    with Manager() as manager:
        manager.steps.append("inside")
    return manager.steps


def match_values():
    def kind(x):
        match x:
            case 1 | 2:
                return "small"
            case "a":
                return "text"
            case None:
                return "none"
            case _:
                return "other"

    return [kind(1), kind("a"), kind(None), kind(9)]


def match_sequences():
    def kind(x):
        match x:
            case []:
                return "empty"
            case [a]:
                return f"one {a}"
            case [first, *rest]:
                return f"{first} and {len(rest)}"

    return [kind([]), kind([1]), kind([1, 2, 3])]


def match_mappings():
    def kind(x):
        match x:
            case {"type": "sql", "text": text}:
                return text
            case {"type": t, **others}:
                return [t, others]

    return [kind({"type": "sql", "text": "SELECT 1"}), kind({"type": "b", "n": 1})]


def match_guard():
    match 7:
        case n if n > 10:
            return "big"
        case n if n > 5:
            return "middle"
    return "small"


def match_classes():
    class Point:
        __match_args__ = ("x", "y")

        def __init__(self, x, y):
            self.x, self.y = x, y

    def kind(p):
        match p:
            case Point(0, y=y):
                return y
            case Point(x=x):
                return [x]
            case str():
                return "text"
            case int(n):
                return n

    return [kind(Point(0, 2)), kind(Point(3, 4)), kind("a"), kind(5)]


def match_records():
    def kind(p):
        match p:
            case Point(0, y):
                return y
            case Point(x=int(x)) if x > 2:
                return "far"
            case str(text) | [text]:
                return text
            case float() | None:
                return "neither"
            case _:
                return "other"

    return [kind(p) for p in (Point(0, 7), Point(3), Point(1), "t", ["u"], 2.5, None, {})]


def match_as():
    match ["go", "north"]:
        case ["go", ("north" | "south") as way]:
            return way
    return None


def augmented_assignment():
    text, number, items = "a", 2, [1]
    text += "b"
    number **= 3
    items += [2]
    entries = {"a": 1}
    entries |= {"b": 2}
    return [text, number, items, entries]


def integer_arithmetic():
    return [7 // 2, -7 // 2, 7 % 3, -7 % 3, 2**10, 7 / 2, 1 << 4, 6 & 3, 6 | 1, 6 ^ 2, ~5]


def list_arithmetic():
    return [[1] * 3, [1] + [2], (1,) + (2,), "ab" * 2]


def set_arithmetic():
    return [sorted({1, 2} | {3}), sorted({1, 2} & {2}), sorted({1, 2} - {2}), {1} <= {1, 2}]


def identity_and_membership():
    return [None is None, "a" in "abc", 2 in [1, 2], "k" in {"k": 1}, 5 not in (1,)]


def implicit_concatenation():
    return f"SELECT a FROM t WHERE x = {1}"


def lambda_with_defaults():
    add = lambda a, b=2, *c: a + b + len(c)
    return [add(1), add(1, 1, 1)]


def assert_passes():
    assert True, "fine"
    return 1


class Point(NamedTuple):
    x: int
    y: int = 2


def named_tuple_class():
    p = Point(1)
    x, y = p
    return [p.x, p.y, p[0], x + y, p._replace(x=5).x, p._asdict(), len(p)]


def function_attributes():
    def f():
        """Say it."""

    f.table = "t"
    return [f.__name__, f.table, f.__doc__]


def loop_variable_stays():
    for n in range(3):
        pass
    return n


def nested_functions_and_shadowing():
    x = 1

    def outer():
        x = 2

        def inner():
            return x

        return inner()

    return [x, outer()]


def complex_target():
    entries = {}
    for entries["k"], n in [("a", 1), ("b", 2)]:
        pass
    return [entries, n]


def enumerate_and_zip():
    return [
        list(enumerate("ab", start=1)),
        list(zip([1, 2], "ab", strict=True)),
        dict(zip("ab", [1, 2])),
    ]


def bytes_and_text():
    return [b"ab".decode(), "ä".encode().decode("utf-8"), str(b"ab", "utf-8")]
