from dataclasses import replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Plan, Problem
from lockplan.model.workflow import Origin, Skips, TriggerRule
from lockplan.planning import plan
from lockplan.simulation import problem_night, simulate
from planning.exhaustive import overlaps, smooth_ends
from planning.strategies import awkward_problems, chain, job, key, plain_problems

LAWS = settings(max_examples=100, deadline=None)


def arcs(problem: Problem, planned: Plan) -> list[Pair]:
    position = {job.key: index for index, job in enumerate(problem.jobs)}
    return [(position[edge.upstream], position[edge.downstream]) for edge in planned.edges]


def ordered_pairs(problem: Problem, planned: Plan) -> list[Pair]:
    left_open = {frozenset((pair.a, pair.b)) for pair in planned.left_open}
    keys = [job.key for job in problem.jobs]
    return [(a, b) for a, b in problem.conflicts if {keys[a], keys[b]} not in left_open]


def run_together(spans: list[tuple[float, float]], a: int, b: int) -> bool:
    (start_a, end_a), (start_b, end_b) = spans[a], spans[b]
    return start_a < end_b and start_b < end_a


def test_two_conflicting_tasks_get_one_edge():
    planned = plan(Problem((job(0), job(1)), (), ((0, 1),), workers=2))
    assert [(edge.upstream, edge.downstream) for edge in planned.edges] == [(key(0), key(1))]
    assert planned.edges[0].origin is Origin.GENERATED
    assert (planned.makespan_s, planned.bound_s, planned.proven) == (20, 20, True)


def test_a_conflict_that_the_authors_edges_order_needs_no_edge():
    jobs = (job(0), job(1), job(2))
    planned = plan(Problem(jobs, chain(0, 1, 2), ((0, 2),), workers=4))
    assert planned.edges == ()


def test_a_group_in_which_all_conflict_becomes_a_chain():
    jobs = tuple(job(position) for position in range(6))
    planned = plan(Problem(jobs, (), tuple(combinations(range(6), 2)), workers=6))
    assert len(planned.edges) == 5
    assert planned.makespan_s == 60


def test_the_longest_way_goes_first():
    # t01 has a long task behind it: t00 must give way to it
    jobs = (job(0, 50), job(1, 10), job(2, 100))
    planned = plan(Problem(jobs, ((1, 2),), ((0, 1),), workers=4))
    assert [(edge.upstream, edge.downstream) for edge in planned.edges] == [(key(1), key(0))]
    assert planned.makespan_s == 110


def test_a_branch_gives_way_to_its_rival():
    # an edge out of a branch could skip the rival, so the rival goes first although it is longer
    jobs = (job(0, 10, skips=Skips.DIRECT), job(1, 100))
    planned = plan(Problem(jobs, (), ((0, 1),), workers=2))
    assert [(edge.upstream, edge.downstream) for edge in planned.edges] == [(key(1), key(0))]


def test_a_pair_that_no_edge_may_order_is_named_with_its_remedy():
    jobs = tuple(job(position, trigger_rule=TriggerRule.ONE_SUCCESS) for position in range(2))
    planned = plan(Problem(jobs, (), ((0, 1),), workers=2))
    assert planned.edges == ()
    assert [(pair.a, pair.b) for pair in planned.left_open] == [(key(0), key(1))]
    assert "one_success" in planned.left_open[0].reason
    assert "pool" in planned.left_open[0].remedy


def test_no_edge_leaves_a_task_that_a_short_circuit_may_skip():
    # t01 before t02 would be shorter, but through that edge the short circuit would skip t02
    jobs = (
        job(0, 1, skips=Skips.ALL),
        job(1),
        job(2, trigger_rule=TriggerRule.ALL_DONE),
        job(3, 99),
    )
    planned = plan(Problem(jobs, ((0, 1), (1, 3)), ((1, 2),), workers=4))
    assert [(edge.upstream, edge.downstream) for edge in planned.edges] == [(key(2), key(1))]


def test_a_task_that_conflicts_with_its_own_copies_is_left_open():
    planned = plan(Problem((job(0, mapped=True),), (), ((0, 0),), workers=2))
    assert "max_active_tis_per_dagrun" in planned.left_open[0].remedy


def test_directions_that_would_close_a_circle_leave_the_last_pair_open():
    # t02 must go before the branch t00, and after t01, which takes no edge but follows t00
    jobs = (
        job(0, skips=Skips.DIRECT),
        job(1, trigger_rule=TriggerRule.ONE_DONE),
        job(2, trigger_rule=TriggerRule.ALL_DONE),
        job(3),
    )
    planned = plan(Problem(jobs, chain(0, 3, 1), ((0, 2), (1, 2)), workers=3))
    assert [(edge.upstream, edge.downstream) for edge in planned.edges] == [(key(2), key(0))]
    assert [(pair.a, pair.b) for pair in planned.left_open] == [(key(1), key(2))]
    assert "close a cycle" in planned.left_open[0].reason


def test_a_dag_without_tasks_has_an_empty_plan():
    planned = plan(Problem((), (), (), workers=1))
    assert (planned.edges, planned.schedule, planned.makespan_s) == ((), (), 0)


def test_tasks_that_take_no_time_close_no_cycle():
    jobs = tuple(job(position, 0) for position in range(5))
    planned = plan(Problem(jobs, ((4, 0),), tuple(combinations(range(5), 2)), workers=5))
    assert planned.makespan_s == 0
    assert planned.edges


@LAWS
@given(plain_problems())
def test_the_makespan_lies_between_the_bound_and_all_tasks_in_a_row(problem):
    planned = plan(problem)
    assert planned.bound_s <= planned.makespan_s <= planned.serial_s
    assert planned.makespan_s == max(slot.end_s for slot in planned.schedule)


@LAWS
@given(plain_problems())
def test_no_two_conflicting_tasks_overlap_in_the_schedule(problem):
    planned = plan(problem)
    assert planned.left_open == ()
    spans = [(slot.start_s, slot.end_s) for slot in planned.schedule]
    assert not any(run_together(spans, a, b) for a, b in problem.conflicts)


@LAWS
@given(plain_problems(), st.data())
def test_nor_when_tasks_take_longer_or_shorter_than_planned(problem, data):
    planned = plan(problem)
    durations = st.lists(st.integers(0, 50), min_size=len(problem.jobs), max_size=len(problem.jobs))
    jobs = tuple(
        replace(job, duration_s=seconds)
        for job, seconds in zip(problem.jobs, data.draw(durations), strict=True)
    )
    timeline = simulate(problem_night(replace(problem, jobs=jobs), {}, arcs(problem, planned)))
    spans = [(run.start_s, run.end_s) for run in timeline.runs]
    assert not any(run_together(spans, a, b) for a, b in problem.conflicts)


@LAWS
@given(awkward_problems())
def test_nor_in_any_run_whatever_fails_or_is_skipped(problem):
    planned = plan(problem)
    met = overlaps(problem.jobs, [*problem.order, *arcs(problem, planned)])
    assert not met.intersection(ordered_pairs(problem, planned))


@LAWS
@given(awkward_problems(most=8))
def test_awkward_problems_keep_the_makespan_laws(problem):
    planned = plan(problem)
    assert planned.bound_s <= planned.makespan_s <= planned.serial_s


@LAWS
@given(awkward_problems(most=8))
def test_the_order_graph_agrees_that_all_but_the_open_pairs_are_separate(problem):
    planned = plan(problem)
    graph = OrderGraph(problem.jobs, [*problem.order, *arcs(problem, planned)])
    assert all(graph.separates(a, b) for a, b in ordered_pairs(problem, planned))


@LAWS
@given(awkward_problems(most=8))
def test_no_edge_is_one_that_could_skip_or_stop_more_than_it_delays(problem):
    planned = plan(problem)
    author = OrderGraph(problem.jobs, problem.order)
    assert [author.refusal(a, b) for a, b in arcs(problem, planned)] == [None] * len(planned.edges)


@LAWS
@given(awkward_problems())
def test_where_nothing_fails_the_planned_edges_change_no_tasks_end(problem):
    planned = plan(problem)
    ends = smooth_ends(problem.jobs, [*problem.order, *arcs(problem, planned)])
    assert ends <= smooth_ends(problem.jobs, problem.order)


@LAWS
@given(awkward_problems(most=9))
def test_no_edge_may_order_what_is_left_open(problem):
    planned = plan(problem)
    position = {job.key: index for index, job in enumerate(problem.jobs)}
    author = OrderGraph(problem.jobs, problem.order)
    graph = OrderGraph(problem.jobs, [*problem.order, *arcs(problem, planned)])
    for pair in planned.left_open:
        a, b = position[pair.a], position[pair.b]
        assert author.refusal(a, b) or graph.reached[a] >> b & 1
        assert author.refusal(b, a) or graph.reached[b] >> a & 1


@LAWS
@given(plain_problems())
def test_the_same_problem_gives_the_same_plan(problem):
    shuffled = replace(
        problem,
        order=problem.order[::-1],
        conflicts=tuple((b, a) for a, b in problem.conflicts[::-1]),
    )
    assert plan(problem) == plan(shuffled)


@LAWS
@given(plain_problems())
def test_a_conflict_left_out_never_lengthens_the_bound(problem):
    fewer = replace(problem, conflicts=problem.conflicts[::2])
    assert plan(fewer).bound_s <= plan(problem).bound_s


@LAWS
@given(plain_problems())
def test_more_workers_never_raise_the_bound(problem):
    more = replace(problem, workers=problem.workers + 1)
    assert plan(more).bound_s <= plan(problem).bound_s


def test_a_night_of_36_tasks_is_planned_to_within_a_fifth_of_the_bound():
    count = 36
    jobs = tuple(job(position, 60 + position * 37 % 600) for position in range(count))
    order = tuple((position - 3, position) for position in range(3, count) if position % 4)
    conflicts = tuple(
        (a, b) for a, b in combinations(range(count), 2) if (a * 7 + b * 11) % 13 == 0
    )
    assert plan(Problem(jobs, order, conflicts, workers=8)).gap <= 0.2
