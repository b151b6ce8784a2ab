"""Templates that grow in one respect: each function makes the text of a template of size n."""

from __future__ import annotations

import json
from collections.abc import Callable

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::LanguageExtensions\n"
QUEUE = "  Jobs:\n    Type: AWS::SQS::Queue\n"


def _named(name: str, sections: str = "") -> str:
    """A queue with a name that is worked out, and a function that reads it and may send to it."""
    return f"{HEAD}{sections}Resources:\n{QUEUE}    Properties:\n      QueueName: {name}\n{_loop('Jobs')}"


def _loop(queue: str, statement: str = "", number: int | str = "") -> str:
    """A function that reads a queue and may send to it, or what ``statement`` says."""
    own = f"{{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt {queue}.Arn}}"
    return (
        f"  Worker{number}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        "      Runtime: python3.12\n      CodeUri: src/\n      Policies:\n"
        f"        - Statement:\n            - {statement or own}\n"
        f"      Events:\n        Job: {{Type: SQS, Properties: {{Queue: !GetAtt {queue}.Arn}}}}\n"
    )


def _many(count: int, text: str) -> str:
    return "".join(text.replace("@", str(at)) for at in range(count))


def _flow(count: int, text: str) -> str:
    return "[" + ", ".join(text.replace("@", str(at)) for at in range(count)) + "]"


# --- intrinsic functions ---------------------------------------------------------------------------


def sub_variables(n: int) -> str:
    """One Fn::Sub of n parameters."""
    return _named("!Sub '" + _many(n, "${P@}-") + "'", "Parameters:\n" + _many(n, "  P@: {Type: String}\n"))


def sub_nested(n: int) -> str:
    """Fn::Sub in Fn::Sub, each naming the inner one twice."""
    name = "abcdefgh"
    for _ in range(n):
        name = f"{{'Fn::Sub': ['${{A}}${{A}}', {{A: {name}}}]}}"
    return _named(name)


def join_list(n: int) -> str:
    """One Fn::Join of n references."""
    return _named(
        "!Join ['-', " + _flow(n, "!Ref P@") + "]", "Parameters:\n" + _many(n, "  P@: {Type: String}\n")
    )


def join_of_ifs(n: int) -> str:
    """One Fn::Join of n values under one condition."""
    return _named(
        "!Join ['-', " + _flow(n, "!If [C, a, b]") + "]",
        "Conditions:\n  C: !Equals [!Ref 'AWS::Region', x]\n",
    )


def join_of_all_ifs(n: int) -> str:
    """One Fn::Join of n values under n conditions."""
    conditions = "Conditions:\n" + _many(n, "  C@: !Equals [!Ref 'AWS::Region', x@]\n")
    return _named("!Join ['-', " + _flow(n, "!If [C@, a, b]") + "]", conditions)


def if_nested(n: int) -> str:
    """Fn::If in Fn::If, n deep."""
    name = "last"
    for at in range(n):
        name = f"!If [C{at}, a{at}, {name}]"
    return _named(name, "Conditions:\n" + _many(n, "  C@: !Equals [!Ref 'AWS::Region', x@]\n"))


def select_split(n: int) -> str:
    """Fn::Select from n pieces."""
    return _named("!Select [1, !Split [',', '" + _many(n, "a@,") + "']]")


def find_in_map(n: int) -> str:
    """A mapping of n rows."""
    return _named(
        "!FindInMap [M, !Ref 'AWS::Region', Name]", "Mappings:\n  M:\n" + _many(n, "    r@: {Name: jobs}\n")
    )


def for_each(n: int) -> str:
    """Fn::ForEach over n values."""
    loop = f"  'Fn::ForEach::Each':\n    - X\n    - {_flow(n, 'v@')}\n    - 'Q${{X}}':\n        Type: AWS::SQS::Queue\n"
    return f"{HEAD}Resources:\n{QUEUE}{loop}{_loop('Jobs')}"


def for_each_nested(n: int) -> str:
    """Four Fn::ForEach in one another, over n values each."""
    text, indent = "", "  "
    for at in range(4):
        text += (
            f"{indent}'Fn::ForEach::L{at}':\n{indent}  - X{at}\n{indent}  - {_flow(n, 'v@')}\n{indent}  -\n"
        )
        indent += "    "
    text += f"{indent}'Q${{X0}}${{X1}}${{X2}}${{X3}}':\n{indent}  Type: AWS::SQS::Queue\n"
    return f"{HEAD}Resources:\n{QUEUE}{text}{_loop('Jobs')}"


def named_after_each_other(n: int) -> str:
    """n queues, each named twice after the next one."""
    queues = "".join(
        f"  Q{at}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub '${{Q{at + 1}}}${{Q{at + 1}}}'\n"
        for at in range(n)
    )
    return f"{HEAD}Resources:\n{queues}  Q{n}:\n    Type: AWS::SQS::Queue\n{_loop('Q0')}"


def exports(n: int) -> str:
    """n outputs that are exported."""
    outputs = "Outputs:\n" + _many(
        n, "  O@:\n    Value: !Ref Jobs\n    Export: {Name: !Sub '${AWS::StackName}-@'}\n"
    )
    return f"{HEAD}Resources:\n{QUEUE}{_loop('Jobs')}{outputs}"


def find_in_one_map(n: int) -> str:
    """n values from a mapping of n rows."""
    rows = "Mappings:\n  M:\n" + _many(n, "    r@: {Name: jobs@}\n")
    given = "{DelaySeconds: @, QueueName: !FindInMap [M, !Ref 'AWS::Region', Name]}"
    named = f"  Q@:\n    Type: AWS::SQS::Queue\n    Properties: {given}\n"
    return f"{HEAD}{rows}Resources:\n{QUEUE}{_many(n, named)}{_loop('Jobs')}"


def names_of_ifs(n: int) -> str:
    """n queues, the name of each joined of 60 values under as many conditions."""
    sections = "Parameters:\n" + _many(60, "  P@: {Type: String}\n")
    sections += "Conditions:\n" + _many(60, "  C@: !Equals [!Ref P@, x]\n")
    name = "!Join ['-', " + _flow(60, "!If [C@, a@, b@]") + "]"
    queues = f"  Q@:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: {name}\n"
    named = "".join(queues.replace("Q@", f"Q{at}") for at in range(n))
    return f"{HEAD}{sections}Resources:\n{QUEUE}{named}{_loop('Jobs')}"


# --- conditions ------------------------------------------------------------------------------------


def condition_list(n: int) -> str:
    """Fn::And of n comparisons of one parameter."""
    compared = _flow(n, "!Not [!Equals [!Ref P, x@]]")
    return _named("jobs", f"Parameters:\n  P: {{Type: String}}\nConditions:\n  C: !And {compared}\n").replace(
        "AWS::SQS::Queue\n", "AWS::SQS::Queue\n    Condition: C\n"
    )


def condition_chain(n: int) -> str:
    """n conditions, each of the one before, three times."""
    chain = "  C0: !Equals [!Ref P, a]\n" + "".join(
        f"  C{at}: !And [!Condition C{at - 1}, !Condition C{at - 1}, !Condition C{at - 1}]\n"
        for at in range(1, n)
    )
    return _named("jobs", f"Parameters:\n  P: {{Type: String}}\nConditions:\n{chain}").replace(
        "AWS::SQS::Queue\n", f"AWS::SQS::Queue\n    Condition: C{n - 1}\n"
    )


def condition_parameters(n: int) -> str:
    """Fn::Or of comparisons of n parameters."""
    parameters = "Parameters:\n" + _many(n, "  P@: {Type: String}\n")
    return _named("jobs", f"{parameters}Conditions:\n  C: !Or {_flow(n, '!Equals [!Ref P@, a]')}\n").replace(
        "AWS::SQS::Queue\n", "AWS::SQS::Queue\n    Condition: C\n"
    )


def functions_under_conditions(n: int) -> str:
    """n functions, each under one of 60 conditions that hang on 11 parameters and may not be there with its queue."""
    sections = "Parameters:\n" + _many(11, "  P@: {Type: String}\n") + "Conditions:\n"
    for at in range(60):
        one, other, third = at % 11, (at * 3 + 1) % 11, (at * 7 + 4) % 11
        both = f"!And [!Equals [!Ref P{other}, x], !Not [!Equals [!Ref P{third}, x]]]"
        sections += f"  C{at}: !Or [!Equals [!Ref P{one}, x], {both}]\n  N{at}: !Not [!Condition C{at}]\n"
    granted = "{Effect: Allow, Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:*:acme-*'}"
    parts = [
        f"  Q{at}:\n    Type: AWS::SQS::Queue\n    Condition: N{at % 60}\n    Properties: {{QueueName: acme-q{at}}}\n"
        + _loop(f"Q{at}", granted, at).replace("Function\n", f"Function\n    Condition: C{at % 60}\n")
        for at in range(n)
    ]
    return f"{HEAD}{sections}Resources:\n{''.join(parts)}"


# --- patterns --------------------------------------------------------------------------------------


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
    return _bus("{source: " + _flow(n, "shop@") + "}")


def pattern_wildcards(n: int) -> str:
    """An event pattern with n wildcards."""
    return _bus("{source: " + _flow(n, "{wildcard: 'a*@*b*c'}") + "}")


def pattern_stars(n: int) -> str:
    """One wildcard with n stars."""
    return _bus("{source: [{wildcard: '" + "*a" * n + "*b'}]}")


def pattern_anything_but(n: int) -> str:
    """anything-but of n prefixes."""
    return _bus("{source: [{anything-but: {prefix: " + _flow(n, "p@") + "}}]}")


def pattern_or(n: int) -> str:
    """$or of n alternatives."""
    return _bus("{$or: " + _flow(n, "{source: [s@]}") + "}")


def _bucket(rules: str, resources: str) -> str:
    return (
        f"{HEAD}Resources:\n  Photos:\n    Type: AWS::S3::Bucket\n    Properties:\n      BucketName: photos\n"
        f"      NotificationConfiguration:\n        LambdaConfigurations:\n{rules}"
        "  Worker:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        "      Runtime: python3.12\n      CodeUri: src/\n      Policies:\n        - Statement:\n"
        f"            - {{Effect: Allow, Action: 's3:PutObject', Resource: {resources}}}\n"
    )


def _rule(prefix: str) -> str:
    rules = f"Filter: {{S3Key: {{Rules: [{{Name: prefix, Value: '{prefix}'}}]}}}}"
    return f"          - {{Event: 's3:ObjectCreated:*', Function: !GetAtt Worker.Arn, {rules}}}\n"


def key_patterns(n: int) -> str:
    """A grant on n key patterns against one notification."""
    return _bucket(_rule("in/"), _flow(n, "'arn:aws:s3:::photos/*@*a*b'"))


def key_stars(n: int) -> str:
    """A grant on a key pattern with n stars."""
    return _bucket(_rule("in/"), "'arn:aws:s3:::photos/" + "*a" * n + "*b'")


def notifications(n: int) -> str:
    """n notifications of one bucket against one grant."""
    return _bucket("".join(_rule(f"in{at}/") for at in range(n)), "'arn:aws:s3:::photos/*'")


def notifications_and_statements(n: int) -> str:
    """n notifications of one bucket against n statements of one function."""
    statement = (
        "            - {Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::photos/in@/*'}\n"
    )
    return notifications(n) + _many(n, statement)


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
    return _started(_many(n, rule), _EVENTS, _BUS)


def event_targets(n: int) -> str:
    """n targets of one rule, all the same function."""
    rule = (
        "  Rule:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: !Ref Bus\n"
        f"      EventPattern: {{source: [s]}}\n      Targets: {_flow(n, '{Id: t@, Arn: !GetAtt Worker.Arn}')}\n"
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
    return f"{HEAD}Resources:\n{_BUS}{_many(n, pair)}"


def subscriptions(n: int) -> str:
    """n subscriptions of one function to one topic."""
    one = (
        "  Sub@:\n    Type: AWS::SNS::Subscription\n    Properties:\n      Protocol: lambda\n      TopicArn: !Ref T\n"
        "      Endpoint: !GetAtt Worker.Arn\n      FilterPolicy: {kind: [k@]}\n"
    )
    policy = "SNSPublishMessagePolicy: {TopicName: !GetAtt T.TopicName}"
    return _started(_many(n, one), policy, "  T:\n    Type: AWS::SNS::Topic\n")


def mappings(n: int) -> str:
    """n mappings of one queue to one function."""
    one = (
        "  M@:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n      EventSourceArn: !GetAtt Jobs.Arn\n"
        '      FunctionName: !Ref Worker\n      FilterCriteria: {Filters: [{Pattern: \'{"body":{"k":["v@"]}}\'}]}\n'
    )
    return f"{HEAD}Resources:\n{QUEUE}{_many(n, one)}{_loop('Jobs')}"


def pipes(n: int) -> str:
    """n pipes from one queue to one function."""
    one = (
        "  Pipe@:\n    Type: AWS::Pipes::Pipe\n    Properties:\n      RoleArn: 'arn:aws:iam::123456789012:role/r'\n"
        "      Source: !GetAtt Jobs.Arn\n      Target: !GetAtt Worker.Arn\n"
    )
    return f"{HEAD}Resources:\n{QUEUE}{_many(n, one)}{_loop('Jobs')}"


def one_queue_of_many(n: int) -> str:
    """n functions that read one queue and send to it."""
    return f"{HEAD}Resources:\n{QUEUE}{''.join(_loop('Jobs', number=at) for at in range(n))}"


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


# --- comments --------------------------------------------------------------------------------------


def suppressions(n: int) -> str:
    """n suppression comments that suppress nothing."""
    queues = _many(n, "  # recursion-lint: ignore[sqs-loop] -- meant @\n  Q@:\n    Type: AWS::SQS::Queue\n")
    return f"{HEAD}Resources:\n{QUEUE}{queues}{_loop('Jobs')}"


def suppressed_loops(n: int) -> str:
    """n loops, each suppressed."""
    comment = "  # recursion-lint: ignore[sqs-loop] -- meant @\n  Q@:\n    Type: AWS::SQS::Queue\n"
    loops = "".join(comment.replace("@", str(at)) + _loop(f"Q{at}", number=at) for at in range(n))
    return f"{HEAD}Resources:\n{loops}"


# --- policies --------------------------------------------------------------------------------------


def policy_statements(n: int) -> str:
    """A policy of n statements."""
    one = "{Effect: Allow, Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:*:q@'}"
    statements = "\n            - ".join(one.replace("@", str(at)) for at in range(n))
    return f"{HEAD}Resources:\n{QUEUE}{_loop('Jobs', statements)}"


def policy_actions(n: int) -> str:
    """A statement of n actions."""
    return f"{HEAD}Resources:\n{QUEUE}" + _loop(
        "Jobs", f"{{Effect: Allow, Action: {_flow(n, 'sqs:Send@*')}, Resource: !GetAtt Jobs.Arn}}"
    )


def policy_resources(n: int) -> str:
    """A statement on n patterns."""
    return f"{HEAD}Resources:\n{QUEUE}" + _loop(
        "Jobs",
        "{Effect: Allow, Action: 'sqs:SendMessage', Resource: " + _flow(n, "'arn:aws:sqs:*:*:*a*@*b*'") + "}",
    )


def policy_conditions(n: int) -> str:
    """A statement under n conditions."""
    keys = "{" + ", ".join(f"'aws:RequestTag/k{at}': v" for at in range(n)) + "}"
    return f"{HEAD}Resources:\n{QUEUE}" + _loop(
        "Jobs",
        f"{{Effect: Allow, Action: 'sqs:SendMessage', Resource: '*', Condition: {{StringEquals: {keys}}}}}",
    )


def vague_grants(n: int) -> str:
    """n functions, each with a grant on a pattern that reaches every bucket."""
    parts = [
        f"  B{at}:\n    Type: AWS::S3::Bucket\n    Properties:\n      NotificationConfiguration:\n"
        f"        LambdaConfigurations:\n          - {{Event: 's3:ObjectCreated:*', Function: !GetAtt W{at}.Arn}}\n"
        f"  W{at}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        "      Runtime: python3.12\n      CodeUri: src/\n      Policies:\n        - Statement:\n"
        f"            - {{Effect: Allow, Action: 's3:PutObject', Resource: 'arn:aws:s3:::*a*b*c*{at}*'}}\n"
        for at in range(n)
    ]
    return f"{HEAD}Resources:\n{''.join(parts)}"


# --- state machines --------------------------------------------------------------------------------


def _machine(states: object, start: str) -> str:
    definition = json.dumps({"StartAt": start, "States": states})
    return (
        f"{HEAD}Resources:\n{QUEUE}  Machine:\n    Type: AWS::StepFunctions::StateMachine\n    Properties:\n"
        f"      RoleArn: 'arn:aws:iam::123456789012:role/r'\n      Definition: {definition}\n"
    )


def _task(following: str | None) -> dict[str, object]:
    task: dict[str, object] = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage"}
    task["Parameters"] = {
        "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
        "MessageBody.$": "$.x",
    }
    return {**task, **({"Next": following} if following else {"End": True})}


def states_in_a_row(n: int) -> str:
    """A state machine of n tasks."""
    return _machine({f"S{at}": _task(f"S{at + 1}" if at < n - 1 else None) for at in range(n)}, "S0")


def states_nested(n: int) -> str:
    """Parallel in Parallel, n deep."""
    inner: dict[str, object] = {"StartAt": "T", "States": {"T": _task(None)}}
    for at in range(n):
        inner = {
            "StartAt": f"P{at}",
            "States": {f"P{at}": {"Type": "Parallel", "Branches": [inner], "End": True}},
        }
    return _machine(inner["States"], str(inner["StartAt"]))


def state_choices(n: int) -> str:
    """A Choice of n rules."""
    rules = [{"Variable": "$.x", "StringEquals": f"v{at}", "Next": "T"} for at in range(n)]
    return _machine({"C": {"Type": "Choice", "Choices": rules, "Default": "T"}, "T": _task(None)}, "C")


RESPECTS: tuple[tuple[Callable[[int], str], int], ...] = (
    (sub_variables, 40),
    (sub_nested, 8),
    (join_list, 40),
    (join_of_ifs, 40),
    (join_of_all_ifs, 20),
    (if_nested, 8),
    (select_split, 50),
    (find_in_map, 50),
    (find_in_one_map, 40),
    (names_of_ifs, 20),
    (for_each, 50),
    (for_each_nested, 10),
    (named_after_each_other, 20),
    (exports, 50),
    (condition_list, 40),
    (condition_chain, 20),
    (condition_parameters, 5),
    (functions_under_conditions, 60),
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
    (topic_levels, 20),
    (suppressions, 50),
    (suppressed_loops, 40),
    (policy_statements, 40),
    (policy_actions, 40),
    (policy_resources, 40),
    (policy_conditions, 40),
    (vague_grants, 110),
    (states_in_a_row, 40),
    (states_nested, 10),
    (state_choices, 40),
)
"""Each respect with the least size that it is measured at."""
