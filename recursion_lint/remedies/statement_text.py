"""An inline statement in the text of a template: with fewer actions, or written a second time.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Sequence

from recursion_lint.template.yaml.edits import Edit, EditError, Editor, apply_edits
from recursion_lint.template.yaml.emitter import Value, Verbatim
from recursion_lint.template.yaml.nodes import Node


def keep_actions(editor: Editor, node: Node, kept: list[Node | str]) -> Edit:
    """The ``Action`` of a statement without those that are not in ``kept``."""
    given = node.get("Action")
    if given is None:
        raise EditError("the statement has no Action")
    values = [item if isinstance(item, str) else str(item.value) for item in kept]
    if given.kind == "list" and all(not isinstance(item, str) for item in kept):
        gone = [at for at, item in enumerate(given.elements()) if item not in kept]
        if len(gone) == 1:
            return editor.remove_item(given, gone[0])
        return _removed(editor, given, gone)
    return editor.put(node, ("Action",), values[0] if len(values) == 1 else list(values))


def _removed(editor: Editor, given: Node, gone: list[int]) -> Edit:
    """Several items of a list deleted as one edit."""
    edits = sorted(editor.remove_item(given, at) for at in gone)
    start, end = edits[0].start, max(edit.end for edit in edits)
    shifted = [Edit(edit.start - start, edit.end - start, "") for edit in edits]
    return Edit(start, end, apply_edits(editor.text[start:end], shifted))


def again(
    editor: Editor, node: Node, actions: Sequence[str], resources: list[Node], more: list[Value]
) -> Value:
    """A statement like ``node`` with other actions and resources."""
    if any(node.get(key) is not None for key in ("Condition", "NotResource", "Principal")):
        raise EditError("the statement has a condition or a principal")
    items: list[Value] = [*more, *(_copy(editor, item) for item in resources)]
    return {
        "Effect": "Allow",
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Resource": items[0] if len(items) == 1 else items,
    }


def _copy(editor: Editor, node: Node) -> Value:
    source = editor.source(node)
    if "\n" in source:
        raise EditError("an expression takes several lines")
    return Verbatim(source)
