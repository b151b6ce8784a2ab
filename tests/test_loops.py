"""The search for cycles: peeling against networkx, bounds, deduplication, conditions."""

from __future__ import annotations

import textwrap

import networkx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recursion_lint.graph.elementary_cycles import peel, rings, strong_parts
from recursion_lint.run.lint import lint

EDGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


@given(EDGES)
def test_peeling_keeps_exactly_what_lies_between_cycles(edges: list[tuple[int, int]]) -> None:
    graph = networkx.DiGraph(edges)
    left = peel(set(edges))
    cyclic = {v for part in networkx.strongly_connected_components(graph) if len(part) > 1 for v in part}
    cyclic |= {start for start, end in edges if start == end}
    assert cyclic <= left
    between = {
        vertex
        for vertex in graph
        if any(networkx.has_path(graph, one, vertex) for one in cyclic)
        and any(networkx.has_path(graph, vertex, one) for one in cyclic)
    }
    assert left == between


@given(EDGES, st.integers(1, 6))
def test_rings_are_the_elementary_cycles_up_to_a_length(edges: list[tuple[int, int]], longest: int) -> None:
    ahead: dict[int, list[int]] = {}
    for start, end in sorted(set(edges)):
        ahead.setdefault(start, []).append(end)
    found = [tuple(ring) for ring in rings(ahead, longest)]
    expected = {
        tuple(ring[ring.index(min(ring)) :] + ring[: ring.index(min(ring))])
        for ring in networkx.simple_cycles(networkx.DiGraph(edges), length_bound=longest)
    }
    assert len(found) == len(set(found))
    assert set(found) == expected


@given(EDGES, st.integers(1, 6))
def test_rings_pass_each_kind_of_vertex_once(edges: list[tuple[int, int]], longest: int) -> None:
    ahead: dict[int, list[int]] = {}
    for start, end in sorted(set(edges)):
        ahead.setdefault(start, []).append(end)
    found = [tuple(ring) for ring in rings(ahead, longest, lambda vertex: vertex // 3)]
    expected = [
        ring for ring in map(tuple, rings(ahead, longest)) if len({one // 3 for one in ring}) == len(ring)
    ]
    assert found == expected


def test_a_function_with_many_queues_that_it_sends_to_has_as_many_loops() -> None:
    queues = range(9)
    text = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    text += "".join(f"  Q{at}: {{Type: AWS::SQS::Queue}}\n" for at in queues)
    text += "  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Policies:\n"
    text += "".join(
        f"        - SQSSendMessagePolicy: {{QueueName: !GetAtt Q{at}.QueueName}}\n" for at in queues
    )
    text += "      Events:\n"
    text += "".join(
        f"        E{at}: {{Type: SQS, Properties: {{Queue: !GetAtt Q{at}.Arn}}}}\n" for at in queues
    )
    report = lint(["-"], stdin=text)
    assert {finding.cycle[0].resource for finding in report.findings} == {f"Q{at}" for at in queues}
    assert not any("are listed" in note.message for note in report.notes)


@given(EDGES)
def test_the_parts_that_hold_a_ring(edges: list[tuple[int, int]]) -> None:
    graph = networkx.DiGraph(edges)
    parts = [
        part
        for part in networkx.strongly_connected_components(graph)
        if len(part) > 1 or graph.has_edge(min(part), min(part))
    ]
    assert strong_parts({vertex: list(graph[vertex]) for vertex in graph}) == sorted(parts, key=min)


def ring(size: int, extra: str = "") -> str:
    """A template in which function F0 feeds queue Q1, F1 feeds Q2, … and the last feeds Q0."""
    text = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    for at in range(size):
        text += textwrap.indent(
            textwrap.dedent(
                f"""\
                Q{at}:
                  Type: AWS::SQS::Queue
                F{at}:
                  Type: AWS::Serverless::Function
                  Properties:
                    Policies:
                      - SQSSendMessagePolicy:
                          QueueName: !GetAtt Q{(at + 1) % size}.QueueName
                    Events:
                      In:
                        Type: SQS
                        Properties:
                          Queue: !GetAtt Q{at}.Arn
                """
            ),
            "  ",
        )
    return text + textwrap.indent(textwrap.dedent(extra), "  ")


def found(text: str) -> list[tuple[str, tuple[str, ...]]]:
    report = lint(["-"], stdin=text)
    assert report.problems == ()
    return [(finding.rule, tuple(node.resource for node in finding.cycle)) for finding in report.findings]


def test_a_ring_of_functions_is_one_loop_that_names_them_all() -> None:
    (finding,) = found(ring(4))
    assert finding[0] == "sqs-loop"
    assert set(finding[1]) == {f"{kind}{at}" for kind in "QF" for at in range(4)}


def test_a_ring_that_is_cut_is_no_loop() -> None:
    assert found(ring(4).replace("!GetAtt Q0.QueueName", "!GetAtt Elsewhere.QueueName")) == []


def test_two_rings_through_one_queue_are_two_loops() -> None:
    extra = """\
        G:
          Type: AWS::Serverless::Function
          Properties:
            Policies:
              - SQSSendMessagePolicy:
                  QueueName: !GetAtt Q0.QueueName
            Events:
              In:
                Type: SQS
                Properties:
                  Queue: !GetAtt Q1.Arn
        """
    cycles = {frozenset(resources) for _, resources in found(ring(2, extra))}
    assert cycles == {frozenset({"Q0", "F0", "Q1", "F1"}), frozenset({"Q0", "F0", "Q1", "G"})}


def test_a_function_that_may_invoke_itself_is_one_loop_however_it_is_started() -> None:
    text = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Q: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: worker
      Policies:
        - Statement:
            - {Effect: Allow, Action: lambda:InvokeFunction, Resource: !Sub 'arn:aws:lambda:*:*:function:worker'}
      Events:
        In: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}
"""
    assert found(text) == [("lambda-loop", ("F",))]


def test_a_broad_statement_gives_one_finding_not_one_for_each_path() -> None:
    queues = "".join(f"  Q{at}: {{Type: AWS::SQS::Queue}}\n" for at in range(5))
    events = "".join(
        f"        E{at}: {{Type: SQS, Properties: {{Queue: !GetAtt Q{at}.Arn}}}}\n" for at in range(5)
    )
    text = f"""
Transform: AWS::Serverless-2016-10-31
Resources:
{queues}
  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{Statement: [{{Effect: Allow, Action: 'sqs:*', Resource: '*'}}]}}]
      Events:
{events}
"""
    report = lint(["-"], stdin=text)
    assert [(finding.rule, finding.severity) for finding in report.findings] == [("sqs-loop", "info")]


SHARED = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: workers
          PolicyDocument:
            Statement:
              - {Effect: Allow, Action: 'lambda:InvokeFunction', Resource: RESOURCE}
"""


def shared(resource: str, count: int) -> str:
    return SHARED.replace("RESOURCE", resource) + "".join(
        f"  F{at}:\n    Type: AWS::Lambda::Function\n"
        f"    Properties: {{FunctionName: worker-{at}, Role: !GetAtt Role.Arn}}\n"
        for at in range(count)
    )


def workers(count: int) -> str:
    names = (f"'arn:aws:lambda:eu-west-1:111122223333:function:worker-{at}'" for at in range(count))
    return shared(f"[{', '.join(names)}]", count)


def test_the_calls_that_one_statement_allows_are_one_finding_that_names_the_functions() -> None:
    (finding,) = lint(["-"], stdin=workers(3)).findings
    assert [node.resource for node in finding.cycle] == ["F0", "F1", "F2"]
    assert len(finding.also) == 6
    assert finding.also[-1] == "2 more loops of the same cause"


def test_loops_of_one_statement_and_channel_are_one_finding_the_shortest_first() -> None:
    """Whoever ends that a queue is written to by this statement ends the longer ways round as well."""
    queues = "".join(
        f"  Q{at}: {{Type: AWS::SQS::Queue}}\n"
        f"  P{at}: {{Type: AWS::Lambda::EventSourceMapping,"
        f" Properties: {{FunctionName: !Ref F{at}, EventSourceArn: !GetAtt Q{at}.Arn}}}}\n"
        for at in range(3)
    )
    text = workers(3).replace("'lambda:InvokeFunction'", "'sqs:SendMessage'")
    resources = text[text.index("Resource: [") : text.index("]", text.index("Resource: [")) + 1]
    text = text.replace(resources, "Resource: [!GetAtt Q0.Arn, !GetAtt Q1.Arn, !GetAtt Q2.Arn]") + queues
    findings = lint(["-"], stdin=text).findings
    assert [[node.resource for node in one.cycle] for one in findings] == [
        ["Q0", "F0"],
        ["Q1", "F1"],
        ["Q2", "F2"],
    ]
    assert findings[0].also == (
        *("Q0 → F0 → Q1 → F1", "Q0 → F0 → Q2 → F2"),
        *("Q0 → F0 → Q1 → F1 → Q2 → F2", "Q0 → F0 → Q2 → F2 → Q1 → F1"),
    )
    assert findings[1].also == ("Q1 → F1 → Q2 → F2",)


def test_a_wildcard_over_many_functions_is_one_finding() -> None:
    (finding,) = lint(["-"], stdin=shared("'arn:aws:lambda:*:*:function:worker-*'", 3)).findings
    assert (finding.severity, finding.also) == ("info", ())


def test_the_worst_loop_of_a_cause_is_told_though_a_shorter_one_is_less_severe() -> None:
    text = """
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Done: {Type: AWS::SQS::Queue}
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement: [{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt Jobs.Arn}]
  Work: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Back: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn, VARIABLES}}
  A: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Work, EventSourceArn: !GetAtt Jobs.Arn}}
  B: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Back, EventSourceArn: !GetAtt Done.Arn}}
  Send: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref Work}}
""".replace("VARIABLES", "Environment: {Variables: {NEXT_QUEUE: !Ref Jobs}}")
    assert [one.severity for one in lint(["-"], stdin=text).findings] == ["warning"]
    sends = (
        "  Pass: {Type: AWS::Pipes::Pipe, Properties: {Source: !GetAtt Jobs.Arn, Target: !GetAtt Done.Arn}}\n"
    )
    (finding,) = lint(["-"], stdin=text + sends).findings
    assert (finding.severity, len(finding.cycle)) == ("error", 4)
    assert finding.also[0] == "Jobs → Work"


def test_loops_that_are_written_in_the_same_places_are_one_finding() -> None:
    text = """
Conditions: {Keep: !Equals [!Ref AWS::Region, eu-west-1]}
Resources:
  Kept: {Type: AWS::SQS::Queue, Condition: Keep, DeletionPolicy: Retain}
  Passing: {Type: AWS::SQS::Queue}
  Ship:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - SQSSendMessagePolicy: {QueueName: !If [Keep, !GetAtt Kept.QueueName, !GetAtt Passing.QueueName]}
      Events:
        Order:
          Type: SQS
          Properties: {Queue: !If [Keep, !GetAtt Kept.Arn, !GetAtt Passing.Arn]}
"""
    (finding,) = lint(["-"], stdin=text).findings
    assert [node.resource for node in finding.cycle] == ["Kept", "Ship"]
    assert finding.also == ("Passing → Ship",)
    elsewhere = text.replace("!GetAtt Passing.Arn]}", "!GetAtt Kept.Arn]}") + (
        "        Other: {Type: SQS, Properties: {Queue: !GetAtt Passing.Arn}}\n"
    )
    assert len(lint(["-"], stdin=elsewhere).findings) == 2  # two channels, each with a trigger of its own


def test_loops_of_two_grants_are_one_finding_only_where_both_are_the_same() -> None:
    text = """
Conditions: {Keep: !Equals [!Ref AWS::Region, eu-west-1]}
Resources:
  Kept: {Type: AWS::SQS::Queue, Condition: Keep, DeletionPolicy: Retain}
  Passing: {Type: AWS::SQS::Queue}
  Pack: {Type: AWS::SQS::Queue}
  Ship:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Pack.QueueName}}]
      Events:
        Order:
          Type: SQS
          Properties: {Queue: !If [Keep, !GetAtt Kept.Arn, !GetAtt Passing.Arn]}
  Packer:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - SQSSendMessagePolicy: {QueueName: !If [Keep, !GetAtt Kept.QueueName, !GetAtt Passing.QueueName]}
      Events:
        Parcel: {Type: SQS, Properties: {Queue: !GetAtt Pack.Arn}}
"""
    (finding,) = lint(["-"], stdin=text).findings
    assert [finding.also] == [("Passing → Ship → Pack → Packer",)]
    apart = text.replace("!If [Keep, !GetAtt Kept.Arn, !GetAtt Passing.Arn]", "!GetAtt Kept.Arn") + (
        "  Other:\n"
        "    Type: AWS::Lambda::EventSourceMapping\n"
        "    Properties: {FunctionName: !Ref Ship, EventSourceArn: !GetAtt Passing.Arn}\n"
    )
    assert len(lint(["-"], stdin=apart).findings) == 2


def _under(*conditions: str) -> str:
    """A loop whose queue and function are each there under a condition of the two parameters A and B."""
    given = "".join(f"  {line}\n" for line in conditions)
    return (
        "Parameters: {A: {Type: String}, B: {Type: String}, C: {Type: String}}\n"
        f"Conditions:\n{given}Resources:\n  Jobs: {{Type: AWS::SQS::Queue, Condition: Here}}\n"
        "  W:\n    Type: AWS::Serverless::Function\n    Condition: There\n    Properties:\n"
        "      Policies: [SQSSendMessagePolicy: {QueueName: !GetAtt Jobs.QueueName}]\n"
        "      Events: {J: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}\n"
    )


@pytest.mark.parametrize(
    ("here", "there", "loops"),
    [
        ("!Not [!Equals [!Ref A, !Ref B]]", "!Not [!Equals [!Ref A, !Ref B]]", True),
        ("!Not [!Equals [!Ref A, !Ref B]]", "!Equals [!Ref A, !Ref B]", False),
        ("!Equals [!Ref A, !Ref B]", "!Equals [!Ref A, prod]", True),
        ("!And [!Equals [!Ref A, !Ref B], !Equals [!Ref B, dev]]", "!Equals [!Ref A, prod]", False),
        (
            "!And [!Equals [!Ref A, !Ref B], !Equals [!Ref B, !Ref C]]",
            "!Not [!Equals [!Ref A, !Ref C]]",
            False,
        ),
        (
            "!And [!Equals [!Ref A, !Ref B], !Not [!Equals [!Ref B, !Ref C]]]",
            "!Not [!Equals [!Ref A, x]]",
            True,
        ),
        ("!Not [!Equals [!Ref A, x]]", "!Not [!Equals [!Ref A, y]]", True),
        ("!Equals [!Ref A, x]", "!Equals [!Ref A, y]", False),
    ],
)
def test_conditions_on_parameters_that_are_compared_with_each_other(
    here: str, there: str, loops: bool
) -> None:
    report = lint(["-"], stdin=_under(f"Here: {here}", f"There: {there}"))
    assert not report.problems
    assert bool(report.findings) == loops
