"""Quick fixes: the verified edits of remedies, and all safe ones of a document at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from lsprotocol import types

from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.report import wording
from recursion_lint.run.session import Session
from recursion_lint.server.view import Shown, View, overlap, range_between
from recursion_lint.template.yaml.edits import Edit, EditError, changed_lines, offsets

FIX_ALL = "source.fixAll.recursion-lint"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)


def wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Is an action of ``kind`` asked for? What stands below a kind is of it; ``fixAll`` only by its name."""
    if only is None:
        return kind == types.CodeActionKind.QuickFix
    return any(kind == one or kind.startswith(f"{one}.") for one in only)


class Advice:
    """The actions that a session has to offer, remembered as long as nothing changes: to verify them takes long."""

    def __init__(self, session: Session, view: View) -> None:
        self.view = view
        self._session = session
        self._remedies: dict[tuple[str, object], tuple[Remedy, ...]] = {}
        self._fixed: dict[str, Mapping[str, str]] = {}

    def quick_fixes(self, uri: str, place: types.Range) -> list[types.CodeAction]:
        """One action for each verified remedy of the findings at a place."""
        here = (one for one in self.view.shown.get(uri, ()) if overlap(one.diagnostic.range, place))
        return [
            action for one in here if one.finding is not None for action in self._actions(one, one.finding)
        ]

    def fix_all(self, uri: str, file: str) -> list[types.CodeAction]:
        """The action that applies every safe remedy of the findings in a document; none where there is none."""
        if not self.view.is_current(file) or not any(one.finding for one in self.view.shown.get(uri, ())):
            return []
        if file not in self._fixed:
            self._fixed[file] = self._session.fixed(self.view.checked, file)
        edits = {name: self._edits_to(name, text) for name, text in self._fixed[file].items()}
        if not edits or not all(map(self.view.is_current, edits)):
            return []
        title = "Apply all safe remedies of recursion-lint"
        return [types.CodeAction(title, kind=FIX_ALL, edit=self._workspace_edit(edits))]

    def _actions(self, shown: Shown, finding: Finding) -> Iterator[types.CodeAction]:
        for remedy in self._advised(finding):
            edits = self._edits_of(remedy)
            if edits and remedy.breaks is not None and remedy.applicability != "manual":
                safe = remedy.applicability == "safe"
                title = wording.one_line(remedy.title)
                yield types.CodeAction(
                    title if safe else f"{title} (may change behaviour: review it)",
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=[shown.diagnostic],
                    is_preferred=safe or None,
                    edit=self._workspace_edit(edits),
                )

    def _advised(self, finding: Finding) -> tuple[Remedy, ...]:
        key = finding.fingerprint, finding.span
        if key not in self._remedies:
            self._remedies[key] = self._session.advised(self.view.checked, finding)
        return self._remedies[key]

    def _edits_of(self, remedy: Remedy) -> dict[str, list[Edit]]:
        """The edits by file; none where one is no more of the text that is shown."""
        found: dict[str, list[Edit]] = {}
        for file, edits in groupby(remedy.edits, lambda edit: edit.span.file):
            text = self.view.text(file)
            if text is None or not self.view.is_current(file):
                return {}
            try:
                found[file] = offsets(text, edits)
            except EditError:
                return {}
        return found

    def _edits_to(self, file: str, text: str) -> list[Edit]:
        before = self.view.text(file) or ""
        return offsets(before, changed_lines(file, before, text))

    def _workspace_edit(self, edits: Mapping[str, Iterable[Edit]]) -> types.WorkspaceEdit:
        """Edits of an open document name its version, so that an editor refuses them once it is another one."""
        changes = {file: [self._text_edit(file, edit) for edit in some] for file, some in edits.items()}
        if not self.view.client.versions:
            return types.WorkspaceEdit(changes={self.view.uri(file): some for file, some in changes.items()})
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(
                    types.OptionalVersionedTextDocumentIdentifier(
                        self.view.uri(file), self.view.version(file)
                    ),
                    list(some),
                )
                for file, some in changes.items()
            ]
        )

    def _text_edit(self, file: str, edit: Edit) -> types.TextEdit:
        lines = self.view.lines(file)
        return types.TextEdit(range_between(lines.position(edit.start), lines.position(edit.end)), edit.text)
