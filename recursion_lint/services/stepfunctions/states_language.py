"""Amazon States Language: the tasks of a state machine, and what their arguments say before anything runs.

A definition is a ``Node``; its ``${Name}`` placeholders stand for the values of ``DefinitionSubstitutions``.
What a state computes when it runs (``"Key.$": "$.key"``, ``{% $key %}``) reads as ``ANY``.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from recursion_lint.model.arns import split_arn
from recursion_lint.model.path_conditions import Alternatives, Requires
from recursion_lint.model.spans import Span
from recursion_lint.model.text import ANY, Part, Symbol, Text, literal, text
from recursion_lint.services.stepfunctions.choices import deciding
from recursion_lint.services.stepfunctions.conditions import Conditions, before
from recursion_lint.services.stepfunctions.inputs import filtered, untouched
from recursion_lint.template.embedded import with_placeholders
from recursion_lint.template.references import Resolver
from recursion_lint.template.yaml.nodes import Node, mapping, scalar, symbols

_BRACES = re.compile(r"\\([{}])|\{\}")
_ITSELF = ("$$.StateMachine.Id", "$states.context.StateMachine.Id")
"""The context object's own ARN: how a state machine that continues as a new execution names itself.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""


class Task(NamedTuple):
    """A task of a definition. ``action`` is ``sqs:sendMessage``, or ``""`` for a function given by its ARN.

    ``resource`` is the text of ``Resource``; ``span`` is where it stands. ``behind`` is the Choice state that decides
    whether the definition comes to it. ``given``: it gets what the execution was started with, as it was. ``only_if``:
    it is come to only where one of these holds for that.
    """

    name: str
    action: str
    resource: Text
    arguments: Node | None
    span: Span
    requires: Requires
    behind: str | None = None
    given: bool = False
    only_if: tuple[Conditions, ...] = ()


# --- placeholders -------------------------------------------------------------------------------------


def filled(node: Node, variables: Mapping[str, Node]) -> Node:
    """``node`` with the placeholders in its strings replaced by the nodes of ``variables``; spans stay."""
    return _filled(node, variables, {})


def _filled(node: Node, variables: Mapping[str, Node], done: dict[int, Node]) -> Node:
    known = done.get(id(node))
    if known is not None:
        return known
    result = node
    if node.kind == "scalar":
        if "${" in node.value:
            result = _joined(node, _pieces((node.value,), node, variables))
    elif (call := node.intrinsic) is not None and call[1].kind == "symbols":
        result = _joined(node, _pieces(call[1].value, node, variables))
    elif node.kind == "list":
        children = [_filled(child, variables, done) for child in node.value]
        if any(new is not old for new, old in zip(children, node.value, strict=True)):
            result = Node("list", children, node.span)
    elif node.kind == "map" and (call is None or call[0] in ("Fn::If", "Condition")):
        given = node.items()
        entries = [(key, _filled(child, variables, done)) for key, child in given]
        if any(new[1] is not old[1] for new, old in zip(entries, given, strict=True)):
            result = mapping(entries, node.span)
    done[id(node)] = result
    return result


def _pieces(value: Text, at: Node, variables: Mapping[str, Node]) -> list[Node]:
    """A string cut at its placeholders: plain text, symbols and the nodes that the placeholders stand for."""
    found: list[Node] = []
    for part in with_placeholders(value):
        if not isinstance(part, Symbol):
            found.append(Node("scalar", part, at.span, at.quoted))
        elif part.kind != "placeholder":
            found.append(symbols((part,), at.span))
        elif part.name in variables:
            found.append(variables[part.name])
        else:
            found.append(scalar("${" + part.name + "}", at.span))
    return found


def _joined(node: Node, pieces: list[Node]) -> Node:
    if all(piece.kind == "scalar" for piece in pieces):
        value = "".join(piece.value for piece in pieces)
        return node if value == node.value else Node("scalar", value, node.span, quoted=True)
    if len(pieces) == 1:
        return Node(pieces[0].kind, pieces[0].value, node.span, pieces[0].quoted)
    empty = Node("scalar", "", node.span, True)
    parts = Node("list", [empty, Node("list", pieces, node.span)], node.span)
    return Node("map", [("Fn::Join", node.span, parts)], node.span)


# --- states -------------------------------------------------------------------------------------------


class State(NamedTuple):
    """A state of a definition; ``behind`` is the Choice state that decides whether the definition comes to it."""

    name: str
    node: Node
    requires: Requires
    behind: str | None
    only_if: tuple[Conditions, ...] = ()


def states(resolver: Resolver, definition: Node, requires: Requires) -> Iterator[State]:
    """Every state of a definition, those inside of Parallel and Map states too, each once."""
    waiting: list[tuple[Node, Requires, State | None]] = [(definition, requires, None)]
    seen: set[int] = set()
    for machine, needed, outer in waiting:
        for branch, more in resolver.branches(machine, needed):
            if id(branch) in seen:
                continue
            seen.add(id(branch))
            inside = branch.get("States")
            given = inside.items() if inside is not None else []
            chosen = deciding(resolver, branch, dict(given))
            asked = before(resolver, branch, dict(given)) if outer is None else {}
            for name, node in given:
                for state, also in resolver.branches(node, more):
                    found = State(name, state, also, chosen.get(name), asked.get(name, ()))
                    if outer is not None:
                        found = found._replace(behind=outer.behind or found.behind, only_if=outer.only_if)
                    yield found
                    waiting += [(child, also, found) for child in _machines(state)]


def _machines(state: Node) -> Iterator[Node]:
    """The definitions inside of a state. The children of a distributed map are part of it, not a new start."""
    for key in ("ItemProcessor", "Iterator"):
        inner = state.get(key)
        if inner is not None:
            yield inner
    branches = state.get("Branches")
    yield from branches.elements() if branches is not None else ()


def tasks(resolver: Resolver, definition: Node, requires: Requires) -> Iterator[Task]:
    """The tasks of a definition, and the results that its distributed maps write."""
    own = untouched(definition)
    for found in states(resolver, definition, requires):
        kind = found.node.get("Type")
        if kind is not None and kind.text == "Task":
            given = found.name in own and not filtered(found.node)
            yield from (task._replace(given=given) for task in _tasks(resolver, found, found.node))
        writer = found.node.get("ResultWriter")
        if writer is not None and kind is not None and kind.text == "Map":
            yield from _tasks(resolver, found, writer)


def _tasks(resolver: Resolver, found: State, state: Node) -> Iterator[Task]:
    name, _, requires, behind, only_if = found
    node = state.get("Resource")
    arguments = resolver.one(state.get("Arguments") or state.get("Parameters"))
    for resource, needed in resolver.texts(node, requires):
        arn = split_arn(resource)
        span = node.span if node is not None else state.span
        if arn is None or arn.service != ("states",):
            yield Task(name, "", resource, arguments, span, needed, behind, only_if=only_if)
            continue
        action = literal(arn.resource)
        if action is not None and not action.startswith("activity:"):
            yield Task(name, _action(action), resource, arguments, span, needed, behind, only_if=only_if)


_SDK_NAMES = {
    "sfn": "states",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "iotdataplane": "iot",
    "emr": "elasticmapreduce",
    "emrserverless": "emr-serverless",
    "redshiftdata": "redshift-data",
    "resourcegroupstaggingapi": "tag",
}


def _action(resource: str) -> str:
    """``aws-sdk:sfn:startExecution`` and ``states:startExecution.sync:2`` → ``states:startExecution``.

    https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
    """
    service, _, call = resource.removeprefix("aws-sdk:").partition(":")
    return f"{_SDK_NAMES.get(service, service)}:{call.partition('.')[0]}"


# --- arguments ----------------------------------------------------------------------------------------


def argument(
    resolver: Resolver, arguments: Node | None, name: str, requires: Requires, itself: Text = ()
) -> Alternatives:
    """What the argument ``name`` may be, ``ANY`` for what is known only when the state runs; ``()`` if it is absent.

    ``itself`` is the ARN of the state machine.
    """
    if arguments is not None and arguments.kind != "map":
        return (((ANY,), requires),)
    given = arguments.get(name) if arguments is not None else None
    if given is not None:
        plain = tuple((evaluated(value, itself), needed) for value, needed in resolver.texts(given, requires))
        return plain or (((ANY,), requires),)
    path = arguments.get(f"{name}.$") if arguments is not None else None
    if path is not None:
        return tuple((path_value(value, itself), needed) for value, needed in resolver.texts(path, requires))
    return ()


def constant(resolver: Resolver, arguments: Node, name: str) -> Text | None:
    """What the argument ``name`` is on the way that is being read; ``None`` if it is absent."""
    given, path = arguments.get(name), arguments.get(f"{name}.$")
    value = resolver.text(given if given is not None else path)
    if value is None:
        return None if given is None else (ANY,)
    return evaluated(value) if given is not None else path_value(value)


def path_value(expression: Text, itself: Text = ()) -> Text:
    """The value of a JSONPath (``"Key.$": …``): ``States.Format('out/{}', $.id)`` → ``out/*``, ``$.id`` → ``*``.

    https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
    """
    if literal(expression) in _ITSELF and itself:
        return itself
    tokens = _tokens(expression)
    head = "".join(token if isinstance(token, str) else " " for token, _ in tokens[: len("States.Format(")])
    if head != "States.Format(" or tokens[-1] != (")", False):
        return (ANY,)
    form: list[Part] = []
    for token, quoted in tokens[len("States.Format(") :]:
        if quoted:
            form.append(token)
        elif form or token != " ":
            break
    return _format(text(form)) if form else (ANY,)


def _format(form: Text) -> Text:
    """``{}`` → ``ANY``; ``\\{`` and ``\\}`` are braces."""
    parts: list[Part] = []
    for part in form:
        if isinstance(part, Symbol):
            parts.append(part)
            continue
        done = 0
        for found in _BRACES.finditer(part):
            parts += [part[done : found.start()], found[1] or ANY]
            done = found.end()
        parts.append(part[done:])
    return text(parts)


def evaluated(value: Text, itself: Text = ()) -> Text:
    """A value, with JSONata read: ``{% 'out/' & $id %}`` → ``out/*``; what is no expression stays as it is.

    https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
    """
    if not value or not isinstance(value[0], str) or not isinstance(value[-1], str):
        return value
    parts: list[Part] = [value[0].lstrip(), *value[1:]]
    parts[-1] = str(parts[-1]).rstrip()
    if not str(parts[0]).startswith("{%") or not str(parts[-1]).endswith("%}"):
        return value
    parts[0] = str(parts[0])[2:].lstrip()
    parts[-1] = str(parts[-1])[:-2].rstrip()
    inner = text(parts)
    if literal(inner) in _ITSELF and itself:
        return itself
    return _concatenated(_tokens(inner))


def _concatenated(tokens: list[tuple[Part, bool]]) -> Text:
    """Operands of ``&``: quoted ones are known. Any other operator outside of brackets makes all of it unknown."""
    operands: list[list[tuple[Part, bool]]] = [[]]
    depth = 0
    for token, quoted in tokens:
        if not quoted and isinstance(token, str):
            depth += (token in "([{") - (token in ")]}")
            if token == "/" or (
                depth == 0 and token in "?:=<>~;!|"
            ):  # a slash may begin a comment or a pattern
                return (ANY,)
            if depth == 0 and token == "&":
                operands.append([])
                continue
        operands[-1].append((token, quoted))
    parts: list[Part] = []
    for operand in operands:
        bare = [token for token, quoted in operand if not quoted and token != " "]
        known = [token for token, quoted in operand if quoted]
        if bare and re.search(
            r"\s(and|or|in)\s", "".join(str(token) for token, quoted in operand if not quoted)
        ):
            return (ANY,)
        parts += [ANY] if bare or not operand else known
    return text(parts)


def _tokens(value: Text) -> list[tuple[Part, bool]]:
    """The letters and symbols of an expression, and whether each stands in quotes; the quotes are left out."""
    found: list[tuple[Part, bool]] = []
    quote = ""
    for part in value:
        if isinstance(part, Symbol):
            found.append((part, bool(quote)))
            continue
        letters = iter(part)
        for letter in letters:
            if quote and letter == "\\":
                after = next(letters, "")
                found.append((after if after in "'\"\\" else letter + after, True))
            elif letter == quote:
                quote = ""
            elif not quote and letter in "'\"":
                quote = letter
                found.append(("", True))
            else:
                found.append((" " if letter.isspace() and not quote else letter, bool(quote)))
    return found
