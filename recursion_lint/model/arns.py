"""ARNs as symbolic text: taking them apart, and naming what they point to.

ARN formats: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from functools import lru_cache
from typing import NamedTuple

from recursion_lint.model.facts import Endpoint
from recursion_lint.model.text import ANY, Symbol, Text, split_text, strip_prefix, text

_NAME_IN_RESOURCE = {
    "lambda": ("function:", ":"),
    "dynamodb": ("table/", "/"),
    "kinesis": ("stream/", "/"),
    "firehose": ("deliverystream/", "/"),
    "states": ("stateMachine:", ":"),
    "events": ("event-bus/", ""),  # a partner's bus has slashes in its name
    "logs": ("log-group:", ":"),
    "iot": ("topic/", ""),
    "kafka": ("cluster/", "/"),
    "cognito-idp": ("userpool/", "/"),
    "iam": ("role/", ""),
    "ecs": ("task-definition/", ":"),
    "batch": ("job-definition/", ":"),
    "codebuild": ("project/", "/"),
    "glue": ("job/", ""),
    "ssm": ("parameter/", ""),
    "pipes": ("pipe/", "/"),
    "s3": ("", "/"),
}


_OWN_PLACE = frozenset(
    {"region", "regionname", "regionid", "account", "accountid", "accountnumber", "accountno"}
)


class Arn(NamedTuple):
    """The parts of an ARN that tell resources apart; ``resource`` is all after the account."""

    service: Text
    region: Text
    account: Text
    resource: Text


@lru_cache(maxsize=16_384)
def split_arn(value: Text) -> Arn | None:
    """Take an ARN (or an IAM pattern of one, wildcards read) apart; ``None`` for what does not begin as an ARN.

    A wildcard that ends the text may reach across colons, so missing fields are wildcards then.
    """
    if value and value[0] == ANY and len(value) == 1:
        return Arn((ANY,), (ANY,), (ANY,), (ANY,))
    fields = split_text(value, ":", 5)
    if fields[0] not in (("arn",), (ANY,)) or len(fields) < 3:
        return None
    if len(fields) < 6:
        if not fields[-1] or fields[-1][-1] != ANY:
            return None
        fields += [(ANY,)] * (6 - len(fields))
    return Arn(fields[2], fields[3], fields[4], fields[5])


def set_apart(value: Text) -> Text:
    """The account or the region of an ARN that a parameter (a mapping, an import) gives; empty where there is none.

    It may well be another than the stack's own: what else would the parameter be for? One that is called ``Region``
    or ``AccountId`` and no more is taken for the stack's own, by somebody who did not know the pseudo parameter.
    """
    arn = split_arn(value)
    for field in (arn.account, arn.region) if arn is not None else ():
        if any(isinstance(part, Symbol) and _sets_apart(part) for part in field):
            return field
    return ()


def _sets_apart(symbol: Symbol) -> bool:
    plain = symbol.name.lower().replace("_", "").replace("-", "").removeprefix("aws")
    own = symbol.kind == "parameter" and plain in _OWN_PLACE
    return not symbol.wild and symbol.kind != "pseudo" and not own


@lru_cache(maxsize=16_384)
def endpoint_of(value: Text, service: str) -> Endpoint:
    """The endpoint that an ARN, a queue URL or a bare name points to; ``service`` is what a bare name names."""
    arn = split_arn(value)
    if arn is not None and len(arn.service) == 1 and isinstance(arn.service[0], str):
        found = arn.service[0]
        if found == "lambda" and strip_prefix(arn.resource, "function:") is None:
            return Endpoint(found, arn.resource)
        return Endpoint(found, _name(arn.resource, found))
    if (
        service == "sqs"
        and value
        and isinstance(value[0], str)
        and value[0].startswith(("https://", "http://"))
    ):
        return Endpoint(service, split_text(value, "/")[-1])
    if service == "lambda":
        fields = split_text(value, ":")
        names = [at for at, field in enumerate(fields) if field == ("function",)]
        return Endpoint(service, fields[names[0] + 1] if names and names[0] + 1 < len(fields) else fields[0])
    return Endpoint(service, value)


def _name(resource: Text, service: str) -> Text:
    prefix, end = _NAME_IN_RESOURCE.get(service, ("", ""))
    name = strip_prefix(resource, prefix)
    if name is None and service == "kafka":
        name = strip_prefix(resource, "topic/")  # the cluster's name comes first in its topics' ARNs as well
    if name is None and service == "batch":
        name = strip_prefix(resource, "job-queue/")
    if name is None and service == "states":
        name = strip_prefix(
            resource, "execution:"
        )  # the state machine's name comes first in those of its executions
    if name is None:
        return resource
    if service == "iam":
        return split_text(name, "/")[-1]
    if service == "logs":
        return split_text(name, ":")[0]
    return split_text(name, end, 1)[0] if end else name


_TOLD = {"events": "event-busv2/", "glue": "workflow/"}


def qualifier_of(value: Text) -> Text | None:
    """The alias or version in the ARN of a function, nothing for that of the function itself; ``None`` for other values.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    arn = split_arn(value)
    if arn is None or arn.service != ("lambda",):
        return None
    fields = split_text(arn.resource, ":", 2)
    if len(fields) < 2 or fields[0] != ("function",) or any(map(_may_be_qualified, fields[1])):
        return None
    return fields[2] if len(fields) == 3 else ()


def _may_be_qualified(part: str | Symbol) -> bool:
    return isinstance(part, Symbol) and part.kind not in ("random", "pseudo")


def kind_told(endpoint: Endpoint) -> str:
    """What the name of an endpoint begins with where it tells its kind: the second version of buses, a workflow."""
    kind = _TOLD.get(endpoint.service, "")
    return kind if kind and strip_prefix(endpoint.name, kind) is not None else ""


def resource_forms(endpoint: Endpoint) -> tuple[Text, ...]:
    """The resource parts of the ARNs that a grant may use to reach ``endpoint``.

    Objects of a bucket, a function with and without a qualifier, a log group's streams, a machine's executions.
    """
    service, name = endpoint
    if service == "s3":
        return (text([*name, "/", ANY]),)
    prefix = _NAME_IN_RESOURCE.get(service, ("", ""))[0]
    plain = text([prefix, *name])
    if kind_told(endpoint):
        return (name,)
    if service == "states":
        return (plain, text([*plain, ":", ANY]), text(["execution:", *name, ":", ANY]))
    if service in ("lambda", "ecs"):
        return (plain, text([*plain, ":", ANY]))
    if service == "batch":
        return (plain, text([*plain, ":", ANY]), text(["job-queue/", *name]))
    if service == "logs":
        return (text([*plain, ":", ANY]),)
    if service == "kafka":
        return (text(["topic/", *name, "/", ANY]),)
    return (plain,)


def channel_named(pattern: Text, service: str) -> Endpoint:
    """The channel that the pattern of a resource names: the bucket of an object's ARN."""
    arn = split_arn(pattern)
    if service == "s3" and arn is not None:
        return Endpoint(service, split_text(arn.resource, "/", 1)[0])
    return endpoint_of(pattern, service)
