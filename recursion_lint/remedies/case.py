"""What a remedy is worked out from: the loop, the graph it is in, and the texts that may be edited."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Declared, Endpoint, Mention, Statement, Trigger, Write
from recursion_lint.model.findings import Applicability, Finding, Span
from recursion_lint.remedies.role_users import role_users, roles_of
from recursion_lint.remedies.short_places import shortest
from recursion_lint.template.yaml.document import Trail
from recursion_lint.template.yaml.edits import Edit, EditError, Editor
from recursion_lint.template.yaml.files import SourceError
from recursion_lint.template.yaml.nodes import Node

if TYPE_CHECKING:
    from recursion_lint.assessment.evidence.code_reader import CodeReader
    from recursion_lint.assessment.evidence.permission_use import PermissionUse
    from recursion_lint.assessment.evidence.said import Said
    from recursion_lint.assessment.evidence.written_keys import WrittenKeys

Texts = Callable[[str], "str | None"]


class Change(NamedTuple):
    """An edit of a file."""

    file: str
    edit: Edit


class Offer(NamedTuple):
    """A remedy before it is verified. Where ``make`` finds no changes it is for a person to carry out.

    ``only_as_diff``: not worth telling where its diff does not hold. ``last_resort``: only where there is no other.
    ``first``: what the template and the code show the write is for speaks for it, so that it goes before what a diff
    proves. ``late``: the work would end with the loop, so that it goes after all others.
    """

    id: str
    title: str
    breaks: int | None
    trade_off: str
    steps: str
    applicability: Applicability = "unsafe"
    make: Callable[[], tuple[Change, ...]] = tuple
    only_as_diff: bool = False
    last_resort: bool = False
    first: bool = False
    late: bool = False

    def changes(self) -> tuple[Change, ...]:
        """The edits; none where the text has no certain place for them. Worked out when asked for: they cost time."""
        try:
            return self.make()
        except EditError:
            return ()


class Place(NamedTuple):
    """A resource in the text of its template: where its body is, and of what type the template says it is."""

    editor: Editor
    id: str
    type: str
    body: Node

    @property
    def properties(self) -> Node | None:
        return self.body.get("Properties")

    def change(self, *edits: Edit) -> tuple[Change, ...]:
        return tuple(Change(self.editor.file, edit) for edit in edits)


class Editors:
    """The texts of one run, each parsed once. ``files`` are those of the run that a place is told from."""

    def __init__(self, texts: Texts, files: frozenset[str] = frozenset()) -> None:
        self._texts = texts
        self._files = files
        self._known: dict[str, Editor | None] = {}
        self._roles: dict[str, Mapping[str, frozenset[str]]] = {}

    def __call__(self, file: str) -> Editor | None:
        if file not in self._known:
            text = self._texts(file)
            try:
                self._known[file] = Editor(file, text) if text else None
            except SourceError:
                self._known[file] = None
        return self._known[file]

    def roles(self, file: str) -> Mapping[str, frozenset[str]]:
        """The roles that the resources of a file run under, by logical id."""
        if file not in self._roles:
            editor = self(file)
            self._roles[file] = roles_of(editor.root) if editor is not None else {}
        return self._roles[file]

    def short(self, place: str) -> str:
        """``file:line`` with as much of the path as tells the file from the others of the run."""
        return shortest(place, self._files)

    def text(self, file: str) -> str:
        """The text of a file as it is; empty for what is no file."""
        editor = self(file)
        return editor.text if editor is not None else ""


class Case(NamedTuple):
    """One finding, and everything that its remedies look at. ``cycle`` is empty for what is no loop.

    ``reader`` tells what the code of the functions does, where code is read.
    """

    cycle: Cycle
    finding: Finding
    graph: EventGraph
    editors: Editors
    reader: CodeReader | None = None

    def locate(self, span: Span) -> tuple[Editor, Trail]:
        """The node at ``span``. Raises ``EditError`` where the text is not at hand or does not hold it."""
        editor = self.editors(span.file)
        trail = editor.locate(span) if editor is not None else None
        if editor is None or trail is None:
            raise EditError("the place is not in the text")
        return editor, trail

    def place(self, endpoint: Endpoint) -> Place | None:
        """Where a channel or a consumer is declared; ``None`` for what is not written in a template of the run."""
        known = self.graph.declared.get(endpoint)
        return self.place_at(known.span) if known is not None else None

    def place_at(self, span: Span) -> Place | None:
        """The resource whose logical id is at ``span``, or that ``span`` lies in."""
        try:
            editor, trail = self.locate(span)
        except EditError:
            return None
        return place_of(editor, trail) if len(trail.path) == 2 else None

    def place_at_statement(self, span: Span) -> Place | None:
        """The resource in which the statement at ``span`` is written."""
        try:
            editor, trail = self.locate(span)
        except EditError:
            return None
        return place_of(editor, trail)

    def declared(self, endpoint: Endpoint) -> Declared | None:
        return self.graph.declared.get(endpoint)

    def hop(self, fact: Trigger | Write) -> int | None:
        """The 1-based number of the hop that ``fact`` makes."""
        for number, hop in enumerate(self.finding.hops, 1):
            if hop.span == fact.span and hop.kind == fact.kind:
                return number
        return None

    def granted(self) -> Iterator[Step]:
        """The steps that a permission makes, the one that reaches the rule's own channel first."""
        steps = [step for step in self.cycle if step.write is not None and step.statement is not None]
        return iter(sorted(steps, key=lambda step: step.end.implicit))

    def statements(self, step: Step) -> tuple[Statement, ...]:
        """The statements that allow the write of ``step``: all that name the channel, or the broad one alone."""
        if step.write is None or step.statement is None:
            return ()
        if not step.specific:
            return (step.statement,)
        found = [
            statement
            for write, statement in self.graph.grants.writes(step.write.actor)
            if write.channel == step.write.channel and (write.evidence != "broad" or write.whole_service)
        ]
        return tuple({statement.span: statement for statement in (step.statement, *found)}.values())

    def holder(self, step: Step) -> str:
        """Whose policy allows the write of ``step``: the actor's, or that of a role that it may use."""
        through = step.statement.through if step.statement is not None else None
        if through is not None:
            return through.holder
        return self.label(step.write.actor) if step.write is not None else ""

    def sharers(self, step: Step) -> tuple[str, ...]:
        """Who else runs under the role that holds the statement of ``step``: what it loses, they lose."""
        if step.statement is None or step.write is None:
            return ()
        role, own = step.statement.role, step.write.actor
        found = {
            self.graph.label(endpoint) for endpoint in self.graph.by_role.get(role, ()) if endpoint != own
        }
        place = self.place(own)
        if place is not None and step.statement.through is None:
            stack = self.label(own).removesuffix(place.id)
            found |= {stack + name for name in role_users(self.editors.roles(place.editor.file), place.id)}
        return tuple(sorted(found))

    def said(self, step: Step) -> Said | None:
        """What the code says of a granted step; ``None`` where none was read."""
        return self.reader.said(step, self.cycle) if self.reader is not None else None

    def call_place(self, step: Step) -> str:
        """``file:line`` of the call that the code makes for ``step``; empty where none is known."""
        said = self.said(step)
        if self.reader is None or said is None:
            return ""
        span = self.reader.hop_code(step, said).span
        return f"{span.file}:{span.line}" if span is not None else ""

    def test_place(self, step: Step) -> str:
        """``file:line`` of the condition in the code that ends the loop; empty where none is known to."""
        said = self.said(step)
        span = self.reader.test_span(step, said) if self.reader is not None and said is not None else None
        return f"{span.file}:{span.line}" if span is not None else ""

    def permission_use(self, step: Step) -> PermissionUse | None:
        """What the code does with its permissions where it surely does not close the loop; ``None`` elsewhere."""
        return self.reader.permission_use(step, self.cycle) if self.reader is not None else None

    def uncalled(self, step: Step, actions: Collection[str]) -> frozenset[str] | None:
        """Those of ``actions`` that nothing calls which has the permission; ``None`` where that is not known."""
        if self.reader is None or self.sharers(step):
            return None
        return self.reader.uncalled(step, actions)

    def used_there(self, step: Step, reached: Collection[str]) -> frozenset[str]:
        """Those of the actions ``reached`` that the code needs on the channel of ``step``, whatever it writes there."""
        return self.reader.used_there(step, self.cycle, reached) if self.reader is not None else frozenset()

    def written_keys(self, step: Step) -> WrittenKeys | None:
        """What all keys begin or end with that the code writes; ``None`` where that is not constant, or not known."""
        return self.reader.written_keys(step, self.cycle) if self.reader is not None else None

    def mentions(self, actor: Endpoint) -> Iterable[Mention]:
        return self.graph.mentions.get(actor, ())

    def label(self, endpoint: Endpoint) -> str:
        return self.graph.label(endpoint)


def place_of(editor: Editor, trail: Trail) -> Place | None:
    """The resource that a trail leads into."""
    if len(trail.path) < 2 or trail.path[0] != "Resources":
        return None
    body = (*trail.parents, trail.node)[2]
    kind = body.get("Type")
    return Place(editor, str(trail.path[1]), (kind.text or "") if kind is not None else "", body)
