"""Results of queries that a work group of Athena puts under one prefix: the grant is narrowed to that.

https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.code.sdk_calls import operation
from recursion_lint.code.service_jobs import writes_tables
from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies.case import Case, Offer, Place
from recursion_lint.remedies.kept_actions import in_sub
from recursion_lint.remedies.key_filter import turned
from recursion_lint.remedies.own_permission import refers
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.nodes import Node

_TYPE = "AWS::Athena::WorkGroup"
_SETTINGS = ("Properties", "WorkGroupConfiguration")
_QUERY = "athena.StartQueryExecution"


def by_work_group(case: Case, step: Step) -> Iterator[Offer]:
    """For code that writes only what queries result in, in a work group that enforces where: no other place counts."""
    if step.write is None or not declared(step.write.channel.service).keyed or not _only_queries(case, step):
        return
    found = _group(case, step)
    if found is None:
        return
    group, prefix = found
    actor, bucket = case.label(step.write.actor), case.label(step.write.channel)
    yield Offer(
        "key-filter",
        f"Let {actor} write only under {prefix} in {bucket}, where {group} puts the results of its queries",
        case.hop(step.write),
        f"none where its code writes nothing but these: {group} enforces the place",
        f"let {actor} write under {prefix} only",
        "unsafe",
        lambda: turned(case, step, f"/{prefix}*", "/" + prefix.rstrip("/") if prefix.endswith("/") else None),
    )


def _only_queries(case: Case, step: Step) -> bool:
    """Is all that the code writes to buckets the result of queries that write no table besides?"""
    if case.reader is None or step.write is None:
        return False
    sites = [one for one in case.reader.sites(step) if operation(one.operation).channel == step.write.service]
    return bool(sites) and all(
        one.operation == _QUERY and not writes_tables(one.value("statement")) for one in sites
    )


def _group(case: Case, step: Step) -> tuple[str, str] | None:
    """The one work group that a variable names to the actor, and the prefix of the bucket that it enforces."""
    actor = case.place(step.write.actor) if step.write is not None else None
    bucket = case.place(step.write.channel) if step.write is not None else None
    resources = actor.editor.root.get("Resources") if actor is not None else None
    if actor is None or bucket is None or resources is None or bucket.editor is not actor.editor:
        return None
    found = []
    for name, body in resources.items():
        kind = body.get("Type")
        if kind is not None and kind.text == _TYPE and _names(actor, name, body):
            found.append((name, _enforced(body, bucket)))
    return (found[0][0], found[0][1]) if len(found) == 1 and found[0][1] else None


def _names(actor: Place, group: str, body: Node) -> bool:
    """Does a variable of the actor hold the name of a work group?"""
    variables = actor.body.get("Properties", "Environment", "Variables")
    named = _told(body.get("Properties", "Name"))
    values = [value for _, value in variables.items()] if variables is not None else []
    return any(refers(one, group) or (named and _told(one) == named) for one in values)


def _enforced(body: Node, bucket: Place) -> str:
    """The prefix in the bucket under which a work group puts all results; empty where that is not sure."""
    enforced = body.get(*_SETTINGS, "EnforceWorkGroupConfiguration")
    if enforced is None or (enforced.text or "").lower() != "true":
        return ""
    location = _told(body.get(*_SETTINGS, "ResultConfiguration", "OutputLocation"))
    for name in (_told(bucket.body.get("Properties", "BucketName")), "${" + bucket.id + "}"):
        begin = f"s3://{name}/"
        if name and location.startswith(begin) and "${" not in location.removeprefix(begin):
            return location.removeprefix(begin)
    return ""


def _told(node: Node | None) -> str:
    """An expression as the text of ``Fn::Sub``; empty for what cannot be."""
    try:
        return in_sub(node) if node is not None else ""
    except EditError:
        return ""
