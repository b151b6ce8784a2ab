"""Which resource types say something of permissions, and the functions that read it.

A reader's module is loaded when a template has a resource of its types.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recursion_lint.services.declaration import Reader

READERS: Mapping[str, tuple[str, str]] = {
    "AWS::IAM::Role": ("roles", "read_role"),
    "AWS::IAM::Policy": ("roles", "read_attached"),
    "AWS::IAM::RolePolicy": ("roles", "read_attached"),
    "AWS::IAM::ManagedPolicy": ("managed", "read_managed_policy"),
    "AWS::CloudFormation::CustomResource": ("custom_roles", "read_custom_policy"),
    "AWS::Serverless::Policies": ("roles", "read_sam_policies"),
    "AWS::Serverless::Connector": ("connectors", "read_connector"),
    "AWS::SQS::QueuePolicy": ("resource_policies", "read_policy"),
    "AWS::SQS::QueueInlinePolicy": ("resource_policies", "read_policy"),
    "AWS::SNS::TopicPolicy": ("resource_policies", "read_policy"),
    "AWS::SNS::TopicInlinePolicy": ("resource_policies", "read_policy"),
    "AWS::S3::BucketPolicy": ("resource_policies", "read_policy"),
    "AWS::S3::AccessPoint": ("resource_policies", "read_policy"),
    "AWS::Events::EventBusPolicy": ("resource_policies", "read_policy"),
    "AWS::Events::EventBus": ("resource_policies", "read_policy"),
    "AWS::Kinesis::ResourcePolicy": ("resource_policies", "read_policy"),
    "AWS::DynamoDB::Table": ("resource_policies", "read_policy"),
    "AWS::DynamoDB::GlobalTable": ("resource_policies", "read_policy"),
    "AWS::Lambda::Permission": ("resource_policies", "read_permission"),
}
"""Resource type → the module of this folder and its function."""


@cache
def readers(kind: str) -> tuple[Reader, ...]:
    """The functions that read what resources of a type say of permissions; none for other types."""
    place = READERS.get(kind)
    if place is None:
        return ()
    module, name = place
    found: Reader = getattr(import_module(f"recursion_lint.iam.policies.{module}"), name)
    return (found,)
