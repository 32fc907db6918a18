from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lockplan.model.airflow_order import OrderGraph
from lockplan.model.problem import Pair, Plan, Pool, Problem
from lockplan.planning import plan
from lockplan.planning.directions import directions
from lockplan.planning.stability import WORTH_A_CHANGE, from_previous
from planning.strategies import awkward_problems, chain, job, plain_problems

LAWS = settings(max_examples=40, deadline=None)


def arcs(problem: Problem, planned: Plan) -> tuple[Pair, ...]:
    position = {job.key: index for index, job in enumerate(problem.jobs)}
    return tuple((position[edge.upstream], position[edge.downstream]) for edge in planned.edges)


def three_before_three(slots: int) -> Problem:
    """Three short tasks of one pool that each conflict with each of three long ones."""
    short = tuple(job(position, 10, pool="small") for position in range(3))
    long = tuple(job(position, 100) for position in range(3, 6))
    crossed = tuple((a, b) for a in range(3) for b in range(3, 6))
    return Problem((*short, *long), (), crossed, workers=6, pools=(Pool("small", slots),))


def test_an_edge_between_tasks_that_do_not_conflict_may_stand_for_several():
    # the pool makes the short ones run in turn, so an edge between them costs no time
    planned = plan(three_before_three(slots=1))
    between = [edge for edge in planned.edges if edge.reason]
    assert (planned.makespan_s, len(planned.edges), len(between)) == (130, 5, 2)
    assert all("stands in for several" in edge.reason for edge in between)


def test_a_night_that_has_room_for_all_keeps_its_length_and_its_edges():
    planned = plan(three_before_three(slots=3))
    assert (planned.makespan_s, len(planned.edges)) == (110, 9)


def test_weights_come_with_the_plan_where_the_dags_own_would_be_slower():
    # one worker is left for the long chain's head, which the DAG's weights put last
    jobs = (job(0, 10, priority_weight=9), job(1, 10, priority_weight=9), job(2, 10), job(3, 90))
    planned = plan(Problem(jobs, chain(2, 3), (), workers=2))
    weights = {weight.task: weight.weight for weight in planned.priority_weights}
    assert planned.makespan_s == 100
    assert max(weights, key=weights.__getitem__) == jobs[2].key


def test_no_weights_are_asked_for_where_every_task_finds_a_worker():
    jobs = tuple(job(position, 10) for position in range(4))
    assert plan(Problem(jobs, chain(0, 1), ((2, 3),), workers=4)).priority_weights == ()


def test_an_earlier_plan_keeps_its_direction_for_a_small_gain():
    problem = Problem((job(0, 100), job(1, 99), job(2, 2)), ((1, 2),), ((0, 1),), workers=3)
    assert arcs(problem, plan(problem)) == ((1, 0),)
    assert arcs(problem, plan(replace(problem, previous=((0, 1),)))) == ((0, 1),)


def test_an_earlier_plan_gives_way_to_a_large_gain():
    problem = Problem((job(0, 100), job(1, 50), job(2, 50)), ((1, 2),), ((0, 1),), workers=3)
    assert arcs(problem, plan(replace(problem, previous=((0, 1),)))) == ((1, 0),)


def test_edges_of_an_earlier_plan_go_with_their_conflict():
    problem = Problem((job(0), job(1), job(2)), (), ((0, 1),), workers=3, previous=((1, 0), (1, 2)))
    assert arcs(problem, plan(problem)) == ((1, 0),)


def test_edges_of_an_earlier_plan_that_now_close_a_cycle_are_given_up():
    problem = Problem((job(0), job(1)), ((0, 1),), (), workers=2, previous=((1, 0),))
    assert plan(problem).edges == ()


@LAWS
@given(plain_problems())
def test_planning_over_the_own_plan_changes_nothing(problem):
    first = plan(problem)
    assert plan(replace(problem, previous=arcs(problem, first))).edges == first.edges


@LAWS
@given(awkward_problems(most=8))
def test_nor_where_trigger_rules_are_awkward(problem):
    first = plan(problem)
    assert plan(replace(problem, previous=arcs(problem, first))).edges == first.edges


def test_a_writer_goes_before_its_reader_where_nothing_else_decides():
    for writer, reader in ((0, 1), (1, 0)):
        problem = Problem((job(0), job(1)), (), ((0, 1),), 2, writers_first=((writer, reader),))
        assert arcs(problem, plan(problem)) == ((writer, reader),)


def test_a_reader_goes_first_where_that_is_shorter():
    # the reader has a long task behind it
    jobs = (job(0, 50), job(1, 10), job(2, 100))
    problem = Problem(jobs, ((1, 2),), ((0, 1),), workers=4, writers_first=((0, 1),))
    assert arcs(problem, plan(problem)) == ((1, 0),)


@LAWS
@given(plain_problems(), st.data())
def test_a_task_that_takes_a_tenth_more_or_less_turns_no_edge_for_a_small_gain(problem, data):
    first = arcs(problem, plan(problem))
    changed = data.draw(st.sampled_from(range(len(problem.jobs))))
    share = data.draw(st.sampled_from((0.9, 1.1)))
    jobs = tuple(
        replace(job, duration_s=round(job.duration_s * share)) if position == changed else job
        for position, job in enumerate(problem.jobs)
    )
    again = replace(problem, jobs=jobs, previous=first)
    second = plan(again)
    if {arc[::-1] for arc in first}.intersection(arcs(again, second)):
        graph = OrderGraph(again.jobs, again.order)
        kept = from_previous(again, graph, directions(again, graph))
        assert kept is not None
        assert second.makespan_s < kept.makespan * (1 - WORTH_A_CHANGE)
