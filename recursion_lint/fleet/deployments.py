"""Which account and region a repository is deployed to, where its facts do not tell: a file of names and places.

A map in YAML or JSON, from the name of a repository (or a pattern with ``*``) to ``account`` and ``region``; of several
that fit the first counts. Quotes keep a number with a leading zero: ``account: "012345678901"``.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from recursion_lint.config import ConfigError
from recursion_lint.fleet.repository import Origin
from recursion_lint.template.yaml.files import SourceError, read_text
from recursion_lint.template.yaml.nodes import Node, parse

MAX_ROWS = 100_000
_FIELDS = ("account", "region")


class Deployments(NamedTuple):
    """Patterns of names of repositories, each with an account and a region."""

    rows: tuple[tuple[str, str, str], ...]

    def otherwise(self, account: str, region: str) -> Deployments:
        """The same, and these where no row says something."""
        return Deployments((*self.rows, ("*", account, region))) if account or region else self

    def of(self, origin: Origin) -> Origin:
        """An origin with what is told of it here and not by its facts."""
        for pattern, account, region in self.rows:
            if origin.account and origin.region:
                break
            if fnmatchcase(origin.repository, pattern):
                origin = origin._replace(account=origin.account or account, region=origin.region or region)
        return origin


def deployments_in(file: str) -> Deployments:
    """What the file says. Raises ``ConfigError`` with its line."""
    try:
        rows = tuple(_rows(parse(read_text(file), file)))
    except SourceError as problem:
        place = f"{file}:{problem.line}" if problem.line else file
        raise ConfigError(f"{place}: cannot be used as a file of deployments: {problem.message}") from None
    return Deployments(rows)


def _rows(root: Node) -> Iterator[tuple[str, str, str]]:
    if root.kind != "map":
        raise SourceError("it is no map of repositories", root.span.line)
    for number, (name, node) in enumerate(root.items()):
        if number >= MAX_ROWS:
            raise SourceError(f"more than {MAX_ROWS:,} repositories", node.span.line)
        given = {key: value.text for key, value in node.items()} if node.kind == "map" else {}
        if not given or any(key not in _FIELDS or not text for key, text in given.items()):
            raise SourceError(f"{name[:80]!r} has no account and no region", node.span.line)
        yield name, given.get("account") or "", given.get("region") or ""
