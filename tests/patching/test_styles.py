"""Every style of writing DAGs is patched, and a real Airflow loads what comes out."""

import ast
import os
import shutil
from pathlib import Path

import pytest
from e2e.airflow.installation import NoAirflowError

from lockplan import analyze, planning
from lockplan.model.problem import PriorityWeight
from lockplan.patching import Style
from patching.styles_of_dags import (
    FILES,
    SAMPLES,
    Edges,
    Styled,
    authored,
    loaded_by,
    patched_sample,
    patched_style,
    study,
    versions,
)

REQUIRE = "LOCKPLAN_REQUIRE_AIRFLOW"
"""Set, by `.ci/run`, where a missing Airflow must fail the tests: elsewhere they are skipped."""


SOME = (
    "a_function_that_makes_a_task_group",
    "airflow_2_imports",
    "airflow_3_sdk",
    "taskflow_results",
    "variables_in_a_with_block",
)
VARIANTS = [(name, way) for name in SOME for way in ("bitshift", "chain", "weights")]


@pytest.fixture(scope="session")
def styles(tmp_path_factory) -> dict[str, Styled]:
    folder = tmp_path_factory.mktemp("styles")
    return {name: patched_style(name, folder / name) for name in FILES}


@pytest.fixture(scope="session")
def variants(tmp_path_factory) -> dict[tuple[str, str], Styled]:
    """A few styles in the other ways to write an edge, and with weights."""
    folder = tmp_path_factory.mktemp("variants")
    found = {}
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(
            planning,
            "_weights",
            lambda problem, _: tuple(PriorityWeight(job.key, 7) for job in problem.jobs),
        )
        for name, way in VARIANTS:
            edges = way if way in list(Style) else "set_upstream"
            weighted = way == "weights"
            found[name, way] = patched_style(
                name, folder / way / name, edges, priority_weights=weighted
            )
    return found


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Styled:
    return patched_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def bags(styles, variants, sample, tmp_path_factory) -> dict[int, dict[Path, dict[str, Edges]]]:
    """What each Airflow makes of the styles written for it, before and after."""
    found = {}
    for major in (2, 3):
        mine = [styles[name] for name in FILES if major in versions(name)]
        mine.append(sample)
        mine += [each for (name, _), each in variants.items() if major in versions(name)]
        folders = [folder / "dags" for each in mine for folder in (each.before, each.after)]
        try:
            bag = loaded_by(major, folders, tmp_path_factory.mktemp(f"airflow{major}"))
        except NoAirflowError as missing:
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
    assert_just_planned(styles[name], bags[major])


@pytest.mark.parametrize("major", [2, 3])
def test_airflow_loads_the_patched_sample(sample, bags, major):
    assert_just_planned(sample, bags[major])


def test_the_patched_sample_of_airflow_1_10_compiles(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder)
    dags = folder / "legacy_1_10" / "dags"
    found = analyze([dags], schema=folder / "schema.sql").patch()
    assert {change.path.name for change in found.files} == {path.name for path in dags.iterdir()}
    for change in found.files:
        compile(change.after, change.name, "exec")


@pytest.mark.parametrize(
    ("major", "name", "way"),
    [(major, name, way) for name, way in VARIANTS for major in versions(name)],
)
def test_airflow_loads_the_other_ways_to_write_an_edge(variants, bags, major, name, way):
    assert_just_planned(variants[name, way], bags[major])


@pytest.mark.parametrize(
    ("major", "name"), [(major, name) for name in SOME for major in versions(name)]
)
def test_airflow_takes_the_weights_as_absolute(variants, bags, major, name):
    (tasks,) = bags[major][variants[name, "weights"].after / "dags"]["weights"].values()
    for weight, rule in tasks.values():
        assert weight == 7
        assert "absolute" in rule.lower()


def assert_just_planned(style: Styled, bag: dict[Path, dict[str, Edges]]) -> None:
    """Check that Airflow finds the old edges and the planned ones in the patched folder."""
    before, after = bag[style.before / "dags"], bag[style.after / "dags"]
    assert not before["errors"]
    assert not after["errors"]
    assert before["edges"].keys() == after["edges"].keys() == style.planned.keys()
    assert any(style.planned.values())
    for dag_id, edges in style.planned.items():
        assert after["edges"][dag_id] == sorted([*before["edges"][dag_id], *edges])
