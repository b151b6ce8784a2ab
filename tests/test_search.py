"""The search for loops in small random worlds, against searches that are plain and slow."""

from __future__ import annotations

from collections import Counter
from itertools import permutations, product

import networkx
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from recursion_lint import rules
from recursion_lint.assessment.assess import assess
from recursion_lint.graph import cycle_search as loops
from recursion_lint.graph.cycle_search import Cycle, Step, find, strength
from recursion_lint.graph.elementary_cycles import long_rings
from recursion_lint.graph.event_graph import EventGraph, link
from recursion_lint.graph.steps import Steps
from recursion_lint.model.facts import (
    Accepts,
    Actor,
    Declared,
    Endpoint,
    Facts,
    Produces,
    Role,
    Statement,
    Trigger,
    Write,
)
from recursion_lint.model.findings import Span
from recursion_lint.model.path_conditions import ALWAYS, Requirement, Requires
from recursion_lint.model.text import ANY, Text, render

CHANNELS = tuple(Endpoint(service, (f"{service}{at}",)) for service in ("sqs", "sns") for at in range(3))
FUNCTIONS = tuple(Endpoint("lambda", (f"work{at}",)) for at in range(5))
REQUIRES: list[Requires] = [
    ALWAYS,
    ALWAYS,
    ALWAYS,
    frozenset({Requirement("", "A", True)}),
    frozenset({Requirement("", "A", False)}),
]
ACTIONS = [("sqs:SendMessage",), ("sns:Publish",), ("sqs:*", "sns:*"), ("*",), ("lambda:InvokeFunction",)]


def place(line: int) -> Span:
    return Span("template.yaml", line, 1, line, 2)


def patterns(draw: st.DrawFn) -> tuple[Text, ...]:
    """``*`` alone, ``*`` and a name, a pattern for all queues, or one name."""
    named = draw(st.sampled_from([*CHANNELS, *FUNCTIONS]))
    resource = f"function:{named.name[0]}" if named.service == "lambda" else str(named.name[0])
    arn: Text = (f"arn:aws:{named.service}:eu-west-1:111122223333:{resource}",)
    every: Text = ("arn:aws:sqs:eu-west-1:111122223333:", ANY)
    return draw(
        st.sampled_from([((ANY,),), ((ANY,),), ((ANY,), (ANY,)), ((ANY,), arn), (every,), (arn,), (arn,)])
    )


@st.composite
def statements(draw: st.DrawFn, line: int) -> Statement:
    requires = st.sampled_from(REQUIRES)
    return Statement(
        (f"role{draw(st.integers(0, 2))}",),
        draw(st.sampled_from(["Allow", "Allow", "Allow", "Allow", "Deny"])),
        draw(st.sampled_from(ACTIONS)),
        (),
        tuple((pattern, draw(requires)) for pattern in patterns(draw)),
        (),
        {},
        place(line),
        draw(st.sampled_from(["One", "Two"])),
        draw(requires),
    )


@st.composite
def worlds(draw: st.DrawFn) -> EventGraph:
    requires = st.sampled_from(REQUIRES)
    channel, function = st.sampled_from(CHANNELS), st.sampled_from(FUNCTIONS)
    found = []
    for at in range(draw(st.integers(1, 2))):
        start = 100 * at
        ends = st.one_of(function, function, function, st.sampled_from(CHANNELS[:3]))
        kinds = st.sampled_from(["async", "poll"])
        triggers = tuple(
            Trigger(
                draw(channel),
                draw(ends),
                "",
                place(start + line),
                delivery=draw(kinds),
                requires=draw(requires),
            )
            for line in range(draw(st.integers(1, 5)))
        )
        writes = tuple(
            Write(draw(function), draw(channel), "", place(start + 20 + line), requires=draw(requires))
            for line in range(draw(st.integers(0, 2)))
        )
        found.append(
            Facts(
                f"{at}.yaml",
                "",
                f"{at}.yaml",
                tuple(
                    Declared(one, str(one.name[0]), "", place(start), one.name) for one in FUNCTIONS[at * 2 :]
                ),
                triggers,
                writes,
                tuple(draw(statements(start + 40 + line)) for line in range(draw(st.integers(0, 4)))),
                tuple(
                    Actor(
                        one,
                        tuple(
                            ((f"role{role}",), draw(requires)) for role in draw(st.sets(st.integers(0, 2)))
                        ),
                    )
                    for one in FUNCTIONS[at * 2 :]
                ),
                roles=tuple(Role((f"role{role}",), "Role", ()) for role in range(3)),
            )
        )
    return link(found)


def plainly(graph: EventGraph) -> list[Cycle]:
    """The cycles of broad statements when every broad step is followed, and nothing is left out beforehand."""
    steps = Steps(graph)
    everywhere = {vertex.number for vertex in graph.vertices}
    best: dict[loops._Key, loops._Ranked] = {}
    for vertex in graph.vertices:
        for step in steps.out(vertex):
            if not step.specific:
                back = loops._way_back(step, steps, everywhere)
                if back is not None:
                    loops._keep(best, (step, *back), steps)
    return [cycle for _, cycle in best.values()]


@settings(max_examples=120)
@given(worlds())
def test_what_is_left_out_of_the_search_through_broad_statements_is_no_better(graph: EventGraph) -> None:
    found, _ = loops._through_broad(graph, Steps(graph))
    event(f"broad cycles: {min(len(found), 3)}")
    places = [[loops._place(step.end) for step in cycle] for cycle in found]
    assert places == sorted(places)
    assert all(together(cycle, graph) for cycle in found)
    assert told(found) == told(plainly(graph))  # two statements may close the same loop, told in either order


@settings(max_examples=120)
@given(worlds())
def test_the_way_back_is_a_shortest_one(graph: EventGraph) -> None:
    steps = Steps(graph)
    everywhere = {vertex.number for vertex in graph.vertices}
    onward = networkx.DiGraph(
        [(one.number, step.end.number) for one in graph.vertices for step in steps.out(one)]
    )
    for vertex in graph.vertices:
        for step in steps.out(vertex):
            back = loops._shortest_back(step, steps, everywhere)
            there, here = step.end.number, step.start.number
            if not networkx.has_path(onward, there, here):
                assert back is None
                continue
            assert back is not None
            assert len(back) == networkx.shortest_path_length(onward, there, here)
            ring = (step, *back)
            for one, following in zip(ring, [*ring[1:], ring[0]], strict=True):
                assert one.end == following.start


@settings(max_examples=120)
@given(worlds())
def test_each_broad_statement_that_closes_a_loop_which_holds_together_tells_one(graph: EventGraph) -> None:
    """All rings of the graph with all their choices of steps, where they are not too many."""
    steps = Steps(graph)
    between: dict[tuple[int, int], list[Step]] = {}
    for vertex in graph.vertices:
        for step in steps.out(vertex):
            between.setdefault((vertex.number, step.end.number), []).append(step)
    closing = set()
    for ring in networkx.simple_cycles(networkx.DiGraph(list(between)), length_bound=3):
        ways = [between[pair] for pair in zip(ring, [*ring[1:], ring[0]], strict=True)]
        for cycle in product(*ways):
            if together(cycle, graph):
                closing |= {
                    loops._key(step.statement) for step in cycle if not step.specific and step.statement
                }
    known = {
        loops._key(step.statement)
        for cycle in loops._through_broad(graph, Steps(graph))[0]
        for step in cycle
        if not step.specific and step.statement
    }
    event(f"closing: {min(len(closing), 3)}")
    assert closing <= known


def told(writes: object) -> Counter[str]:
    return Counter(map(repr, writes))  # type: ignore[call-overload]


@settings(max_examples=120)
@given(worlds())
def test_selective_and_swept_writes_are_all_writes(graph: EventGraph) -> None:
    grants = graph.grants
    channels = [*graph.by_channel, Endpoint("sqs", ("elsewhere",))]
    for actor in FUNCTIONS:
        swept = [one for channel in channels for one in grants.swept(actor, channel)]
        event(f"swept: {min(len(swept), 3)}")
        assert told(grants.writes(actor)) == told([*grants.selective(actor), *swept])
        for write, statement in swept:
            assert write.evidence == "broad"
            assert all(pattern == (ANY,) for pattern, _ in statement.resources)


def possible(graph: EventGraph) -> dict[tuple[int, ...], list[Cycle]]:
    """Each ring over specific steps that passes no consumer twice, with every choice of steps that holds together."""
    steps = Steps(graph)
    between: dict[tuple[int, int], list[Step]] = {}
    for vertex in graph.vertices:
        for step in steps.out(vertex):
            if step.specific:
                between.setdefault((vertex.number, step.end.number), []).append(step)
    rings = {}
    for ring in networkx.simple_cycles(networkx.DiGraph(list(between)), length_bound=loops.MAX_LENGTH):
        consumers = [graph.vertices[number].trigger.consumer for number in ring]
        if len(set(consumers)) == len(consumers):
            choices = product(*(between[pair] for pair in zip(ring, [*ring[1:], ring[0]], strict=True)))
            rings[turned(tuple(ring))] = [cycle for cycle in choices if together(cycle, graph)]
    return rings


def together(cycle: Cycle, graph: EventGraph) -> bool:
    """Is there a value of the one condition of these worlds with which all parts of a cycle exist?"""
    needed: set[Requirement] = set()
    for step in cycle:
        trigger = step.end.trigger
        needed |= trigger.requires | (step.write.requires if step.write is not None else ALWAYS)
        for resource in (trigger.channel, trigger.consumer):
            known = graph.declared.get(resource)
            needed |= known.requires if known is not None else ALWAYS
    return len({requirement.holds for requirement in needed}) < 2


def turned(ring: tuple[int, ...]) -> tuple[int, ...]:
    at = ring.index(min(ring))
    return ring[at:] + ring[:at]


def by_step(cycle: Cycle) -> dict[tuple[int, int], tuple[object, ...]]:
    return {(step.start.number, step.end.number): strength(step) for step in cycle}


@settings(max_examples=120)
@given(worlds())
def test_the_loops_over_specific_steps_are_the_rings_that_hold_together(graph: EventGraph) -> None:
    expected = {ring: choices for ring, choices in possible(graph).items() if choices}
    result = find(graph)
    found = {
        turned(tuple(step.start.number for step in cycle)): cycle
        for cycle in result.cycles
        if all(step.specific for step in cycle)
    }
    event(f"specific cycles: {min(len(found), 3)}")
    assert result.truncated is None
    assert set(found) == set(expected)
    for ring, cycle in found.items():
        mine = by_step(cycle)
        for other in map(by_step, expected[ring]):
            stronger = all(other[pair] <= mine[pair] for pair in mine)
            assert other == mine or not stronger


@st.composite
def directed(draw: st.DrawFn) -> dict[int, list[int]]:
    """A few rings laid over each other, of names in any order, and chords."""
    ahead: dict[int, set[int]] = {}
    for _ in range(draw(st.integers(1, 3))):
        ring = draw(st.lists(st.integers(0, 14), min_size=1, max_size=8, unique=True))
        for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
            ahead.setdefault(start, set()).add(end)
    for start, end in draw(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=5)):
        ahead.setdefault(start, set()).add(end)
    return {start: draw(st.permutations(sorted(ends))) for start, ends in ahead.items()}


@settings(max_examples=150)
@given(directed(), st.integers(1, 5))
def test_a_part_without_a_short_ring_tells_its_shortest_through_the_least(
    ahead: dict[int, list[int]], longest: int
) -> None:
    graph = networkx.DiGraph([(start, end) for start, ends in ahead.items() for end in ends])
    expected = {}
    for part in networkx.strongly_connected_components(graph):
        inside = graph.subgraph(part)
        if len(part) > longest and not any(networkx.simple_cycles(inside, length_bound=longest)):
            least = min(part)
            expected[least] = min(len(ring) for ring in networkx.simple_cycles(inside) if least in ring)
    found = list(long_rings(ahead, longest))
    event(f"long rings: {len(found)}")
    assert [ring[0] for ring in found] == sorted(expected)
    for ring in found:
        assert len(ring) == len(set(ring)) == expected[ring[0]]
        assert all(end in ahead[start] for start, end in zip(ring, [*ring[1:], ring[0]], strict=True))


def chain(size: int, broad: bool = False, shortcut: int = 0) -> EventGraph:
    """Functions that feed each other's queues in a ring; the last may do so by a statement on ``*`` alone.

    ``shortcut`` is a function that feeds the first queue as well.
    """
    queues = [Endpoint("sqs", (f"queue{at:02}",)) for at in range(size)]
    workers = [Endpoint("lambda", (f"ring{at:02}",)) for at in range(size)]
    pairs = zip(queues, workers, strict=True)
    triggers = [Trigger(queue, worker, "", place(at)) for at, (queue, worker) in enumerate(pairs)]
    last = size - 1 if broad else size
    writes = [Write(workers[at], queues[(at + 1) % size], "", place(at)) for at in range(last)]
    if shortcut:
        writes.append(Write(workers[shortcut], queues[0], "", place(size)))
    role: Text = ("role",)
    statement = Statement(
        role, "Allow", ("sqs:SendMessage",), (), (((ANY,), ALWAYS),), (), {}, place(90), "Policy"
    )
    first = f"arn:aws:sqs:eu-west-1:111122223333:{queues[0].name[0]}"
    denial = statement._replace(
        effect="Deny",
        resources=tuple(
            ((arn.replace("queue00", str(queue.name[0])),), ALWAYS) for queue in queues[1:] for arn in [first]
        ),
    )
    facts = Facts(
        "t.yaml",
        "",
        "t.yaml",
        tuple(Declared(one, str(one.name[0]), "", place(1), one.name) for one in workers),
        tuple(triggers),
        tuple(writes),
        (statement, denial),
        (Actor(workers[-1], ((role, ALWAYS),)),) if broad else (),
        roles=(Role(role, "Role", ()),),
    )
    return link([facts])


@pytest.mark.parametrize(("size", "loops_found"), [(1, 1), (2, 1), (8, 1), (9, 1), (20, 1)])
def test_a_long_ring_is_told_where_there_is_no_short_one(size: int, loops_found: int) -> None:
    (cycle,) = find(chain(size)).cycles
    assert len(cycle) == size


@pytest.mark.parametrize(("shortcut", "sizes"), [(7, [8]), (8, [9]), (2, [3])])
def test_beside_a_ring_of_eight_or_less_a_longer_one_is_not_told(shortcut: int, sizes: list[int]) -> None:
    found = find(chain(10, shortcut=shortcut)).cycles
    assert [len(cycle) for cycle in found] == sizes


@pytest.mark.parametrize(("size", "told_of"), [(1, True), (2, True), (7, True), (8, True), (9, False)])
def test_a_broad_statement_closes_loops_of_up_to_eight_triggers(size: int, told_of: bool) -> None:
    found = find(chain(size, broad=True)).cycles
    assert [len(cycle) for cycle in found] == [size] * told_of


def crowd(size: int, name: str = "queue") -> EventGraph:
    """Functions that all may send to each other's queues by name."""
    queues = [Endpoint("sqs", (f"{name}{at:02}",)) for at in range(size)]
    workers = [Endpoint("lambda", (f"{name}-work{at:02}",)) for at in range(size)]
    pairs = zip(queues, workers, strict=True)
    triggers = [Trigger(queue, worker, "", place(at)) for at, (queue, worker) in enumerate(pairs)]
    writes = [Write(one, queue, "", place(at)) for at, one in enumerate(workers) for queue in queues]
    return link([Facts("t.yaml", "", "t.yaml", (), tuple(triggers), tuple(writes))])


def test_a_part_with_too_many_loops_is_cut_and_says_so() -> None:
    few, many = find(crowd(4)), find(crowd(6))
    assert (len(few.cycles), few.truncated) == (24, None)
    assert len(many.cycles) == loops.MAX_CYCLES == 100
    assert many.truncated == "only 100 of the loops through 6 triggers are listed"


@pytest.mark.parametrize(("limit", "at_most"), [("MAX_CYCLES", 24), ("MAX_RINGS", 24)])
def test_a_part_is_cut_only_where_there_are_more_loops(
    limit: str, at_most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, limit, at_most)
    assert (len(find(crowd(4)).cycles), find(crowd(4)).truncated) == (24, None)
    monkeypatch.setattr(loops, limit, at_most - 1)
    cut = find(crowd(4))
    assert len(cut.cycles) == 23
    assert cut.truncated == "only 23 of the loops through 4 triggers are listed"


def test_each_part_has_a_limit_of_its_own() -> None:
    parts = [crowd(6).facts[0], crowd(5, "later").facts[0]]
    found = find(link(parts))
    later = [cycle for cycle in found.cycles if "later" in render(cycle[0].end.trigger.channel.name)]
    assert (len(found.cycles), len(later)) == (100 + 89, 89)
    assert found.truncated == "only 100 of the loops through 6 triggers are listed"
    both = find(link([crowd(6).facts[0], crowd(6, "later").facts[0]]))
    assert (len(both.cycles), both.truncated) == (200, found.truncated)


BUSES = {name: Endpoint("events", (name,)) for name in ("one", "two", "three")}
WORK, OTHER = FUNCTIONS[:2]


def linked(*facts: object, root: str = "a.yaml", statements: tuple[Statement, ...] = ()) -> Facts:
    """What a template says: triggers, writes, and functions with a role of their own name."""
    actors = {fact.actor for fact in facts if isinstance(fact, Write)} | {WORK, OTHER}
    return Facts(
        root,
        "",
        root,
        tuple(fact for fact in facts if isinstance(fact, Declared)),
        tuple(fact for fact in facts if isinstance(fact, Trigger)),
        tuple(fact for fact in facts if isinstance(fact, Write)),
        statements,
        tuple(Actor(one, ((one.name, ALWAYS),)) for one in sorted(actors) if one.service == "lambda"),
        roles=tuple(Role(one.name, "Role", ()) for one in sorted(actors) if one.service == "lambda"),
    )


def test_what_a_bus_got_from_a_bus_goes_to_functions_and_to_no_other_bus() -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html"""
    one, two, three = BUSES.values()
    on = [
        Trigger(one, two, "", place(1), "bus"),
        Trigger(two, three, "", place(2), "bus"),
        Trigger(two, WORK, "", place(3), "rule"),
        Trigger(three, OTHER, "", place(4), "rule"),
    ]
    back = Write(WORK, one, "", place(5))
    (cycle,) = find(link([linked(*on, back)])).cycles
    assert [step.end.trigger.consumer for step in cycle] in ([WORK, two], [two, WORK])
    assert find(link([linked(*on, back._replace(actor=OTHER))])).cycles == ()


@pytest.mark.parametrize(
    ("delivery", "only_after", "found"),
    [
        ("async", None, 1),
        ("poll", None, 1),
        ("async", "async", 1),
        ("poll", "async", 0),
        ("sync", "async", 0),
        ("poll", "poll", 1),
        ("async", "poll", 0),
    ],
)
def test_a_destination_is_for_invocations_of_its_kind(
    delivery: str, only_after: str | None, found: int
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    queue = CHANNELS[0]
    on = Trigger(queue, WORK, "", place(1), delivery=delivery)  # type: ignore[arg-type]
    to = Write(WORK, queue, "", place(2), only_after=only_after)  # type: ignore[arg-type]
    assert len(find(link([linked(on, to)])).cycles) == found


def test_a_function_that_somebody_invokes_has_destinations() -> None:
    def back(only_after: str) -> list[Write]:
        return [
            Write(WORK, OTHER, "", place(2), only_after=only_after),  # type: ignore[arg-type]
            Write(OTHER, WORK, "", place(3)),
        ]

    named = [Declared(one, str(one.name[0]), "", place(9), one.name) for one in (WORK, OTHER)]
    assert len(find(link([linked(*named, *back("async"))])).cycles) == 1
    assert find(link([linked(*named, *back("poll"))])).cycles == ()


def sends(actor: Endpoint, resource: Text, line: int) -> Statement:
    return Statement(
        actor.name, "Allow", ("sqs:SendMessage",), (), ((resource, ALWAYS),), (), {}, place(line), "Policy"
    )


def test_a_name_reaches_into_another_stack_and_a_wildcard_does_not() -> None:
    first, second = CHANNELS[:2]
    arn: Text = (f"arn:aws:sqs:eu-west-1:111122223333:{second.name[0]}",)
    theirs = linked(Trigger(second, OTHER, "", place(1)), Write(OTHER, first, "", place(2)), root="b.yaml")
    theirs = theirs._replace(actors=())
    known = Declared(second, "Second", "", place(2), arn)

    def consumers(*ours: Trigger, resource: Text) -> list[list[Endpoint]]:
        facts = linked(known, *ours, statements=(sends(WORK, resource, 3),))
        return [[step.end.trigger.consumer for step in cycle] for cycle in find(link([theirs, facts])).cycles]

    there, here = Trigger(first, WORK, "", place(4)), Trigger(second, WORK, "", place(5))
    assert sorted(map(sorted, consumers(there, resource=arn))) == [[WORK, OTHER]]
    assert consumers(there, resource=(ANY,)) == [[WORK]]
    assert consumers(here, resource=arn) == consumers(here, resource=(ANY,)) == [[WORK]]
    every: Text = ("arn:aws:sqs:eu-west-1:111122223333:", ANY)
    news = CHANNELS[3]
    around = Trigger(news, WORK, "", place(6))
    theirs = theirs._replace(writes=(Write(OTHER, news, "", place(2)),))
    assert sorted(map(sorted, consumers(around, resource=arn))) == [[WORK, OTHER]]
    assert consumers(around, resource=(ANY,)) == consumers(around, resource=every) == []
    assert consumers(here, resource=every) == [[WORK]]
    assert consumers(resource=every) == consumers(resource=(ANY,)) == []


def test_the_surest_of_several_ways_is_told() -> None:
    queue = CHANNELS[0]
    arn: Text = (f"arn:aws:sqs:eu-west-1:111122223333:{queue.name[0]}",)
    on = Trigger(queue, WORK, "", place(1), accepts=Accepts(frozenset({"sent"})))
    ways = [
        Write(WORK, queue, "9", place(9), evidence="declared"),
        Write(WORK, queue, "8", place(8), evidence="defined"),
        Write(WORK, queue, "7", place(7), evidence="assumed"),
    ]
    granted = (sends(WORK, arn, 5),)
    for at, expected in enumerate(["declared", "defined", "granted"]):
        for order in (ways[at:], ways[at:][::-1]):
            (cycle,) = find(link([linked(on, *order, statements=granted)])).cycles
            assert cycle[0].evidence == expected
    bucket = Endpoint("s3", ("box",))
    on = Trigger(bucket, WORK, "", place(1), accepts=Accepts(keys=(((("in/", ANY),), ()),)))
    everywhere = Write(WORK, bucket, "1", place(2), produces=Produces(keys=(("box/", ANY),)))
    inside = Write(WORK, bucket, "2", place(3), produces=Produces(keys=(("box/in/", ANY),)))
    for writes in ((everywhere, inside), (inside, everywhere)):
        (cycle,) = find(link([linked(on, *writes)])).cycles
        assert (cycle[0].meeting.extent, cycle[0].write) == ("all", inside)


def test_the_surest_way_back_from_a_broad_step_is_told() -> None:
    queue, topic = CHANNELS[0], CHANNELS[3]
    arn: Text = (f"arn:aws:sqs:eu-west-1:111122223333:{queue.name[0]}",)
    broad = sends(WORK, (ANY,), 9)._replace(actions=("sns:Publish",))
    facts = linked(
        Trigger(queue, WORK, "", place(1)),
        Trigger(topic, OTHER, "", place(2)),
        Write(OTHER, queue, "~", place(20)),
        statements=(broad, sends(OTHER, arn, 3)),
    )
    (cycle,) = find(link([facts])).cycles
    assert [step.evidence for step in cycle] == ["broad", "declared"]


def test_of_the_loops_of_one_broad_statement_the_same_is_told_wherever_it_stands() -> None:
    """The role of two functions may publish to all topics, and each topic feeds back the queue of one of them."""
    role: Text = ("shared",)
    statement = sends(WORK, (ANY,), 50)._replace(role=role, actions=("sns:Publish",))
    answers = FUNCTIONS[2:4]
    for first, second in ((2, 9), (9, 2)):
        triggers, writes = [], []
        for at, line in enumerate((first, second)):
            triggers += [
                Trigger(CHANNELS[at], FUNCTIONS[at], "", place(line)),
                Trigger(CHANNELS[3 + at], answers[at], "", place(line + 1)),
            ]
            writes.append(Write(answers[at], CHANNELS[at], "", place(line + 2)))
        facts = linked(*triggers, *writes, statements=(statement,))
        actors = tuple(Actor(one, ((role, ALWAYS),)) for one in FUNCTIONS[:2])
        facts = facts._replace(actors=actors, roles=(Role(role, "Role", ()),))
        (cycle,) = find(link([facts])).cycles
        assert {step.start.trigger.consumer for step in cycle} == {FUNCTIONS[0], answers[0]}


def test_of_two_grants_the_first_in_the_template_is_told() -> None:
    queue = CHANNELS[0]
    arn: Text = (f"arn:aws:sqs:eu-west-1:111122223333:{queue.name[0]}",)
    on = Trigger(queue, WORK, "", place(1))
    for lines in ((3, 4), (4, 3)):
        facts = linked(on, statements=tuple(sends(WORK, arn, line) for line in lines))
        (cycle,) = find(link([facts])).cycles
        assert cycle[0].write is not None
        assert cycle[0].write.span.line == 3


def test_a_part_of_a_loop_that_is_never_there_with_another_is_no_loop() -> None:
    queue = CHANNELS[0]
    on = Trigger(queue, WORK, "", place(1))
    there, not_there = REQUIRES[3:]
    plain = [Declared(one, "Id", "", place(2), one.name) for one in (queue, WORK)]
    back = Write(WORK, queue, "", place(3))
    assert len(find(link([linked(on, back, *plain)])).cycles) == 1
    for at, parts in enumerate(([on, back, *plain],) * 4):
        needing = [
            part._replace(requires=there) if at == place_ else part for place_, part in enumerate(parts)
        ]
        assert len(find(link([linked(*needing)])).cycles) == 1
        for other in range(4):
            if other != at:
                both = list(needing)
                both[other] = both[other]._replace(requires=not_there)
                assert find(link([linked(*both)])).cycles == ()


def test_a_loop_starts_at_the_trigger_that_stands_first_in_whatever_order_files_are_read() -> None:
    queues = CHANNELS[:3]
    parts = [
        linked(
            Trigger(queues[at], FUNCTIONS[at], "", place(line)._replace(file=file)),
            Write(FUNCTIONS[at], queues[(at + 1) % 3], "", place(90)),
        )
        for at, (file, line) in enumerate([("b.yaml", 3), ("a.yaml", 9), ("a.yaml", 4)])
    ]
    for order in permutations(parts):
        (cycle,) = find(link(order)).cycles
        assert [step.start.trigger.channel for step in cycle] == [queues[2], queues[0], queues[1]]


def test_a_loop_starts_at_a_declared_trigger_rather_than_at_a_call() -> None:
    queue = CHANNELS[0]
    call, back = Write(WORK, OTHER, "", place(2)), Write(OTHER, queue, "", place(3))
    (cycle,) = find(link([linked(Trigger(queue, WORK, "", place(9)), call, back)])).cycles
    assert [step.start.implicit for step in cycle] == [False, True]


def test_loops_of_broad_statements_are_told_in_the_order_of_their_places() -> None:
    """One goes through two queues and begins before the other, which is shorter."""
    first, second, third = CHANNELS[:3]
    every = sends(WORK, (ANY,), 50)
    other = sends(OTHER, (ANY,), 60)
    denial = every._replace(
        effect="Deny", resources=(((f"arn:aws:sqs:eu-west-1:111122223333:{first.name[0]}",), ALWAYS),)
    )
    known = [
        Declared(queue, "Id", "", place(1), (f"arn:aws:sqs:eu-west-1:111122223333:{queue.name[0]}",))
        for queue in (first, second, third)
    ]
    facts = linked(
        *known,
        Trigger(first, WORK, "", place(2)),
        Trigger(second, FUNCTIONS[2], "", place(3)),
        Trigger(third, OTHER, "", place(9)),
        Write(FUNCTIONS[2], first, "", place(70)),
        statements=(every, denial, other),
    )
    facts = facts._replace(actors=facts.actors[:2])
    found = find(link([facts])).cycles
    assert [[step.end.trigger.span.line for step in cycle] for cycle in found] == [[3, 2], [9]]


def test_of_the_writes_of_one_broad_statement_the_first_is_told() -> None:
    """A denial of one of its actions on some keys makes two writes of it."""
    bucket = Endpoint("s3", ("box",))
    every = sends(WORK, (ANY,), 9)._replace(actions=("s3:PutObject", "s3:DeleteObject"))
    denial = every._replace(
        effect="Deny",
        actions=("s3:DeleteObject",),
        resources=((("arn:aws:s3:::box/kept/", ANY), ALWAYS),),
    )
    facts = linked(Trigger(bucket, WORK, "", place(1)), statements=(every, denial))
    (cycle,) = find(link([facts])).cycles
    assert (cycle[0].meeting.event, cycle[0].meeting.extent) == ("s3:ObjectCreated:Put", "all")


def test_the_choice_of_steps_that_hold_together_is_found_among_very_many() -> None:
    """Eight functions with two ways each to the next queue: only the second way of the first function fits."""
    there, not_there = REQUIRES[3:]
    queues = [Endpoint("sqs", (f"queue{at}",)) for at in range(8)]
    workers = [Endpoint("lambda", (f"work{at}",)) for at in range(8)]
    triggers = [
        Trigger(queue, worker, "", place(at), requires=there)
        for at, (queue, worker) in enumerate(zip(queues, workers, strict=True))
    ]
    for odd in range(8):
        writes = [
            Write(workers[at], queues[(at + 1) % 8], "", place(20 + way), requires=needed)
            for at in range(8)
            for way, needed in enumerate((not_there if at == odd else there, there))
        ]
        (cycle,) = find(link([linked(*triggers, *writes)])).cycles
        ways = {step.write.actor: step.write.span.line for step in cycle if step.write is not None}
        assert ways == {worker: 20 + (worker == workers[odd]) for worker in workers}
        blocked = [
            write._replace(requires=not_there) if write.actor == workers[odd] else write for write in writes
        ]
        assert find(link([linked(*triggers, *blocked)])).cycles == ()
        crossed = [
            Write(workers[at], queues[(at + 1) % 8], "", place(20 + way), requires=needed)
            for at in range(8)
            for way, needed in enumerate(REQUIRES[3:] if at < odd else REQUIRES[:2:-1])
        ]
        (cycle,) = find(link([linked(*(one._replace(requires=ALWAYS) for one in triggers), *crossed)])).cycles
        assert len({step.write.requires for step in cycle if step.write is not None}) == 1


@pytest.mark.parametrize("longer", [False, True])
def test_the_way_back_from_a_broad_step_is_one_that_is_there_with_it(longer: bool) -> None:
    """The shortest and strongest way is not there when the topic is; another one is."""
    there, not_there = REQUIRES[3:]
    queue, other, topic = CHANNELS[0], CHANNELS[1], CHANNELS[3]
    broad = sends(WORK, (ANY,), 9)._replace(actions=("sns:Publish",))
    on = [
        Trigger(queue, WORK, "", place(1)),
        Trigger(topic, OTHER, "", place(2), requires=there),
        Trigger(other, FUNCTIONS[2], "", place(3)),
    ]
    back = [
        Write(OTHER, queue, "", place(20), requires=not_there),
        Write(OTHER, queue, "", place(23), evidence="assumed", requires=not_there if longer else there),
        Write(OTHER, other if longer else queue, "~", place(21), requires=there),
        Write(FUNCTIONS[2], queue, "", place(22), requires=there),
    ]
    (cycle,) = find(link([linked(*on, *back, statements=(broad,))])).cycles
    assert [step.write.span.line for step in cycle if step.write] == ([9, 21, 22] if longer else [9, 21])
    gone = [write._replace(requires=not_there) for write in back]
    assert find(link([linked(*on, *gone, statements=(broad,))])).cycles == ()
    gone = [*back[:3], back[3]._replace(requires=not_there)]
    assert len(find(link([linked(*on, *gone, statements=(broad,))])).cycles) == (not longer)


@pytest.mark.parametrize(("size", "told_of"), [(2, True), (8, True), (9, False)])
def test_a_way_back_around_what_is_not_there_is_as_short_as_any(size: int, told_of: bool) -> None:
    graph = chain(size, broad=True)
    facts = graph.facts[0]
    there, not_there = REQUIRES[3:]
    first = facts.writes[0]
    ways = (first._replace(requires=not_there), first._replace(requires=there, span=place(99)))
    trigger = facts.triggers[-1]._replace(requires=there)
    facts = facts._replace(writes=(*ways, *facts.writes[1:]), triggers=(*facts.triggers[:-1], trigger))
    found = find(link([facts])).cycles
    assert [len(cycle) for cycle in found] == [size] * told_of


def test_ways_that_need_the_same_are_tried_once() -> None:
    """What the first function needs, the last one rules out, and between them there are four ways to each queue."""
    there, not_there = REQUIRES[3:]
    queues = [Endpoint("sqs", (f"queue{at}",)) for at in range(8)]
    workers = [Endpoint("lambda", (f"work{at}",)) for at in range(8)]
    pairs = zip(queues, workers, strict=True)
    triggers = [Trigger(queue, worker, "", place(at)) for at, (queue, worker) in enumerate(pairs)]
    needs = [[not_there, there], *[[ALWAYS] * 4] * 6, [there]]
    writes = [
        Write(workers[at], queues[(at + 1) % 8], "", place(20 + way), requires=needed)
        for at, ways in enumerate(needs)
        for way, needed in enumerate(ways)
    ]
    (cycle,) = find(link([linked(*triggers, *writes)])).cycles
    assert sorted(step.write.span.line for step in cycle if step.write) == [20] * 7 + [21]


@pytest.mark.parametrize(("size", "told_of"), [(8, True), (9, False)])
def test_a_way_back_around_a_short_cut_that_is_not_there_has_a_limit_too(size: int, told_of: bool) -> None:
    facts = chain(size, broad=True).facts[0]
    there, not_there = REQUIRES[3:]
    cut = facts.writes[0]._replace(channel=facts.triggers[3].channel, requires=not_there)
    trigger = facts.triggers[-1]._replace(requires=there)
    facts = facts._replace(writes=(cut, *facts.writes), triggers=(*facts.triggers[:-1], trigger))
    assert [len(cycle) for cycle in find(link([facts])).cycles] == [size] * told_of


def test_what_a_bus_let_through_counts_at_the_next_one() -> None:
    one, two, _ = BUSES.values()
    for source, count in (("raw", 1), ("done", 0)):
        first, second = (Accepts(content=({"source": [(word,)]},)) for word in ("raw", source))
        on = [Trigger(one, two, "", place(1), "bus", first), Trigger(two, WORK, "", place(2), "rule", second)]
        assert len(find(link([linked(*on, Write(WORK, one, "", place(3)))])).cycles) == count


def test_a_reader_that_leads_nowhere_hides_no_other() -> None:
    queue = CHANNELS[0]
    on = [Trigger(queue, OTHER, "", place(1)), Trigger(queue, WORK, "", place(2))]
    assert len(find(link([linked(*on, Write(WORK, queue, "", place(3)))])).cycles) == 1


def test_a_ring_of_log_deliveries_is_told_once_and_hides_no_reader_of_the_logs() -> None:
    (box, logs), kind = [Endpoint("s3", (name,)) for name in ("box", "logs")], "access-log"
    of_box, of_logs = Endpoint("s3-log", box.name), Endpoint("s3-log", logs.name)
    on = [
        Trigger(box, of_box, "", place(1), kind),
        Trigger(logs, of_logs, "", place(2), kind),
        Trigger(logs, WORK, "", place(3)),
    ]
    to = [
        Write(of_box, logs, "", place(4), kind),
        Write(of_logs, box, "", place(5), kind),
        Write(WORK, box, "", place(6)),
    ]
    (cycle,) = find(link([linked(*on, *to)])).cycles
    assert {step.end.trigger.consumer for step in cycle} == {of_box, WORK}


def crossed(size: int) -> Facts:
    """A ring of two ways for each step: all of one kind are there together, or all of the other."""
    queues = [Endpoint("sqs", (f"queue{at}",)) for at in range(size)]
    workers = [Endpoint("lambda", (f"work{at}",)) for at in range(size)]
    pairs = zip(queues, workers, strict=True)
    triggers = [Trigger(queue, worker, "", place(at)) for at, (queue, worker) in enumerate(pairs)]
    writes = [
        Write(workers[at], queues[(at + 1) % size], "", place(20 + way), requires=needed)
        for at in range(size)
        for way, needed in enumerate(REQUIRES[3:] if at < size - 1 else REQUIRES[:2:-1])
    ]
    return linked(*triggers, *writes)


def test_a_loop_of_too_many_ways_is_given_up_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find(link([crossed(8)])).truncated is None
    monkeypatch.setattr(loops, "MAX_CHOICES", 3)
    found = find(link([crossed(8)]))
    assert found.cycles == ()
    told = "a loop through work1 may be missed: too many ways around it depend on conditions"
    assert found.truncated == told
    assert [(note.message, note.span) for note in assess([crossed(8)], rules).notes] == [(told, place(0))]


def test_after_a_loop_that_is_given_up_the_others_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the ring of many ways a longer one goes through its first queue."""
    facts = crossed(4)
    queues = [facts.triggers[0].channel, *(Endpoint("sqs", (f"more{at}",)) for at in range(5))]
    workers = [Endpoint("lambda", (f"other{at}",)) for at in range(6)]
    pairs = zip(queues, workers, strict=True)
    more = [Trigger(queue, worker, "", place(50 + at)) for at, (queue, worker) in enumerate(pairs)]
    on = [Write(one, queues[(at + 1) % 6], "", place(60)) for at, one in enumerate(workers)]
    facts = facts._replace(triggers=(*facts.triggers, *more), writes=(*facts.writes, *on))
    assert sorted(len(cycle) for cycle in find(link([facts])).cycles) == [4, 6]
    monkeypatch.setattr(loops, "MAX_CHOICES", 3)
    found = find(link([facts]))
    assert [len(cycle) for cycle in found.cycles] == [6]
    assert found.truncated is not None


@pytest.mark.parametrize("limit", ["MAX_CHOICES", "MAX_STEPS"])
def test_a_way_back_among_too_many_is_given_up_and_says_so(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = chain(8, broad=True).facts[0]
    there, not_there = REQUIRES[3:]
    cut = facts.writes[0]._replace(channel=facts.triggers[3].channel, requires=not_there)
    trigger = facts.triggers[-1]._replace(requires=there)
    facts = facts._replace(writes=(cut, *facts.writes), triggers=(*facts.triggers[:-1], trigger))
    assert (len(find(link([facts])).cycles), find(link([facts])).truncated) == (1, None)
    second = facts.statements[0]._replace(actions=("sns:Publish",), span=place(95), label="Second")
    topic = Trigger(CHANNELS[3], OTHER, "", place(96))
    back = Write(OTHER, facts.triggers[-1].channel, "", place(97))
    both = facts._replace(
        triggers=(*facts.triggers, topic),
        writes=(*facts.writes, back),
        statements=(*facts.statements, second),
    )
    assert len(find(link([both])).cycles) == 2
    monkeypatch.setattr(loops, limit, 2)
    for one, told_of in ((facts, []), (both, [2])):
        found = find(link([one]))
        assert [len(cycle) for cycle in found.cycles] == told_of
        assert found.truncated is not None
        assert found.truncated.startswith("a loop through ring00 may be missed: ")
