"""The drawing as one page for a browser."""

from __future__ import annotations

from recursion_lint.report.graph.scene import Scene
from recursion_lint.report.page import page
from recursion_lint.report.page.content import content
from recursion_lint.report.page.snippets import Texts


def draw(scene: Scene, texts: Texts) -> str:
    """The page; ``texts`` gives the text of a template, of which the lines around each edge are copied into it."""
    return page(content(scene, texts))
