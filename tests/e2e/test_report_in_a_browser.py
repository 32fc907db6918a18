"""The HTML report as a reader uses it: in a real browser, offline."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import lockplan
from lockplan.model.analysis import Analysis
from lockplan.model.timeline import TaskRun
from lockplan.model.workflow import TaskKey
from lockplan.reports.html import to_html
from lockplan.reports.words import unprotected

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
REQUIRED = "LOCKPLAN_REQUIRE_BROWSER"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
"""A container has no sandbox and no screen; and nothing but the page may ask for anything."""

RUN = "window.hit = 1"
HOSTILE = {
    "script": f"<script>{RUN}</script>",
    "end": f"</script><script>{RUN}</script>",
    "comment": f"<!--<script>{RUN}",
    "image": f"\"'><img src=x onerror={RUN}>",
    "cdata": f"]]><svg onload={RUN}>",
    "template": "${window.hit = 1}`{{ 7*7 }}&lt;&amp;",
    "line": "new\u2028line \u202eright to left עברית",
    "emoji": "🐘👩‍💻" * 10,
    "long": "x" * 300,
}
HOSTILE_DAG = """
from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

with DAG("night", schedule="0 4 * * *", catchup=False) as dag:
    for task_id in {ids!r}:
        SQLExecuteQueryOperator(
            task_id=task_id,
            conn_id="db",
            sql="UPDATE `t</script><b>` SET x = '" + task_id.replace("'", "") + "' WHERE day < 1",
        )
"""


def executable() -> str:
    """Return the browser of this machine; skip, or fail where one is required."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    if os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, and there is no {BROWSERS[0]}", pytrace=False)
    pytest.skip("no browser: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # ended with the module: while it runs, no other test could use asyncio
    path = executable()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return lockplan.analyze(ROOT / "samples/dags", schema=ROOT / "samples/schema.sql").analysis


@pytest.fixture(scope="module")
def sample(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(to_html(analysis), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def waiting(analysis: Analysis) -> TaskRun:
    """A task that waits for a lock in the run before, and dies of it."""
    (auto,) = (plan for plan in analysis.plans if plan.dag.dag_id == "auto")
    return next(run for run in auto.before.failed() if run.waits)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    dag = HOSTILE_DAG.format(ids=list(HOSTILE.values()))
    (folder / "night.py").write_text(dag, encoding="utf-8")
    file = folder / "report.html"
    file.write_text(to_html(lockplan.analyze(folder).analysis), encoding="utf-8")
    return file


@pytest.fixture
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in a window of its own; afterwards it must have asked for nothing but itself."""
    file: Path = request.getfixturevalue(getattr(request, "param", "sample"))
    context = browser.new_context(viewport={"width": 1300, "height": 900}, color_scheme="light")
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda each: requests.append(each.url))
    page.on("console", lambda each: complaints.append(each.text))
    page.on("pageerror", lambda each: complaints.append(str(each)))
    page.goto(file.as_uri())
    yield page
    context.close()
    assert requests == [file.as_uri()]
    assert complaints == []


def bar(task: TaskKey | str, when: str = "before") -> str:
    return f'.panel[data-when={when}] .bar[data-task="{task}"] .focus'


def shown(page: Page) -> str:
    return page.locator("#finding-count").inner_text()


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_pointing_at_a_bar_shows_its_wait_its_locks_and_its_sql(opened, waiting):
    opened.hover(bar(waiting.task))
    tip = opened.locator("#tip")
    wait = waiting.waits[-1]
    for words in (
        str(waiting.task),
        f"{wait.holder} holds {wait.table}",
        f"fails with {waiting.error}",
    ):
        assert words in tip.inner_text()
    opened.hover(bar("auto.fix_user_week", "after"))
    for words in ("exclusive locks on the rows", "day ds-6 … ds", "UPDATE user_daily"):
        assert words in tip.inner_text()
    assert "day" in tip.locator("mark.column").all_inner_texts()
    opened.mouse.move(2, 2)
    assert tip.is_hidden()


def test_a_click_keeps_the_locks_and_the_sql_on_the_page_until_escape(opened):
    opened.click(bar("auto.fix_user_week"))
    assert "UPDATE user_daily" in opened.locator(".details").inner_text()
    opened.keyboard.press("Escape")
    assert opened.locator(".details").count() == 0


def test_rows_go_by_task_by_table_and_by_dag(opened):
    names = opened.locator(".panel[data-when=after] .rows .row")
    assert "auto.load_user_daily" in names.all_inner_texts()
    opened.click("#gantt button[data-value=table]")
    assert "stats.user_daily" in names.all_inner_texts()
    holders = opened.locator(".panel[data-when=after] .bar[data-key*='stats.user_daily']")
    assert "auto.load_user_daily" in [each.get_attribute("data-task") for each in holders.all()]
    opened.click("#gantt button[data-value=dag]")
    assert names.all_inner_texts() == ["auto", "data_collector", "inten"]


def test_before_and_after_stand_on_one_axis_and_either_can_be_seen_alone(opened):
    axes = opened.locator(".panel svg.axis").all_inner_texts()
    assert len(axes) == 2
    assert axes[0] == axes[1]
    opened.click("#gantt button[data-value=after]")
    assert opened.locator(".panel").count() == 1
    assert opened.locator(".panel").get_attribute("data-when") == "after"


def test_a_dag_or_a_name_limits_the_rows(opened):
    opened.select_option("select[name=dag]", label="auto")
    names = opened.locator(".panel[data-when=after] .rows .row")
    assert names.count() == 11
    assert " with 1205" in opened.locator(".night h3").first.inner_text()
    opened.fill("input[name=find]", "count_")
    assert sorted(names.all_inner_texts()) == ["count_active_users", "count_new_users"]
    opened.fill("input[name=find]", "nothing like it")
    assert "Nothing has this name" in opened.locator(".night").inner_text()


def test_edges_can_be_shown_and_hidden(opened, analysis):
    plan = opened.locator("[data-edge=plan]")
    edges = [edge for each in analysis.plans for edge in each.plan.edges]
    words = [
        f"{each.downstream.task_id} after {each.upstream.task_id} — {each.reason}" for each in edges
    ]
    titles = [each.text_content() for each in plan.locator("title").all()]
    assert len(titles) == len(words)
    assert titles[0].partition(" — ")[0] in {each.partition(" — ")[0] for each in words}
    opened.uncheck("input[name=plan-edges]")
    assert plan.count() == 0
    assert opened.locator("[data-edge=data]").count() == 0
    opened.check("input[name=data-edges]")
    assert opened.locator(".panel[data-when=before] [data-edge=data]").count() > 40


def test_zooming_widens_both_runs_and_all_shows_them_again(opened):
    widths = opened.locator(".panel svg[role=list]")
    fitting = [each.bounding_box()["width"] for each in widths.all()]
    opened.click("button[title='Zoom in']")
    opened.click("button[title='Zoom in']")
    assert [each.bounding_box()["width"] for each in widths.all()] == [4 * w for w in fitting]
    opened.locator(".panel").first.evaluate("panel => { panel.scrollLeft = 300 }")
    opened.wait_for_function("document.querySelectorAll('.panel')[1].scrollLeft === 300")
    opened.click("button[title='Show all']")
    assert [each.bounding_box()["width"] for each in widths.all()] == fitting


def test_findings_are_filtered_by_words_and_by_kind(opened, analysis):
    found = len(analysis.graph.conflicts)
    assert shown(opened).startswith(f"{found} of {found} findings")
    opened.select_option("select[name=outcome]", "deadlock")
    deadlocks = int(shown(opened).split()[0])
    assert 0 < deadlocks < found
    badges = opened.locator(".finding .badge.deadlock")
    assert badges.count() == opened.locator(".finding").count() == deadlocks
    opened.fill("input[name=words]", "user_daily auto")
    assert int(shown(opened).split()[0]) < deadlocks
    for item in opened.locator(".finding summary").all_inner_texts():
        assert "stats.user_daily" in item
    opened.click("#findings button:text('Clear')")
    assert shown(opened).startswith(f"{found} of")


def test_a_finding_has_both_sqls_side_by_side_with_their_predicates_marked(opened):
    opened.fill("input[name=words]", "auto.load_user_daily fix_user_week")
    opened.locator(".finding summary").first.click()
    sides = opened.locator(".finding .sides > div")
    left, right = (each.bounding_box() for each in sides.all())
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    for side in sides.all():
        marked = "".join(side.locator("mark").all_inner_texts())
        assert marked.startswith("WHERE day")
        assert side.locator("mark.column").first.inner_text() == "day"
    assert "holds" in opened.locator(".finding[open]").inner_text()
    assert "help:" in opened.locator(".finding[open]").inner_text()


def test_a_task_of_the_graph_shows_its_neighbours_and_its_findings(opened):
    node = opened.locator('.node[data-task="auto.fix_user_week"]')
    node.locator("circle").hover()
    assert "auto.load_user_daily" in opened.locator("#tip").inner_text()
    assert opened.locator(".node.pale").count() > 20
    node.locator("circle").click()
    assert opened.locator("input[name=words]").input_value() == "auto.fix_user_week"
    for item in opened.locator(".finding summary").all_inner_texts():
        assert "auto.fix_user_week" in item


def test_the_graph_adds_the_pairs_that_are_kept_apart_when_asked(opened):
    links = opened.locator("#conflict-graph path.link")
    few = links.count()
    opened.check("input[name=apart]")
    assert links.count() > few


def test_dark_colours_follow_the_system_and_the_button(opened):
    light = background(opened)
    opened.click("#theme")
    dark = background(opened)
    assert light == "rgb(255, 255, 255)"
    assert dark != light
    opened.click("#theme")
    assert background(opened) == light
    opened.evaluate("delete document.documentElement.dataset.theme")
    opened.emulate_media(color_scheme="dark")
    assert background(opened) == dark


def test_everything_can_be_reached_with_the_keyboard(opened):
    reached = []
    for _ in range(60):
        opened.keyboard.press("Tab")
        reached.append(
            opened.evaluate(
                "(at => at.name || at.className.baseVal || at.id || at.title || at.textContent)"
                "(document.activeElement)"
            )
        )
    order = ["theme", "dag", "Task", "plan-edges", "zoom", "bar", "apart", "node", "words", "state"]
    assert [name for name in reached if name in order][: len(order) + 1] == [
        *order[:6],
        "bar",
        *order[6:],
    ]


def test_arrow_keys_go_from_bar_to_bar_and_enter_keeps_one(opened):
    opened.locator(".panel .bar[tabindex='0']").first.focus()
    first = opened.evaluate("document.activeElement.dataset.task")
    assert opened.locator("#tip h4").inner_text() == first
    opened.keyboard.press("ArrowDown")
    second = opened.evaluate("document.activeElement.dataset.task")
    assert second != first
    opened.keyboard.press("Enter")
    assert second in opened.locator(".details").inner_text()
    opened.keyboard.press("End")
    opened.keyboard.press("Home")
    assert opened.evaluate("document.activeElement.dataset.task") == first


def test_plus_minus_and_zero_zoom_and_keep_the_bar_that_is_focused(opened):
    opened.locator(".panel .bar[tabindex='0']").first.focus()
    opened.keyboard.press("ArrowDown")
    task = opened.evaluate("document.activeElement.dataset.task")
    chart = opened.locator(".panel svg[role=list]").first
    width = chart.bounding_box()["width"]
    opened.keyboard.press("+")
    assert chart.bounding_box()["width"] == 2 * width
    assert opened.evaluate("document.activeElement.dataset.task") == task
    opened.keyboard.press("0")
    assert chart.bounding_box()["width"] == width


def test_a_screen_reader_finds_names_for_bars_controls_and_tables(opened, waiting):
    label = opened.locator(bar(waiting.task)).locator("..").get_attribute("aria-label")
    wait = waiting.waits[-1]
    assert label.startswith(f"{waiting.task}, before: runs from ")
    assert f"×{waiting.error} waits for {wait.holder}: {wait.table}" in label
    assert opened.locator("button:not([aria-label]):empty, table:not(:has(caption))").count() == 0
    assert opened.locator("th:not([scope])").count() == 0
    opened.click("details.as-table > summary")
    table = opened.locator("details.as-table table").first
    row = table.locator("tr", has_text=waiting.task.task_id).first.inner_text()
    assert f" for {wait.holder.task_id} on {wait.table}, fails with {waiting.error}" in row


def test_on_paper_no_row_is_cut_off_and_the_screen_is_as_before(opened, tmp_path):
    opened.click("button[title='Zoom in']")
    opened.evaluate(
        """() => addEventListener("beforeprint", () => {
            const sheets = [...document.querySelectorAll(".panel")];
            window.printed = sheets.map(sheet => sheet.querySelectorAll(".row").length);
        })"""
    )
    paper = opened.pdf(path=tmp_path / "report.pdf")
    assert paper.startswith(b"%PDF")
    assert sum(opened.evaluate("printed")) == 2 * 52
    assert max(opened.evaluate("printed")) < 30
    assert opened.locator(".panel").count() == 2
    opened.emulate_media(media="print")
    assert opened.locator("#gantt .controls").is_hidden()
    assert background(opened) == "rgb(255, 255, 255)"


def test_a_narrow_screen_does_not_scroll_sideways(opened):
    opened.set_viewport_size({"width": 400, "height": 800})
    opened.wait_for_function("document.querySelector('.panel').getBoundingClientRect().width < 400")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 400
    assert opened.locator(".panel .rows").first.bounding_box()["width"] < 180


@pytest.mark.parametrize("opened", ["hostile"], indirect=True)
def test_names_and_sql_of_a_hostile_dag_run_no_script(opened):
    for rows in ("table", "dag", "task"):
        opened.click(f"#gantt button[data-value={rows}]")
    for each in opened.locator(".bar .focus").all()[:12]:
        each.hover()
    for each in opened.locator(".node circle").all():
        each.hover()
    for each in opened.locator(".finding summary").all():
        each.click()
    opened.locator(".bar .focus").first.click()
    assert opened.evaluate("window.hit") is None
    assert opened.locator("main b:text-is(''), main img, main script, svg [onload]").count() == 0


@pytest.mark.parametrize("opened", ["hostile"], indirect=True)
@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "line"])
def test_a_hostile_name_is_shown_as_it_is(opened, name):
    names = opened.locator(".panel[data-when=before] .rows .row")
    assert HOSTILE[name] in names.all_text_contents()


@pytest.mark.parametrize("opened", ["hostile"], indirect=True)
def test_what_would_turn_the_text_around_is_made_visible(opened):
    names = opened.locator(".panel[data-when=before] .rows .row").all_text_contents()
    assert "new\u2028line \ufffdright to left עברית" in names
    assert opened.evaluate("document.documentElement.scrollWidth") <= 1300


def test_without_scripts_the_tables_can_still_be_read(browser, sample, analysis):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(sample.as_uri())
    worst = unprotected(analysis)[0]
    for words in ("Scripts are off", f"{worst.a.task} ↔ {worst.b.task}", "One after another"):
        assert words in page.locator("main").inner_text()
    context.close()
