"""Paths of one repository → its facts, without a line of source and without secrets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from recursion_lint.assessment.baseline import parse
from recursion_lint.config import Config, ConfigError
from recursion_lint.fleet import facts_file
from recursion_lint.fleet.facts_file import TOOL
from recursion_lint.fleet.kept_code import code_of, suppressions_in, without_secrets
from recursion_lint.fleet.origin import commit_of, owners, placing, repository_name, root_of
from recursion_lint.fleet.repository import Origin, Repository, is_name
from recursion_lint.fleet.tables import NoArrow, Tables, file_name
from recursion_lint.fleet.taking_in import Update
from recursion_lint.model.codec_forms import Undecodable
from recursion_lint.model.report import Problem
from recursion_lint.run.accepted import text_of_baseline
from recursion_lint.run.collect import collect


class Made(NamedTuple):
    """The facts of the repository ``name`` as the ``lines`` of a file, and what could not be read."""

    name: str
    lines: bytes
    templates: int
    problems: tuple[Problem, ...]

    @property
    def packed(self) -> bytes:
        """The same for a file whose name ends in ``.gz``."""
        return facts_file.packed(self.lines)


def facts_of(
    paths: Sequence[str],
    config: Config,
    origin: str = "",
    *,
    commit: str = "",
    account: str = "",
    region: str = "",
) -> Made:
    """The file of facts of the templates at ``paths``; what is "" is told by the repository, if it can.

    Raises ``ConfigError`` for a name that is none, a baseline that cannot be used, and facts that have no end.
    """
    found, place = extracted(paths, config, Origin(origin, commit, account, region))
    try:
        lines = facts_file.dumps(found, place)
    except Undecodable as problem:
        raise ConfigError(f"the facts cannot be written: {problem}") from None
    templates = len({one.file for one in found.stacks})
    return Made(found.origin.repository, lines, templates, found.problems)


def write_tables(made: Made, folder: str) -> None:
    """Write the facts of a repository as a file of each table in ``folder``. Raises ``ConfigError``."""
    try:
        with Tables(folder, file_name(made.name)) as tables:
            tables.put(Update(made.lines, facts_file.loads(made.lines)))
    except (NoArrow, OSError) as problem:
        raise ConfigError(f"{folder}: cannot write it: {problem}") from None


def extracted(
    paths: Sequence[str],
    config: Config,
    origin: Origin,
) -> tuple[Repository, Callable[[str], str]]:
    """The facts of the templates at ``paths``, and what makes a path of theirs one of the repository.

    What ``origin`` leaves open is told by the repository itself. Raises ``ConfigError`` for a baseline that cannot be
    used and for a name that is none.
    """
    root = root_of(paths)
    name = origin.repository or repository_name(root)
    if not is_name(name):
        raise ConfigError(f"{name[:80]!r} is no name of a repository: it is like acme/payments")
    origin = origin._replace(repository=name, commit=origin.commit or commit_of(root))
    baseline = text_of_baseline(config)
    intake = collect(paths, config, {})
    facts = sorted(intake.all_facts(), key=lambda one: (one.root, one.scope))
    code = code_of(facts) if config.code else ()
    templates = frozenset(file for one in facts for file in one.files)
    place = placing(root)
    return Repository(
        origin,
        TOOL,
        tuple(map(without_secrets, facts)),
        code,
        owners(root, {place(one.file) for one in facts}),
        parse(baseline) if baseline is not None else (),
        suppressions_in(code, templates),
        intake.problems,
    ), place
