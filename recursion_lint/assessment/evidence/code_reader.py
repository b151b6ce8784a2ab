"""Verdicts of handlers' code on the granted steps of loops, and what they come to for a whole loop."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from recursion_lint.assessment.evidence.code_values import around
from recursion_lint.assessment.evidence.code_verdicts import after, verdict
from recursion_lint.assessment.evidence.code_words import content_in_words, said_in_words, target_in_words
from recursion_lint.assessment.evidence.handler_code import FunctionCode, HandlerCode, ReadText, ToldCode
from recursion_lint.assessment.evidence.permission_use import (
    PermissionUse,
    called,
    not_granted,
    permission_use,
    uncalled,
    used_there,
)
from recursion_lint.assessment.evidence.said import Said
from recursion_lint.assessment.evidence.variables import in_words, leads_out, points_to, shared_variable
from recursion_lint.assessment.evidence.written_keys import WrittenKeys, written_keys
from recursion_lint.code.by_name.names_only import NamesRead
from recursion_lint.code.calls import Alternatives, CallSite, Environment
from recursion_lint.graph.cycle_search import Cycle, Step
from recursion_lint.graph.event_graph import EventGraph
from recursion_lint.model.facts import Endpoint
from recursion_lint.model.findings import HopCode, Severity, Span
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.files import SourceError

_RUNGS: tuple[Severity, ...] = ("error", "warning", "info")


class CodeReader:
    """What the code of functions says about loops of one graph. Reads each function once, when it is asked for.

    ``before`` is the reader of a graph that was much the same. What is ``told`` of their code is not read again.
    """

    def __init__(
        self,
        graph: EventGraph,
        read_text: ReadText,
        before: CodeReader | None = None,
        told: ToldCode | None = None,
    ) -> None:
        self.graph = graph
        read = before._handlers if before is not None else None
        before_this = read if isinstance(read, HandlerCode) else None
        self._handlers: HandlerCode | ToldCode = (
            told.among(graph.facts) if told is not None else HandlerCode(graph.facts, read_text, before_this)
        )
        self._read_text = read_text
        self._said: dict[tuple[object, ...], Said] = {}

    def said(self, step: Step, cycle: Cycle) -> Said | None:
        """The verdict on a step of ``cycle``; ``None`` on one that no function's own code takes.

        A step by a role that a service acts by is none of the code's.
        """
        said = self._said_alone(step, cycle)
        before = next((one for one in cycle if one.end.number == step.start.number), None)
        if said is None or before is None or before is step or before.write is None:
            return said
        wrote = self._said_alone(before, cycle)
        return after(said, wrote, before.end.trigger.channel.service) if wrote is not None else said

    def _said_alone(self, step: Step, cycle: Cycle) -> Said | None:
        """The verdict by the function's own code."""
        if not by_code(step) or step.write is None:
            return None
        told = step.start.number, step.end.number, tuple(one.end.number for one in cycle), step.write.kind
        if told not in self._said:
            self._said[told] = verdict(self.graph, step, cycle, self._handlers.of(step.write.actor))
        return self._said[told]

    def permission_use(self, step: Step, cycle: Cycle) -> PermissionUse | None:
        """What the code of a step does with its permissions; ``None`` where that is not known well enough."""
        said = self.said(step, cycle)
        if said is None or step.write is None:
            return None
        use = permission_use(self.graph, step, cycle, self._handlers.of(step.write.actor), said)
        code = self._handlers.of(step.write.actor)
        return use._replace(file=self._shown(use.file, code)) if use is not None else None

    def uncalled(self, step: Step, actions: Collection[str]) -> frozenset[str] | None:
        """Those of ``actions`` that the code of a step surely does not call; ``None`` where not all of it was read."""
        if not by_code(step) or step.write is None:
            return None
        return uncalled(self._handlers.of(step.write.actor), step.write.service, actions)

    def used_there(self, step: Step, cycle: Cycle, reached: Collection[str]) -> frozenset[str]:
        """Those of the actions ``reached`` that calls in the code of a step may need on the step's channel itself."""
        if not by_code(step) or step.write is None:
            return frozenset()
        return used_there(self.graph, step, cycle, self._handlers.of(step.write.actor), reached)

    def called(self, step: Step) -> tuple[str, ...] | None:
        """The actions of the channel's service that the code of a step calls; ``None`` where that is not known."""
        if not by_code(step) or step.write is None:
            return None
        return called(self._handlers.of(step.write.actor), step.write.service)

    def written_keys(self, step: Step, cycle: Cycle) -> WrittenKeys | None:
        """What all keys that the code of a step writes begin or end with, where it was read."""
        said = self.said(step, cycle)
        code = self._handlers.of(step.start.trigger.consumer)
        if said is None or said.verdict in ("unread", "never") or code.calls is None:
            return None
        return written_keys(code.calls.calls, around(self.graph, step, cycle, code.placeholders))

    def texts(self, step: Step) -> tuple[tuple[str, str], ...]:
        """The files, with their texts, that the handler of the function reaches that takes a step."""
        if not by_code(step) or step.write is None:
            return ()
        names = self._handlers.of(step.write.actor).names
        return names.texts if names is not None else ()

    def never_names(self, function: Endpoint, word: str) -> bool:
        """Does a word stand nowhere in the code of a function, in whatever case, and was all of that code read?"""
        code = self._handlers.of(function)
        if not code.exact or not code.whole or not isinstance(code.names, NamesRead) or code.names.gaps:
            return False
        if code.calls is not None and code.calls.third_party:
            return False
        return not any(word.lower() in text.lower() for _, text in code.names.texts)

    def sites(self, step: Step) -> tuple[CallSite, ...]:
        """All calls of the catalogue that the code of a step makes; none where not all of it was followed."""
        code = self._handlers.of(step.start.trigger.consumer)
        if not by_code(step) or code.calls is None or not code.calls.entered or code.calls.gaps:
            return ()
        return tuple(code.calls.calls)

    def hop_code(self, step: Step, said: Said) -> HopCode:
        """The verdict as a finding shows it."""
        code = self._handlers.of(step.start.trigger.consumer)
        site = said.site
        return HopCode(
            said.verdict,
            self._span(said, code),
            call=site.call if site is not None else said.named.word if said.named is not None else "",
            target=target_in_words(site) if site is not None else "",
            content=content_in_words(site) if site is not None else "",
            guards=said.guards,
            read=tuple(dict.fromkeys(self._shown(file, code) for file in said.read)),
            reason=said.reason,
        )

    def test_span(self, step: Step, said: Said) -> Span | None:
        """Where the condition stands that ends the loop; ``None`` where none is known to."""
        test = said.test
        if test is None:
            return None
        code = self._handlers.of(step.start.trigger.consumer)
        found = Span(test.file, test.line, 1, test.line, 1)
        shown = self._shown(test.file, code)
        return found if shown == test.file else in_template(found, code, self._read_text)

    def sentence(self, step: Step, said: Said) -> str:
        """What the code says, for whoever wonders about the severity; empty where it says nothing."""
        code = self._handlers.of(step.start.trigger.consumer)
        return said_in_words(
            said,
            actor=self.graph.label(step.start.trigger.consumer),
            channel=self.graph.label(step.end.trigger.channel),
            span=self._span(said, code),
            variable=self._cause(step, said),
            denied=not_granted(self.graph, step, said.site.operation) if said.site is not None else "",
        )

    def _cause(self, step: Step, said: Said) -> str:
        """The variable whose name says that it leads out and that names the channel of the loop, in words."""
        channel, site = step.end.trigger.channel, said.site
        options = site.target.options if site and isinstance(site.target, Alternatives) else ()
        asked = {
            one.name for one in (*options, site.target if site else None) if isinstance(one, Environment)
        }
        named = self.graph.mentions.get(step.start.trigger.consumer, ())
        found = (one for one in named if one.name in asked and leads_out(one) and points_to(one, channel))
        actor = step.start.trigger.consumer
        own = (one for one in found if not shared_variable(self.graph, actor, channel, one.name))
        return next((in_words(self.graph, one, channel) for one in own), "")

    def _shown(self, file: str, code: FunctionCode) -> str:
        """The file as a person knows it: inline code stands in the template."""
        inline = code.located is not None and code.located.inline is not None and file in code.located.inline
        return code.source.file if inline and code.source is not None else file

    def _span(self, said: Said, code: FunctionCode) -> Span | None:
        if said.site is not None:
            site = said.site
            found = Span(site.file, site.line, site.column, site.end_line, site.end_column)
        elif said.named is not None:
            named = said.named
            end = named.column + len(named.word)
            found = Span(named.file, named.line, named.column, named.line, end)
        else:
            return None
        shown = self._shown(found.file, code)
        return found if shown == found.file else in_template(found, code, self._read_text)


def by_code(step: Step) -> bool:
    """Is it a function's own code that takes a step, if anything does?"""
    if step.write is None or step.statement is None or not declared(step.write.actor.service).runs_handler:
        return False
    return step.statement.through is None or not step.statement.through.passed


def in_template(span: Span, code: FunctionCode, read_text: ReadText) -> Span:
    """A place in inline code as a place in the template: the line that reads the same."""
    source, located = code.source, code.located
    if source is None or located is None or located.inline is None:
        return span
    lines = located.inline[span.file].splitlines()
    wanted = lines[span.line - 1].strip() if span.line <= len(lines) else ""
    try:
        text = read_text(source.file).splitlines()
    except SourceError:
        return source.code
    same = [at for at, line in enumerate(text) if line.strip() == wanted and at + 1 >= source.code.line]
    if not same or not wanted:
        return source.code
    nearest = min(same, key=lambda at: abs(at + 1 - source.code.line - span.line))
    shift = text[nearest].index(wanted) - lines[span.line - 1].index(wanted)
    end = nearest + 1 + span.end_line - span.line
    return Span(source.file, nearest + 1, span.column + shift, end, span.end_column + shift)


def severity_with_code(severity: Severity, said: Sequence[Said | None], closed: bool) -> Severity:
    """The severity of a loop once its handlers are read; ``said`` is the word on each of its granted steps.

    ``closed``: but for these steps nothing is left open. A loop is as weak as its weakest step, so one step that is
    never taken breaks it.
    """
    lowers = max((one.lowers for one in said if one is not None), default=0)
    if lowers == 2:
        return "info"
    if lowers == 1:
        return _RUNGS[min(_RUNGS.index(severity) + 1, 2)]
    verdicts = {one.verdict if one is not None else "unread" for one in said}
    if not verdicts or not verdicts <= {"writes-back", "conditional"}:
        return severity
    if any(one.guessed for one in said if one is not None):
        return max(severity, "warning", key=_RUNGS.index)
    return "error" if closed and verdicts == {"writes-back"} else "warning"
