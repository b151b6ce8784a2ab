"""Serverless resources read as SAM would deploy them."""

from __future__ import annotations

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
QUEUE = "  Q: {Type: AWS::SQS::Queue}\n"
LISTENS = "      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}\n"
SENDS = "      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Q.QueueName}}]\n"
FUNCTION = "  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"


def findings(resources: str, before: str = "") -> tuple[Finding, ...]:
    report = lint(["-"], stdin=HEAD + before + "Resources:\n" + resources)
    assert report.problems == ()
    return report.findings


def loops(resources: str, before: str = "") -> list[str]:
    return [finding.rule for finding in findings(resources, before)]


def test_events_and_policies_of_a_function_close_a_loop() -> None:
    assert loops(QUEUE + FUNCTION + LISTENS + SENDS) == ["sqs-loop"]
    assert loops(QUEUE + FUNCTION + LISTENS) == []
    assert loops(QUEUE + FUNCTION + SENDS) == []


def test_a_role_wins_over_policies() -> None:
    role = "      Role: arn:aws:iam::123456789012:role/elsewhere\n"
    assert loops(QUEUE + FUNCTION + role + LISTENS + SENDS) == []
    either = "      Role: !If [Own, 'arn:aws:iam::123456789012:role/elsewhere', !Ref AWS::NoValue]\n"
    conditions = "Parameters: {P: {Type: String}}\nConditions: {Own: !Equals [!Ref P, '']}\n"
    assert loops(QUEUE + FUNCTION + either + LISTENS + SENDS, conditions) == ["sqs-loop"]


def test_policies_as_one_value_a_document_and_a_choice() -> None:
    document = "{Statement: {Effect: Allow, Action: 'sqs:Send*', Resource: !GetAtt Q.Arn}}"
    assert loops(QUEUE + FUNCTION + LISTENS + f"      Policies: {document}\n") == ["sqs-loop"]
    assert loops(QUEUE + FUNCTION + LISTENS + f"      Policies: [AWSLambdaExecute, {document}]\n") == [
        "sqs-loop"
    ]
    choice = f"      Policies: !If [C, [{document}], []]\n"
    conditions = "Conditions: {C: !Equals [!Ref 'AWS::Region', eu-west-1]}\n"
    assert loops(QUEUE + FUNCTION + LISTENS + choice, conditions) == ["sqs-loop"]


def test_a_managed_policy_by_name_is_a_broad_grant_at_most_an_info() -> None:
    (finding,) = findings(QUEUE + FUNCTION + LISTENS + "      Policies: AmazonSQSFullAccess\n")
    assert (finding.rule, finding.severity, finding.confidence) == ("sqs-loop", "info", "weak")


def test_globals_reach_what_sam_lets_them_reach() -> None:
    variable = "Globals: {Function: {Environment: {Variables: {TARGET_QUEUE: !Ref Q}}}}\n"
    (finding,) = findings(QUEUE + FUNCTION + LISTENS + SENDS, variable)
    assert (finding.severity, finding.because) == ("error", ("TARGET_QUEUE is Q (line 2)",))
    own = "      Environment: {Variables: {TARGET_QUEUE: elsewhere}}\n"
    (finding,) = findings(QUEUE + FUNCTION + LISTENS + SENDS + own, variable)
    assert finding.severity == "warning"
    forbidden = (
        "Globals: {Function: {Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt Q.QueueName}}]}}\n"
    )
    assert loops(QUEUE + FUNCTION + LISTENS, forbidden) == []
    ignored = "  F:\n    Type: AWS::Serverless::Function\n    IgnoreGlobals: '*'\n    Properties:\n"
    (finding,) = findings(QUEUE + ignored + LISTENS + SENDS, variable)
    assert finding.severity == "warning"


def test_connectors_in_both_forms() -> None:
    embedded = (
        "  F:\n    Type: AWS::Serverless::Function\n"
        "    Connectors: {Out: {Properties: {Destination: {Id: Q}, Permissions: [Write]}}}\n    Properties:\n"
    )
    assert loops(QUEUE + embedded + LISTENS) == ["sqs-loop"]
    assert loops(QUEUE + embedded.replace("[Write]", "[Read]") + LISTENS) == []
    alone = "  C:\n    Type: AWS::Serverless::Connector\n    Properties:\n      Source: {Id: F}\n      Destination: {Id: Q}\n      Permissions: [Write]\n"
    assert loops(QUEUE + FUNCTION + LISTENS + alone) == ["sqs-loop"]


TOPIC = "  T: {Type: AWS::SNS::Topic}\n"
PUBLISHES = "      Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt T.TopicName}}]\n"


def test_a_subscription_by_way_of_a_queue_that_sam_adds() -> None:
    direct = "      Events: {In: {Type: SNS, Properties: {Topic: !Ref T}}}\n"
    assert loops(TOPIC + FUNCTION + PUBLISHES + direct) == ["sns-loop"]
    (finding,) = findings(
        TOPIC + FUNCTION + PUBLISHES + direct.replace("!Ref T", "!Ref T, SqsSubscription: true")
    )
    assert {node.resource for node in finding.cycle} == {"T", "FInQueue", "F"}


def test_destinations_of_asynchronous_invocations() -> None:
    listens = "      Events: {In: {Type: SNS, Properties: {Topic: !Ref T}}}\n"
    to_topic = "      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SNS, Destination: !Ref T}}}\n"
    (finding,) = findings(TOPIC + FUNCTION + listens + to_topic)
    assert (finding.rule, finding.confidence, finding.severity) == ("sns-loop", "certain", "error")
    queue = (
        "      EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SQS, Destination: !GetAtt Q.Arn}}}\n"
    )
    assert (
        loops(QUEUE + FUNCTION + LISTENS + queue) == []
    )  # a poller invokes synchronously: the destination is latent
    added = "      EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS}}}\n"
    back = (
        "  G:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt T.TopicName}}]\n"
        "      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt FEventInvokeConfigOnFailureQueue.Arn}}}\n"
    )
    (finding,) = findings(TOPIC + FUNCTION + listens + added + back)
    assert "FEventInvokeConfigOnFailureQueue" in [node.resource for node in finding.cycle]


def test_a_dead_letter_queue_is_live_after_a_push_and_latent_after_a_poll() -> None:
    dead = "      DeadLetterQueue: {Type: SNS, TargetArn: !Ref T}\n"
    assert loops(
        TOPIC + FUNCTION + dead + "      Events: {In: {Type: SNS, Properties: {Topic: !Ref T}}}\n"
    ) == ["sns-loop"]
    assert (
        loops(QUEUE + FUNCTION + LISTENS + "      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Q.Arn}\n")
        == []
    )


def test_an_alias_is_the_function() -> None:
    alias = "      AutoPublishAlias: live\n"
    invokes = "      Policies: [{Statement: [{Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !Ref F.Alias}]}]\n"
    assert loops(FUNCTION + alias + invokes) == ["lambda-loop"]


def test_a_streamed_table_and_event_names() -> None:
    table = (
        "  D: {Type: AWS::DynamoDB::Table, Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}}}\n"
    )
    event = "      Events: {In: {Type: DynamoDB, Properties: {Stream: !GetAtt D.StreamArn, StartingPosition: LATEST%s}}}\n"
    deletes = (
        "      Policies: [{Statement: [{Effect: Allow, Action: 'dynamodb:%s', Resource: !GetAtt D.Arn}]}]\n"
    )
    only_new = ', FilterCriteria: {Filters: [{Pattern: \'{"eventName": ["INSERT"]}\'}]}'
    assert loops(table + FUNCTION + event % "" + deletes % "DeleteItem") == ["dynamodb-loop"]
    assert loops(table + FUNCTION + event % only_new + deletes % "DeleteItem") == []
    assert loops(table + FUNCTION + event % only_new + deletes % "UpdateItem") == ["dynamodb-loop"]


def test_a_disabled_event_is_an_info_and_a_disabled_function_nothing() -> None:
    off = LISTENS.replace("Q.Arn", "Q.Arn, Enabled: false")
    assert [one.severity for one in findings(QUEUE + FUNCTION + off + SENDS)] == ["info"]
    assert loops(QUEUE + FUNCTION + LISTENS + SENDS + "      ReservedConcurrentExecutions: 0\n") == []


def test_a_name_that_a_condition_chooses_is_each_of_its_branches() -> None:
    conditions = "Conditions: {C: !Equals [!Ref 'AWS::Region', eu-west-1]}\n"
    chosen = "      Policies: [{SQSSendMessagePolicy: {QueueName: !If [C, %s.QueueName, %s.QueueName]}}]\n"
    other = "  Other: {Type: AWS::SQS::Queue}\n"
    for branches in (("!GetAtt Q", "!GetAtt Other"), ("!GetAtt Other", "!GetAtt Q")):
        (finding,) = findings(QUEUE + other + FUNCTION + LISTENS + chosen % branches, conditions)
        assert (finding.rule, finding.confidence) == ("sqs-loop", "likely")
    assert (
        loops(QUEUE + other + FUNCTION + LISTENS + chosen % ("!GetAtt Other", "!GetAtt Other"), conditions)
        == []
    )
    mapping = (
        "  M:\n    Type: AWS::Lambda::EventSourceMapping\n    Condition: C\n"
        "    Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}\n"
    )
    assert (
        loops(QUEUE + other + FUNCTION + chosen % ("!GetAtt Other", "!GetAtt Q") + mapping, conditions) == []
    )
    assert loops(
        QUEUE + other + FUNCTION + chosen % ("!GetAtt Q", "!GetAtt Other") + mapping, conditions
    ) == ["sqs-loop"]


def test_the_role_that_sam_makes_when_none_is_chosen_has_its_policies_only_then() -> None:
    conditions = "Conditions: {C: !Equals [!Ref 'AWS::Region', eu-west-1]}\n"
    role = "      Role: !If [C, 'arn:aws:iam::123456789012:role/elsewhere', !Ref AWS::NoValue]\n"
    mapping = (
        "  M:\n    Type: AWS::Lambda::EventSourceMapping\n%s"
        "    Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}\n"
    )
    assert loops(QUEUE + FUNCTION + role + SENDS + mapping % "", conditions) == ["sqs-loop"]
    assert loops(QUEUE + FUNCTION + role + SENDS + mapping % "    Condition: C\n", conditions) == []


BUS = "  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}\n"


def test_queues_that_sam_adds_for_what_a_rule_could_not_deliver() -> None:
    """The queue is a resource that others may poll and send to."""
    failed = "DeadLetterConfig: {Type: SQS%s}"
    rule = "{EventBusName: !Ref Bus, Pattern: {source: [x]}, %s}"
    again = (
        "  G:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Policies: [{SQSSendMessagePolicy: {QueueName: !GetAtt %(queue)s.QueueName}}]\n"
        "      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt %(queue)s.Arn}}}\n"
    )
    for kind, properties in (
        ("EventBridgeRule", rule),
        ("Schedule", "{Schedule: rate(1 hour), %s}"),
        ("ScheduleV2", "{ScheduleExpression: rate(1 hour), %s}"),
    ):
        for name, queue in (("", "FOnQueue"), (", QueueLogicalId: Lost", "Lost")):
            event = f"      Events: {{On: {{Type: {kind}, Properties: {properties % (failed % name)}}}}}\n"
            (finding,) = findings(BUS + FUNCTION + event + again % {"queue": queue})
            assert [node.type for node in finding.cycle if node.resource == queue] == ["AWS::SQS::Queue"]


def test_a_destination_that_sam_adds_where_none_is_chosen() -> None:
    conditions = "Conditions: {C: !Equals [!Ref 'AWS::Region', eu-west-1]}\n"
    listens = "      Events: {In: {Type: SNS, Properties: {Topic: !Ref T}}}\n"
    target = "!If [C, !GetAtt Q.Arn, !Ref AWS::NoValue]"
    chosen = f"      EventInvokeConfig: {{DestinationConfig: {{OnFailure: {{Type: SQS, Destination: {target}}}}}}}\n"
    back = (
        "  G:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt T.TopicName}}]\n"
        "      Events: {In: {Type: SQS, Properties: {Queue: !GetAtt %s}}}\n"
    )
    for queue in ("Q", "FEventInvokeConfigOnFailureQueue", "F.DestinationQueue"):
        (finding,) = findings(QUEUE + TOPIC + FUNCTION + listens + chosen + back % f"{queue}.Arn", conditions)
        shown = queue.replace("F.DestinationQueue", "FEventInvokeConfigOnFailureQueue")
        assert shown in [node.resource for node in finding.cycle]


def test_an_alias_by_the_id_that_sam_gives_it() -> None:
    alias = "      AutoPublishAlias: live-1\n"
    invokes = "      Policies: [{Statement: [{Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !Ref %s}]}]\n"
    assert loops(FUNCTION + alias + invokes % "FAliasliveD1") == ["lambda-loop"]
    assert loops(FUNCTION + alias + invokes % "FAliasother") == []


def test_a_connector_may_have_a_condition_of_its_own() -> None:
    conditions = "Conditions: {C: !Equals [!Ref 'AWS::Region', eu-west-1], D: !Not [!Condition C]}\n"
    out = "Out: {%sProperties: {Destination: {Id: Q}, Permissions: [Write]}}"
    mapping = (
        "  M:\n    Type: AWS::Lambda::EventSourceMapping\n    Condition: C\n"
        "    Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}\n"
    )
    function = "  F:\n    Type: AWS::Serverless::Function\n    Connectors: {%s}\n"
    assert loops(QUEUE + mapping + function % out % "Condition: C, ", conditions) == ["sqs-loop"]
    assert loops(QUEUE + mapping + function % out % "Condition: D, ", conditions) == []


def test_a_connector_from_a_bucket_is_a_permission_for_its_notifications() -> None:
    bucket = "  B: {Type: AWS::S3::Bucket}\n"
    connector = "  C:\n    Type: AWS::Serverless::Connector\n    Properties: {Source: {Id: B}, Destination: {Id: F}, Permissions: [Write]}\n"
    puts = "      Policies: [{S3WritePolicy: {BucketName: !Ref B}}]\n"
    (finding,) = findings(bucket + FUNCTION + puts + connector)
    assert (finding.rule, finding.severity) == ("s3-loop", "info")
    assert loops(bucket + FUNCTION + puts + connector.replace("Write", "Read")) == []


def test_a_rule_of_iot_is_named_after_its_event() -> None:
    """Basic Ingest reaches a rule by its name: ``$aws/rules/<name>``."""
    event = "      Events: {Reading: {Type: IoTRule, Properties: {Sql: \"SELECT * FROM 'meters/+'\"}}}\n"
    publishes = "      Policies: [{Statement: [{Effect: Allow, Action: 'iot:Publish', Resource: !Sub 'arn:aws:iot:${AWS::Region}:${AWS::AccountId}:topic/$aws/rules/${AWS::StackName}-%s*'}]}]\n"
    assert loops(FUNCTION + event + publishes % "FReading") == ["iot-loop"]
    assert loops(FUNCTION + event + publishes % "F-") == []
