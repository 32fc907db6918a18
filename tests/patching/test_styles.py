"""Every style of writing DAGs is patched, and a real Airflow loads what comes out."""

import ast
import os
from pathlib import Path

import pytest

from patching.styles_of_dags import (
    FILES,
    Edges,
    Styled,
    authored,
    loaded_by,
    patched_style,
    study,
    versions,
)

REQUIRE = "LOCKPLAN_REQUIRE_AIRFLOW"
"""Set where a missing Airflow must fail the tests: elsewhere they are skipped."""


@pytest.fixture(scope="session")
def styles(tmp_path_factory) -> dict[str, Styled]:
    folder = tmp_path_factory.mktemp("styles")
    return {name: patched_style(name, folder / name) for name in FILES}


@pytest.fixture(scope="session")
def bags(styles, tmp_path_factory) -> dict[int, dict[Path, dict[str, Edges]]]:
    """What each Airflow makes of the styles written for it, before and after."""
    found = {}
    for major in (2, 3):
        mine = [styles[name] for name in FILES if major in versions(name)]
        folders = [folder / "dags" for each in mine for folder in (each.before, each.after)]
        try:
            bag = loaded_by(major, folders, tmp_path_factory.mktemp(f"airflow{major}"))
        except LookupError as missing:
            if os.environ.get(REQUIRE):
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        found[major] = {Path(folder): said for folder, said in bag.items()}
    return found


def test_there_are_at_least_forty_styles():
    assert len(FILES) >= 40


@pytest.mark.parametrize("name", FILES)
def test_git_applies_the_patch_of_each_style_and_nothing_is_left_to_do(styles, name):
    style = styles[name]
    assert style.study.unprotected
    assert not style.patch.unplaced
    assert not style.patch.refused
    again = study(style.after)
    assert again.is_protected
    assert again.patch().diff == b""


@pytest.mark.parametrize("name", FILES)
def test_the_author_s_edges_of_each_style_stay(styles, name):
    style = styles[name]
    assert authored(study(style.after)) == authored(style.study)


@pytest.mark.parametrize("name", FILES)
def test_each_patched_style_is_the_same_program_with_new_lines(styles, name):
    style = styles[name]
    before, after = (
        ast.parse((folder / "dags" / f"{name}.py").read_bytes())
        for folder in (style.before, style.after)
    )
    kept = list(map(ast.dump, _statements(after)))
    for line in map(ast.dump, _statements(before)):
        kept.remove(line)
    assert kept


def _statements(tree: ast.AST) -> list[ast.stmt]:
    simple = (ast.Expr, ast.Assign, ast.Import, ast.ImportFrom, ast.Return)
    return [node for node in ast.walk(tree) if isinstance(node, simple)]


@pytest.mark.parametrize(
    ("major", "name"), [(major, name) for name in FILES for major in versions(name)]
)
def test_airflow_loads_each_patched_style_with_just_the_planned_edges(styles, bags, major, name):
    style, bag = styles[name], bags[major]
    before, after = bag[style.before / "dags"], bag[style.after / "dags"]
    assert not before["errors"]
    assert not after["errors"]
    assert before["edges"].keys() == after["edges"].keys() == style.planned.keys()
    assert any(style.planned.values())
    for dag_id, edges in style.planned.items():
        assert after["edges"][dag_id] == sorted([*before["edges"][dag_id], *edges])
