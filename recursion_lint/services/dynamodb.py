"""Amazon DynamoDB: tables and their streams.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from recursion_lint.model.facts import Seldom, Trigger
from recursion_lint.services.declaration import ArnForm, CdkGrants, Output, Price, SecondChannel, Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource

# A put of an item that is there already is a MODIFY; a write that changes nothing writes no stream record.
WRITES = {
    "PutItem": frozenset({"INSERT", "MODIFY"}),
    "UpdateItem": frozenset({"INSERT", "MODIFY"}),
    "DeleteItem": frozenset({"REMOVE"}),
    "BatchWriteItem": frozenset({"INSERT", "MODIFY", "REMOVE"}),
    "PartiQLInsert": frozenset({"INSERT"}),
    "PartiQLUpdate": frozenset({"MODIFY"}),
    "PartiQLDelete": frozenset({"REMOVE"}),
}
UPSERT = Seldom(
    frozenset({"INSERT"}),
    "an update inserts only where the key is new: it modifies the item that came",
)
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""


def read_table(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``AWS::DynamoDB::Table`` and ``GlobalTable``: the table, and the Kinesis stream that its changes go to."""
    resolver = reading.resolver
    table = reading.endpoint(resource)
    needed = resolver.resource_requires(resource)
    yield reading.declared(resource, table)._replace(view=_view(resource), keys=_keys(reading, resource))
    holders = [(resource.properties, needed), *resolver.items(resource.get("Replicas"), needed)]
    for holder, there in holders:
        target = resolver.one_below(holder.get("KinesisStreamSpecification"), "StreamArn")
        for stream, more in reading.endpoints(target, "?", there):
            if target is not None:
                yield Trigger(
                    table, stream, "changes in {source} go to {target}", target.span, "forward", requires=more
                )


def _view(resource: Resource) -> str:
    """The images that the records of the stream show, where the template says it in plain words."""
    stream = resource.get("StreamSpecification")
    told = stream.get("StreamViewType") if stream is not None and stream.kind == "map" else None
    return told.text or "" if told is not None and told.kind == "scalar" else ""


def _keys(reading: Reading, resource: Resource) -> tuple[str, ...]:
    """The names in the key schema; none where one of them is not told, or stands there on a condition.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
    """
    resolver = reading.resolver
    needed = resolver.resource_requires(resource)
    found = []
    for item, more in resolver.items(resource.get("KeySchema"), needed):
        name = resolver.literal(item.get("AttributeName"))
        if not name or more != needed:
            return ()
        found.append(name)
    return tuple(found)


_ATTRIBUTES = {"Arn": "arn", "StreamArn": "arn+/stream/{label}"}


def written(site: Any, reading: Any) -> Any:
    """What a call in a handler's code puts there, as filters see it."""
    from recursion_lint.services.code_documents import record

    return record(site, reading)


SERVICE = Service(
    name="dynamodb",
    rule="dynamodb-loop",
    kinds=(
        ResourceKind(
            "AWS::DynamoDB::Table", "dynamodb", "dynamodb:@:table/{}", "TableName", "name", _ATTRIBUTES
        ),
        ResourceKind(
            "AWS::DynamoDB::GlobalTable", "dynamodb", "dynamodb:@:table/{}", "TableName", "name", _ATTRIBUTES
        ),
    ),
    writes=WRITES,
    seldom={"UpdateItem": UPSERT},
    readers={"AWS::DynamoDB::Table": read_table, "AWS::DynamoDB::GlobalTable": read_table},
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
    outputs={"exportTableToPointInTime": (Output("S3Bucket", "S3Prefix", inside="AWSDynamoDB/"),)},
    arn=ArnForm("table/", "/"),
    shape="store",
    sender=r"(^|\.)eventSourceA(RN|rn)$",
    written=written,
    content_filter="filter-criteria",
    unit="change",
    read_too=True,
    guarded_by="item",
    reading=("dynamodb:Get*", "dynamodb:BatchGet*", "dynamodb:Query", "dynamodb:Scan", "dynamodb:Describe*"),
    second=SecondChannel(
        "AWS::DynamoDB::Table",
        "table",
        "name",
        "",
        "OUTPUT_TABLE",
        "1 invocation per change; what reads the results must look in the second table",
        suffix="Results",
        interchangeable=False,
        properties=(("BillingMode", "PAY_PER_REQUEST"),),
    ),
    only_changes=True,
    precedence=5,
    price=Price(
        "https://aws.amazon.com/dynamodb/pricing/on-demand/",
        event=(6.25e-7, 2.5e-6),  # an item of 1 to 4 KB; Lambda reads the stream for nothing
        waits=(0.2, 1.0),
        most=4_000,  # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
        batch=100,
        lanes=4,
    ),
    cdk=CdkGrants("grantWriteData", "grantReadData", "grantReadWriteData"),
)
