"""Laws of the patch, over styles of DAG files, layouts of their text and ways to write an edge."""

import ast
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.patching import Style, without_blocks, write_changes
from patching.dags import git
from patching.styles_of_dags import DDL, FILES, SETTINGS, Edges, study

LAYOUTS = {
    "as it is": lambda text: text,
    "two spaces": lambda text: text.replace("    ", "  "),
    "tabs": lambda text: text.replace("    ", "\t"),
    "windows endings": lambda text: text.replace("\r\n", "\n").replace("\n", "\r\n"),
    "no final newline": lambda text: text.rstrip(),
    "form feeds": lambda text: text.replace("\n\n", "\n\f\n"),
    "a comment at the end": lambda text: f"{text.rstrip()}\n# the end",
    "blank lines at the end": lambda text: f"{text}\n\n \n",
    "a script at the end": lambda text: (
        f"{text.rstrip()}\n\nif __name__ == '__main__':\n    pass\n"
    ),
}
PLAIN = sorted(set(FILES) - {"tabs", "two_spaces"})  # their indents mix with those of layouts


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(PLAIN), st.sampled_from(sorted(LAYOUTS)), st.sampled_from(list(Style)))
def test_every_patch_keeps_the_laws(name, layout, style):
    encoding = "latin-1" if name == "coding_cookie" else "utf-8"
    original = LAYOUTS[layout](FILES[name].read_bytes().decode(encoding)).encode(encoding)
    with tempfile.TemporaryDirectory() as base:
        folder, file = _folder(Path(base), f"{name}.py", original)
        patch = study(folder).patch(style)
        assert patch.files
        assert not patch.unplaced

        git(folder, "apply", "--whitespace=nowarn", stdin=patch.diff)
        applied = file.read_bytes()
        file.write_bytes(original)
        write_changes(patch.files, folder)
        assert file.read_bytes() == applied, "apply(patch) = write"

        again = study(folder)
        assert again.patch(style).diff == b"", "patch twice = once"
        assert _edges(again) == _edges_planned(again)

        assert _rest(ast.parse(applied)) == _rest(ast.parse(original)), "the same program"

        write_changes(without_blocks([f"dags/{name}.py"], folder).files, folder)
        assert file.read_bytes() == original, "remove after write = original"


def _folder(base: Path, name: str, text: bytes) -> tuple[Path, Path]:
    (base / "dags").mkdir()
    (base / "pyproject.toml").write_text(SETTINGS)
    (base / "schema.sql").write_text(DDL)
    file = base / "dags" / name
    file.write_bytes(text)
    git(base, "init", "-q")
    return base, file


def _edges(found) -> Edges:
    return {
        plan.dag.dag_id: sorted(
            [edge.upstream.task_id, edge.downstream.task_id]
            for edge in plan.dag.edges
            if edge.origin.value == "generated"
        )
        for plan in found.analysis.plans
    }


def _edges_planned(found) -> Edges:
    return {
        plan.dag.dag_id: sorted(
            [edge.upstream.task_id, edge.downstream.task_id] for edge in plan.plan.edges
        )
        for plan in found.analysis.plans
    }


def _rest(tree: ast.Module) -> str:
    """Return a program without lines that order tasks."""
    return ast.dump(_WithoutOrder().visit(tree))


class _WithoutOrder(ast.NodeTransformer):
    def visit_Expr(self, node):
        text = ast.unparse(node)
        return None if any(word in text for word in (".set_upstream(", ">>", "chain(")) else node

    def visit_If(self, node):
        self.generic_visit(node)
        return node if node.body else None

    def visit_ImportFrom(self, node):
        return None if any(alias.name == "chain" for alias in node.names) else node


@pytest.mark.parametrize("style", list(Style))
def test_a_block_of_another_style_is_replaced(tmp_path, style):
    folder, file = _folder(tmp_path, "night.py", FILES["a_task_group"].read_bytes())
    write_changes(study(folder).patch().files, folder)
    patch = study(folder).patch(style)
    assert bool(patch.files) == (style is not Style.SET_UPSTREAM)
    write_changes(patch.files, folder)
    assert file.read_text(encoding="utf-8").count("# lockplan: begin") == 1
