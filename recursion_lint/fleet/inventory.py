"""Whose the templates of a graph are, for a catalogue of software: those of a checkout, or of linked repositories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from recursion_lint.config import Config, ConfigError
from recursion_lint.fleet.judge import Judged, Names
from recursion_lint.fleet.origin import code_owners, commit_of, placing, repository_name, root_of
from recursion_lint.fleet.repository import Repository
from recursion_lint.model.findings import Finding
from recursion_lint.report.graph.backstage import Catalogue, File, NoOwner
from recursion_lint.report.graph.scene import Scene, arranged
from recursion_lint.run.lint import Drawing, drawing


class Inventory(NamedTuple):
    """All that repositories declare, a scene for each system that they can be, and what is known of a file."""

    scenes: tuple[Scene, ...]
    known: Callable[[str], File]


def inventory(repositories: Sequence[Repository], judged: Judged, findings: Sequence[Finding]) -> Inventory:
    """What was ``judged`` of ``repositories``, with the loops among ``findings``."""
    names = Names(repositories)

    def known(path: str) -> File:
        name = names.of(path)
        origin = names.origins.get(name)
        commit = origin.commit if origin is not None else ""
        return File(name, path.removeprefix(f"{name}/"), commit, names.owners(path))

    scenes = tuple(
        arranged(one.graph, [each for each in findings if each.fingerprint in one.cycles], one.cycles)
        for one in judged.systems
    )
    return Inventory(scenes, known)


def described(
    paths: Sequence[str],
    config: Config,
    owner: str,
    lifecycle: str,
    source_url: str,
    stdin: str | None,
) -> Drawing:
    """What the templates at ``paths`` declare, as entities. Raises ``ConfigError`` where nobody owns one."""
    catalogue = Catalogue(_checked_out(paths), owner, lifecycle, source_url)
    try:
        return drawing(paths, config, "backstage", stdin=stdin, catalogue=catalogue)
    except NoOwner as problem:
        raise ConfigError(str(problem)) from None


def _checked_out(paths: Sequence[str]) -> Callable[[str], File]:
    """What is known of the files of the repository around ``paths``, as ``extract`` would tell it."""
    root = root_of(paths)
    name, commit, owners, place = repository_name(root), commit_of(root), code_owners(root), placing(root)

    def known(path: str) -> File:
        there = place(path)
        return File(name, there, commit, owners(there))

    return known
