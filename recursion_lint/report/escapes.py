"""What a template's text must not do where a report is shown: steer a build server, or write Markdown.

A runner takes a line of a log for a command if it begins with ``::`` behind blanks and has another one, or holds
``##[`` or ``##vso[`` anywhere, on standard output and on standard error alike.
https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Worker/WorkerCommandManager.cs
"""

from __future__ import annotations

import re

_JSON = frozenset({"json", "sarif", "gitlab", "rdjson"})
_XML = frozenset({"junit"})
_MARKS = re.compile(r"#(?=#(?:vso)?\[)", re.IGNORECASE)
_LINE = re.compile(r"(?m)^(\s*):(?=:.*::)")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&])")
# Code hosts make links of these after they have read the Markdown: mentions, issues, addresses.
_LINKED = re.compile(r"(@(?=\w)|#(?=\d)|\bGH-(?=\d)|\bwww\.|:(?=//))", re.IGNORECASE)


def harmless(text: str, format_: str = "text") -> str:
    """``text`` without what a runner takes for a command; where the format has escapes, what it says is the same.

    Commands that are meant (the format ``github``) stay: their text holds no line end.
    """
    if "##" in text:
        text = _MARKS.sub(r"\\u0023" if format_ in _JSON else "&#35;" if format_ in _XML else "# ", text)
    if format_ in _JSON or format_ == "github" or "::" not in text:
        return text
    return _LINE.sub(r"\1&#58;" if format_ in _XML else r"\1: ", text)


def markdown(text: str) -> str:
    """``text`` as Markdown that shows it as it is: no markup, no HTML, no image, no link, nobody mentioned."""
    return _MARKDOWN.sub(r"\\\1", _LINKED.sub(r"\1 ", text))
