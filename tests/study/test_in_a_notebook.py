"""What a notebook shows of each value: small HTML, escaped, for light and dark pages."""

import re
import sys
from html.parser import HTMLParser

import pytest

import lockplan
from lockplan.errors import InputError
from lockplan.model.timeline import RunState, TaskRun, Timeline
from lockplan.model.workflow import TaskKey
from study.nights import study

HOSTILE = '<script>alert("x")</script>&\'"😀' + "n" * 300


class _Balanced(HTMLParser):
    """Fails where a tag is closed that is not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        self.seen.add(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(html: str) -> set[str]:
    parser = _Balanced()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


def values() -> list[object]:
    found = study()
    conflict = found.analysis.graph.conflicts[0]
    plan = found.analysis.plans[0].plan
    scenario = found.scenario()
    return [
        found,
        plan,
        found.analysis.graph,
        conflict,
        conflict.verdict,
        scenario,
        scenario.unprotected().timeline(),
        lockplan.compare_sql("SELECT 1", "SELECT 2"),
    ]


@pytest.mark.parametrize("value", values(), ids=lambda value: type(value).__name__)
def test_a_value_is_shown_as_small_sound_html_without_a_background(value):
    html = value._repr_html_()
    assert tags(html)
    assert len(html) < 20_000
    assert not re.search(r"background:(?!none)|#fff|white", html)
    assert "script" not in html


def timeline_of(task: str, runs: int = 1) -> Timeline:
    key = TaskKey("dag", task)
    return Timeline(tuple(TaskRun(key, RunState.SUCCESS, 0, n, n + 5, run=n) for n in range(runs)))


def test_a_hostile_name_is_only_text():
    html = timeline_of(HOSTILE)._repr_html_()
    assert tags(html) == {"div", "b", "svg", "g", "title", "text", "rect", "path"}
    assert len(html) < 5_000


def test_of_many_tasks_the_first_are_drawn_and_the_others_counted():
    html = timeline_of("task", 1000)._repr_html_()
    assert "and 940 more tasks" in html
    assert len(html) < 40_000


def test_of_a_backfill_each_run_of_a_dag_is_a_row():
    html = study().scenario("night").backfill(days=20)._repr_html_()
    assert "night, run 20" in html
    assert "night.shop_1" not in html


def test_an_empty_timeline_is_shown():
    assert "0 tasks" in Timeline(())._repr_html_()


def test_a_scenario_tells_what_was_changed_under_its_name():
    html = study().scenario().with_workers(2).named("small")._repr_html_()
    assert "Scenario: small" in html
    assert "2 workers" in html


def test_a_picture_of_scenarios_is_a_png_of_its_own():
    picture = study().gantt()
    assert picture._repr_png_().startswith(b"\x89PNG")
    titles = [ax.get_title(loc="left") for ax in picture.axes]
    assert [title.split(":")[0] for title in titles] == ["unprotected", "as planned"]


def test_turning_a_knob_draws_the_one_image_again():
    panel = study().panel("night")
    image, before = panel.image, panel.image.value
    panel.order.value = "unprotected"
    assert panel.image is image
    assert image.value != before
    assert "1205" not in panel.said.value
    assert "1 conflict that nothing keeps apart" in panel.said.value
    panel.workers.value = 1
    panel.task.value = "night.fetch"
    panel.scale.value = 2.0
    assert str(panel.scenario()) == "unprotected · night.fetch × 2 · 1 worker"


def test_a_missing_extra_is_told_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(InputError, match=re.escape("pip install 'lockplan[notebook]'")):
        study().panel()
