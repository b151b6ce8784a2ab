"""How CloudFormation names a resource: what ``Ref`` and ``Fn::GetAtt`` of a type return."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from recursion_lint.model.text import Part, Symbol, Text, concatenated, text

PARTITION = Symbol("pseudo", "AWS::Partition")
REGION = Symbol("pseudo", "AWS::Region")
ACCOUNT = Symbol("pseudo", "AWS::AccountId")
URL_SUFFIX = Symbol("pseudo", "AWS::URLSuffix")


class ResourceKind(NamedTuple):
    """How a resource type is named: what ``Ref`` and ``GetAtt`` return, as text around its physical name.

    ``arn`` is the ARN after the partition, with ``@`` for region and account and ``{}`` for the name, as in
    ``sqs:@:{}`` or ``s3:::{}``. ``ref`` and the values of ``attributes`` are ``name``, ``arn``, ``url``, ``value``
    (the property ``Value``) or ``arn+suffix``. ``derive`` builds the ARN of types that are named after another resource
    (an alias): it is given the resolver of references and the resource.
    """

    type: str
    service: str
    arn: str
    name: str | None = None
    ref: str = "name"
    attributes: Mapping[str, str] = {}
    lowercase: bool = False
    derive: Callable[[Any, Any], Text | None] | None = None


def arn_text(form: str, name: Text) -> Text:
    """``sqs:@:{}`` and a name → the ARN as symbolic text."""
    before, after = _around(form)
    return concatenated(concatenated(before, name), after)


@cache
def _around(form: str) -> tuple[Text, Text]:
    """What stands before and after the name."""
    before, _, after = form.partition("{}")
    parts: list[Part] = ["arn:", PARTITION, ":"]
    for index, piece in enumerate(before.split("@")):
        parts += [REGION, ":", ACCOUNT, piece] if index else [piece]
    return text(parts), text([after])
