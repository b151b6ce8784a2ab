"""Which kinds of change of a table's stream a handler acts on, as far as it names them.

``eventName`` is INSERT, MODIFY or REMOVE:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recursion_lint.code.calls import CallSite
from recursion_lint.code.record_images import refuses

EVENTS = frozenset({"INSERT", "MODIFY", "REMOVE"})
_NAMED = re.compile(
    r"[\"'](INSERT|MODIFY|REMOVE)[\"']|OperationType\.(INSERT|MODIFY|REMOVE)\b", re.IGNORECASE
)
_ASKED = re.compile(r"event_?name|OperationType", re.IGNORECASE)
_DIFFERS = re.compile(r"!={1,2}|\bnot\s+in\b|\bnot\b|!\s*[\w.\[(\"]")
_LEAVES = re.compile(r"\b(?:return|continue|break|pass)\b")
_OTHERWISE = re.compile(r"\b(?:else|elif|elsif|default|otherwise|switch|case|match|when)\b")
_NEAR = 2


def handled_events(texts: Sequence[tuple[str, str]]) -> frozenset[str] | None:
    """The event names that the texts of a handler (file, text) act on; ``None`` where not all is shown to be left out.

    Only code that tests for names and has no other branch shows that it needs no others.
    """
    named: set[str] = set()
    for _, text in texts:
        lines = text.splitlines()
        for at, line in enumerate(lines):
            found = {(one[1] or one[2]).upper() for one in _NAMED.finditer(line)}
            if not found:
                continue
            if _ASKED.search(line) is None or _OTHERWISE.search(text) is not None:
                return None
            leaves = any(
                _LEAVES.search(near) for near in (line[line.rfind(")") :], *lines[at + 1 : at + _NEAR])
            )
            if bool(_DIFFERS.search(line)) != leaves:
                return None
            named |= found
    return frozenset(named) or None


def events_written_on(sites: Sequence[CallSite]) -> frozenset[str]:
    """The kinds of change on which one of the calls of a handler is made, as far as its conditions ask for the kind."""
    return frozenset(
        kind for kind in EVENTS if any(not any(refuses(one, kind) for one in site.guards) for site in sites)
    )
