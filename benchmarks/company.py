"""A made-up company: repositories that share buses and queues, loops planted across them and near misses beside these.

usage: python benchmarks/company.py FOLDER [--repositories 10000] [--loops 200] [--near-misses 400] [--seed 7]

Writes the repositories below FOLDER, extracts the facts of each as its own process would, links them, puts them into a
store and changes one repository; then prints what was found of what was planted, seconds and peak memory. What exists
already is not made again. Run it at low priority: it keeps two processes busy for some minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

ACCOUNT, REGION = "111122223333", "eu-west-1"
ON_A_BUS = 250
"""Repositories that share a bus."""
PLAIN = 3
"""Templates of a repository besides the one that talks to others."""
WAYS = ("queue", "bus", "topic", "mixed")

HEADER = "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless-2016-10-31\nResources:\n"
QUEUE = "  Inbox:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: %s}\n"
FUNCTION = """  {id}:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: {module}.handler
      CodeUri: src/
      Environment: {{Variables: {{{variables}}}}}
      Policies:
        - Statement:
{statements}
      Events:
        In:
{event}
"""
STATEMENT = "            - {{Effect: Allow, Action: '{action}', Resource: '{resource}'}}\n"
POLL = "          Type: SQS\n          Properties: {Queue: !Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:%s'%s}\n"
RULE = """          Type: EventBridgeRule
          Properties:
            EventBusName: {bus}
            Pattern: {{source: [{source}], detail-type: [{type}]}}
"""
SEND = """import os
import boto3
sqs = boto3.client("sqs")


def handler(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["OUT_URL"], MessageBody=record["body"])
"""
PUT = """import json
import os
import boto3
events = boto3.client("events")


def handler(event, context):
    events.put_events(
        Entries=[
            {{
                "EventBusName": os.environ["BUS"],
                "Source": "{source}",
                "DetailType": "{type}",
                "Detail": json.dumps({{"id": "1"}}),
            }}
        ]
    )
"""
PUBLISH = """import os
import boto3
sns = boto3.client("sns")


def handler(event, context):
    sns.publish(TopicArn=os.environ["TOPIC"], Message="done")
"""
PLAIN_TEMPLATE = """AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters: {{Stage: {{Type: String, Default: dev}}}}
Resources:
  Tasks: {{Type: AWS::SQS::Queue, Properties: {{QueueName: !Sub '{name}-tasks-${{Stage}}'}}}}
  Table: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: !Sub '{name}-items-${{Stage}}'}}}}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: java21
      Handler: com.acme.Reader
      CodeUri: target/reader.jar
      Environment: {{Variables: {{TABLE: !Ref Table}}}}
      Policies:
        - DynamoDBCrudPolicy: {{TableName: !Ref Table}}
        - SQSSendMessagePolicy: {{QueueName: {to}}}
      Events: {{Task: {{Type: SQS, Properties: {{Queue: !GetAtt Tasks.Arn}}}}}}
Outputs:
  Tasks: {{Value: !GetAtt Tasks.Arn, Export: {{Name: {name}-tasks}}}}
"""


class Part(NamedTuple):
    """What one repository adds to a loop: its resources, and the handler's code."""

    resources: str
    code: str


def arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def function(id: str, module: str, variables: str, grants: list[tuple[str, str]], event: str) -> str:
    """A function with its grants and what starts it."""
    statements = "".join(STATEMENT.format(action=action, resource=resource) for action, resource in grants)
    return FUNCTION.format(
        id=id,
        module=module,
        variables=variables,
        statements=statements.rstrip("\n"),
        event=event.rstrip("\n"),
    )


def queue_part(id: str, here: str, there: str, grant: str = "", enabled: bool = True) -> Part:
    """Listens to the queue ``here``, sends to the queue ``there``."""
    url = f"OUT_URL: 'https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{there}'"
    grants = [("sqs:SendMessage", arn("sqs", grant or there))]
    switch = "" if enabled else ", Enabled: false"
    text = QUEUE.replace("Inbox", f"{id}Inbox") % here
    return Part(text + function(id, id.lower(), url, grants, POLL % (here, switch)), SEND)


def bus_part(id: str, bus: str, hears: tuple[str, str], says: tuple[str, str], granted: bool = True) -> Part:
    """Listens to events of a source and a type on a shared bus, puts events of others there."""
    action = "events:PutEvents" if granted else "events:DescribeEventBus"
    grants = [(action, arn("events", f"event-bus/{bus}"))]
    event = RULE.format(bus=bus, source=hears[0], type=hears[1])
    return Part(
        function(id, id.lower(), f"BUS: {bus}", grants, event), PUT.format(source=says[0], type=says[1])
    )


def topic_part(id: str, here: str, there: str) -> Part:
    """Hears of the topic ``here``, which is its own, publishes to the topic ``there``."""
    grants = [("sns:Publish", arn("sns", there))]
    event = f"          Type: SNS\n          Properties: {{Topic: '{arn('sns', here)}'}}\n"
    topic = f"  {id}Topic: {{Type: AWS::SNS::Topic, Properties: {{TopicName: {here}}}}}\n"
    return Part(topic + function(id, id.lower(), f"TOPIC: '{arn('sns', there)}'", grants, event), PUBLISH)


def ring(number: int, way: str, size: int, bus: str, miss: str = "") -> Iterator[Part]:
    """The parts of a loop through so many repositories; with ``miss`` one property of the last part breaks it."""
    name = f"{'miss' if miss else 'loop'}{number}"
    for at in range(size):
        here, there = f"{name}-{at}", f"{name}-{(at + 1) % size}"
        last = bool(miss) and at == size - 1
        id = f"{'Miss' if miss else 'Loop'}{number}n{at}"
        kind = way if way != "mixed" else ("bus" if at % 2 else "queue")
        if way == "mixed":
            # A queue's function puts an event, whose rule hands it to the next queue's function.
            yield mixed_part(id, bus, here, there, at, last)
        elif kind == "queue":
            grant = f"{there}-other" if last and miss == "no grant" else ""
            to = f"{there}-other" if last and miss == "other queue" else there
            yield queue_part(id, here, to, grant, not (last and miss == "switched off"))
        elif kind == "topic":
            yield topic_part(id, here, f"{there}-other" if last else there)
        else:
            source = (
                f"acme.{there}-other"
                if last and miss in ("other source", "code elsewhere")
                else f"acme.{there}"
            )
            type_ = "Other" if last and miss == "other type" else "Done"
            yield bus_part(
                id, bus, (f"acme.{here}", "Done"), (source, type_), not (last and miss == "no grant")
            )


def mixed_part(id: str, bus: str, here: str, there: str, at: int, last: bool) -> Part:
    """A rule on the shared bus fills a queue, whose function puts the next one's event."""
    queue = QUEUE.replace("Inbox", f"{id}Inbox") % here
    rule = (
        f"  {id}Rule:\n    Type: AWS::Events::Rule\n    Properties:\n      EventBusName: {bus}\n"
        f"      EventPattern: {{source: [acme.{here}]}}\n"
        f"      Targets: [{{Id: q, Arn: !GetAtt {id}Inbox.Arn}}]\n"
    )
    source = f"acme.{there}-other" if last else f"acme.{there}"
    grants = [("events:PutEvents", arn("events", f"event-bus/{bus}"))]
    text = function(id, id.lower(), f"BUS: {bus}", grants, POLL % (here, ""))
    return Part(queue + rule + text, PUT.format(source=source, type="Done"))


def company(repositories: int, loops: int, misses: int, seed: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Each repository's name and files. What it says to others goes to later ones only, but for what is planted."""
    chance = random.Random(seed)  # noqa: S311 (the same company each time)
    extra: dict[int, list[Part]] = {}
    for count, miss in ((loops, False), (misses, True)):
        for number in range(count):
            size = 2 + number % 5
            way = WAYS[number % len(WAYS)]
            bus = number % buses(repositories)
            members = chance.sample(range(repositories), size)
            kind = miss_for(way, number) if miss else ""
            for member, part in zip(members, ring(number, way, size, f"acme-bus-{bus}", kind), strict=True):
                extra.setdefault(member, []).append(part)
    for at in range(repositories):
        yield f"acme/service-{at}", files(at, repositories, chance, extra.get(at, []))


def miss_for(way: str, number: int) -> str:
    fitting = {
        "queue": ("other queue", "no grant", "switched off"),
        "bus": ("other type", "other source", "no grant"),
        "topic": ("other topic",),
        "mixed": ("other source",),
    }[way]
    return fitting[number // len(WAYS) % len(fitting)]


def buses(repositories: int) -> int:
    return max(repositories // ON_A_BUS, 1)


def files(at: int, repositories: int, chance: random.Random, planted: list[Part]) -> dict[str, str]:
    """The templates and handlers of a repository: a service on a shared bus, a queue, and what is planted."""
    bus = f"acme-bus-{at % buses(repositories)}"
    later = chance.randrange(at + 1, repositories + 1)
    earlier = max(at - buses(repositories) * chance.randrange(1, 9), 0)
    parts = [
        bus_part("Service", bus, (f"acme.service-{earlier}", "Changed"), (f"acme.service-{at}", "Changed")),
        queue_part("Worker", f"service-{at}-in", f"service-{later}-in"),
        *planted,
    ]
    if earlier == at:  # the first of a bus hear only what nobody says
        parts[0] = bus_part("Service", bus, ("acme.nobody", "Changed"), (f"acme.service-{at}", "Changed"))
    text = HEADER + "".join(part.resources for part in parts)
    if at < buses(repositories):
        text += f"  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: {bus}}}}}\n"
    found = {"template.yaml": text, "CODEOWNERS": f"* @acme/team-{at % 50}\n"}
    for part in parts:
        module = part.resources.split("Handler: ")[1].split(".handler")[0]
        found[f"src/{module}.py"] = part.code
    for number in range(PLAIN):
        name = f"service-{at}-{number}"
        found[f"stacks/{number}/template.yaml"] = PLAIN_TEMPLATE.format(name=name, to=f"service-{later}-in")
    return found


def written(folder: Path, options: argparse.Namespace) -> list[tuple[str, str]]:
    """The repositories on disk: names and folders."""
    found = []
    for name, contents in company(options.repositories, options.loops, options.near_misses, options.seed):
        here = folder / "checkouts" / name.split("/")[1]
        found.append((name, str(here)))
        for path, text in contents.items() if not here.exists() else ():
            (here / path).parent.mkdir(parents=True, exist_ok=True)
            (here / path).write_text(text, encoding="utf-8")
    return found


def extracted(one: tuple[str, str], facts: Path) -> int:
    """The size of a repository's facts."""
    from recursion_lint.config import Config
    from recursion_lint.fleet.extract import facts_of

    name, folder = one
    file = facts / f"{name.split('/')[1]}.jsonl.gz"
    if not file.exists():
        made = facts_of([folder], Config(), name, commit="1" * 40, account=ACCOUNT, region=REGION)
        file.write_bytes(made.packed)
    return file.stat().st_size


def measured(what: str, words: list[str]) -> None:
    """Run the command line and print its wall time, CPU time and peak memory."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "recursion_lint", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 (our own program)
    _, status, usage = os.wait4(process.pid, 0)
    wall, cpu = time.perf_counter() - started, usage.ru_utime + usage.ru_stime
    print(
        f"{what}: {wall:.1f} s, CPU {cpu:.1f} s, {usage.ru_maxrss / 1024:.0f} MiB, "
        f"exit {os.waitstatus_to_exitcode(status)}",
        flush=True,
    )


def judged(report: Path, options: argparse.Namespace) -> None:
    """Print which of the planted loops and of the near misses are in a report."""
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    loops: dict[str, str] = {}
    misses: dict[str, str] = {}
    others = 0
    for one in findings:
        names = {node["resource"] for node in one["cycle"]}
        planted = {name.split("n")[0] for name in names if name.startswith(("Loop", "Miss"))}
        for name in planted:
            (loops if name.startswith("Loop") else misses)[name] = one["severity"]
        others += not planted
    told = [one for one in misses.values() if one != "info"]
    numbers = [int(name.removeprefix("Miss")) for name in misses]
    kinds = Counter(miss_for(WAYS[number % len(WAYS)], number) for number in numbers)
    print(
        f"loops: {len(loops)} of {options.loops} found, {list(loops.values()).count('error')} as errors; near misses: "
        f"{len(told)} of {options.near_misses} as warnings or errors, {len(misses) - len(told)} as infos "
        f"({', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}); {others} other findings"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repositories", type=int, default=10_000)
    parser.add_argument("--loops", type=int, default=200)
    parser.add_argument("--near-misses", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--no-store", action="store_true")
    options = parser.parse_args()
    folder, facts = options.folder, options.folder / "facts"
    facts.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    repositories = written(folder, options)
    print(f"written: {time.perf_counter() - started:.1f} s", flush=True)
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        sizes = list(pool.map(partial(extracted, facts=facts), repositories, chunksize=50))
    print(f"extracted: {time.perf_counter() - started:.1f} s, {sum(sizes) / 1e6:.1f} MB packed", flush=True)
    report = folder / "report.json"
    measured("link", ["link", str(facts), "--format", "json", "--output", str(report)])
    judged(report, options)
    if not options.no_store:
        in_a_store(folder, facts, repositories, options)


def in_a_store(
    folder: Path, facts: Path, repositories: list[tuple[str, str]], options: argparse.Namespace
) -> None:
    """Measure the store: filled, read, and one repository in it changed."""
    store, report = folder / "store.db", folder / "report.json"
    for name in ("store.db", "store.db-wal", "store.db-shm"):
        (folder / name).unlink(missing_ok=True)
    write = ["--format", "json", "--output", str(report)]
    measured("store filled", ["link", "--store", str(store), "--update", str(facts), *write])
    judged(report, options)
    measured("store read", ["link", "--store", str(store), *write])
    judged(report, options)
    name, checkout = repositories[len(repositories) // 2]
    template = Path(checkout) / "template.yaml"
    before = template.read_text(encoding="utf-8")
    template.write_text(before + "  More: {Type: AWS::SQS::Queue}\n", encoding="utf-8")
    changed = folder / "changed.jsonl.gz"
    words = ["--origin", name, "--account", ACCOUNT, "--region", REGION]
    measured("one extracted", ["extract", checkout, "--output", str(changed), *words])
    template.write_text(before, encoding="utf-8")
    measured("one changed", ["link", "--store", str(store), "--update", str(changed), *write])
    judged(report, options)


if __name__ == "__main__":
    main()
