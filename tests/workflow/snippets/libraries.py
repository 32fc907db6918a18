"""Small programs over the standard library: each result is compared with Python's own."""

import base64
import calendar
import collections
import hashlib
import itertools
import json
import math
import operator
import os.path
import re
import string
import textwrap
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from contextlib import contextmanager, nullcontext, suppress
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache, partial, reduce, wraps
from pathlib import Path, PurePosixPath


def text_methods():
    return [
        "a-b".replace("-", "_"),
        " x ".strip(),
        "a,b".split(","),
        "ab".upper(),
        "x".zfill(3),
        "a.b.c".rsplit(".", 1),
        "k=v".partition("="),
        "ab".startswith(("x", "a")),
        "Ab".swapcase(),
        "a\nb".splitlines(),
        "abc".find("c"),
        "aab".count("a"),
        "table_x".removeprefix("table_"),
        "{a}".format_map({"a": 1}),
        "x".join(["1", "2"]),
        "a b".title(),
        "12".isdigit(),
        "abc".translate(str.maketrans("ab", "xy")),
    ]


def methods_of_types():
    return [
        list(map(str.strip, [" a ", "b "])),
        str.join("-", ["a", "b"]),
        sorted(["b", "A"], key=str.lower),
        list(map(dict.get, [{"k": 1}, {}], ["k", "k"])),
        str.format("{}-{x}", 1, x=2),
    ]


def list_methods():
    numbers = [3, 1, 2]
    numbers.append(5)
    numbers.extend([4])
    numbers.insert(0, 9)
    numbers.remove(1)
    last = numbers.pop()
    numbers.sort(reverse=True)
    return [numbers, last, numbers.index(5), numbers.count(3), numbers[::-1]]


def getters_of_several():
    rows = [{"t": "b", "n": 1}, {"t": "a", "n": 2}, {"t": "a", "n": 1}]
    ordered = sorted(rows, key=operator.itemgetter("t", "n"))
    upper = operator.methodcaller("replace", "a", "b")
    return [[row["n"] for row in ordered], operator.itemgetter(2, 0)("xyz"), upper("aa")]


def sort_with_key():
    words = ["bb", "a", "ccc"]
    words.sort(key=len, reverse=True)
    return [words, sorted(words, key=lambda w: w[-1]), sorted({"b": 1, "a": 2})]


def dict_methods():
    d = {"a": 1}
    d.setdefault("b", []).append(2)
    d.update(c=3)
    d.update([("e", 5)])
    popped = d.pop("a")
    return [
        d,
        popped,
        d.get("x", 0),
        list(d.items()),
        d | {"z": 1},
        dict.fromkeys("ab", 0),
        d.pop("no", 7),
    ]


def set_methods():
    s = {1, 2}
    s.add(3)
    s.discard(1)
    return [
        sorted(s),
        sorted(s.union([9])),
        s.issubset({2, 3, 4}),
        sorted(s.symmetric_difference({2})),
    ]


def quantifiers():
    return [
        any([0, 1]),
        all([]),
        sum([1, 2], 10),
        min([], default=0),
        max("ab", "cd"),
        max([1, 3], key=lambda n: -n),
    ]


def rounding():
    return [
        round(2.567, 2),
        abs(-3),
        divmod(7, 2),
        pow(2, 3),
        int("12"),
        float("1.5"),
        int(2.9),
        math.ceil(1.2),
        math.floor(1.8),
    ]


def map_and_filter():
    return [
        list(map(str, [1, 2])),
        list(filter(None, [0, 1])),
        list(map(lambda a, b: a + b, [1], [2])),
        list(reversed([1, 2])),
    ]


def partials():
    return [partial(lambda a, b: a - b, 5)(3), partial(int, base=2)("101")]


def wrapped_function():
    def decorate(f):
        @wraps(f)
        def inner(*args):
            return f(*args)

        return inner

    @decorate
    def load():
        return 1

    return [load(), load.__name__]


def cached():
    @lru_cache(maxsize=None)
    def f(n):
        return n * 2

    return f(4)


def reduced():
    return [reduce(lambda a, b: a + b, [1, 2, 3]), reduce(lambda a, b: a * b, [2], 10)]


def itertools_functions():
    return [
        list(itertools.chain([1], [2])),
        list(itertools.product("ab", [1])),
        list(itertools.islice(range(9), 2, 6, 2)),
        list(itertools.zip_longest([1], [2, 3], fillvalue=0)),
        list(itertools.combinations("abc", 2)),
        list(itertools.accumulate([1, 2, 3])),
        list(itertools.repeat("x", 2)),
        list(itertools.pairwise("abc")),
    ]


def itertools_by_condition():
    return [
        list(itertools.takewhile(lambda n: n < 3, [1, 2, 3, 1])),
        list(itertools.dropwhile(lambda n: n < 3, [1, 2, 3, 1])),
        list(itertools.filterfalse(str.isdigit, "a1b")),
        list(itertools.compress("abc", [1, 0, 1])),
        list(itertools.accumulate([1, 2, 3], lambda a, b: a * b)),
        list(itertools.combinations_with_replacement("ab", 2)),
    ]


def iterators_without_end():
    lanes = itertools.cycle(["x", "y"])
    numbers = itertools.count(10, 5)
    return [
        list(zip("abc", lanes, strict=False)),
        next(lanes),
        list(itertools.islice(numbers, 2)),
        next(numbers),
        list(zip(itertools.repeat("r"), "uv")),
        list(map(pow, [2, 3], itertools.repeat(2))),
    ]


def sliced_iterator_goes_on():
    it = iter("abcde")
    return [list(itertools.islice(it, 2)), list(itertools.islice(it, 2)), list(it)]


def chunks_of_one_iterator():
    it = iter([1, 2, 3, 4, 5])
    return list(zip(it, it))


def tees():
    first, second = itertools.tee([1, 2, 3])
    next(second)
    return list(zip(first, second))


def grouped():
    return [(k, list(g)) for k, g in itertools.groupby(["a1", "a2", "b1"], key=lambda s: s[0])]


def starmapped():
    return list(itertools.starmap(pow, [(2, 3), (3, 2)]))


def defaultdicts():
    d = defaultdict(list)
    d["a"].append(1)
    d["a"].append(2)
    d["b"]
    return [d["a"], sorted(d), {k: len(v) for k, v in d.items()}, dict(d)]


def counters():
    c = Counter("aab")
    return [c["a"], c.most_common(1), sorted(c.items())]


def counters_add_up():
    c = Counter(["a", "b"], b=2)
    c.update("bz")
    c["z"] += 4
    return [dict(c), c["nothing"], len(c), c.total(), list(Counter(a=2).elements())]


def defaultdicts_of_defaultdicts():
    d = defaultdict(lambda: defaultdict(int), known={})
    d["a"]["x"] += 2
    d["b"]
    return [{k: dict(v) for k, v in d.items()}, "c" in d, d.get("c"), d.copy()["e"] == {}]


def chain_map_reads_what_is_there_now():
    defaults, own = {"pool": "a", "retries": 1}, {}
    conf = ChainMap(own, defaults)
    before = conf["pool"]
    conf["pool"] = "b"
    defaults["queue"] = "q"
    return [before, conf["pool"], own, conf.get("queue"), sorted(conf), conf.new_child()["pool"]]


def ordered_and_chained():
    o = OrderedDict([("b", 1), ("a", 2)])
    return [list(o), ChainMap({"a": 1}, {"a": 2, "b": 3})["b"], dict(o)]


def deques():
    d = deque([1, 2])
    d.append(3)
    d.appendleft(0)
    return [list(d), d.popleft(), len(d)]


def dedented():
    return [
        textwrap.dedent("""
        SELECT 1
          FROM t
    """).strip(),
        textwrap.indent("a\nb", "  "),
        textwrap.shorten("a b c d", 5, placeholder=""),
    ]


def string_templates():
    return [
        string.Template("$a ${b} $$").substitute(a=1, b="x"),
        string.Template("$a $b").safe_substitute(a=1),
        string.ascii_lowercase[:3],
    ]


def regular_expressions():
    return [
        re.sub(r"\s+", " ", "a  b"),
        re.findall(r"\d+", "a1b22"),
        re.split(r"[,;]", "a,b;c"),
        re.sub(r"(\w)x", r"\1y", "ax"),
    ]


def matched_groups():
    m = re.match(r"(\w+)_(?P<n>\d+)", "table_12")
    return [
        m.group(1),
        m["n"],
        m.groups(),
        re.search("z", "abc") is None,
        bool(re.fullmatch("a+", "aa")),
    ]


def compiled_pattern():
    p = re.compile(r"[^a-z]+", re.IGNORECASE)
    return p.sub("_", "A b-c")


def substitution_by_function():
    return re.sub(r"\d", lambda m: str(int(m.group()) + 1), "a1b2")


def known_dates():
    d = datetime(2024, 1, 31, 5)
    return [
        (d + timedelta(days=1)).strftime("%Y-%m-%d"),
        d.date().isoformat(),
        (d - datetime(2024, 1, 1)).days,
        date(2024, 2, 29).replace(day=1).isoformat(),
        d.year,
        d.weekday(),
        d.isoformat(),
        str(d),
        f"{d:%Y%m%d}",
        timedelta(hours=25).total_seconds(),
        d.isocalendar()[1],
        datetime.strptime("2024-03-01", "%Y-%m-%d").month,
    ]


def date_ranges():
    start, end = date(2024, 1, 30), date(2024, 2, 2)
    return [str(start + timedelta(days=n)) for n in range((end - start).days)]


def dates_compare():
    return [date(2024, 1, 1) < date(2024, 1, 2), max(date(2024, 1, 1), date(2023, 1, 1)).year]


def aware_date_as_text():
    return datetime(2024, 1, 1, tzinfo=timezone.utc).isoformat()


def calendars():
    return [calendar.monthrange(2024, 2)[1], calendar.month_name[3], calendar.isleap(2024)]


def json_round_trip():
    return [json.loads('{"a": [1, null, true]}'), json.dumps({"a": 1}), json.dumps([1], indent=2)]


def paths():
    return [
        os.path.join("a", "b.sql"),
        os.path.basename("/x/y.sql"),
        os.path.splitext("a.sql")[0],
        os.path.dirname("/x/y"),
        str(Path("a") / "b" / "c.sql"),
        Path("a/b.sql").stem,
        Path("a/b.sql").suffix,
        str(Path("a/b.sql").with_suffix(".txt")),
        PurePosixPath("a/b").name,
        Path("a", "b").parts,
    ]


def context_managers():
    steps = []

    @contextmanager
    def opened(name):
        steps.append("open " + name)
        yield name.upper()
        steps.append("close")

    with opened("x") as x, nullcontext(5) as n:
        steps.append(x)
    with suppress(ValueError):
        steps.append("in")
    return [steps, n]


def decimals():
    return str(Decimal("1.10") + Decimal("2"))


def digests():
    return [hashlib.md5(b"a").hexdigest(), base64.b64encode(b"ab").decode()]


def iterators():
    it = iter([1, 2])
    return [next(it), next(it), next(it, "end"), next(n for n in [5, 6] if n > 5)]


def conversions():
    return [
        list("ab"),
        tuple([1]),
        set([1]),
        dict([("a", 1)]),
        dict(a=1),
        bool([]),
        str(1.5),
        repr("a"),
        list(range(3)),
        list({"a": 1}.values()),
        frozenset([1]) == {1},
        chr(97),
        ord("a"),
        hex(255),
        bin(5),
        isinstance(True, int),
        callable(len),
        type(1) is int,
        type("a").__name__,
    ]


def collections_by_module():
    return [collections.Counter([1, 1])[1], collections.namedtuple("P", "x")(3).x]
