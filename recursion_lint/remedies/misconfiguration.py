"""Ways out of what is no loop itself: filters that say something else, notifications that cannot be created.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from collections.abc import Iterator

from recursion_lint.remedies.accepting import DETECTION_OFF, suppress
from recursion_lint.remedies.case import Case, Change, Offer
from recursion_lint.remedies.circular import circular
from recursion_lint.template.yaml.edits import EditError
from recursion_lint.template.yaml.nodes import walk

_NO_COST = "no cost: 1 invocation per object"


def misconfiguration(case: Case) -> Iterator[Offer]:
    """By rule: these findings have no loop to break."""
    rule = case.finding.rule
    if rule == "wildcard-in-s3-filter":
        yield Offer(
            "literal-filter",
            "Leave the wildcard out of the filter",
            1,
            "no cost; the notification starts to arrive, so look at what the function writes",
            "a prefix and a suffix match by themselves: images/ and .jpg, without *",
            "unsafe",
            lambda: _literal(case),
        )
    elif rule == DETECTION_OFF:
        yield Offer(
            "accept-bounded",
            "Accept it together with the loop if the code ends that; else let Lambda stop the loop again",
            1,
            "nothing changes: RecursiveLoop: Allow says that the loop is meant",
            f"{suppress(case, 'what ends the loop')}, beside the rule of the loop itself; where nothing in the code "
            "ends it, set RecursiveLoop to Terminate",
            first=True,
        )
        yield Offer(
            "detect-again",
            "Let Lambda stop the loop again",
            1,
            "a loop that is meant ends after about 16 rounds",
            "set RecursiveLoop to Terminate; or keep Allow, let the code count its rounds in the message and stop, "
            "and accept this finding with a suppression that says so",
            "unsafe",
            lambda: _terminate(case),
        )
    elif rule == "overlapping-notifications":
        yield Offer(
            "one-notification",
            "Make the filters exclude each other, or send the notification to one topic that all subscribe to",
            1,
            _NO_COST,
            "give each configuration a prefix or a suffix that no key of the other has",
        )
    yield from circular(case)


def _literal(case: Case) -> tuple[Change, ...]:
    editor, trail = case.locate(case.finding.span)
    changes: list[Change] = []
    for rule in walk(trail.node, 1000):
        name, value = rule.get("Name"), rule.get("Value")
        text = (value.text or "") if value is not None else ""
        if name is None or value is None or "*" not in text:
            continue
        if not text.strip("*") or "*" in text.strip("*"):
            raise EditError("the wildcard stands in the middle")
        changes.append(Change(editor.file, editor.replace(value, text.strip("*"))))
    return tuple(changes)


def _terminate(case: Case) -> tuple[Change, ...]:
    editor, trail = case.locate(case.finding.span)
    if trail.node.text != "Allow":
        raise EditError("RecursiveLoop is not written here")
    return (Change(editor.file, editor.replace(trail.node, "Terminate")),)
