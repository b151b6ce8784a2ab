"""Generated templates of known shape and size: the text of each, as a person would write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nResources:\n"


def _function(name: str, policies: str, events: str = "") -> str:
    body = (
        f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        f"      CodeUri: src/\n      Handler: app.handler\n      Runtime: python3.12\n      Policies:\n{policies}"
    )
    return body + (f"      Events:\n{events}" if events else "")


def _queue(name: str) -> str:
    return f"  {name}:\n    Type: AWS::SQS::Queue\n"


def _reads(queue: str) -> str:
    return f"        FromQueue:\n          Type: SQS\n          Properties:\n            Queue: !GetAtt {queue}.Arn\n"


def _sends(queue: str) -> str:
    return f"        - SQSSendMessagePolicy:\n            QueueName: !GetAtt {queue}.QueueName\n"


def sparse(resources: int) -> str:
    """Pairs of a queue and a function that reads it and writes elsewhere: no loop."""
    parts = [HEAD, "  Results:\n    Type: AWS::SQS::Queue\n"]
    for at in range(resources // 2):
        parts += [_queue(f"Queue{at}"), _function(f"Worker{at}", _sends("Results"), _reads(f"Queue{at}"))]
    return "".join(parts)


def ring(functions: int) -> str:
    """Function n reads queue n and writes to queue n + 1; the last one to the first: one loop."""
    parts = [HEAD]
    for at in range(functions):
        following = (at + 1) % functions
        parts += [
            _queue(f"Queue{at}"),
            _function(f"Worker{at}", _sends(f"Queue{following}"), _reads(f"Queue{at}")),
        ]
    return "".join(parts)


def complete(functions: int) -> str:
    """Each function reads its own queue and may write to all others: more loops than anybody can list."""
    parts = [HEAD]
    for at in range(functions):
        policies = "".join(_sends(f"Queue{to}") for to in range(functions) if to != at)
        parts += [_queue(f"Queue{at}"), _function(f"Worker{at}", policies, _reads(f"Queue{at}"))]
    return "".join(parts)


def dense(functions: int) -> str:
    """Each function reads its own queue and is an administrator: every function may write everywhere."""
    parts = [HEAD]
    for at in range(functions):
        policy = "        - arn:aws:iam::aws:policy/AdministratorAccess\n"
        parts += [_queue(f"Queue{at}"), _function(f"Worker{at}", policy, _reads(f"Queue{at}"))]
    return "".join(parts)


def hub(rules: int) -> str:
    """One bus; each rule on it starts a function that may put events back on the bus, of another source."""
    parts = [HEAD, "  Bus:\n    Type: AWS::Events::EventBus\n    Properties:\n      Name: orders\n"]
    for at in range(rules):
        policy = "        - EventBridgePutEventsPolicy:\n            EventBusName: !Ref Bus\n"
        rule = (
            "        OnEvent:\n          Type: EventBridgeRule\n          Properties:\n"
            f"            EventBusName: !Ref Bus\n            Pattern:\n              source: [shop.part{at}]\n"
        )
        parts.append(
            _function(
                f"Worker{at}", policy if at % 100 == 0 else "        - AWSLambdaBasicExecutionRole\n", rule
            )
        )
    return "".join(parts)


def small(number: int) -> str:
    """One of many templates in a repository: a bucket, a table and a function between them."""
    return (
        f"{HEAD}  Uploads{number}:\n    Type: AWS::S3::Bucket\n  Index{number}:\n    Type: AWS::DynamoDB::Table\n"
        "    Properties:\n      BillingMode: PAY_PER_REQUEST\n      AttributeDefinitions:\n"
        "        - {AttributeName: id, AttributeType: S}\n      KeySchema:\n"
        "        - {AttributeName: id, KeyType: HASH}\n"
        + _function(
            f"Indexer{number}",
            f"        - DynamoDBWritePolicy:\n            TableName: !Ref Index{number}\n",
            "        Upload:\n          Type: S3\n          Properties:\n"
            f"            Bucket: !Ref Uploads{number}\n            Events: s3:ObjectCreated:*\n",
        )
    )


SHAPES: dict[str, Callable[[int], str]] = {
    "sparse": sparse,
    "ring": ring,
    "complete": complete,
    "dense": dense,
    "hub": hub,
}


def repository(folder: Path, templates: int) -> Iterator[Path]:
    """Write so many small templates below ``folder``, a hundred to a directory."""
    for number in range(templates):
        path = folder / f"part{number // 100}" / f"service{number}" / "template.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(small(number), encoding="utf-8")
        yield path
