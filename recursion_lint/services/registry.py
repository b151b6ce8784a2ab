"""The services that the linter knows. Adding one is one line here.

A service's module is loaded when a template has a resource of its types, or when a channel of it is linked:
a clean run of a small template loads three or four.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from recursion_lint.services.declaration import Reader, Service
    from recursion_lint.template.resource_types import ResourceKind


class Place(NamedTuple):
    """Where a service is: its module, its name (as in ARNs), and the resource types that it names or reads.

    What others ask before they need the declaration stands here too. ``tells``: it declares ``events``, which it puts
    on the default bus about its own work. ``iot_action`` is where the action of an IoT rule names it, as a dotted path.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-iot-topicrule-action.html
    """

    module: str
    name: str
    types: tuple[str, ...] = ()
    tells: bool = False
    iot_action: str = ""


PLACES = (
    Place(
        "services.s3.buckets",
        "s3",
        ("AWS::S3::Bucket", "Custom::S3BucketNotifications", "AWS::Lambda::Permission"),
    ),
    Place("services.custom_resources", "custom", ("AWS::CloudFormation::CustomResource",)),
    Place("services.s3.access_points", "s3-access-point", ("AWS::S3::AccessPoint",)),
    Place("services.sqs", "sqs", ("AWS::SQS::Queue",), iot_action="Sqs.QueueUrl"),
    Place("services.sns", "sns", ("AWS::SNS::Topic", "AWS::SNS::Subscription"), iot_action="Sns.TargetArn"),
    Place("services.dynamodb", "dynamodb", ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")),
    Place(
        "services.kinesis",
        "kinesis",
        ("AWS::Kinesis::Stream", "AWS::Kinesis::StreamConsumer"),
        iot_action="Kinesis.StreamName",
    ),
    Place(
        "services.firehose",
        "firehose",
        ("AWS::KinesisFirehose::DeliveryStream",),
        iot_action="Firehose.DeliveryStreamName",
    ),
    Place(
        "services.awslambda.functions",
        "lambda",
        (
            "AWS::Lambda::Function",
            "AWS::Lambda::Alias",
            "AWS::Lambda::Version",
            "AWS::Lambda::EventInvokeConfig",
            "AWS::Lambda::LayerVersion",
            "AWS::Serverless::LayerVersion",
        ),
        iot_action="Lambda.FunctionArn",
    ),
    Place("services.awslambda.event_source_mappings", "mapping", ("AWS::Lambda::EventSourceMapping",)),
    Place(
        "services.logs",
        "logs",
        (
            "AWS::Logs::LogGroup",
            "AWS::Logs::SubscriptionFilter",
            "AWS::Logs::Destination",
            "AWS::Logs::AccountPolicy",
            "AWS::StepFunctions::StateMachine",
        ),
        iot_action="CloudwatchLogs.LogGroupName",
    ),
    Place("services.s3.replication", "s3-replica"),
    Place("services.s3.access_logs", "s3-log", ("AWS::S3::Bucket",)),
    Place("services.cloudtrail.trails", "cloudtrail-data", ("AWS::CloudTrail::Trail",)),
    Place("services.eventbridge.rules", "events", ("AWS::Events::EventBus", "AWS::Events::Rule")),
    Place(
        "services.eventbridge.custom_buses",
        "eventsv2",
        ("AWS::EventsV2::EventBus", "AWS::EventsV2::Subscriber", "AWS::EventsV2::EventSource"),
    ),
    Place("services.eventbridge.recorded_calls", "api-call"),
    Place(
        "services.notifications",
        "service-event",
        (
            "AWS::Athena::WorkGroup",
            "AWS::AutoScaling::AutoScalingGroup",
            "AWS::AutoScaling::LifecycleHook",
            "AWS::Backup::BackupVault",
            "AWS::CodeDeploy::Application",
            "AWS::CodeStarNotifications::NotificationRule",
            "AWS::ECR::Repository",
            "AWS::Glue::Crawler",
            "AWS::RDS::EventSubscription",
            "AWS::SSM::Document",
        ),
    ),
    Place("services.eventbridge.pipes", "pipes", ("AWS::Pipes::Pipe",)),
    Place("services.parameters", "ssm", ("AWS::SSM::Parameter",), tells=True),
    Place(
        "services.stepfunctions.state_machines",
        "states",
        (
            "AWS::StepFunctions::StateMachine",
            "AWS::StepFunctions::StateMachineAlias",
            "AWS::StepFunctions::StateMachineVersion",
        ),
        tells=True,
        iot_action="StepFunctions.StateMachineName",
    ),
    Place("services.ecs", "ecs", ("AWS::ECS::TaskDefinition",), tells=True),
    Place("services.batch", "batch", ("AWS::Batch::JobDefinition", "AWS::Batch::JobQueue"), tells=True),
    Place("services.codebuild", "codebuild", ("AWS::CodeBuild::Project",), tells=True),
    Place(
        "services.glue", "glue", ("AWS::Glue::Job", "AWS::Glue::Workflow", "AWS::Glue::Trigger"), tells=True
    ),
    Place("services.databrew", "databrew", ("AWS::DataBrew::Job",), tells=True),
    Place("services.datasync", "datasync", ("AWS::DataSync::Task", "AWS::DataSync::LocationS3"), tells=True),
    Place("services.codecommit", "codecommit", ("AWS::CodeCommit::Repository",), tells=True),
    Place("services.codepipeline", "codepipeline", ("AWS::CodePipeline::Pipeline",), tells=True),
    Place("services.cognito", "cognito-idp", ("AWS::Cognito::UserPool", "AWS::Serverless::CognitoEvent")),
    Place("services.iot", "iot", ("AWS::IoT::TopicRule",)),
    Place("services.msk", "kafka", ("AWS::MSK::Cluster", "AWS::MSK::ServerlessCluster")),
    Place("services.ses", "ses", ("AWS::SES::ReceiptRule",)),
    Place("services.iam", "iam", ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")),
    Place("services.appflow", "appflow", ("AWS::AppFlow::Flow",), tells=True),
    Place("services.b2bi", "b2bi", ("AWS::B2BI::Capability",)),
)


@cache
def _load(module: str) -> "Service":
    from importlib import import_module

    found: Service = import_module(f"recursion_lint.{module}").SERVICE
    return found


@cache
def _places() -> Mapping[str, tuple[Place, ...]]:
    """Resource type → the places that know it."""
    found: dict[str, tuple[Place, ...]] = {}
    for place in PLACES:
        for kind in place.types:
            found[kind] = (*found.get(kind, ()), place)
    return found


@cache
def readers(kind: str) -> "tuple[Reader, ...]":
    """The functions that read the facts of resources of a type."""
    services = (_load(place.module) for place in _places().get(kind, ()))
    return tuple(service.readers[kind] for service in services if kind in service.readers)


@cache
def declared(name: str) -> "Service":
    """The service of that name (as in ARNs); one that declares nothing where it is not known here."""
    known = by_name().get(name)
    if known is not None:
        return known
    from recursion_lint.services.declaration import Service

    return Service(name, "")


def all_services() -> "tuple[Service, ...]":
    """Every service, for the documentation."""
    return tuple(_load(place.module) for place in PLACES)


@cache
def telling() -> tuple[str, ...]:
    """The services that declare events about their own work, by name."""
    return tuple(sorted(place.name for place in PLACES if place.tells))


@cache
def iot_actions() -> Mapping[str, str]:
    """Where the actions of an IoT rule name a target (``Sqs.QueueUrl``) → the target's service."""
    return {place.iot_action: place.name for place in PLACES if place.iot_action}


class _Kinds(Mapping[str, "ResourceKind"]):
    """Resource type → how such a resource is named."""

    def __init__(self) -> None:
        self._known: dict[str, ResourceKind | None] = {}

    def __getitem__(self, kind: str) -> "ResourceKind":
        if kind not in self._known:
            services = (_load(place.module) for place in _places().get(kind, ()))
            named = (found for service in services for found in service.kinds if found.type == kind)
            self._known[kind] = next(named, None)
        known = self._known[kind]
        if known is None:
            raise KeyError(kind)
        return known

    def __iter__(self) -> Iterator[str]:
        return (kind for kind in _places() if kind in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Services(Mapping[str, "Service"]):
    """Service name (as in ARNs) → the service."""

    def __init__(self) -> None:
        self._modules = {place.name: place.module for place in PLACES}

    def __getitem__(self, name: str) -> "Service":
        return _load(self._modules[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)


@cache
def kinds() -> "Mapping[str, ResourceKind]":
    """Resource type → how such a resource is named; a module is loaded for the types that are asked for."""
    return _Kinds()


@cache
def by_name() -> "Mapping[str, Service]":
    """Service name (as in ARNs and IAM actions) → the service; its module is loaded when it is asked for."""
    return _Services()
