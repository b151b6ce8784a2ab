"""Tasks of state machines that learn their target when they run: what a role allows them, as far as they do it.

``"Bucket.$": "$.detail.bucket.name"`` may be any bucket; the role says which it can be.
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from recursion_lint.model.facts import Produces, Statement, Undirected, Write
from recursion_lint.model.text import ANY, Text, text
from recursion_lint.patterns.keys import covers, verdict


def as_tasks(
    tasks: Iterable[Undirected],
    statement: Statement,
    service: str,
    actions: frozenset[str],
    reach: Callable[[frozenset[str]], Iterable[tuple[Write, Statement]]],
) -> Iterator[tuple[Write, Statement]]:
    """What ``tasks`` do of the ``actions`` that ``statement`` allows; ``reach`` gives the writes of some of them."""
    for task in tasks:
        used = actions & task.actions if task.service == service and statement.effect == "Allow" else None
        for write, _ in reach(used) if used else ():
            told = as_task(write, task)
            if told is not None:
                yield told, statement


def as_task(write: Write, task: Undirected) -> Write | None:
    """``write``, which the task's role allows, as ``task`` does it; ``None`` where it writes something else."""
    allowed, done = write.produces, task.produces
    events = allowed.events if done.events is None else done.events
    if allowed.events is not None and done.events is not None:
        events = allowed.events & done.events
        if not events:
            return None
    keys = _keys(write, done)
    if done.keys and not keys:
        return None
    document = allowed.document if done.document is None else done.document
    words = write.reason.replace("{source}", f"the task {task.name} of {{source}}", 1)
    return write._replace(
        kind="task",
        requires=write.requires | task.requires,
        reason=words.replace("{target}", "{target}, if told so", 1),
        produces=allowed._replace(events=events, keys=keys or allowed.keys, document=document),
        guard=task.guard,
    )


def _keys(write: Write, done: Produces) -> tuple[Text, ...]:
    """What a task writes of the objects that it may write: its own keys, or all where these are not known to hold."""
    allowed = write.produces.keys
    found: list[Text] = []
    for pattern in done.keys:
        placed = text([*write.channel.name, *pattern[1:]]) if pattern[:1] == (ANY,) else pattern
        if not allowed or any(covers([one], placed) for one in allowed):
            found.append(placed)
        else:
            found += [one for one in allowed if verdict([one, placed]) != "disjoint"]
    return tuple(dict.fromkeys(found))
