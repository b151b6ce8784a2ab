"""Scenes and templates made by hand, for the tests of the drawings."""

from __future__ import annotations

from recursion_lint.model.findings import EvidenceName, Finding, FindingHop, Severity, Span
from recursion_lint.report.graph.scene import Edge, Loop, Node, Scene

SERVICES = ("sqs", "lambda", "s3", "sns", "events", "iot")

HOSTILE = (
    "</script><script>document.title='broken in'</script>",
    'a"] --> b["x',
    '%%{init: {"theme": "dark"}}%%',
    "style x:y#1;",
    "end",
    "`md` **b** 1. x",
    '\\N\\"; evil [label="x"]',
    '"&quot;&amp;é→日本',
    "graph;subgraph",
    "<!--<img src=x onerror=alert(1)>",
    "]]>\u2028@@DATA@@",
    "{{constructor}} ${alert(1)}",
)

TWO_STACKS = {
    "orders.yaml": """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  PartnerQueueArn: {Type: String}
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {QueueName: orders}
  Accept:
    Type: AWS::Serverless::Function
    Properties:
      Handler: accept.handler
      Runtime: python3.12
      Policies:
        - SNSPublishMessagePolicy: {TopicName: accepted}
      Events:
        Ordered: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
        Partner: {Type: SQS, Properties: {Queue: !Ref PartnerQueueArn}}
""",
    "billing/bill.yaml": """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Accepted:
    Type: AWS::SNS::Topic
    Properties: {TopicName: accepted}
  Bill:
    Type: AWS::Serverless::Function
    Properties:
      Handler: bill.handler
      Runtime: python3.12
      Policies:
        - SQSSendMessagePolicy: {QueueName: orders}
      Events:
        Accepted: {Type: SNS, Properties: {Topic: !Ref Accepted}}
""",
}


def node(number: int, label: str, *loops: int, file: str = "t.yaml") -> Node:
    service = SERVICES[number % len(SERVICES)]
    return Node(
        f"n{number}",
        label,
        "AWS::SQS::Queue" if file else service,
        service,
        file,
        number if file else 0,
        loops,
    )


def edge(
    number: int,
    source: int,
    target: int,
    *loops: int,
    kind: str = "write",
    evidence: EvidenceName = "granted",
    word: str = "so",
) -> Edge:
    span = Span("t.yaml", number, 3, number, 9)
    return Edge(f"e{number}", f"n{source}", f"n{target}", kind, evidence, word, (), span, loops)


def loop(number: int, *edges: Edge, severity: Severity = "error", message: str = "it loops") -> Loop:
    hops = tuple(
        FindingHop(one.source, one.target, one.kind, one.evidence, one.reason, one.span) for one in edges
    )
    finding = Finding(
        "sqs-loop", "R1200", severity, "likely", message, edges[0].span, (), hops, fingerprint="f"
    )
    return Loop(
        number, finding, tuple(one.id for one in edges), tuple(dict.fromkeys(one.source for one in edges))
    )


def hostile_scene() -> Scene:
    """Names, files, reasons and kinds that try to leave every place where they are put."""
    count = len(HOSTILE)
    span = Span(f"{HOSTILE[0]}.yaml", 2, 3, 2, 9)
    nodes = tuple(
        Node(f"n{at}", name, name, SERVICES[at % 6], f"{HOSTILE[at % 2]}.yaml", 1, (1,))
        for at, name in enumerate(HOSTILE, 1)
    )
    evidence: tuple[EvidenceName, ...] = ("granted", "broad", "declared")
    edges = tuple(
        Edge(f"e{at}", f"n{at}", f"n{at % count + 1}", name, evidence[at % 3], name, (name,), span, (1,))
        for at, name in enumerate(HOSTILE, 1)
    )
    return Scene(nodes, edges, (loop(1, *edges, message=HOSTILE[0] + "\\"),))


def wide_scene(pairs: int) -> Scene:
    """One loop of two with a neighbour, and beside it that many pairs without a loop."""
    looped = (node(1, "Jobs", 1), node(2, "Worker", 1), node(3, "Log"))
    first = (edge(1, 1, 2, 1, kind="trigger", evidence="declared"), edge(2, 2, 1, 1), edge(3, 2, 3))
    rest = [(node(at, f"From{at}"), node(at + 1, f"To{at}")) for at in range(4, 4 + 2 * pairs, 2)]
    more = tuple(edge(at, 2 * at - 4, 2 * at - 3) for at in range(4, 4 + pairs))
    return Scene((*looped, *(one for pair in rest for one in pair)), (*more, *first), (loop(1, *first[:2]),))
