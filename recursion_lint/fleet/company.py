"""What the command ``link`` does: facts from files, folders or a store → a report, and the store brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recursion_lint.config import Config
from recursion_lint.fleet.deployments import Deployments, deployments_in
from recursion_lint.fleet.link import read, report_on
from recursion_lint.model.findings import Report


class CompanyError(Exception):
    """What was asked for cannot be done; the message is for the user."""


class Asked(NamedTuple):
    """What to link: files, folders or a store at ``paths``; a ``store`` with what comes into it and what leaves it.

    ``account`` and ``region`` are those of repositories of which neither their facts nor ``deployments`` tell.
    """

    paths: Sequence[str]
    store: str = ""
    updates: Sequence[str] = ()
    removals: Sequence[str] = ()
    account: str = ""
    region: str = ""
    deployments: str = ""
    only_across: bool = False


def link(asked: Asked, config: Config) -> Report:
    """The report that was asked for. Raises ``CompanyError`` and ``ConfigError``."""
    told = deployments_in(asked.deployments) if asked.deployments else Deployments(())
    told = told.otherwise(asked.account, asked.region)
    found = read(asked.paths, told.of)
    if not found.repositories and not found.problems:
        raise CompanyError("there is nothing to link: name files of facts, or folders of them")
    return report_on(found.repositories, config, asked.only_across, found.problems)
