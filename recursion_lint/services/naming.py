"""From a name, an ARN or a URL to the endpoint that it means, and back to the resources that statements name.

How a service writes names in its ARNs is a field of its declaration (``ArnForm``).
"""

from functools import lru_cache

from recursion_lint.model.arns import split_arn
from recursion_lint.model.facts import Endpoint
from recursion_lint.model.text import Symbol, Text, glob, literal, split_text, strip_prefix, text
from recursion_lint.services.declaration import ArnForm
from recursion_lint.services.registry import declared


@lru_cache(maxsize=16_384)
def endpoint_of(value: Text, service: str) -> Endpoint:
    """The endpoint that an ARN, a queue URL or a bare name points to; ``service`` is what a bare name names."""
    arn = split_arn(value)
    if arn is not None and len(arn.service) == 1 and isinstance(arn.service[0], str):
        return Endpoint(arn.service[0], _name(arn.resource, arn.service[0]))
    form = declared(service).arn
    if form.rooted:
        return Endpoint(service, strip_prefix(value, "/") or value)
    if form.url and value and isinstance(value[0], str) and value[0].startswith(("https://", "http://")):
        return Endpoint(service, split_text(value, "/")[-1])
    if form.scheme and (inside := strip_prefix(value, form.scheme)) is not None:
        return Endpoint(service, split_text(inside, "/", 1)[0])
    if form.qualified:
        fields = split_text(value, form.end)
        kinds = [at for at, field in enumerate(fields) if field == (form.prefix.removesuffix(form.end),)]
        return Endpoint(service, fields[kinds[0] + 1] if kinds and kinds[0] + 1 < len(fields) else fields[0])
    return Endpoint(service, value)


def _name(resource: Text, service: str) -> Text:
    form = declared(service).arn
    found = (strip_prefix(resource, prefix) for prefix in (form.prefix, *form.also))
    name = next((one for one in found if one is not None), None)
    if name is None:
        return resource
    if form.within:
        return split_text(name, "/")[-1]
    return split_text(name, form.end, 1)[0] if form.end else name


def qualifier_of(value: Text) -> Text | None:
    """The alias or version in the ARN of a function, nothing for that of the function; ``None`` for other values.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    arn = split_arn(value)
    form = declared(literal(arn.service) or "").arn if arn is not None else ArnForm()
    if arn is None or not form.qualified:
        return None
    fields = split_text(arn.resource, ":", 2)
    if (
        len(fields) < 2
        or fields[0] != (form.prefix.removesuffix(":"),)
        or any(map(_may_be_qualified, fields[1]))
    ):
        return None
    return fields[2] if len(fields) == 3 else ()


def _may_be_qualified(part: str | Symbol) -> bool:
    return isinstance(part, Symbol) and part.kind not in ("random", "pseudo")


def unrevised(endpoint: Endpoint) -> Endpoint:
    """The endpoint of a bare name without the revision that may stand behind it: ``report:3`` → ``report``."""
    form = declared(endpoint.service).arn
    return Endpoint(endpoint.service, split_text(endpoint.name, form.end)[0]) if form.revised else endpoint


def kind_told(endpoint: Endpoint) -> str:
    """What the name of an endpoint begins with where it tells its kind: the second version of buses, a workflow."""
    kind = declared(endpoint.service).arn.kind
    return kind if kind and strip_prefix(endpoint.name, kind) is not None else ""


def resource_forms(endpoint: Endpoint) -> tuple[Text, ...]:
    """The resource parts of the ARNs that a grant may use to reach ``endpoint``.

    Objects of a bucket, a function with and without a qualifier, a log group's streams, a machine's executions.
    """
    if kind_told(endpoint):
        return (endpoint.name,)
    form = declared(endpoint.service).arn
    return tuple(_filled(granted, endpoint.name) for granted in form.granted or (form.prefix + "{}",))


def _filled(form: str, name: Text) -> Text:
    before, _, after = form.partition("{}")
    return text([before, *name, *glob((after,))]) if after else text([before, *name])


def channel_named(pattern: Text, service: str) -> Endpoint:
    """The channel that the pattern of a resource names: the bucket of an object's ARN."""
    arn = split_arn(pattern)
    if declared(service).keyed and arn is not None:
        return Endpoint(service, split_text(arn.resource, "/", 1)[0])
    return endpoint_of(pattern, service)
