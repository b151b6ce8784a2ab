"""The texts of the files of a run, for what points into them."""

from __future__ import annotations

from collections.abc import Mapping

from recursion_lint.run.collect import STDIN
from recursion_lint.template.yaml.files import SourceError, read_text


class Texts:
    """The texts of files that findings point into, read again when asked for: most runs need none."""

    def __init__(self, given: Mapping[str, str]) -> None:
        """``given`` are the texts of standard input and of edited files."""
        self._known: dict[str, str | None] = {STDIN: None, "": None, **given}

    def __call__(self, file: str) -> str | None:
        if file not in self._known:
            try:
                self._known[file] = read_text(file)
            except SourceError:
                self._known[file] = None
        return self._known[file]
