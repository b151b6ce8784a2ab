"""Sources of handlers for tests: read from memory, with values written as short texts."""

from __future__ import annotations

from textwrap import dedent

from recursion_lint.code.calls import (
    Alternatives,
    CallResult,
    CallSite,
    Concatenation,
    ContextPath,
    Entry,
    Environment,
    EventPath,
    Guard,
    Interpreted,
    Language,
    ListValue,
    Literal,
    ObjectValue,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.interpreter import interpret

BUCKET, KEY = "event:Records.[].s3.bucket.name", "event:Records.[].s3.object.key"


class MemoryFiles:
    """Files by path, as text."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def exists(self, path: str) -> bool:
        return path in self.files

    def unique(self, name: str) -> str | None:
        found = [path for path in self.files if path == name or path.endswith(f"/{name}")]
        return found[0] if len(found) == 1 else None

    def imported(self, name: str, file: str, layers: tuple[str, ...]) -> str | None:
        return None


def python(source: str, more: dict[str, str] | None = None, function: str = "handler") -> Interpreted:
    return _read("app.py", source, more, function, "python")


def javascript(
    source: str, more: dict[str, str] | None = None, function: str = "handler", name: str = "index.js"
) -> Interpreted:
    return _read(name, source, more, function, "javascript")


def _read(
    name: str, source: str, more: dict[str, str] | None, function: str, language: Language
) -> Interpreted:
    files = {path: dedent(text) for path, text in {name: source, **(more or {})}.items()}
    return interpret(MemoryFiles(files), Entry(name, function, language, ("",), ("layer",)))


def writes(found: Interpreted) -> list[str]:
    """Operation, target and key of each call, in order: ``s3.PutObject env:OUT 'a'+event:key``."""
    assert found.entered
    return [
        " ".join((site.operation, shown(site.target), *([shown(site.key)] if site.key is not None else [])))
        for site in found.calls
    ]


def only(found: Interpreted) -> CallSite:
    """The only call of a handler without gaps."""
    assert not found.gaps, found.gaps
    (site,) = found.calls
    return site


def conditions(site: CallSite) -> list[str]:
    """The conditions of a call as they stand in the source."""
    return [_condition(guard) for guard in site.guards]


def _condition(guard: Guard) -> str:
    return guard.text if guard.holds else f"not ({guard.text})"


def gaps(found: Interpreted) -> list[str]:
    return [gap.reason for gap in found.gaps]


def shown(value: Value | None) -> str:
    """A value as a short text."""
    match value:
        case None:
            return "-"
        case Literal(value=plain):
            return repr(plain)
        case Environment(name=name, default=default):
            return f"env:{name}" if default is None else f"env:{name}|{shown(default)}"
        case EventPath(path=path):
            return "event:" + ".".join(path)
        case ContextPath(path=path):
            return "context:" + ".".join(path)
        case Unknown():
            return "?"
        case _:
            return _put_together(value)


def _put_together(value: Value) -> str:
    match value:
        case Concatenation(parts=parts):
            return "+".join(shown(part) for part in parts)
        case Pure(name=name, arguments=arguments):
            return f"{name}({','.join(shown(argument) for argument in arguments)})"
        case CallResult(service=service, operation=operation, path=path):
            return ".".join((f"{service}.{operation}", *path))
        case Alternatives(options=options):
            return "{" + "|".join(sorted(shown(option) for option in options)) + "}"
        case ListValue(items=items, exact=exact):
            return "[" + ",".join(shown(item) for item in items) + ("" if exact else ",…") + "]"
        case ObjectValue(fields=fields, rest=rest):
            named = [f"{name}:{shown(part)}" for name, part in fields]
            named += [f"…{shown(rest)}"] if rest is not None else ["…"] if value.open else []
            return "{" + ",".join(named) + "}"
    raise AssertionError(value)
