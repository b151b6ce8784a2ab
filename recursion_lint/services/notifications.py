"""Topics that AWS services tell of their own work where a resource says so, and how such resources are named.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-sns-notifications.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html
https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recursion_lint.model.facts import Accepts, Endpoint, Trigger
from recursion_lint.model.path_conditions import Requires
from recursion_lint.services.declaration import Service
from recursion_lint.services.eventbridge.caused_events import (
    CHANNEL,
    channel_of,
    event_label,
    events_of,
    service_at,
)
from recursion_lint.services.naming import endpoint_of
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_OF_DATABASE = {
    "db-snapshot": "RDS DB Snapshot Event",
    "db-cluster-snapshot": "RDS DB Cluster Snapshot Event",
    "db-instance": "RDS DB Instance Event",
    "db-cluster": "RDS DB Cluster Event",
}
_OF_VAULT = {
    "BACKUP_JOB_": "Backup Job State Change",
    "COPY_JOB_": "Copy Job State Change",
    "RESTORE_JOB_": "Restore Job State Change",
    "RECOVERY_POINT_": "Recovery Point State Change",
}
_OF_GROUP = {
    "LAUNCH": "EC2 Instance Launch Successful",
    "TERMINAT": "EC2 Instance Terminate Successful",
}
_OF_REPOSITORY = {
    "codecommit-repository-comments-on-pull-requests": "CodeCommit Comment on Pull Request",
    "codecommit-repository-comments-on-commits": "CodeCommit Comment on Commit",
    "codecommit-repository-pull-request-": "CodeCommit Pull Request State Change",
}
_OF_DEPLOYMENT = {"codedeploy-application-deployment-": "CodeDeploy Deployment State-change Notification"}


def read_subscription(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::RDS::EventSubscription``; ``Enabled: false`` is none."""
    resolver = reading.resolver
    if resolver.boolean(resource.get("Enabled")) is False:
        return
    kind = resolver.literal(resource.get("SourceType")) if resource.get("SourceType") is not None else None
    wanted = [name for source, name in _OF_DATABASE.items() if kind in (None, source)]
    categories = [value for value in reading.strings(resource.get("EventCategories")) if value]
    asked = {"detail": {"EventCategories": categories}} if categories else {}
    needed = resolver.resource_requires(resource)
    yield from _told(reading, resource, "aws.rds", wanted, asked, resource.get("SnsTopicArn"), needed)


def read_vault(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``Notifications`` of ``AWS::Backup::BackupVault``."""
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    for given, more in resolver.branches(resource.get("Notifications"), needed):
        names = _literals(reading, given.get("BackupVaultEvents"))
        wanted = [name for start, name in _OF_VAULT.items() if any(one.startswith(start) for one in names)]
        yield from _told(reading, resource, "aws.backup", wanted, {}, given.get("SNSTopicArn"), more)


def read_group(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``NotificationConfigurations`` of ``AWS::AutoScaling::AutoScalingGroup``."""
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    asked = {"detail": {"AutoScalingGroupName": [resolver.name_of(resource)]}}
    for key in ("NotificationConfigurations", "NotificationConfiguration"):
        for given, more in resolver.items(resource.get(key), needed):
            names = _literals(reading, given.get("NotificationTypes"))
            wanted = [name for word, name in _OF_GROUP.items() if any(word in one for one in names)]
            yield from _told(reading, resource, "aws.autoscaling", wanted, asked, given.get("TopicARN"), more)


def read_hook(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::AutoScaling::LifecycleHook``: the queue or the topic that hears of it, by a role of its own."""
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    transition = resolver.literal(resource.get("LifecycleTransition")) or ""
    wanted = [name for word, name in _OF_GROUP.items() if word in transition]
    for group, more in resolver.texts(resource.get("AutoScalingGroupName"), needed):
        asked = {"detail": {"AutoScalingGroupName": [group]}}
        node = resource.get("NotificationTargetARN")
        yield from _told(reading, resource, "aws.autoscaling", wanted, asked, node, more)


def read_notification_rule(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::CodeStarNotifications::NotificationRule``: events of a project, a pipeline, a repository → topics."""
    resolver = reading.resolver
    if resolver.literal(resource.get("Status")) == "DISABLED":
        return
    names = _literals(reading, resource.get("EventTypeIds"))
    for about, needed in resolver.texts(resource.get("Resource"), resolver.resource_requires(resource)):
        source = endpoint_of(about, "?")
        for target, more in resolver.items(resource.get("Targets"), needed):
            if resolver.literal(target.get("TargetType")) not in (None, "SNS"):
                continue
            node = target.get("TargetAddress")
            if source.service in ("codebuild", "codepipeline"):
                yield from _published(reading, resource, source, {}, node, more)
            elif source.service == "codecommit":
                wanted = [name for start, name in _OF_REPOSITORY.items() if _begin(names, start)]
                asked = {"resources": [about]}
                yield from _told(reading, resource, "aws.codecommit", wanted, asked, node, more)
            elif source.service == "codedeploy":
                wanted = [name for start, name in _OF_DEPLOYMENT.items() if _begin(names, start)]
                yield from _told(reading, resource, "aws.codedeploy", wanted, {}, node, more)


def _begin(names: Sequence[str], start: str) -> bool:
    return any(name.startswith(start) for name in names)


def _literals(reading: Reading, node: Node | None) -> list[str]:
    found = map(reading.resolver.literal, reading.resolver.elements(node))
    return [word for word in found if word]


def _told(
    reading: Reading,
    resource: Resource,
    source: str,
    wanted: Sequence[str],
    asked: Mapping[str, Any],
    target: Node | None,
    requires: Requires,
) -> Iterator[Trigger]:
    """The triggers from the events of these detail types, as far as they are ``asked`` for, to a topic or a queue."""
    for event in events_of(source):
        if event.types and event.types[0] in wanted:
            yield from _published(reading, resource, channel_of(event), asked, target, requires)


def _published(
    reading: Reading,
    resource: Resource,
    channel: Endpoint,
    asked: Mapping[str, Any],
    target: Node | None,
    requires: Requires,
) -> Iterator[Trigger]:
    for topic, needed in reading.endpoints(target, "sns", requires):
        yield Trigger(
            channel,
            topic,
            f"{{source}} events are sent to {{target}} by {resource.id}",
            target.span if target is not None else resource.span,
            "forward",
            Accepts(content=(asked,) if asked else ()),
            evidence="assumed",
            requires=needed,
        )


def _kind(kind: str, service: str, arn: str, name: str, **attributes: str) -> ResourceKind:
    return ResourceKind(kind, service, f"{service}:@:{arn}", name, "name", attributes)


_KINDS = (
    _kind("AWS::Athena::WorkGroup", "athena", "workgroup/{}", "Name"),
    _kind(_GROUP, "autoscaling", "autoScalingGroup:*:autoScalingGroupName/{}", "AutoScalingGroupName"),
    _kind("AWS::Backup::BackupVault", "backup", "backup-vault:{}", "BackupVaultName", BackupVaultName="name"),
    _kind("AWS::CodeDeploy::Application", "codedeploy", "application:{}", "ApplicationName"),
    _kind("AWS::ECR::Repository", "ecr", "repository/{}", "RepositoryName", Arn="arn"),
    _kind("AWS::Glue::Crawler", "glue", "crawler/{}", "Name"),
    _kind("AWS::SSM::Document", "ssm", "document/{}", "Name"),
)


SERVICE = Service(
    name=CHANNEL,
    product="events that AWS services put",
    rule="other-loop",
    kinds=_KINDS,
    readers={
        "AWS::RDS::EventSubscription": read_subscription,
        "AWS::Backup::BackupVault": read_vault,
        _GROUP: read_group,
        "AWS::AutoScaling::LifecycleHook": read_hook,
        "AWS::CodeStarNotifications::NotificationRule": read_notification_rule,
    },
    shared=True,
    verb="cause",
    filtered_by="rule",
    tells_of=service_at,
    label=event_label,
)
