"""The facts of one repository as a file: JSON Lines, gzip where the name ends so, the same facts in the same bytes.

The first line says what it is, where it comes from and how classes are laid out in it, so that a later version reads
it; each further one is an object of one key, and the last one counts them (docs/schema/facts-v1.schema.json).
What is read is somebody else's: sizes and depths are bounded, values are checked, a wrong one is told with its line.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from recursion_lint.assessment.baseline import Entry
from recursion_lint.code import calls as values
from recursion_lint.fleet.repository import Origin, ReadCode, Repository, is_name
from recursion_lint.model.codec import Codec
from recursion_lint.model.codec_forms import Undecodable
from recursion_lint.model.facts import Facts
from recursion_lint.model.report import Problem
from recursion_lint.model.suppressions import Suppression
from recursion_lint.model.text import Symbol, Text
from recursion_lint.patterns.described import DOCUMENTS
from recursion_lint.template.resource_types import ACCOUNT, REGION
from recursion_lint.template.yaml.files import SourceError, read_plain_file
from recursion_lint.version import __version__

FORMAT = "recursion-lint repository"
VERSION = 1
MAX_BYTES = 400_000_000
"""A file unpacked: more than ten thousand templates come to."""
MAX_PACKED = 100_000_000
MAX_LINE = 50_000_000
MAX_LAYOUT = 1_000
_GZIP = b"\x1f\x8b"
CODE_VALUES: tuple[type, ...] = (
    values.Literal,
    values.Environment,
    values.EventPath,
    values.ContextPath,
    values.Concatenation,
    values.Pure,
    values.CallResult,
    values.Alternatives,
    values.ObjectValue,
    values.ListValue,
    values.Unknown,
)
KINDS: Mapping[str, Any] = {
    "owners": tuple[str, tuple[str, ...]],
    "problem": Problem,
    "accepted": Entry,
    "suppression": Suppression,
    "stack": Facts,
    "code": ReadCode,
}
"""What a line may be, by its key, in the order of the file."""


class FactsError(Exception):
    """A file that holds no facts. ``line`` is 0 where there is none to name."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _Places:
    """What becomes of paths, and which symbols have a value: set for each repository, as forms are made once."""

    def __init__(self) -> None:
        self.place: Callable[[str], str] = str
        self.bound: dict[Symbol, Text] = {}

    def __call__(self, path: str) -> str:
        return self.place(path)


class _Codecs(NamedTuple):
    """The codec of templates' facts, and that of what code does, whose values go by the same names as others."""

    facts: Codec
    code: Codec
    places: _Places

    def of(self, kind: str) -> Codec:
        return self.code if kind == "code" else self.facts


def _codecs(layout: Mapping[str, Any], code: Mapping[str, Any]) -> _Codecs:
    places = _Places()
    return _Codecs(
        Codec(DOCUMENTS, layout, places, places.bound), Codec(CODE_VALUES, code, places, places.bound), places
    )


@lru_cache(maxsize=8)
def _codecs_of(layouts: str) -> _Codecs:
    """Forms are made once for all files that one version wrote."""
    read = json.loads(layouts)
    return _codecs(read["facts"], read["code"])


@cache
def layouts() -> dict[str, dict[str, list[str]]]:
    """How classes are laid out in the files of this version."""
    made = _codecs({}, {})
    others = [kind for name, kind in KINDS.items() if name != "code"]
    return {"facts": made.facts.layout(*others), "code": made.code.layout(ReadCode)}


def dumps(repository: Repository, place: Callable[[str], str] = str) -> bytes:
    """The lines of a file; ``place`` makes a path of the run one of the repository. Raises ``Undecodable``."""
    origin = repository.origin
    head = {
        "format": FORMAT,
        "version": VERSION,
        "tool": repository.tool,
        "origin": origin._asdict(),
        "layouts": layouts(),
    }
    codecs = _codecs_of(json.dumps(layouts()))
    codecs.places.place = cache(place)
    codecs.places.bound.clear()
    lines = [_line(head)]
    for kind, value in _values(repository):
        lines.append(_line({kind: codecs.of(kind).written(KINDS[kind], value)}))
    lines.append(_line({"end": len(lines) - 1}))
    return b"".join(lines)


def _values(repository: Repository) -> Iterator[tuple[str, Any]]:
    parts = (
        repository.owners,
        repository.problems,
        repository.accepted,
        repository.suppressions,
        repository.stacks,
        repository.code,
    )
    for kind, part in zip(KINDS, parts, strict=True):
        yield from ((kind, value) for value in part)


def packed(data: bytes, level: int = 9) -> bytes:
    """The same bytes for the same data: no name and no time in the header."""
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def read_facts(path: str) -> bytes:
    """The lines of the file at ``path``, unpacked. Raises ``FactsError``."""
    try:
        return unpacked(read_plain_file(path, MAX_PACKED))
    except SourceError as problem:
        raise FactsError(problem.message.removeprefix(f"{path} ")) from None


def unpacked(data: bytes) -> bytes:
    """What ``packed`` made, or lines as they are. Raises ``FactsError`` for what is cut short or too large."""
    if not data.startswith(_GZIP):
        return data
    unpacker = zlib.decompressobj(31)
    try:
        found = unpacker.decompress(data, MAX_BYTES)
    except zlib.error:
        raise FactsError("is no gzip file") from None
    if unpacker.unconsumed_tail:
        raise FactsError(f"more than {MAX_BYTES:,} bytes")
    if not unpacker.eof:
        raise FactsError("is cut short")
    return found


def loads(data: bytes, linked: bool = True, deployed: Callable[[Origin], Origin] | None = None) -> Repository:
    """The repository that ``dumps`` wrote. Raises ``FactsError``.

    ``linked``: with its name before all paths, and with the account and the region that it is deployed to in place of
    the pseudo parameters, where the file or ``deployed`` tells them.
    """
    lines = data.split(b"\n")
    if lines[-1:] == [b""]:
        lines.pop()
    origin, tool, codecs = _head(lines[0] if lines else b"")
    prefix = f"{origin.repository}/"
    codecs.places.place = cache(lambda path: prefix + path) if linked else str
    codecs.places.bound.clear()
    if linked:
        origin = deployed(origin) if deployed is not None else origin
        told = ((ACCOUNT, origin.account), (REGION, origin.region))
        codecs.places.bound.update((symbol, (value,)) for symbol, value in told if value)
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for number, line in enumerate(lines[1:-1], 2):
        kind, raw = _kind(line, number)
        if kind not in found:
            continue  # what a later version of the format adds
        try:
            found[kind].append(codecs.of(kind).read(KINDS[kind], raw))
        except Undecodable as problem:
            raise FactsError(f"this {kind} cannot be read: {problem}", number) from None
    if len(lines) < 2 or _kind(lines[-1], len(lines)) != ("end", len(lines) - 2):
        raise FactsError("is cut short", len(lines))
    return Repository(
        origin,
        tool,
        tuple(found["stack"]),
        tuple(found["code"]),
        tuple(found["owners"]),
        tuple(found["accepted"]),
        tuple(found["suppression"]),
        tuple(found["problem"]),
    )


def deployed(lines: bytes, commit: str, account: str, region: str) -> Repository:
    """The repository that ``packed`` lines tell of, at a commit, in an account and region. Raises ``FactsError``."""
    return loads(
        unpacked(lines),
        deployed=lambda origin: origin._replace(commit=commit, account=account, region=region),
    )


def _head(line: bytes) -> tuple[Origin, str, _Codecs]:
    head = _json(line, 1)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise FactsError("holds no facts of a repository", 1)
    if head.get("version") != VERSION:
        raise FactsError(f"is of version {head.get('version')!s:.20}, and {VERSION} is known", 1)
    origin, tool = head.get("origin"), head.get("tool")
    given = [origin.get(name, "") for name in Origin._fields] if isinstance(origin, dict) else []
    if not given or not all(isinstance(one, str) and len(one) <= 200 for one in (*given, tool)):
        raise FactsError("does not say where it comes from", 1)
    if not is_name(given[0]):
        raise FactsError(f"{given[0][:80]!r} is no name of a repository", 1)
    both = head.get("layouts")
    if not isinstance(both, dict) or not all(_is_layout(both.get(name)) for name in ("facts", "code")):
        raise FactsError("does not say how it is laid out", 1)
    told = json.dumps({name: both[name] for name in ("facts", "code")})
    return Origin(*given), str(tool), _codecs_of(told)


def _is_layout(found: object) -> bool:
    return (
        isinstance(found, dict)
        and len(found) <= MAX_LAYOUT
        and all(
            isinstance(names, list)
            and len(names) <= MAX_LAYOUT
            and all(isinstance(one, str) for one in names)
            for names in found.values()
        )
    )


def _kind(line: bytes, number: int) -> tuple[str, Any]:
    found = _json(line, number)
    if not isinstance(found, dict) or len(found) != 1:
        raise FactsError("is no line of facts", number)
    return next(iter(found.items()))


def _json(line: bytes, number: int) -> Any:
    if len(line) > MAX_LINE:
        raise FactsError(f"more than {MAX_LINE:,} bytes", number)
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise FactsError("is not valid JSON", number) from None


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), default=_scalar).encode("ascii") + b"\n"


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(type(value).__name__)


TOOL = __version__
