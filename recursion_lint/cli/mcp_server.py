"""``recursion-lint mcp FOLDER``: check, explain and fix preview as tools of the Model Context Protocol, over stdio.

Nothing is written, nothing outside of the folder is read, and a call ends in bounded time with a bounded answer.
https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

import os
from typing import Any

from recursion_lint import config
from recursion_lint.cli.console import Refused
from recursion_lint.report import render
from recursion_lint.rules import all_rules
from recursion_lint.run.lint import lint, remedied
from recursion_lint.template.yaml.files import SourceError, read_text, repository_of
from recursion_lint.version import __version__

SECONDS = 30.0
"""What one call may read for; the answer says what was left."""
MOST_FINDINGS = 25
MOST_LETTERS = 60_000
_TABLE = "tool.recursion-lint"
_SETTINGS = (".recursion-lint.toml", "pyproject.toml")
_INSTRUCTIONS = """Finds recursive loops in AWS SAM, CloudFormation and CDK templates. Check after every change to a
template or to the code of a Lambda function. Nothing is changed: apply a patch of fix_preview, and check again."""


def serve(folder: str) -> None:
    """Answer on the standard streams until they end; ``folder`` becomes the current one. Raises ``Refused``."""
    os.chdir(_ground(folder))
    made(".").run("stdio")


def _ground(folder: str) -> str:
    """``folder`` as it is; templates may name files anywhere in their repository, so it must hold all of that."""
    real = os.path.realpath(folder)
    if (around := repository_of(os.path.join(real, ""))) != real:
        raise Refused(f"{folder} is within the repository {around}: start it for that")
    return real


def made(folder: str) -> Any:
    """The server for ``folder``, not yet running. Raises ``Refused`` without the extra ``mcp``."""
    try:
        from mcp.server import MCPServer
        from mcp.server.mcpserver.exceptions import ToolError
    except ImportError as error:
        raise Refused(
            "install the extra `mcp`: pip install 'recursion-lint[mcp]', or '.[mcp]' in a clone"
        ) from error
    server = MCPServer("recursion-lint", instructions=_INSTRUCTIONS, version=__version__, log_level="ERROR")

    def within(path: str) -> str:
        """``path`` below the folder, links followed; a message for the client is raised for any other."""
        root = os.path.realpath(folder)
        real = root if "\0" in path else os.path.realpath(os.path.join(folder, path))
        if os.path.commonpath([root, real]) != root or "\0" in path:
            raise ToolError(f"{path!r} lies outside of the folder that this server is for")
        return os.path.relpath(real)

    def settings(**more: Any) -> Any:
        try:
            files = [file for name in _SETTINGS if os.path.isfile(file := within(os.path.join(folder, name)))]
            own = (file for file in files if file.endswith("lint.toml") or _TABLE in read_text(file))
            found = config.load(explicit=file) if (file := next(own, "")) else config.Config()
        except (config.ConfigError, SourceError) as error:
            raise ToolError(str(error)) from error
        return found._replace(timeout=SECONDS, jobs=1, fail_on="never", **more)

    @server.tool()
    def check(path: str = ".") -> str:
        """The loops in a template or a folder, as JSON: worst first, each with its hops, lines and remedies."""
        report = lint([within(path)], settings(advise_at_most=MOST_FINDINGS))
        text = render(report._replace(findings=report.findings[:MOST_FINDINGS]), "json")
        left = report.findings[MOST_FINDINGS:]
        told = [report.unfinished, f"{len(left)} findings more are not shown" if left else ""]
        return "\n".join([_short(text), *filter(None, told)])

    @server.tool()
    def explain(rule: str) -> str:
        """The page of a rule (``sqs-loop`` or ``R1200``): why such a loop matters, and the ways out."""
        pages = {name: one.page for one in all_rules() for name in (one.code, one.name)}
        return pages.get(rule) or f"no such rule; there are {', '.join(pages)}"

    @server.tool()
    def fix_preview(path: str = ".", unsafe: bool = False) -> str:
        """A patch that breaks the loops, tried and not applied; ``unsafe``: it may change what the application does."""
        _, plan = remedied([within(path)], settings(advise_at_most=0, fix="diff", unsafe_fixes=unsafe))
        return _short(plan.diff(plan.before.__getitem__)) if plan.texts else "there is nothing to apply"

    return server


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}\n(cut: name a smaller part)"
