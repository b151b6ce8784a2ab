"""Small random systems of functions and channels, and the templates that say the same of them in many ways."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import yaml
from hypothesis import strategies as st

Json = Any
LITERALS = ("orders-in", "orders-out", "orders", "images", "jobs")
CONDITIONS = {
    "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    "NotProd": {"Fn::Not": [{"Condition": "IsProd"}]},
}
ACTIONS = {
    "s3": ("s3:PutObject", "s3:DeleteObject", "s3:*"),
    "sqs": ("sqs:SendMessage",),
    "sns": ("sns:Publish",),
    "dynamodb": ("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:*"),
}
TYPES = {
    "s3": "AWS::S3::Bucket",
    "sqs": "AWS::SQS::Queue",
    "sns": "AWS::SNS::Topic",
    "dynamodb": "AWS::DynamoDB::Table",
}
NAMES = {"s3": "BucketName", "sqs": "QueueName", "sns": "TopicName", "dynamodb": "TableName"}


class Channel(NamedTuple):
    """``named``: how its physical name is given: "" (by CloudFormation), "literal" or "parameter"."""

    id: str
    kind: str
    named: str
    name: str


class Source(NamedTuple):
    """An event of a function."""

    channel: int
    event: str = "s3:ObjectCreated:*"
    prefix: str = ""
    suffix: str = ""
    filter: str = ""
    enabled: bool = True


class Grant(NamedTuple):
    """What a function may write. ``scope``: the channel, keys of it, names that begin like its own, or anything."""

    channel: int
    action: int
    scope: str
    keys: str = "*"
    by_name: bool = False


class Function(NamedTuple):
    id: str
    sources: tuple[Source, ...]
    grants: tuple[Grant, ...]
    dead_letters: int | None
    told: bool
    condition: str


class System(NamedTuple):
    channels: tuple[Channel, ...]
    functions: tuple[Function, ...]


class Style(NamedTuple):
    """How a system is written down. ``moved``: the function that a nested stack holds."""

    raw: bool = False
    attached: bool = False
    moved: int | None = None


PLAIN = Style()


@st.composite
def systems(draw: st.DrawFn) -> System:
    kinds = draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=3))
    channels = tuple(
        Channel(f"Channel{at}", kind, draw(st.sampled_from(["", "literal", "parameter"])), LITERALS[at])
        for at, kind in enumerate(kinds)
    )
    count = draw(st.integers(2, 4))
    return System(channels, tuple(draw(_functions(channels, at)) for at in range(count)))


@st.composite
def _functions(draw: st.DrawFn, channels: tuple[Channel, ...], at: int) -> Function:
    indexes = st.integers(0, len(channels) - 1)
    sources = draw(st.lists(indexes.flatmap(lambda one: _sources(channels[one], one)), max_size=2))
    grants = draw(st.lists(indexes.flatmap(lambda one: _grants(channels[one], one)), max_size=2))
    targets = [at for at, one in enumerate(channels) if one.kind in ("sqs", "sns")]
    return Function(
        f"Worker{at}",
        tuple(sources),
        tuple(grants),
        draw(st.sampled_from([None, None, *targets])),
        draw(st.booleans()),
        draw(st.sampled_from(["", "", "", *CONDITIONS])),
    )


def _sources(channel: Channel, at: int) -> st.SearchStrategy[Source]:
    if channel.kind == "s3":
        events = ("s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*")
        return st.builds(
            Source,
            st.just(at),
            st.sampled_from(events),
            st.sampled_from(["", "in/", "in/new/"]),
            st.sampled_from(["", ".txt", ".jpg"]),
            st.just(""),
            st.just(True),
        )
    filters = st.sampled_from(["", "", "new", "REMOVE" if channel.kind == "dynamodb" else "old"])
    enabled = st.just(True) if channel.kind == "sns" else st.sampled_from([True, True, True, False])
    nothing = st.just("")
    return st.builds(Source, st.just(at), nothing, nothing, nothing, filters, enabled)


def _grants(channel: Channel, at: int) -> st.SearchStrategy[Grant]:
    scopes = ["channel", "channel", "*"]
    scopes += ["keys", "keys"] if channel.kind == "s3" else []
    scopes += ["names"] if channel.named == "literal" else []
    return st.builds(
        Grant,
        st.just(at),
        st.integers(0, len(ACTIONS[channel.kind]) - 1),
        st.sampled_from(scopes),
        st.sampled_from(["in/*", "out/*", "in/new/*", "*.txt"]),
        st.booleans() if channel.named else st.just(False),
    )


def template(system: System, style: Style = PLAIN) -> Json:
    """The template of a system (the outer one, if a nested stack holds a function)."""
    resources = {channel.id: _channel(channel) for channel in system.channels}
    for at, function in enumerate(system.functions):
        if at != style.moved:
            resources |= _function(system, function, style)
        _notify(system, at, style, resources)
    if style.moved is not None:
        moved = system.functions[style.moved]
        resources["Child"] = {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "child.yaml", "Parameters": _passed(system, moved)},
        } | _condition(moved)
    return _framed(system, resources, style.raw)


def child(system: System, style: Style) -> Json:
    """The template of the nested stack: channels come in as parameters, the function's ARN goes out."""
    assert style.moved is not None
    function = system.functions[style.moved]
    resources = _function(system, function._replace(condition=""), style, inside=True)
    body = {
        "Resources": resources,
        "Parameters": {name: {"Type": "String"} for name in _passed(system, function)},
    }
    output = {"Arn": {"Value": {"Fn::GetAtt": [function.id, "Arn"]}}}
    return _transformed(style.raw) | body | {"Outputs": output}


def _transformed(raw: bool) -> dict[str, Json]:
    return {} if raw else {"Transform": "AWS::Serverless-2016-10-31"}


def _framed(system: System, resources: Json, raw: bool) -> Json:
    parameters = {"Stage": {"Type": "String"}}
    parameters |= {f"{one.id}Name": {"Type": "String"} for one in system.channels if one.named == "parameter"}
    return _transformed(raw) | {"Parameters": parameters, "Conditions": CONDITIONS, "Resources": resources}


def _channel(channel: Channel) -> Json:
    properties: dict[str, Json] = {}
    if channel.named:
        own = channel.name if channel.named == "literal" else {"Ref": f"{channel.id}Name"}
        properties[NAMES[channel.kind]] = own
    if channel.kind == "dynamodb":
        properties["StreamSpecification"] = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    return {"Type": TYPES[channel.kind], "Properties": properties}


def _passed(system: System, function: Function) -> dict[str, Json]:
    """The parameters of the nested stack: of each channel that the function speaks of, its ARN and its stream's."""
    used = {one.channel for one in (*function.sources, *function.grants)}
    used |= set() if function.dead_letters is None else {function.dead_letters}
    given: dict[str, Json] = {}
    for at in sorted(used):
        channel = system.channels[at]
        given[f"{channel.id}Arn"] = _arn(channel)
        given[f"{channel.id}Name"] = (
            {"Fn::GetAtt": [channel.id, "QueueName"]} if channel.kind == "sqs" else {"Ref": channel.id}
        )
        if channel.kind == "dynamodb":
            given[f"{channel.id}Stream"] = {"Fn::GetAtt": [channel.id, "StreamArn"]}
    return given


def _arn(channel: Channel, inside: bool = False) -> Json:
    if inside:
        return {"Ref": f"{channel.id}Arn"}
    return {"Ref": channel.id} if channel.kind == "sns" else {"Fn::GetAtt": [channel.id, "Arn"]}


def _named_arn(channel: Channel, name: str) -> str:
    own = {
        "s3": "arn:aws:s3:::{}",
        "dynamodb": "arn:aws:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{}",
    }
    other = f"arn:aws:{channel.kind}:${{{{AWS::Region}}}}:${{{{AWS::AccountId}}}}:{{}}"
    return own.get(channel.kind, other).format(name)


def _resource(system: System, grant: Grant, inside: bool) -> Json:
    channel = system.channels[grant.channel]
    keys = "" if channel.kind != "s3" else "/*" if grant.scope != "keys" else f"/{grant.keys}"
    if grant.scope == "*":
        return "*"
    if grant.scope == "names":
        return {"Fn::Sub": _named_arn(channel, f"{channel.name[:5]}*") + keys}
    if grant.by_name and (channel.named == "literal" or not inside):
        name = channel.name if channel.named == "literal" else f"${{{channel.id}Name}}"
        return {"Fn::Sub": _named_arn(channel, name) + keys}
    if not keys:
        return _arn(channel, inside)
    return {"Fn::Sub": f"${{{channel.id}Arn}}{keys}" if inside else f"${{{channel.id}.Arn}}{keys}"}


def _statements(system: System, function: Function, inside: bool) -> list[Json]:
    return [
        {
            "Effect": "Allow",
            "Action": ACTIONS[system.channels[grant.channel].kind][grant.action],
            "Resource": _resource(system, grant, inside),
        }
        for grant in function.grants
    ]


def _condition(function: Function) -> dict[str, str]:
    return {"Condition": function.condition} if function.condition else {}


def _common(system: System, function: Function, inside: bool) -> dict[str, Json]:
    if not (function.told and function.grants):
        return {}
    channel = system.channels[function.grants[0].channel]
    value: Json = {"Ref": f"{channel.id}Name"} if inside else {"Ref": channel.id}
    return {"Environment": {"Variables": {"OUTPUT": value}}}


def _function(system: System, function: Function, style: Style, inside: bool = False) -> dict[str, Json]:
    return (_raw if style.raw else _sam)(system, function, style, inside)


def _sam(system: System, function: Function, style: Style, inside: bool) -> dict[str, Json]:
    properties = _common(system, function, inside)
    statements = _statements(system, function, inside)
    if statements and not style.attached:
        properties["Policies"] = [{"Statement": statements}]
    if function.dead_letters is not None:
        target = system.channels[function.dead_letters]
        properties["DeadLetterQueue"] = {"Type": target.kind.upper(), "TargetArn": _arn(target, inside)}
    events = {f"On{at}": _sam_event(system, one, inside) for at, one in enumerate(function.sources)}
    events = {name: event for name, event in events.items() if not (inside and event["Type"] == "S3")}
    if events:
        properties["Events"] = events
    found = {
        function.id: {"Type": "AWS::Serverless::Function", "Properties": properties} | _condition(function)
    }
    return found | (_attached(function, statements) if style.attached else {})


def _attached(function: Function, statements: list[Json]) -> dict[str, Json]:
    """The same statements as a policy of their own."""
    if not statements:
        return {}
    properties = {
        "PolicyName": "grants",
        "Roles": [{"Ref": f"{function.id}Role"}],
        "PolicyDocument": {"Statement": statements},
    }
    return {
        f"{function.id}Policy": {"Type": "AWS::IAM::Policy", "Properties": properties} | _condition(function)
    }


def _sam_event(system: System, source: Source, inside: bool) -> Json:
    channel = system.channels[source.channel]
    if channel.kind == "s3":
        properties: Json = {"Bucket": {"Ref": channel.id}, "Events": source.event} | _s3_filter(
            source, "Rules"
        )
        return {"Type": "S3", "Properties": properties}
    if channel.kind == "sns":
        return {"Type": "SNS", "Properties": {"Topic": _arn(channel, inside)} | _policy(source)}
    name = {"sqs": "Queue", "dynamodb": "Stream"}[channel.kind]
    properties = {name: _polled(channel, inside)} | _mapping(channel, source)
    return {"Type": {"sqs": "SQS", "dynamodb": "DynamoDB"}[channel.kind], "Properties": properties}


def _polled(channel: Channel, inside: bool) -> Json:
    if channel.kind == "dynamodb":
        return {"Ref": f"{channel.id}Stream"} if inside else {"Fn::GetAtt": [channel.id, "StreamArn"]}
    return _arn(channel, inside)


def _s3_filter(source: Source, rules: str) -> dict[str, Json]:
    found = [
        {"Name": name, "Value": value}
        for name, value in (("prefix", source.prefix), ("suffix", source.suffix))
        if value
    ]
    return {"Filter": {"S3Key": {rules: found}}} if found else {}


def _policy(source: Source) -> dict[str, Json]:
    return {"FilterPolicy": {"kind": [source.filter]}} if source.filter else {}


def _mapping(channel: Channel, source: Source) -> dict[str, Json]:
    found: dict[str, Json] = {} if source.enabled else {"Enabled": False}
    if source.filter:
        pattern = (
            {"eventName": [source.filter]} if source.filter.isupper() else {"body": {"kind": [source.filter]}}
        )
        if channel.kind == "dynamodb" and not source.filter.isupper():
            pattern = {"dynamodb": {"NewImage": {"kind": {"S": [source.filter]}}}}
        found["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    return found


def _raw(system: System, function: Function, style: Style, inside: bool) -> dict[str, Json]:
    statements = _statements(system, function, inside)
    role: dict[str, Json] = {}
    if statements and not style.attached:
        role["Policies"] = [{"PolicyName": "grants", "PolicyDocument": {"Statement": statements}}]
    properties = _common(system, function, inside) | {"Role": {"Fn::GetAtt": [f"{function.id}Role", "Arn"]}}
    if function.dead_letters is not None:
        properties["DeadLetterConfig"] = {"TargetArn": _arn(system.channels[function.dead_letters], inside)}
    found: dict[str, Json] = {
        f"{function.id}Role": {"Type": "AWS::IAM::Role", "Properties": role} | _condition(function),
        function.id: {"Type": "AWS::Lambda::Function", "Properties": properties} | _condition(function),
    }
    target = {"Fn::GetAtt": [function.id, "Arn"]}
    for at, source in enumerate(function.sources):
        channel = system.channels[source.channel]
        if channel.kind == "sns":
            given = {"TopicArn": _arn(channel, inside), "Protocol": "lambda", "Endpoint": target} | _policy(
                source
            )
            found[f"{function.id}On{at}"] = {
                "Type": "AWS::SNS::Subscription",
                "Properties": given,
            } | _condition(function)
        elif channel.kind != "s3":
            given = {"EventSourceArn": _polled(channel, inside), "FunctionName": {"Ref": function.id}}
            given |= _mapping(channel, source)
            found[f"{function.id}On{at}"] = {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": given,
            } | _condition(function)
    return found | (_attached(function, statements) if style.attached else {})


def _notify(system: System, at: int, style: Style, resources: dict[str, Json]) -> None:
    """The bucket's own notifications, where no event of a serverless function makes them."""
    function = system.functions[at]
    if not style.raw and at != style.moved:
        return
    target = {"Fn::GetAtt": ["Child", "Outputs.Arn"] if at == style.moved else [function.id, "Arn"]}
    for source in function.sources:
        channel = system.channels[source.channel]
        if channel.kind == "s3":
            entry: Json = {"Event": source.event, "Function": target} | _s3_filter(source, "Rules")
            if function.condition:
                entry = {"Fn::If": [function.condition, entry, {"Ref": "AWS::NoValue"}]}
            configuration = resources[channel.id]["Properties"].setdefault("NotificationConfiguration", {})
            configuration.setdefault("LambdaConfigurations", []).append(entry)


class _Short(yaml.SafeDumper):
    """Writes intrinsic functions in their short form."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent(dumper: yaml.SafeDumper, value: dict[str, Json]) -> yaml.Node:
    if len(value) == 1:
        (name, given), *_ = value.items()
        if name in ("Ref", "Condition") or name.startswith("Fn::"):
            tag = "!" + name.removeprefix("Fn::")
            given = ".".join(given) if name == "Fn::GetAtt" else given
            if isinstance(given, str):
                return dumper.represent_scalar(tag, given)
            return dumper.represent_sequence(tag, given)
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items())


_Short.add_representer(dict, _represent)


def as_yaml(value: Json) -> str:
    return yaml.dump(value, Dumper=_Short, sort_keys=False)


def parts(system: System) -> list[Json]:
    """A system whose channels all have literal names, in a template for the channels and one for each function.

    What lies in another template is spoken of by its ARN or name.
    """
    whole = template(system, Style(raw=True))
    groups: dict[str, dict[str, Json]] = {}
    owners = [one.id for one in system.functions]
    for name, resource in whole["Resources"].items():
        owner = next((one for one in owners if name.startswith(one)), "")
        if name == owner:
            resource["Properties"]["FunctionName"] = name
        groups.setdefault(owner, {})[name] = resource
    return [whole | {"Resources": _spelled(system, group, set(group))} for group in groups.values()]


def _spelled(system: System, value: Json, inside: set[str]) -> Json:
    """``value`` with references to what is not ``inside`` spelled out."""
    if isinstance(value, list):
        return [_spelled(system, one, inside) for one in value]
    if not isinstance(value, dict):
        return value
    named = {one.id: one for one in system.channels}
    name, given = next(iter(value.items()), ("", None))
    target = (
        given[0] if name == "Fn::GetAtt" else given.split(".")[0].lstrip("${") if name == "Fn::Sub" else given
    )
    if name not in ("Ref", "Fn::GetAtt", "Fn::Sub") or target in inside:
        return {key: _spelled(system, one, inside) for key, one in value.items()}
    if target not in named:
        is_function = target in {one.id for one in system.functions}
        return f"arn:aws:lambda:eu-west-1:111122223333:function:{target}" if is_function else value
    channel = named[target]
    arn = _named_arn(channel, channel.name).replace("${AWS::Region}", "eu-west-1")
    arn = arn.replace("${AWS::AccountId}", "111122223333")
    if name == "Fn::Sub":
        return arn + given.partition("}")[2]
    if name == "Ref":
        return arn if channel.kind == "sns" else channel.name
    return arn + "/stream/2026-01-01T00:00:00.000" if given[1] == "StreamArn" else arn
