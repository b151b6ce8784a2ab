"""What is known of one repository: where it comes from, what its templates say, what the code of its functions does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from recursion_lint.assessment.baseline import Entry
from recursion_lint.assessment.evidence.handler_code import FunctionCode
from recursion_lint.code.by_name.names_only import NamesTold
from recursion_lint.code.calls import Interpreted
from recursion_lint.code.location.function_source import Located
from recursion_lint.model.facts import Endpoint, Facts
from recursion_lint.model.report import Problem
from recursion_lint.model.suppressions import Suppression
from recursion_lint.model.text import Text

MAX_NAME = 200
_NAME = re.compile(r"[A-Za-z0-9_@+~-][A-Za-z0-9_.@+~-]*(/[A-Za-z0-9_@+~-][A-Za-z0-9_.@+~-]*)*")


class Origin(NamedTuple):
    """Where facts come from: a repository by its name (``acme/payments``), its commit, and where it is deployed.

    ``account`` and ``region`` are "" where nobody said.
    """

    repository: str
    commit: str = ""
    account: str = ""
    region: str = ""


class ReadCode(NamedTuple):
    """What was read of the code of a function, as one template tells of it, without a line of it.

    ``reason`` says why nothing was. ``file`` and ``handler`` are the handler's, ``exact``: surely the code that runs.
    """

    function: Endpoint
    template: str
    reason: str = ""
    language: str = ""
    file: str = ""
    handler: str = ""
    exact: bool = False
    calls: Interpreted | None = None
    names: NamesTold | None = None
    placeholders: Mapping[str, Text] = {}
    whole: bool = True

    def as_code(self) -> FunctionCode:
        """The same in the form that verdicts are worked out from."""
        if self.names is None:
            return FunctionCode(None, reason=self.reason or "nothing is told of its code")
        located = Located(
            self.names.language,
            self.file,
            self.handler,
            "told by the facts of its repository",
            "exact" if self.exact else "guess",
        )
        return FunctionCode(None, located, self.calls, self.names, self.placeholders, self.reason, self.whole)


class Repository(NamedTuple):
    """The facts of one repository. Paths are as they stand in it, or behind its name once they are linked.

    ``owners`` are those of its files by ``CODEOWNERS``, ``accepted`` the entries of its baseline, ``suppressions``
    those in the code of handlers. ``tool`` is the version of the linter that read it.
    """

    origin: Origin
    tool: str
    stacks: tuple[Facts, ...] = ()
    code: tuple[ReadCode, ...] = ()
    owners: tuple[tuple[str, tuple[str, ...]], ...] = ()
    accepted: tuple[Entry, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    problems: tuple[Problem, ...] = ()


def is_name(name: str) -> bool:
    """May a repository be called so? The files of a report stand behind its name, so it must look like a path."""
    return 0 < len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None
