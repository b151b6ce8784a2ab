"""Write the skeleton of an AWS service: its module, its line in the registry, and a fixture with its near miss.

    python scripts/new_service.py iotevents AWS::IoTEvents::Input BatchPutMessage

NAME is the service's name in ARNs, TYPE the resource type that carries its events, ACTION the IAM action (without the
prefix) that makes one. What is written works as it stands; CONTRIBUTING.md says what to fill in. Nothing that exists is
overwritten.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MODULE = '''\
"""AWS {title}: what its resources carry, and what they start.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_aws{name}.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.model.facts import Declared, Trigger
from recursion_lint.services.declaration import ArnForm, Service
from recursion_lint.services.reading import Fact, Reading
from recursion_lint.template.resource_types import ResourceKind
from recursion_lint.template.template import Resource


def read_{noun}(reading: Reading, resource: Resource) -> Iterator[Fact]:
    """``{type}``: the {noun}, and the function that its events start."""
    {noun} = reading.endpoint(resource)
    needed = reading.resolver.resource_requires(resource)
    yield Declared(
        {noun},
        resource.id,
        resource.declared_type,
        resource.span,
        reading.resolver.arn_of(resource),
        needed,
    )
    target = resource.get("LambdaArn")
    for function, more in reading.endpoints(target, "lambda", needed):
        span = target.span if target is not None else resource.span
        yield Trigger({noun}, function, "what reaches {{source}} starts {{target}}", span, requires=more)


SERVICE = Service(
    name="{name}",
    rule="other-loop",
    kinds=(ResourceKind("{type}", "{name}", "{name}:@:{noun}/{{}}", "{Noun}Name", "name", {{"Arn": "arn"}}),),
    writes={{"{action}": frozenset()}},
    readers={{"{type}": read_{noun}}},
    arn=ArnForm("{noun}/", "/"),
)
'''

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  {Noun}:
    Type: {type}
    Properties:
      {Noun}Name: readings
      LambdaArn: !GetAtt Worker.Arn
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

NEXT = """\
Written. Now, in this order:
  1. {module}: the property that names what is started, the name's property, the ARN; cite the pages.
  2. {fixture}/: make the templates realistic; near-miss.yaml differs in one property.
  3. UPDATE_GOLDENS=1 .venv/bin/python -m pytest tests/test_fixtures.py, and read what was written.
  4. .venv/bin/python scripts/generate_docs.py
"""


def main(argv: list[str] | None = None) -> int:
    """Write the files; 0, or 2 for a service that is there already or words that are none."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("type", metavar="TYPE")
    parser.add_argument("action", metavar="ACTION")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to write into")
    given = parser.parse_args(argv)
    if not re.fullmatch(r"[a-z][a-z0-9-]*", given.name):
        parser.error(f"{given.name!r} is no name of a service in ARNs")
    if not re.fullmatch(r"AWS::\w+::\w+", given.type) or not re.fullmatch(r"[A-Z]\w+", given.action):
        parser.error("TYPE is like AWS::SQS::Queue, ACTION like SendMessage")
    return write(given.root, given.name, given.type, given.action)


def write(root: Path, name: str, type_: str, action: str) -> int:
    """Write the module, the fixture and the registry's line below ``root``."""
    title, Noun = type_.split("::")[1:]
    stem = name.replace("-", "_")
    words = {
        "name": name,
        "type": type_,
        "action": action,
        "title": title,
        "Noun": Noun,
        "noun": Noun.lower(),
    }
    module = root / "recursion_lint" / "services" / f"{stem}.py"
    fixture = root / "fixtures" / "other-loop" / name
    registry = root / "recursion_lint" / "services" / "registry.py"
    known = registry.read_text(encoding="utf-8")
    if module.exists() or fixture.exists() or f'"{name}"' in known:
        print(f"{name} is there already", file=sys.stderr)
        return 2
    line = f'    Place("services.{stem}", "{name}", ("{type_}",)),\n'
    head, end, rest = known.partition(")\n\n\n@cache\ndef _load")
    registry.write_text(head + line + end + rest, encoding="utf-8")
    module.write_text(MODULE.format(**words), encoding="utf-8")
    fixture.mkdir(parents=True)
    template = TEMPLATE.format(**words)
    (fixture / "template.yaml").write_text(template, encoding="utf-8")
    near_miss = template.replace(f"{Noun.lower()}/readings", f"{Noun.lower()}/results")
    (fixture / "near-miss.yaml").write_text(near_miss, encoding="utf-8")
    print(NEXT.format(module=module.relative_to(root), fixture=fixture.relative_to(root)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
