"""Logs in a bucket of their own: server access logs, and trails that record the bucket they deliver to.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recursion_lint.graph.cycle_search import Step
from recursion_lint.remedies.case import Case, Change, Offer, Place, place_of
from recursion_lint.remedies.channels import copied
from recursion_lint.services.cloudtrail import trails
from recursion_lint.services.s3 import access_logs
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.emitter import Value, get_att, ref, sub
from recursion_lint.template.yaml.nodes import Node, walk


def log_bucket(case: Case) -> Iterator[Offer]:
    """A bucket for logs, for the first delivery of the loop; an exclusion, for a trail."""
    for step in case.cycle:
        if step.end.trigger.channel.service == access_logs.SERVICE.name:
            yield _access_logs(case, step)
        elif step.end.trigger.channel.service == trails.SERVICE.name:
            yield _trail(case, step)


def _access_logs(case: Case, step: Step) -> Offer:
    bucket = case.label(step.end.trigger.channel)
    return Offer(
        "log-bucket",
        f"Deliver the access logs of {bucket} to a bucket of their own",
        case.hop(step.end.trigger),
        "one bucket more, which must not log to itself; logs that were delivered before stay where they are",
        f"add a bucket that logging.s3.amazonaws.com may write to; make it the DestinationBucketName of {bucket}",
        "unsafe",
        lambda: _separate(case, step),
    )


def _separate(case: Case, step: Step) -> tuple[Change, ...]:
    editor, trail = case.locate(step.end.trigger.span)
    place = place_of(editor, trail)
    if place is None or place.properties is None:
        raise EditError("the bucket is not in the template")
    resources = editor.root.get("Resources")
    taken = {key for key, _ in resources.items()} if resources is not None else set()
    name = next(
        found for at in range(1, 100) if (found := f"{place.id}Logs{at if at > 1 else ''}") not in taken
    )
    allow: Value = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": sub("${" + name + ".Arn}/*"),
        "Condition": {
            "ArnLike": {"aws:SourceArn": get_att(place.id, "Arn")},
            "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId")},
        },
    }
    # Both are there only where the bucket is that they speak of.
    condition = place.body.get("Condition")
    alike: Mapping[str, Value] = {} if condition is None else {"Condition": copied(place, condition)}
    policy: Mapping[str, Value] = {
        "Type": "AWS::S3::BucketPolicy",
        **alike,
        "Properties": {
            "Bucket": ref(name),
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow]},
        },
    }
    given = place.properties.get("LoggingConfiguration", "DestinationBucketName")
    absent = [node for node in walk(given, 100) if _is_absent(node)] if given is not None else []
    # Where a branch of Fn::If leaves the bucket out, that branch alone is filled.
    destination = (
        editor.replace(absent[0], ref(name))
        if len(absent) == 1
        else editor.put(place.properties, ("LoggingConfiguration", "DestinationBucketName"), ref(name))
    )
    return place.change(
        destination,
        editor.add_resource(name, _like(place)),
        editor.add_resource(f"{name}Policy", policy),
    )


def _like(place: Place) -> Mapping[str, Value]:
    """A bucket that keeps logs as the first one has: encryption, the rules for their prefix, what deletion leaves.

    S3 delivers to no bucket that encrypts by a key of KMS by default (page of ``enable-server-access-logging``).
    """
    kept: dict[str, Value] = {}
    for key in ("BucketEncryption", "PublicAccessBlockConfiguration"):
        given = place.body.get("Properties", key)
        if given is not None and not (
            key == "BucketEncryption" and "AES256" not in place.editor.source(given)
        ):
            kept[key] = copied(place, given)
    rules = place.body.get("Properties", "LifecycleConfiguration", "Rules")
    prefix = place.body.get("Properties", "LoggingConfiguration", "LogFilePrefix")
    of_logs = (
        [rule for rule in rules.elements() if _reaches(place, rule, prefix)] if rules is not None else []
    )
    if of_logs:
        kept["LifecycleConfiguration"] = {"Rules": [copied(place, rule) for rule in of_logs]}
    body: dict[str, Value] = {"Type": "AWS::S3::Bucket"}
    for key in ("Condition", "DeletionPolicy", "UpdateReplacePolicy"):
        given = place.body.get(key)
        if given is not None:
            body[key] = copied(place, given)
    return {**body, "Properties": kept} if kept else body


def _reaches(place: Place, rule: Node, logs: Node | None) -> bool:
    """Is a lifecycle rule about the logs: about all objects, or those at the prefix ``logs``?

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html
    """
    others = [rule.get(key) for key in ("TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan")]
    filtered = rule.get("Filter")
    if any(one is not None for one in others) or (
        filtered is not None and [key for key, _ in filtered.items()] not in ([], ["Prefix"])
    ):
        return False
    given = rule.get("Prefix") or (filtered.get("Prefix") if filtered is not None else None)
    if given is None:
        return True
    if given.text is None or logs is None or logs.text is None:
        return logs is not None and place.editor.source(given) == place.editor.source(logs)
    return logs.text.startswith(given.text)


def _is_absent(node: Node) -> bool:
    call = node.intrinsic
    return call is not None and call[0] == "Ref" and call[1].text == "AWS::NoValue"


def _trail(case: Case, step: Step) -> Offer:
    bucket, trail = case.label(step.end.trigger.channel), case.label(step.end.trigger.consumer)
    return Offer(
        "exclude-log-bucket",
        f"Leave {bucket} out of what {trail} records",
        case.hop(step.end.trigger),
        "requests to the log bucket are no longer recorded",
        f"name what to record in the event selectors of {trail}, or exclude {bucket} with an advanced selector: "
        "Field resources.ARN, NotStartsWith its ARN (a bucket's with a slash); advanced selectors replace others, so "
        "name eventCategory Management in one of its own",
        "unsafe",
        lambda: _excluded(case, step),
    )


def _excluded(case: Case, step: Step) -> tuple[Change, ...]:
    """``NotStartsWith`` in the advanced selectors of data events on objects."""
    place, bucket = case.place(step.end.trigger.consumer), case.place(step.end.trigger.channel)
    selectors = place.body.get("Properties", "AdvancedEventSelectors") if place is not None else None
    if place is None or bucket is None:
        raise EditError("the trail is not in the template")
    if bucket.id not in _buckets(place):
        raise EditError(f"{bucket.id} is no bucket")
    if selectors is None:
        return _listed(place, bucket)
    exclusion: Value = {"Field": "resources.ARN", "NotStartsWith": [sub("${" + bucket.id + ".Arn}/")]}
    edits = []
    for selector in selectors.elements():
        fields = selector.get("FieldSelectors")
        names = (
            [name.text for item in fields.elements() if (name := item.get("Field"))]
            if fields is not None
            else []
        )
        if fields is None or not any(_is_of_objects(item) for item in fields.elements()):
            continue
        given = [
            item.get("NotStartsWith") for item in fields.elements() if item.get("NotStartsWith") is not None
        ]
        if "resources.ARN" not in names:
            edits.append(place.editor.add_item(fields, exclusion))
        elif len(given) == 1 and given[0] is not None and given[0].kind == "list":
            edits.append(place.editor.add_item(given[0], sub("${" + bucket.id + ".Arn}/")))
    if not edits:
        raise EditError("the selectors name resources already")
    return place.change(*edits)


_OBJECTS = "AWS::S3::Object"


def _is_of_objects(field: Node) -> bool:
    """Is this the field selector of the type of resources, and takes it objects?"""
    name, wanted = field.get("Field"), field.get("Equals")
    if name is None or name.text != "resources.type" or wanted is None:
        return False
    return any(item.text == _OBJECTS for item in wanted.elements() or [wanted])


def _listed(place: Place, bucket: Place) -> tuple[Change, ...]:
    """Basic selectors cannot exclude: the log bucket is taken out of a list that names it."""
    selectors = place.body.get("Properties", "EventSelectors")
    edits = []
    for selector in selectors.elements() if selectors is not None else ():
        resources = selector.get("DataResources")
        for data in resources.elements() if resources is not None else ():
            kind, values = data.get("Type"), data.get("Values")
            if kind is None or kind.text != _OBJECTS:
                continue
            items = values.elements() if values is not None else []
            named = [at for at, item in enumerate(items) if _names(item, bucket.id)]
            if values is not None and named and len(named) < len(items):
                edits += [place.editor.remove_item(values, at) for at in named]
            elif data is not None and len(items) == 1 and not named:
                others: list[Value] = [
                    sub("${" + name + ".Arn}/") for name in _buckets(place) if name != bucket.id
                ]
                edits.append(place.editor.put(data, ("Values",), others or _none(bucket)))
    if not edits:
        raise EditError("the log bucket is not named in a list")
    return place.change(*edits)


def _buckets(place: Place) -> list[str]:
    """The buckets that the template declares."""
    resources = place.editor.root.get("Resources")
    found = resources.items() if resources is not None else []
    return [name for name, body in found if (kind := body.get("Type")) and kind.text == "AWS::S3::Bucket"]


def _none(bucket: Place) -> Value:
    raise EditError(f"there is no bucket to record but {bucket.id}")


def _names(node: Node, name: str) -> bool:
    call = node.intrinsic
    if call is None:
        return False
    return any(f"{mark}{name}" in (call[1].text or "") for mark in ("${", "")) or any(
        item.text == name for item in call[1].elements()
    )
