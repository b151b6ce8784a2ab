"""What an expression of Java, Go, C#, Ruby or Rust surely is: a text, an environment variable, or one of these by name.

A name is followed to its only definition in the file, or in the class that it is a constant of. Whatever could be
another value (a parameter, a second assignment, an attribute that others may set) is unknown.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from recursion_lint.code.by_name.bound_names import OWN, Sources, definition
from recursion_lint.code.by_name.tokens import Tokens
from recursion_lint.code.calls import Environment, Literal, Unknown, Value
from recursion_lint.code.location.function_source import SourceLanguage
from recursion_lint.code.values import concatenated, either

MOST_HOPS = 4
"""Names that are followed one after the other."""
_UNKNOWN = Unknown("cannot be told without running the code")
_ENVIRONMENT: dict[SourceLanguage, re.Pattern[str]] = {
    "java": re.compile(r"(?:java\.lang\.)?System\.getenv(?P<call>\(\)(?:\.\w+)?)?"),
    "go": re.compile(r"os\.Getenv"),
    "csharp": re.compile(r"(?:System\.)?Environment\.GetEnvironmentVariable"),
    "ruby": re.compile(r"ENV(?:\.fetch)?"),
    "rust": re.compile(r"(?:std::)?env::var"),
}
_AS_IT_IS: dict[SourceLanguage, frozenset[str]] = {
    "java": frozenset({"toString", "trim", "strip"}),
    "go": frozenset(),
    "csharp": frozenset({"ToString", "Trim"}),
    "ruby": frozenset({"to_s", "strip", "freeze", "dup", "chomp"}),
    "rust": frozenset(
        (
            *("unwrap", "expect", "clone", "to_string", "to_owned", "as_str", "into", "as_ref", "trim"),
            *("unwrap_or_default", "as_deref", "ok"),
        )
    ),
}
"""Methods that give the text that they are called on."""
_WRAPPERS: dict[SourceLanguage, frozenset[str]] = {
    "java": frozenset({"Objects.requireNonNull", "String.valueOf", "requireNonNull"}),
    "go": frozenset({"aws.String", "aws.ToString", "aws.StringValue", "string", "strings.TrimSpace"}),
    "csharp": frozenset(),
    "ruby": frozenset({"String"}),
    "rust": frozenset({"String::from", "Some"}),
}
"""Functions that give the text that they are called with."""


def stated(found: Sources, file: str, low: int, high: int, hops: int = 0) -> Value:
    """The value of the expression between two tokens of a file."""
    read = found.files[file]
    if hops > MOST_HOPS:
        return _UNKNOWN
    low, high = _bare(read, low, high, found.language)
    if low >= high:
        return _UNKNOWN
    pieces = read.parts(low, high, "?")
    if len(pieces) == 2 and found.language != "rust":
        sides = read.parts(*pieces[1], ":")
        return either(stated(found, file, *side, hops) for side in sides) if len(sides) == 2 else _UNKNOWN
    pieces = read.parts(low, high, "??", "||")
    if len(pieces) > 1:
        given = [one for one in pieces if read.word(one[0]) not in ("throw", "raise")]
        return _first_of([stated(found, file, *piece, hops) for piece in given])
    pieces = read.parts(low, high, "+")
    if len(pieces) > 1:
        return concatenated(stated(found, file, *piece, hops) for piece in pieces)
    if high - low == 1 and read.all[low].kind == "text":
        return Literal(read.all[low].value)
    return _chain(found, file, low, high, hops)


def _bare(read: Tokens, low: int, high: int, language: SourceLanguage) -> tuple[int, int]:
    """Without brackets around all of it, and without signs that change no text."""
    while low < high:
        if read.is_sign(low, "(") and read.partner[low] == high - 1:
            low, high = low + 1, high - 1
        elif language in ("go", "rust") and read.is_sign(low, "&", "*"):
            low += 1
        elif read.is_sign(high - 1, "!" if language == "csharp" else "?" if language == "rust" else ""):
            high -= 1
        else:
            break
    return low, high


def _first_of(values: list[Value]) -> Value:
    """Either one; what stands in for a variable that is not set is its default."""
    if len(values) == 2 and isinstance(values[0], Environment) and isinstance(values[1], Literal):
        return Environment(values[0].name, values[1])
    return either(values)


class _Step(NamedTuple):
    """A name in a chain of them; ``call`` is the bracket of its arguments."""

    name: str
    call: int | None


def _steps(read: Tokens, low: int, high: int, language: SourceLanguage) -> list[_Step] | None:
    """``a.b(c).d`` as its names; ``None`` where it is anything else."""
    found: list[_Step] = []
    index = low
    while index < high:
        name = read.word(index)
        if not name:
            return None
        index += 1
        call = None
        if read.is_sign(index, "(", "[") and index < high:
            if read.is_sign(index, "[") and name != "ENV":
                return None
            call, index = index, read.partner[index] + 1
        found.append(_Step(name, call))
        while language == "rust" and read.is_sign(index, "?") and index < high:
            index += 1
        if index >= high:
            return found
        if language == "ruby" and call is not None and read.is_sign(index, "{"):
            return None
        if not read.is_sign(index, ".", "::", "?.", "&."):
            return None
        index += 1
    return None


def _chain(found: Sources, file: str, low: int, high: int, hops: int) -> Value:
    """A chain of names and calls."""
    read = found.files[file]
    steps = _steps(read, low, high, found.language)
    if not steps:
        return _UNKNOWN
    while len(steps) > 1 and steps[-1].name in _AS_IT_IS[found.language]:
        steps = steps[:-1]
    last, default = steps[-1], None
    if found.language == "rust" and last.call is not None and last.name == "unwrap_or" and len(steps) > 1:
        default = stated(found, file, last.call + 1, read.partner[last.call], hops)
        steps = steps[:-1]
    joint = "::" if found.language == "rust" else "."
    path = joint.join(step.name for step in steps)
    if all(step.call is None for step in steps):
        return _by_name(found, file, [step.name for step in steps], hops) if default is None else _UNKNOWN
    if any(step.call is not None for step in steps[:-1]):
        return _java_map(found, file, steps, hops)
    call = steps[-1].call
    given = read.parts(call + 1, read.partner[call], ",") if call is not None else []
    if given and _ENVIRONMENT[found.language].fullmatch(path):
        return _variable(found, file, given, default, hops)
    if given and path in _WRAPPERS[found.language]:
        return stated(found, file, *given[0], hops)
    return _UNKNOWN


def _java_map(found: Sources, file: str, steps: list[_Step], hops: int) -> Value:
    """``System.getenv().get("NAME")`` and ``getOrDefault``."""
    read, last = found.files[file], steps[-1]
    names = [step.name for step in steps]
    known = names in (["System", "getenv", "get"], ["System", "getenv", "getOrDefault"])
    if found.language != "java" or not known or last.call is None:
        return _UNKNOWN
    return _variable(found, file, read.parts(last.call + 1, read.partner[last.call], ","), None, hops)


def _variable(
    found: Sources, file: str, given: list[tuple[int, int]], default: Value | None, hops: int
) -> Value:
    name = stated(found, file, *given[0], hops) if given else _UNKNOWN
    if len(given) == 2:
        default = stated(found, file, *given[1], hops)
    if not isinstance(name, Literal) or not isinstance(name.value, str):
        return _UNKNOWN
    return Environment(name.value, default)


# --- names ---------------------------------------------------------------------------------------------------


def _by_name(found: Sources, file: str, names: list[str], hops: int) -> Value:
    """The only value that a name has."""
    member = len(names) > 1 or names[0].startswith("@")
    if len(names) > 2:
        return _UNKNOWN
    where = file
    if len(names) == 2 and names[0] not in OWN and names[0][:1].isupper():
        named = re.compile(rf"\b(?:class|interface|enum|struct|module|record)\s+{re.escape(names[0])}\b")
        holding = [one for one, text in found.texts.items() if named.search(text)]
        if len(holding) != 1:
            return _UNKNOWN
        where = holding[0]
    span = definition(found, where, names[-1], member)
    return stated(found, where, *span, hops + 1) if span is not None else _UNKNOWN
