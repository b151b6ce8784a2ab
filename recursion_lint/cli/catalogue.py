"""What ``--owner``, ``--lifecycle`` and ``--source-url`` ask for: they are for ``--format backstage`` alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from recursion_lint.cli.console import Refused

if TYPE_CHECKING:
    from recursion_lint.config import Config
    from recursion_lint.run.lint import Drawing

FORMAT = "backstage"


class Told(NamedTuple):
    """What a catalogue was told, checked."""

    owner: str
    lifecycle: str
    source_url: str


def told(given: Mapping[str, Any]) -> Told | None:
    """What the command line tells of a catalogue; ``None`` where none is asked for. Raises ``UsageError``."""
    if given["format_"] != FORMAT:
        other = next((key for key in Told._fields if given[key] is not None), None)
        if other is not None:
            raise click.UsageError(f"--{other.replace('_', '-')} is for --format {FORMAT}")
        return None
    from recursion_lint.report.graph.backstage import LIFECYCLE, is_reference

    owner, lifecycle, source_url = (given[key] for key in Told._fields)
    if owner is not None and not is_reference(owner):
        raise click.UsageError(f"--owner: {owner!r} is no entity of Backstage: it is like group:payments")
    if lifecycle is not None and not lifecycle.strip():
        raise click.UsageError("--lifecycle is a word, like production")
    if source_url is not None and not (
        source_url.startswith(("https://", "http://")) and "{path}" in source_url
    ):
        example = "https://github.com/{repository}/blob/{commit}/{path}"
        raise click.UsageError(f"--source-url is like {example}")
    return Told(owner or "", lifecycle or LIFECYCLE, source_url or "")


def described(paths: Sequence[str], config: Config, told: Told, stdin: str | None) -> Drawing:
    """What the templates at ``paths`` declare, as entities. Raises ``Refused``."""
    from recursion_lint.fleet.inventory import checked_out
    from recursion_lint.report.graph.backstage import Catalogue, NoOwner
    from recursion_lint.run.lint import drawing

    try:
        return drawing(paths, config, FORMAT, stdin=stdin, catalogue=Catalogue(checked_out(paths), *told))
    except NoOwner as problem:
        raise Refused(str(problem)) from None
