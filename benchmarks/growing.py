"""Templates that grow in one respect: each function makes the text of a template of size n."""

from __future__ import annotations

import json
from collections.abc import Callable

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::LanguageExtensions\n"
QUEUE = "  Jobs:\n    Type: AWS::SQS::Queue\n"


def named(name: str, sections: str = "") -> str:
    """A queue with a name that is worked out, and a function that reads it and may send to it."""
    return f"{HEAD}{sections}Resources:\n{QUEUE}    Properties:\n      QueueName: {name}\n{loop('Jobs')}"


def loop(queue: str, statement: str = "", number: int | str = "") -> str:
    """A function that reads a queue and may send to it, or what ``statement`` says."""
    own = f"{{Effect: Allow, Action: 'sqs:SendMessage', Resource: !GetAtt {queue}.Arn}}"
    return (
        f"  Worker{number}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n"
        "      Runtime: python3.12\n      CodeUri: src/\n      Policies:\n"
        f"        - Statement:\n            - {statement or own}\n"
        f"      Events:\n        Job: {{Type: SQS, Properties: {{Queue: !GetAtt {queue}.Arn}}}}\n"
    )


def many(count: int, text: str) -> str:
    return "".join(text.replace("@", str(at)) for at in range(count))


def flow(count: int, text: str) -> str:
    return "[" + ", ".join(text.replace("@", str(at)) for at in range(count)) + "]"


# --- intrinsic functions ---------------------------------------------------------------------------


def sub_variables(n: int) -> str:
    """One Fn::Sub of n parameters."""
    return named("!Sub '" + many(n, "${P@}-") + "'", "Parameters:\n" + many(n, "  P@: {Type: String}\n"))


def sub_nested(n: int) -> str:
    """Fn::Sub in Fn::Sub, each naming the inner one twice."""
    name = "abcdefgh"
    for _ in range(n):
        name = f"{{'Fn::Sub': ['${{A}}${{A}}', {{A: {name}}}]}}"
    return named(name)


def join_list(n: int) -> str:
    """One Fn::Join of n references."""
    return named(
        "!Join ['-', " + flow(n, "!Ref P@") + "]", "Parameters:\n" + many(n, "  P@: {Type: String}\n")
    )


def join_of_ifs(n: int) -> str:
    """One Fn::Join of n values under one condition."""
    return named(
        "!Join ['-', " + flow(n, "!If [C, a, b]") + "]",
        "Conditions:\n  C: !Equals [!Ref 'AWS::Region', x]\n",
    )


def join_of_all_ifs(n: int) -> str:
    """One Fn::Join of n values under n conditions."""
    conditions = "Conditions:\n" + many(n, "  C@: !Equals [!Ref 'AWS::Region', x@]\n")
    return named("!Join ['-', " + flow(n, "!If [C@, a, b]") + "]", conditions)


def if_nested(n: int) -> str:
    """Fn::If in Fn::If, n deep."""
    name = "last"
    for at in range(n):
        name = f"!If [C{at}, a{at}, {name}]"
    return named(name, "Conditions:\n" + many(n, "  C@: !Equals [!Ref 'AWS::Region', x@]\n"))


def select_split(n: int) -> str:
    """Fn::Select from n pieces."""
    return named("!Select [1, !Split [',', '" + many(n, "a@,") + "']]")


def find_in_map(n: int) -> str:
    """A mapping of n rows."""
    return named(
        "!FindInMap [M, !Ref 'AWS::Region', Name]", "Mappings:\n  M:\n" + many(n, "    r@: {Name: jobs}\n")
    )


def for_each(n: int) -> str:
    """Fn::ForEach over n values."""
    text = f"  'Fn::ForEach::Each':\n    - X\n    - {flow(n, 'v@')}\n    - 'Q${{X}}':\n        Type: AWS::SQS::Queue\n"
    return f"{HEAD}Resources:\n{QUEUE}{text}{loop('Jobs')}"


def for_each_nested(n: int) -> str:
    """Four Fn::ForEach in one another, over n values each."""
    text, indent = "", "  "
    for at in range(4):
        text += (
            f"{indent}'Fn::ForEach::L{at}':\n{indent}  - X{at}\n{indent}  - {flow(n, 'v@')}\n{indent}  -\n"
        )
        indent += "    "
    text += f"{indent}'Q${{X0}}${{X1}}${{X2}}${{X3}}':\n{indent}  Type: AWS::SQS::Queue\n"
    return f"{HEAD}Resources:\n{QUEUE}{text}{loop('Jobs')}"


def named_after_each_other(n: int) -> str:
    """n queues, each named twice after the next one."""
    queues = "".join(
        f"  Q{at}:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: !Sub '${{Q{at + 1}}}${{Q{at + 1}}}'\n"
        for at in range(n)
    )
    return f"{HEAD}Resources:\n{queues}  Q{n}:\n    Type: AWS::SQS::Queue\n{loop('Q0')}"


def exports(n: int) -> str:
    """n outputs that are exported."""
    outputs = "Outputs:\n" + many(
        n, "  O@:\n    Value: !Ref Jobs\n    Export: {Name: !Sub '${AWS::StackName}-@'}\n"
    )
    return f"{HEAD}Resources:\n{QUEUE}{loop('Jobs')}{outputs}"


def find_in_one_map(n: int) -> str:
    """n values from a mapping of n rows."""
    rows = "Mappings:\n  M:\n" + many(n, "    r@: {Name: jobs@}\n")
    given = "{DelaySeconds: @, QueueName: !FindInMap [M, !Ref 'AWS::Region', Name]}"
    each = f"  Q@:\n    Type: AWS::SQS::Queue\n    Properties: {given}\n"
    return f"{HEAD}{rows}Resources:\n{QUEUE}{many(n, each)}{loop('Jobs')}"


def names_of_ifs(n: int) -> str:
    """n queues, the name of each joined of 60 values under as many conditions."""
    sections = "Parameters:\n" + many(60, "  P@: {Type: String}\n")
    sections += "Conditions:\n" + many(60, "  C@: !Equals [!Ref P@, x]\n")
    name = "!Join ['-', " + flow(60, "!If [C@, a@, b@]") + "]"
    queues = f"  Q@:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: {name}\n"
    rest = "".join(queues.replace("Q@", f"Q{at}") for at in range(n))
    return f"{HEAD}{sections}Resources:\n{QUEUE}{rest}{loop('Jobs')}"


# --- conditions ------------------------------------------------------------------------------------


def condition_list(n: int) -> str:
    """Fn::And of n comparisons of one parameter."""
    compared = flow(n, "!Not [!Equals [!Ref P, x@]]")
    return named("jobs", f"Parameters:\n  P: {{Type: String}}\nConditions:\n  C: !And {compared}\n").replace(
        "AWS::SQS::Queue\n", "AWS::SQS::Queue\n    Condition: C\n"
    )


def condition_chain(n: int) -> str:
    """n conditions, each of the one before, three times."""
    chain = "  C0: !Equals [!Ref P, a]\n" + "".join(
        f"  C{at}: !And [!Condition C{at - 1}, !Condition C{at - 1}, !Condition C{at - 1}]\n"
        for at in range(1, n)
    )
    return named("jobs", f"Parameters:\n  P: {{Type: String}}\nConditions:\n{chain}").replace(
        "AWS::SQS::Queue\n", f"AWS::SQS::Queue\n    Condition: C{n - 1}\n"
    )


def condition_parameters(n: int) -> str:
    """Fn::Or of comparisons of n parameters."""
    parameters = "Parameters:\n" + many(n, "  P@: {Type: String}\n")
    return named("jobs", f"{parameters}Conditions:\n  C: !Or {flow(n, '!Equals [!Ref P@, a]')}\n").replace(
        "AWS::SQS::Queue\n", "AWS::SQS::Queue\n    Condition: C\n"
    )


def functions_under_conditions(n: int) -> str:
    """n functions, each under one of 60 conditions that hang on 11 parameters and may not be there with its queue."""
    sections = "Parameters:\n" + many(11, "  P@: {Type: String}\n") + "Conditions:\n"
    for at in range(60):
        one, other, third = at % 11, (at * 3 + 1) % 11, (at * 7 + 4) % 11
        both = f"!And [!Equals [!Ref P{other}, x], !Not [!Equals [!Ref P{third}, x]]]"
        sections += f"  C{at}: !Or [!Equals [!Ref P{one}, x], {both}]\n  N{at}: !Not [!Condition C{at}]\n"
    granted = "{Effect: Allow, Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:*:acme-*'}"
    parts = [
        f"  Q{at}:\n    Type: AWS::SQS::Queue\n    Condition: N{at % 60}\n    Properties: {{QueueName: acme-q{at}}}\n"
        + loop(f"Q{at}", granted, at).replace("Function\n", f"Function\n    Condition: C{at % 60}\n")
        for at in range(n)
    ]
    return f"{HEAD}{sections}Resources:\n{''.join(parts)}"


# --- comments --------------------------------------------------------------------------------------


def suppressions(n: int) -> str:
    """n suppression comments that suppress nothing."""
    queues = many(n, "  # recursion-lint: ignore[sqs-loop] -- meant @\n  Q@:\n    Type: AWS::SQS::Queue\n")
    return f"{HEAD}Resources:\n{QUEUE}{queues}{loop('Jobs')}"


def suppressed_loops(n: int) -> str:
    """n loops, each suppressed."""
    comment = "  # recursion-lint: ignore[sqs-loop] -- meant @\n  Q@:\n    Type: AWS::SQS::Queue\n"
    loops = "".join(comment.replace("@", str(at)) + loop(f"Q{at}", number=at) for at in range(n))
    return f"{HEAD}Resources:\n{loops}"


# --- policies --------------------------------------------------------------------------------------


def policy_statements(n: int) -> str:
    """A policy of n statements."""
    one = "{Effect: Allow, Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:*:*:q@'}"
    statements = "\n            - ".join(one.replace("@", str(at)) for at in range(n))
    return f"{HEAD}Resources:\n{QUEUE}{loop('Jobs', statements)}"


def policy_actions(n: int) -> str:
    """A statement of n actions."""
    return f"{HEAD}Resources:\n{QUEUE}" + loop(
        "Jobs", f"{{Effect: Allow, Action: {flow(n, 'sqs:Send@*')}, Resource: !GetAtt Jobs.Arn}}"
    )


def policy_resources(n: int) -> str:
    """A statement on n patterns."""
    return f"{HEAD}Resources:\n{QUEUE}" + loop(
        "Jobs",
        "{Effect: Allow, Action: 'sqs:SendMessage', Resource: " + flow(n, "'arn:aws:sqs:*:*:*a*@*b*'") + "}",
    )


def policy_conditions(n: int) -> str:
    """A statement under n conditions."""
    keys = "{" + ", ".join(f"'aws:RequestTag/k{at}': v" for at in range(n)) + "}"
    return f"{HEAD}Resources:\n{QUEUE}" + loop(
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
