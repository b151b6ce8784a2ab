"""What an editor shows of a finding when somebody points at it: the finding, its hops, and the page of its rule."""

from __future__ import annotations

import os
from collections.abc import Iterator

from lsprotocol import types

from recursion_lint import rules
from recursion_lint.report.escapes import markdown
from recursion_lint.server.documents import path_of
from recursion_lint.server.view import Shown, View, message_lines, overlap


def hover(view: View, uri: str, position: types.Position) -> types.Hover | None:
    """The page for the findings at a place; ``None`` where there are none."""
    at = types.Range(position, position)
    here = [one for one in view.shown.get(uri, ()) if one.finding and overlap(one.diagnostic.range, at)]
    if not here:
        return None
    plain = not view.client.markdown
    kind = types.MarkupKind.PlainText if plain else types.MarkupKind.Markdown
    told = ["\n".join(_told(one, plain)) for one in here]
    pages = [
        rules.rule_named(name).page for name in dict.fromkeys(one.finding.rule for one in here if one.finding)
    ]
    text = "\n\n---\n\n".join([*told, *pages])
    return types.Hover(types.MarkupContent(kind, text), here[0].diagnostic.range)


def _told(one: Shown, plain: bool) -> Iterator[str]:
    """The finding, and its hops with links to them."""
    if one.finding is None:
        return
    first, *others = message_lines(one.finding)
    yield first if plain else f"**{markdown(first)}**\n"
    for line in others:
        yield line if plain else f"{markdown(line)}\\"
    yield ""
    for hop in one.hops:
        name = f"{os.path.basename(path_of(hop.location.uri))}:{hop.location.range.start.line + 1}"
        place = f"{hop.location.uri}#L{hop.location.range.start.line + 1}"
        yield (
            f"{hop.message} ({name})"
            if plain
            else f"- {markdown(hop.message)} ([{markdown(name)}](<{place}>))"
        )
