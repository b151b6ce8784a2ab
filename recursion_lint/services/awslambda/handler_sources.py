"""What a template says of a function's code: its handler, its runtime, and the place that the code comes from.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recursion_lint.model.facts import Endpoint, HandlerSource, LayerContent
from recursion_lint.model.text import Symbol, literal, parameter_of
from recursion_lint.services.reading import Reading
from recursion_lint.template.template import Resource
from recursion_lint.template.yaml.nodes import Node

LAYERS = ("AWS::Lambda::LayerVersion", "AWS::Serverless::LayerVersion")
_ASSET = "aws:asset:path"
"""The CDK tells with it where the folder lies that it makes an asset of."""


def handler_source(reading: Reading, resource: Resource, function: Endpoint) -> HandlerSource:
    """Where the code of a function is, on the way that is being read."""
    metadata = resource.body.get("Metadata")
    found = HandlerSource(
        function,
        resource.id,
        reading.template.file,
        _plain(reading, resource.get("Runtime")),
        _plain(reading, resource.get("Handler")),
        "elsewhere",
        "",
        resource.span,
        layers=tuple(dict.fromkeys(reading.strings(resource.get("Layers")))),
    )
    if metadata is not None:
        found = _built(reading, metadata, found)
    return _placed(reading, resource, metadata, found)


def _built(reading: Reading, metadata: Node, source: HandlerSource) -> HandlerSource:
    """``source`` with what ``sam build`` is told."""
    properties = metadata.get("BuildProperties")
    points = properties.get("EntryPoints") if properties is not None else None
    binary = properties.get("Binary") if properties is not None else None
    return source._replace(
        build=_plain(reading, metadata.get("BuildMethod")),
        entry_points=tuple(filter(None, (_plain(reading, node) for node in points.each()))) if points else (),
        binary=_plain(reading, binary),
    )


def _placed(
    reading: Reading, resource: Resource, metadata: Node | None, source: HandlerSource
) -> HandlerSource:
    """``source`` with the kind of its place."""
    inline = reading.resolver.one_below(resource.get("Code"), "ZipFile")
    if inline is not None:
        text = reading.resolver.text(inline)
        return source if text is None else source._replace(kind="inline", inline=text, code=inline.span)
    dockerfile = metadata.get("Dockerfile") if metadata is not None else None
    packaged = _plain(reading, resource.get("PackageType"))
    if packaged == "Image" or dockerfile is not None or resource.get("ImageUri") is not None:
        return _image(reading, resource, metadata, source)
    asset = metadata.get(_ASSET) if metadata is not None else None
    if asset is not None:
        return source._replace(kind="asset", where=_plain(reading, asset), code=asset.span)
    return _in_folder(reading, resource, source)


def _image(
    reading: Reading, resource: Resource, metadata: Node | None, source: HandlerSource
) -> HandlerSource:
    command = reading.resolver.one_below(resource.get("ImageConfig"), "Command")
    words = [_plain(reading, node) for node in reading.resolver.elements(command)]
    found = source._replace(kind="image", command=words[0] if words else "")
    context = _plain(reading, metadata.get("DockerContext")) if metadata is not None else ""
    dockerfile = _plain(reading, metadata.get("Dockerfile")) if metadata is not None else ""
    if context or dockerfile:
        return found._replace(where=context, dockerfile=dockerfile or "Dockerfile")
    uri = reading.resolver.one_below(resource.get("Code"), "ImageUri") or resource.get("ImageUri")
    name = re.split("[:@]", _last_word(reading, uri))[0]
    return found._replace(where=name, code=uri.span if uri is not None else source.code)


def _in_folder(reading: Reading, resource: Resource, source: HandlerSource) -> HandlerSource:
    """``CodeUri`` of SAM, ``Code`` of ``aws cloudformation package``; SAM's default is the template's folder."""
    uri = reading.resolver.one(resource.get("CodeUri"))
    code = uri if uri is not None else reading.resolver.one(resource.get("Code"))
    if code is None:
        serverless = resource.declared_type == "AWS::Serverless::Function"
        return source._replace(kind="local", where=".") if serverless else source
    if code.kind == "map" and code.intrinsic is None:
        key = code.get("S3Key") or code.get("Key")
        return source._replace(where=_last_word(reading, key), code=code.span)
    where = _plain(reading, code)
    if not where or "://" in where:
        return source._replace(where=where.rpartition("/")[2], code=code.span)
    return source._replace(kind="local", where=where, code=code.span)


_RELEASE = re.compile(
    r"version|env|stage|branch|commit|sha|hash|build|tag|region|account|stack|suffix|timestamp|date", re.I
)
"""Parameters that tell which release of a function's code it is, not which function's."""


def _last_word(reading: Reading, key: Node | None) -> str:
    """The name of an archive in S3, where the key ends with one: ``${Prefix}/orders-${Version}.zip``.

    A parameter has the value of its default; one that tells the release alone is left out.
    """
    found = ""
    for part in reversed(reading.resolver.text(key) or ()):
        word = part if isinstance(part, str) else _default(reading, part)
        if isinstance(part, Symbol) and word is None:
            if part.kind != "pseudo" and not (part.kind == "parameter" and _RELEASE.search(part.name)):
                return ""
            word = ""
        found = f"{word}{found}"
        if "/" in found:
            break
    name = found.rpartition("/")[2]
    return name if any(letter.isalnum() for letter in name.partition(".")[0]) else ""


def _plain(reading: Reading, node: Node | None) -> str:
    """The plain text of a property, or of the parameter that it is; empty where it cannot be told."""
    value = reading.resolver.text(node)
    if not value:
        return ""
    parameter = parameter_of(value)
    return literal(value) or "" if parameter is None else _default(reading, parameter) or ""


def _default(reading: Reading, symbol: Symbol) -> str | None:
    """The default of a parameter; ``None`` where it has none, and for anything else."""
    if symbol.kind != "parameter":
        return None
    default = reading.template.section("Parameters").get(symbol.name, "Default")
    return default.text if default is not None else None


def read_layer(reading: Reading, resource: Resource) -> Iterator[LayerContent]:
    """A layer whose content lies beside the template."""
    content = resource.get("ContentUri") or resource.get("Content")
    where = _plain(reading, content) if content is not None and content.kind == "scalar" else ""
    if where and "://" not in where:
        yield LayerContent(reading.resolver.reference(resource.id), reading.template.file, where)
