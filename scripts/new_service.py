"""Write the skeleton of an AWS service: its module, its line in the registry, and a fixture with its near miss.

    python scripts/new_service.py carousel AWS::Carousel::Belt PutParcel
    python scripts/new_service.py --runs carousel AWS::Carousel::Robot StartRobot
    python scripts/new_service.py carousel AWS::Carousel::Scale

NAME is the service's name in ARNs, TYPE the resource type that carries its events, ACTION the IAM action (without the
prefix) that makes one; with ``--runs`` ACTION starts a resource of the TYPE, which writes to a bucket. Without ACTION
no call starts it: it takes what reaches a bucket, and writes to one. What is written works as it stands;
CONTRIBUTING.md says what to fill in. Nothing that exists is overwritten.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent

MODULE = '''\
"""{title}: what its resources carry, and what they start.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-{page}.html
"""

from __future__ import annotations

from collections.abc import Iterator

{imports}
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource


def read_{noun}(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``{type}``: {does}."""
    {noun} = reading.endpoint(resource)
    needed = reading.resolver.resource_requires(resource)
    yield reading.declared(resource, {noun})
{facts}


SERVICE = Service(
    name="{name}",
    rule="other-loop",
    kinds=(
        ResourceKind(
            "{type}",
            "{name}",
            "{name}:@:{noun}/{{}}",
            "{Noun}Name",
            "name",
            {{"Arn": "arn"}},
        ),
    ),
{writes}    readers={{"{type}": read_{noun}}},
    arn=ArnForm("{noun}/", "/"),
{fields})
'''

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
{bucket}  {Noun}:
    Type: {type}
    Properties:
      {Noun}Name: readings
{property}
{rest}"""

WORKER = """\
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: src/
      Policies:
        - Statement:
            - Effect: Allow
              Action: {name}:{action}
              Resource: !Sub arn:${{AWS::Partition}}:{name}:${{AWS::Region}}:${{AWS::AccountId}}:{noun}/readings
"""

WRITES = """\
    writes={{"{action}": frozenset()}},
"""

BUCKET = """\
  Files:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub ${{AWS::StackName}}-files
"""


class Shape(NamedTuple):
    """What a service does in a loop: the parts of ``MODULE`` and of ``TEMPLATE``, and what its near miss changes.

    ``rule`` is the rule of the loop, which names the fixture's folder: that of the channel that comes first.
    """

    rule: str
    does: str
    imports: str
    facts: str
    fields: str
    writes: str
    bucket: str
    property: str
    rest: str
    near: tuple[str, str]


CARRIES = Shape(
    rule="other-loop",
    does="its events start a function",
    imports="""\
from recursion_lint.model.facts import Trigger
from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.services.reading import Fact, Reading""",
    facts="""\
    target = resource.get("LambdaArn")
    for function, more in reading.endpoints(target, "lambda", needed):
        span = target.span if target is not None else resource.span
        yield Trigger({noun}, function, "what reaches {{source}} starts {{target}}", span, requires=more)""",
    fields="",
    writes=WRITES,
    bucket="",
    property="      LambdaArn: !GetAtt Worker.Arn",
    rest=WORKER,
    near=("{noun}/readings", "{noun}/results"),
)

RUNS = Shape(
    rule="s3-loop",
    does="it runs when it is started, and writes to a bucket",
    imports="""\
from recursion_lint.model.facts import Produces, Write
from recursion_lint.model.text import ANY, text
from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.notifications import event_types""",
    facts="""\
    place = resource.get("BucketName")
    for bucket, more in reading.endpoints(place, "s3", needed):
        span = place.span if place is not None else resource.span
        put = Produces(event_types("s3:ObjectCreated:*"), (text([*bucket.name, "/results/", ANY]),))
        yield Write({noun}, bucket, "{{source}} writes to {{target}}", span, "write", put, requires=more)""",
    fields="""\
    runs=True,
    verb="start",
    unit="run",
""",
    writes=WRITES,
    bucket=BUCKET,
    property="      BucketName: !Sub ${{AWS::StackName}}-files",
    rest=WORKER
    + """\
      Events:
        Arrived:
          Type: S3
          Properties:
            Bucket: !Ref Files
            Events: s3:ObjectCreated:*
            Filter:
              S3Key:
                Rules: [{{Name: prefix, Value: results/}}]
""",
    near=("Value: results/", "Value: incoming/"),
)

LISTENS = Shape(
    rule="s3-loop",
    does="it takes what reaches a bucket, and writes to it",
    imports="""\
from recursion_lint.model.facts import Accepts, Produces, Trigger, Write
from recursion_lint.model.text import ANY, text
from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.services.s3.folders import folder
from recursion_lint.services.s3.notifications import event_types""",
    facts="""\
    place, created = resource.get("BucketName"), event_types("s3:ObjectCreated:*")
    output = folder(reading.resolver.text(resource.get("OutputPrefix")) or ())
    accepts = Accepts(created, (((text(["incoming/", ANY]),), ()),))
    for bucket, more in reading.endpoints(place, "s3", needed):
        span = place.span if place is not None else resource.span
        words = "what reaches {{source}} is taken by {{target}}"
        yield Trigger(bucket, {noun}, words, span, accepts=accepts, requires=more)
        put = Produces(created, (text([*bucket.name, "/", *output, ANY]),))
        yield Write({noun}, bucket, "{{source}} writes to {{target}}", span, "write", put, requires=more)""",
    fields="",
    writes="",
    bucket=BUCKET,
    property="""\
      BucketName: !Sub ${{AWS::StackName}}-files
      OutputPrefix: incoming/results""",
    rest="",
    near=("OutputPrefix: incoming/results", "OutputPrefix: results"),
)

NEXT = """\
Written. Now, in this order:
  1. {module}: the properties, what Ref and GetAtt return, the ARN; cite the pages.
  2. {fixture}/: name it after its case, below the rule that fires; make the templates realistic.
  3. What others do with it: the fields and the catalogue of calls that CONTRIBUTING.md lists.
  4. tests/test_{stem}.py: what the fixture does not show.
  5. .venv/bin/ruff check && .venv/bin/ruff format && bash scripts/check_types.sh
  6. UPDATE_GOLDENS=1 .venv/bin/python -m pytest tests/test_fixtures.py, and read what was written.
  7. .venv/bin/python scripts/generate_docs.py
"""


def main(argv: list[str] | None = None) -> int:
    """Write the files; 0, or 2 for a service that is there already or words that are none."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("type", metavar="TYPE")
    parser.add_argument("action", metavar="ACTION", nargs="?", default="")
    parser.add_argument("--runs", action="store_true", help="ACTION starts it, and it writes to a bucket")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to write into")
    given = parser.parse_args(argv)
    if not re.fullmatch(r"[a-z][a-z0-9-]*", given.name):
        parser.error(f"{given.name!r} is no name of a service in ARNs")
    if not re.fullmatch(r"AWS::\w+::\w+", given.type) or not re.fullmatch(r"([A-Z]\w+)?", given.action):
        parser.error("TYPE is like AWS::SQS::Queue, ACTION like SendMessage")
    if given.runs and not given.action:
        parser.error("--runs needs the ACTION that starts it")
    shape = RUNS if given.runs else CARRIES if given.action else LISTENS
    return write(given.root, given.name, given.type, given.action, shape)


def write(root: Path, name: str, type_: str, action: str, shape: Shape) -> int:
    """Write the module, the fixture and the registry's line below ``root``."""
    stem = name.replace("-", "_")
    module = root / "recursion_lint" / "services" / f"{stem}.py"
    fixture = root / "fixtures" / shape.rule / name
    registry = root / "recursion_lint" / "services" / "registry.py"
    known = registry.read_text(encoding="utf-8")
    if module.exists() or fixture.exists() or f'"{name}"' in known:
        print(f"{name} is there already", file=sys.stderr)
        return 2
    line = f'    Place("services.{stem}", "{name}", ("{type_}",)),\n'
    head, end, rest = known.partition(")\n\n\n@cache\ndef _load")
    registry.write_text(head + line + end + rest, encoding="utf-8")
    words = _words(name, type_, action, shape)
    module.write_text(MODULE.format(**words), encoding="utf-8")
    fixture.mkdir(parents=True)
    template = TEMPLATE.format(**words)
    (fixture / "template.yaml").write_text(template, encoding="utf-8")
    before, after = (part.format(**words) for part in shape.near)
    (fixture / "near-miss.yaml").write_text(template.replace(before, after), encoding="utf-8")
    print(NEXT.format(module=module.relative_to(root), fixture=fixture.relative_to(root), stem=stem))
    return 0


def _words(name: str, type_: str, action: str, shape: Shape) -> dict[str, str]:
    """What stands in the braces of ``MODULE`` and ``TEMPLATE``."""
    title, Noun = type_.split("::")[1:]
    words = {
        "name": name,
        "type": type_,
        "action": action,
        "title": title,
        "page": f"{title}-{Noun}".lower(),
        "Noun": Noun,
        "noun": Noun.lower(),
    }
    parts = ("does", "imports", "facts", "fields", "writes", "bucket", "property", "rest")
    return words | {part: getattr(shape, part).format(**words) for part in parts}


if __name__ == "__main__":
    sys.exit(main())
