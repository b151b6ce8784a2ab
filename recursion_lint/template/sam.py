"""``AWS::Serverless::*`` → the raw resources that SAM makes of them, spans kept.

Only what can carry or cause an event is rewritten. SAM's own rules are followed where they change the
graph: ``Role`` wins over ``Policies``, Globals reach only the properties that SAM allows there.
https://github.com/aws/serverless-application-model/blob/develop/versions/2016-10-31.md
"""

from __future__ import annotations

from recursion_lint.model.spans import Note, Span
from recursion_lint.template.sam_nodes import chosen_refs, get_att, instead_of_nothing, kept, merged, ref
from recursion_lint.template.template import NOTIFICATIONS, Resource, Template, with_additions
from recursion_lint.template.yaml.nodes import Node, mapping, scalar, sequence

# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html
_GLOBAL_FUNCTION = frozenset(
    {
        "AssumeRolePolicyDocument",
        "AutoPublishAlias",
        "CodeUri",
        "DeadLetterQueue",
        "Environment",
        "EventInvokeConfig",
        "FunctionUrlConfig",
        "Handler",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "PermissionsBoundary",
        "RecursiveLoop",
        "ReservedConcurrentExecutions",
        "RolePath",
        "Runtime",
        "Timeout",
    }
)
_POLLERS = {
    "SQS": "Queue",
    "DynamoDB": "Stream",
    "Kinesis": "Stream",
    "MSK": "Stream",
    "MQ": "Broker",
    "DocumentDB": "Cluster",
    "SelfManagedKafka": "",
}
_POLLED = (
    *("FilterCriteria", "Enabled", "DestinationConfig", "Topics", "Queues"),
    *("BatchSize", "ScalingConfig", "ParallelizationFactor"),
)
_COPIED = (
    "FunctionName",
    "Environment",
    "LoggingConfig",
    "MemorySize",
    "RecursiveLoop",
    "ReservedConcurrentExecutions",
    "Runtime",
    "Handler",
    "CodeUri",
    "ImageConfig",
    "ImageUri",
    "Layers",
    "PackageType",
    "Timeout",
)
_RULES = ("EventBridgeRule", "CloudWatchEvent", "Schedule", "ScheduleV2")
_QUEUE = "AWS::SQS::Queue"
_MADE = {"SQS": _QUEUE, "SNS": "AWS::SNS::Topic"}
_TABLE_TYPES = {
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::Application": "AWS::CloudFormation::Stack",
}


def expand(template: Template) -> Template:
    """``template`` with its serverless resources rewritten; as it is when it has none."""
    if not template.serverless:
        return template
    return _Expansion(template).result()


class _Expansion:
    def __init__(self, template: Template) -> None:
        self.template = template
        self.resources: dict[str, Resource] = {}
        self.additions: list[Resource] = []
        self.notes: list[Note] = []
        self.generated: dict[str, str] = {}

    def result(self) -> Template:
        for resource in self.template.resources.values():
            if resource.type == "AWS::Serverless::Function":
                self._function(resource)
            elif resource.type == "AWS::Serverless::StateMachine":
                self._state_machine(resource)
            elif resource.type in _TABLE_TYPES:
                self._renamed(resource)
            else:
                self.resources[resource.id] = resource
                self._connectors(resource)
        return with_additions(self.template, self.resources, self.additions, self.generated, self.notes)

    def _renamed(self, resource: Resource) -> None:
        properties = resource.properties
        location = resource.get("Location")
        if resource.type == "AWS::Serverless::Application" and location is not None:
            properties = mapping(
                [("TemplateURL", location), *kept(properties, "Parameters")], properties.span
            )
        self.resources[resource.id] = resource._replace(
            type=_TABLE_TYPES[resource.type], properties=properties
        )
        self._connectors(resource)

    # --- functions -------------------------------------------------------------------------------

    def _function(self, resource: Resource) -> None:
        properties = self._merged(resource)
        entries = kept(properties, *_COPIED)
        entries.append(("Role", self._role(resource, properties)))
        inline = properties.get("InlineCode")
        if inline is not None:
            entries.append(("Code", mapping([("ZipFile", inline)], inline.span)))
        queue = properties.get("DeadLetterQueue", "TargetArn")
        if queue is not None:
            entries.append(("DeadLetterConfig", mapping([("TargetArn", queue)], queue.span)))
        rewritten = mapping(entries, resource.properties.span)
        self.resources[resource.id] = resource._replace(type="AWS::Lambda::Function", properties=rewritten)
        self._alias(resource, properties.get("AutoPublishAlias"))
        events = properties.get("Events")
        for name, span, event in events.entries() if events is not None else ():
            self._function_event(resource, name, span, event)
        invoke = properties.get("EventInvokeConfig")
        if invoke is not None:
            self._invoke_config(resource, invoke, properties.get("AutoPublishAlias"))
        self._connectors(resource)

    def _alias(self, resource: Resource, name: Node | None) -> None:
        """``AutoPublishAlias``: an alias, which the template may refer to by the id that SAM gives it."""
        if name is None or not name.text:
            return
        alias = f"{resource.id}Alias{name.text.replace('-', 'D').replace('_', 'U')}"
        properties = mapping([("FunctionName", ref(resource.id, name.span)), ("Name", name)], name.span)
        made = Resource(
            alias, "AWS::Lambda::Alias", name.span, properties, resource.body, resource.condition, ""
        )
        self.resources.setdefault(alias, made)
        self.generated[f"{resource.id}.Alias"] = alias

    def _merged(self, resource: Resource) -> Node:
        """The properties with ``Globals.Function`` below them: maps merged, scalars overridden."""
        ignored = resource.body.get("IgnoreGlobals")
        if ignored is not None and ignored.text == "*":
            return resource.properties
        skip = {item.text for item in ignored.each()} if ignored is not None else set()
        given = self.template.section("Globals").get("Function")
        entries = [
            (name, node)
            for name, node in (given.items() if given is not None else ())
            if name in _GLOBAL_FUNCTION and name not in skip
        ]
        return (
            merged(mapping(entries, resource.properties.span), resource.properties)
            if entries
            else resource.properties
        )

    def _role(self, resource: Resource, properties: Node) -> Node:
        """The value of ``Role``: the given one, or SAM's own role, to which ``Policies`` are then attached.

        With ``Role: !If [c, x, !Ref AWS::NoValue]`` both may exist; then the policies may count.
        """
        own = get_att(f"{resource.id}Role", "Arn", resource.span)
        given = properties.get("Role")
        if given is not None and "AWS::NoValue" not in chosen_refs(given):
            return given
        role = f"{resource.id}Role"
        if role not in self.template.resources:
            empty = mapping([], resource.span)
            made = [("Path", node) for _, node in kept(properties, "RolePath")]
            made += kept(properties, "AssumeRolePolicyDocument", "PermissionsBoundary", "Tags")
            self.resources[role] = Resource(
                role,
                "AWS::IAM::Role",
                resource.span,
                mapping(made, resource.span) if made else empty,
                empty,
                resource.condition,
                "",
            )
        policies = properties.get("Policies")
        if policies is not None:
            self._add(
                resource, "AWS::Serverless::Policies", resource.span, ("Role", own), ("Policies", policies)
            )
        return own if given is None else instead_of_nothing(given, own)

    def _function_event(self, resource: Resource, name: str, span: Span, event: Node) -> None:
        kind = event.get("Type")
        properties = event.get("Properties") or mapping([], span)
        target = get_att(resource.id, "Arn", span)
        text = (kind.text or "") if kind is not None else ""
        if text == "S3":
            self._s3_event(resource, span, properties, target)
        elif text == "SNS":
            self._sns_event(resource, name, span, properties, target)
        elif text in _POLLERS:
            source = properties.get(_POLLERS[text])
            entries = [
                *kept(properties, *_POLLED),
                ("FunctionName", target),
                ("EventType", scalar(text, span)),
            ]
            if source is not None:
                entries.append(("EventSourceArn", source))
            servers = properties.get("KafkaBootstrapServers")
            if servers is not None:
                endpoints = mapping([("KafkaBootstrapServers", servers)], span)
                entries.append(("SelfManagedEventSource", mapping([("Endpoints", endpoints)], span)))
            self._add(resource, "AWS::Lambda::EventSourceMapping", span, *entries)
        else:
            self._rule_event(resource, name, span, event, text, target)

    def _s3_event(self, resource: Resource, span: Span, properties: Node, target: Node) -> None:
        bucket, events = properties.get("Bucket"), properties.get("Events")
        if bucket is None or events is None:
            return
        configuration = mapping(
            [("LambdaFunctionArn", target), ("Events", events), *kept(properties, "Filter")], span
        )
        notification = mapping([("LambdaFunctionConfigurations", sequence([configuration], span))], span)
        self._add(
            resource,
            NOTIFICATIONS,
            span,
            ("BucketName", bucket),
            ("NotificationConfiguration", notification),
        )

    def _sns_event(self, resource: Resource, name: str, span: Span, properties: Node, target: Node) -> None:
        topic = properties.get("Topic")
        through = properties.get("SqsSubscription")
        if topic is None:
            return
        if through is None or through.boolean is False:
            endpoint, protocol = target, "lambda"
        else:
            protocol = "sqs"
            given = through.get("QueueArn")
            endpoint = (
                given
                if given is not None
                else self._made(resource, f"{resource.id}{name}Queue", _QUEUE, span)
            )
            self._add(
                resource,
                "AWS::Lambda::EventSourceMapping",
                span,
                ("EventSourceArn", endpoint),
                ("FunctionName", target),
            )
        self._add(
            resource,
            "AWS::SNS::Subscription",
            span,
            ("TopicArn", topic),
            ("Protocol", scalar(protocol, span)),
            ("Endpoint", endpoint),
            *kept(properties, "FilterPolicy", "FilterPolicyScope", "RedrivePolicy"),
        )

    def _made(self, owner: Resource, logical_id: str, kind: str, span: Span) -> Node:
        """The ARN of a queue or a topic that SAM adds under an id of its own."""
        empty = mapping([], span)
        self.resources.setdefault(
            logical_id, Resource(logical_id, kind, span, empty, empty, owner.condition, kind)
        )
        return get_att(logical_id, "Arn", span) if kind == _QUEUE else ref(logical_id, span)

    def _rule_event(
        self, resource: Resource, name: str, span: Span, event: Node, kind: str, target: Node
    ) -> None:
        """Events that SAM turns into a rule, a schedule, a log subscription, an IoT rule or a user pool trigger."""
        properties = event.get("Properties") or mapping([], span)
        if kind in _RULES:
            self._rule(resource, name, span, properties, kind, target)
        elif kind == "CloudWatchLogs":
            given = kept(properties, "LogGroupName", "FilterPattern")
            self._add(resource, "AWS::Logs::SubscriptionFilter", span, ("DestinationArn", target), *given)
        elif kind == "IoTRule":
            action = mapping([("Lambda", mapping([("FunctionArn", target)], span))], span)
            payload = mapping([*kept(properties, "Sql"), ("Actions", sequence([action], span))], span)
            # Its name is a topic as well: $aws/rules/<name>.
            rule = resource._replace(id=f"{resource.id}{name}")
            self._add(rule, "AWS::IoT::TopicRule", span, ("TopicRulePayload", payload))
        elif kind == "Cognito":
            given = kept(properties, "UserPool", "Trigger")
            self._add(resource, "AWS::Serverless::CognitoEvent", span, ("Target", target), *given)

    def _rule(
        self, resource: Resource, name: str, span: Span, properties: Node, kind: str, target: Node
    ) -> None:
        """A rule or a schedule. Of a schedule only the dead-letter queue that SAM may add can carry events."""
        failed = properties.get("DeadLetterConfig")
        if failed is not None and failed.get("Type") is not None and failed.get("Arn") is None:
            given = failed.get("QueueLogicalId")
            queue = given.text if given is not None and given.text else f"{resource.id}{name}Queue"
            failed = mapping([("Arn", self._made(resource, queue, _QUEUE, failed.span))], failed.span)
        if kind.startswith("Schedule"):
            return
        letters = [("DeadLetterConfig", failed)] if failed is not None else []
        delivered = mapping([("Arn", target), *kept(properties, "Input", "InputPath"), *letters], span)
        entries = [("Targets", sequence([delivered], span)), *kept(properties, "EventBusName", "State")]
        pattern, enabled = properties.get("Pattern"), properties.get("Enabled")
        if pattern is not None:
            entries.append(("EventPattern", pattern))
        if enabled is not None and properties.get("State") is None:
            entries.append(("State", enabled))
        self._add(resource, "AWS::Events::Rule", span, *entries)

    def _invoke_config(self, resource: Resource, node: Node, alias: Node | None) -> None:
        """``EventInvokeConfig``; a destination of type SQS or SNS without a target is a resource that SAM adds."""
        destinations: list[tuple[str, Node]] = []
        for outcome in ("OnSuccess", "OnFailure"):
            given = node.get("DestinationConfig", outcome)
            if given is None:
                continue
            target, kind = given.get("Destination"), given.get("Type")
            made = _MADE.get((kind.text or "") if kind is not None else "")
            if made is not None and (target is None or "AWS::NoValue" in chosen_refs(target)):
                suffix = "Queue" if made == _QUEUE else "Topic"
                added = f"{resource.id}EventInvokeConfig{outcome}{suffix}"
                self.generated[f"{resource.id}.Destination{suffix}"] = added
                arn = self._made(resource, added, made, given.span)
                target = arn if target is None else instead_of_nothing(target, arn)
            if target is not None:
                destinations.append((outcome, mapping([("Destination", target)], given.span)))
        self._add(
            resource,
            "AWS::Lambda::EventInvokeConfig",
            node.span,
            ("FunctionName", ref(resource.id, node.span)),
            ("Qualifier", alias or scalar("$LATEST", node.span)),
            ("DestinationConfig", mapping(destinations, node.span)),
        )

    # --- state machines and connectors ------------------------------------------------------------

    def _state_machine(self, resource: Resource) -> None:
        properties = resource.properties
        entries = kept(properties, "Definition", "DefinitionSubstitutions")
        for sam, raw in (
            ("Name", "StateMachineName"),
            ("Type", "StateMachineType"),
            ("DefinitionUri", "DefinitionS3Location"),
            ("Logging", "LoggingConfiguration"),
        ):
            node = properties.get(sam)
            if node is not None:
                entries.append((raw, node))
        entries.append(("RoleArn", self._role(resource, properties)))
        rewritten = mapping(entries, properties.span)
        self.resources[resource.id] = resource._replace(
            type="AWS::StepFunctions::StateMachine", properties=rewritten
        )
        events = properties.get("Events")
        for name, span, event in events.entries() if events is not None else ():
            kind = event.get("Type")
            text = (kind.text or "") if kind is not None else ""
            self._rule_event(resource, name, span, event, text, ref(resource.id, span))
        self._connectors(resource)

    def _connectors(self, resource: Resource) -> None:
        """``Connectors`` embedded in a resource: the same as ``AWS::Serverless::Connector`` with it as the source."""
        connectors = resource.body.get("Connectors")
        for _, span, connector in connectors.entries() if connectors is not None else ():
            source = mapping([("Id", scalar(resource.id, span)), *_embedded_source(connector)], span)
            condition = connector.get("Condition")
            self._add(
                resource if condition is None else resource._replace(condition=condition.text),
                "AWS::Serverless::Connector",
                span,
                ("Source", source),
                *kept(connector.get("Properties") or connector, "Destination", "Permissions"),
            )

    def _add(self, owner: Resource, kind: str, span: Span, *entries: tuple[str, Node]) -> None:
        properties = mapping(list(entries), span)
        self.additions.append(Resource(owner.id, kind, span, properties, owner.body, owner.condition, ""))


def _embedded_source(connector: Node) -> list[tuple[str, Node]]:
    given = connector.get("Properties", "SourceReference") or connector.get("SourceReference")
    return given.items() if given is not None else []
