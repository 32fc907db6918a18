import pytest

from lockplan.model.connection import Sameness, TableId, same_table


def table(name: str, server: str = "s", database: str = "d") -> TableId:
    return TableId(server, database, name)


@pytest.mark.parametrize(
    ("a", "b", "sameness"),
    [
        (table("t"), table("T"), Sameness.SAME),
        (table("t"), table("u"), Sameness.DIFFERENT),
        (table("t"), table("t", database="e"), Sameness.DIFFERENT),
        (table("t", server="?a"), table("t", server="?a"), Sameness.SAME),
        (table("t", server="?a"), table("t", server="?b"), Sameness.MAYBE),
        (table("t", server="?a"), table("t", server="s"), Sameness.MAYBE),
        (table("stage_{ds:%Y%m%d}"), table("stage_{ds:%Y%m%d}"), Sameness.SAME),
        (table("stage_{ds:%Y%m%d}"), table("stage_20261115"), Sameness.MAYBE),
        (table("stage_{ds:%Y%m%d}"), table("stage_{ds-1:%Y%m%d}"), Sameness.MAYBE),
        (table("stage_{ds:%Y%m%d}"), table("daily_{ds:%Y%m%d}"), Sameness.DIFFERENT),
    ],
)
def test_two_tables_are_apart_only_where_that_is_known(a, b, sameness):
    assert same_table(a, b) is sameness
    assert same_table(b, a) is sameness
