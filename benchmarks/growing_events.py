"""Templates with more and more patterns, filters, rules and notifications, each a function of their number."""

from __future__ import annotations

from collections.abc import Callable

from growing import HEAD, QUEUE, flow, loop, many


def _bus(pattern: str) -> str:
    return (
        f"{HEAD}Resources:\n  Bus:\n    Type: AWS::Events::EventBus\n    Properties: {{Name: orders}}\n"
        "  Rule:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: !Ref Bus\n"
        f"      EventPattern: {pattern}\n      Targets: [{{Id: a, Arn: !GetAtt Worker.Arn}}]\n"
        "  Worker:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        "      Runtime: python3.12\n      CodeUri: src/\n      Policies:\n"
        "        - EventBridgePutEventsPolicy: {EventBusName: !Ref Bus}\n"
    )


def pattern_fields(n: int) -> str:
    """An event pattern on n fields."""
    return _bus("{detail: {" + ", ".join(f"f{at}: [a]" for at in range(n)) + "}}")


def pattern_values(n: int) -> str:
    """An event pattern with n values."""
    return _bus("{source: " + flow(n, "shop@") + "}")


def pattern_wildcards(n: int) -> str:
    """An event pattern with n wildcards."""
    return _bus("{source: " + flow(n, "{wildcard: 'a*@*b*c'}") + "}")


def pattern_stars(n: int) -> str:
    """One wildcard with n stars."""
    return _bus("{source: [{wildcard: '" + "*a" * n + "*b'}]}")


def pattern_anything_but(n: int) -> str:
    """anything-but of n prefixes."""
    return _bus("{source: [{anything-but: {prefix: " + flow(n, "p@") + "}}]}")


def pattern_or(n: int) -> str:
    """$or of n alternatives."""
    return _bus("{$or: " + flow(n, "{source: [s@]}") + "}")


def bucket(rules: str, resources: str) -> str:
    return (
        f"{HEAD}Resources:\n  Photos:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: photos\n"
        f"      NotificationConfiguration:\n        LambdaConfigurations:\n{rules}"
        "  Worker:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        "      Runtime: python3.12\n      CodeUri: src/\n      Policies:\n        - Statement:\n"
        f"            - {{Effect: Allow, Action: 's3:PutObject', Resource: {resources}}}\n"
    )


def rule(prefix: str) -> str:
    rules = f"Filter: {{S3Key: {{Rules: [{{Name: prefix, Value: '{prefix}'}}]}}}}"
    return f"          - {{Event: 's3:ObjectCreated:*', Function: !GetAtt Worker.Arn, {rules}}}\n"


def key_patterns(n: int) -> str:
    """A grant on n key patterns against one notification."""
    return bucket(rule("in/"), flow(n, "'arn:aws:s3:::photos/*@*a*b'"))


def key_stars(n: int) -> str:
    """A grant on a key pattern with n stars."""
    return bucket(rule("in/"), "'arn:aws:s3:::photos/" + "*a" * n + "*b'")


def notifications(n: int) -> str:
    """n notifications of one bucket against one grant."""
    return bucket("".join(rule(f"in{at}/") for at in range(n)), "'arn:aws:s3:::photos/*'")


def notifications_and_statements(n: int) -> str:
    """n notifications of one bucket against n statements of one function."""
    statement = (
        "            - {Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::photos/in@/*'}\n"
    )
    return notifications(n) + many(n, statement)


def _started(triggers: str, policy: str, channel: str) -> str:
    """A channel, a function that many things on it start, and what the function may do."""
    return (
        f"{HEAD}Resources:\n{channel}{triggers}  Worker:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Handler: app.handler\n      Runtime: python3.12\n      CodeUri: src/\n"
        f"      Policies:\n        - {policy}\n"
    )


_BUS = "  Bus:\n    Type: AWS::Events::EventBus\n    Properties: {Name: orders}\n"
_EVENTS = "EventBridgePutEventsPolicy: {EventBusName: !Ref Bus}"


def event_rules(n: int) -> str:
    """n rules on one bus that start one function."""
    rule = (
        "  Rule@:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: !Ref Bus\n"
        "      EventPattern: {source: [s@]}\n      Targets: [{Id: a, Arn: !GetAtt Worker.Arn}]\n"
    )
    return _started(many(n, rule), _EVENTS, _BUS)


def event_targets(n: int) -> str:
    """n targets of one rule, all the same function."""
    rule = (
        "  Rule:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: !Ref Bus\n"
        f"      EventPattern: {{source: [s]}}\n      Targets: {flow(n, '{Id: t@, Arn: !GetAtt Worker.Arn}')}\n"
    )
    return _started(rule, _EVENTS, _BUS)


def rules_and_functions(n: int) -> str:
    """n rules on one bus that start as many functions, each of which may put events there."""
    pair = (
        "  Rule@:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: !Ref Bus\n"
        "      EventPattern: {source: [s]}\n      Targets: [{Id: a, Arn: !GetAtt Worker@.Arn}]\n"
        "  Worker@:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        f"      Runtime: python3.12\n      CodeUri: src/\n      Policies:\n        - {_EVENTS}\n"
    )
    return f"{HEAD}Resources:\n{_BUS}{many(n, pair)}"


def subscriptions(n: int) -> str:
    """n subscriptions of one function to one topic."""
    one = (
        "  Sub@:\n    Type: AWS::SNS::Subscription\n    Properties:\n      Protocol: lambda\n      TopicArn: !Ref T\n"
        "      Endpoint: !GetAtt Worker.Arn\n      FilterPolicy: {kind: [k@]}\n"
    )
    policy = "SNSPublishMessagePolicy: {TopicName: !GetAtt T.TopicName}"
    return _started(many(n, one), policy, "  T:\n    Type: AWS::SNS::Topic\n")


def mappings(n: int) -> str:
    """n mappings of one queue to one function."""
    one = (
        "  M@:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n      EventSourceArn: !GetAtt Jobs.Arn\n"
        '      FunctionName: !Ref Worker\n      FilterCriteria: {Filters: [{Pattern: \'{"body":{"k":["v@"]}}\'}]}\n'
    )
    return f"{HEAD}Resources:\n{QUEUE}{many(n, one)}{loop('Jobs')}"


def pipes(n: int) -> str:
    """n pipes from one queue to one function."""
    one = (
        "  Pipe@:\n    Type: AWS::Pipes::Pipe\n    Properties:\n      RoleArn: 'arn:aws:iam::123456789012:role/r'\n"
        "      Source: !GetAtt Jobs.Arn\n      Target: !GetAtt Worker.Arn\n"
    )
    return f"{HEAD}Resources:\n{QUEUE}{many(n, one)}{loop('Jobs')}"


def one_queue_of_many(n: int) -> str:
    """n functions that read one queue and send to it."""
    return f"{HEAD}Resources:\n{QUEUE}{''.join(loop('Jobs', number=at) for at in range(n))}"


def roles_of_elsewhere(n: int) -> str:
    """n functions with queues of their own, and one role that no template shows."""
    parts = (
        f"  Queue{at}: {{Type: AWS::SQS::Queue}}\n"
        f"  Worker{at}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        "      Runtime: python3.12\n      CodeUri: src/\n      Role: arn:aws:iam::123456789012:role/workers\n"
        f"      Events: {{Job: {{Type: SQS, Properties: {{Queue: !GetAtt Queue{at}.Arn}}}}}}\n"
        for at in range(n)
    )
    return f"{HEAD}Resources:\n{''.join(parts)}"


def topic_levels(n: int) -> str:
    """An MQTT topic filter of n levels."""
    levels = "+/" * n
    return (
        f"{HEAD}Resources:\n  Rule:\n    Type: AWS::IoT::TopicRule\n    Properties:\n      TopicRulePayload:\n"
        f"        Sql: \"SELECT * FROM '{levels}a'\"\n"
        "        Actions: [{Republish: {Topic: '"
        + "b/" * n
        + "a', RoleArn: 'arn:aws:iam::123456789012:role/r'}}]\n"
    )


RESPECTS: tuple[tuple[Callable[[int], str], int], ...] = (
    (pattern_fields, 40),
    (pattern_values, 40),
    (pattern_wildcards, 40),
    (pattern_stars, 20),
    (pattern_anything_but, 40),
    (pattern_or, 40),
    (key_patterns, 40),
    (key_stars, 20),
    (notifications, 40),
    (notifications_and_statements, 160),
    (event_rules, 40),
    (event_targets, 40),
    (rules_and_functions, 60),
    (subscriptions, 40),
    (mappings, 40),
    (pipes, 40),
    (one_queue_of_many, 60),
    (roles_of_elsewhere, 40),
    (topic_levels, 20),
)
"""Each respect with the least size that it is measured at."""
