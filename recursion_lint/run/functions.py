"""Templates → what is known of each function: the loops that pass it, and whether Lambda would stop them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence

from recursion_lint.assessment.assess import Assessment
from recursion_lint.assessment.runtime_protection import unfollowed
from recursion_lint.code.location.sdk_versions import sdk_of
from recursion_lint.config import Config
from recursion_lint.model.facts import Declared, Endpoint, HandlerSource
from recursion_lint.model.findings import Finding, Span, severity_rank
from recursion_lint.model.functions import FunctionAnswer, FunctionLoop, FunctionSdk, Stops
from recursion_lint.model.report import Problem
from recursion_lint.model.text import Symbol, Text, render
from recursion_lint.run.app_source import at_app_source
from recursion_lint.run.lint import audited
from recursion_lint.services.registry import declared
from recursion_lint.template.yaml.files import SourceError, code_root, path_beside, read_text

_FUNCTION = re.compile(r"(?:^|:)function:([^:]+)")
_RANDOM = re.compile(r"-[A-Za-z0-9]{8,14}$")
"""What CloudFormation puts behind a name that it makes."""
LEAST_LEFT = 8
"""Letters of a logical id that are left where CloudFormation shortens it."""


def functions(
    paths: Sequence[str], config: Config, *, stdin: str | None = None
) -> tuple[tuple[FunctionAnswer, ...], tuple[Problem, ...], int]:
    """All functions that the templates at ``paths`` declare, by place; what could not be read; how many templates were.

    What settings, suppressions and baselines leave out counts: AWS knows nothing of them.
    """
    found, judged = audited(
        paths, config._replace(baseline=None, select=(), ignore=(), per_path=(), severity={}), stdin=stdin
    )
    report = at_app_source(found)
    findings: list[tuple[Finding, str | None]] = [(finding, None) for finding in report.findings]
    findings += report.suppressed
    answers = sorted(_Known(judged, findings).answers(), key=lambda one: (one.span, one.name))
    return tuple(answers), report.problems, report.summary.templates


class _Known:
    """The functions of a run and the findings about loops, put together."""

    def __init__(self, judged: Sequence[Assessment], findings: Sequence[tuple[Finding, str | None]]) -> None:
        self.cycles = {name: cycle for one in judged for name, cycle in one.cycles.items()}
        self.findings = [told for told in findings if told[0].fingerprint in self.cycles]
        self.facts = tuple(
            {(one.root, one.scope): one for found in judged for one in found.graph.facts}.values()
        )
        self.sources: dict[Endpoint, HandlerSource] = {}
        for one in self.facts:
            for source in one.sources:
                self.sources.setdefault(source.function, source)
        self.items: dict[Endpoint, list[Declared]] = {}
        for one in self.facts:
            for item in one.declared:
                if declared(item.endpoint.service).runs_handler:
                    self.items.setdefault(item.endpoint, []).append(item)
        self.sdks: dict[Endpoint, FunctionSdk] = {}

    def answers(self) -> Iterator[FunctionAnswer]:
        seen: set[tuple[str, Span]] = set()
        for facts in self.facts:
            allowing = {actor.endpoint for actor in facts.actors if actor.loop_allowed is not None}
            for item in facts.declared:
                if declared(item.endpoint.service).runs_handler and (item.label, item.span) not in seen:
                    seen.add((item.label, item.span))
                    yield self._answer(item, item.endpoint in allowing)

    def _answer(self, item: Declared, allows: bool) -> FunctionAnswer:
        loops = [self._loop(item, *told) for told in self.findings if self._passes(item, told[0])]
        source = self.sources.get(item.endpoint)
        return FunctionAnswer(
            item.label,
            item.type,
            _given(item.endpoint.name),
            item.span,
            source.runtime if source is not None else "",
            allows,
            self._sdk(item.endpoint, item.label),
            tuple(sorted(loops, key=lambda one: (severity_rank(one.finding.severity), one.finding.span))),
        )

    def _passes(self, item: Declared, finding: Finding) -> bool:
        """Is the function on the loop, on one that is told with it, or on the same one of a copy of the template?"""
        if any(step.end.trigger.consumer == item.endpoint for step in self.cycles[finding.fingerprint]):
            return True
        files = {*finding.files, *(file for copy in finding.copies for file in copy.files)}
        names = {node.resource for node in finding.cycle} if finding.copies else set()
        names |= {name for member in finding.members for name in member}
        return item.span.file in files and item.id in names

    def _loop(self, item: Declared, finding: Finding, accepted: str | None) -> FunctionLoop:
        stops, why = self._stops(finding)
        code = tuple(
            (hop.target, hop.code)
            for hop in finding.hops
            if hop.code is not None and hop.source == item.label
        )
        return FunctionLoop(finding, stops, why, code, accepted)

    def _stops(self, finding: Finding) -> tuple[Stops, tuple[str, ...]]:
        """Would Lambda stop the loop, and why not: it must follow every function on it."""
        cycle = self.cycles[finding.fingerprint]
        why = tuple(unfollowed(cycle))
        if why:
            return "no", why
        if finding.runtime_protection == "off":
            return "off", ()
        ends = {step.end.trigger.consumer for step in cycle}
        sdks = {
            item.label: self._sdk(item.endpoint, item.label)
            for end in ends
            for item in self.items.get(end, ())
        }
        old = [sdk for _, sdk in sorted(sdks.items()) if sdk.follows is False]
        unknown = [sdk for _, sdk in sorted(sdks.items()) if sdk.follows is None]
        if old:
            return "no", tuple(map(_too_old, old))
        return ("perhaps", tuple(map(_not_known, unknown))) if unknown or not sdks else ("yes", ())

    def _sdk(self, function: Endpoint, label: str) -> FunctionSdk:
        if function not in self.sdks:
            source = self.sources.get(function)
            if source is None:
                found = FunctionSdk(label, "")
            else:
                told = sdk_of(source.runtime, _folders(source), _Reading(source.file))
                found = FunctionSdk(label, *told)
            self.sdks[function] = found
        return self.sdks[function]


def _too_old(sdk: FunctionSdk) -> str:
    return (
        f"{sdk.function} has {sdk.name} {sdk.version} ({sdk.file}), and Lambda follows {sdk.needed} or newer"
    )


def _not_known(sdk: FunctionSdk) -> str:
    what = f"{sdk.name} {sdk.version}".strip() or "the SDK"
    needed = f", and Lambda follows {sdk.needed} or newer" if sdk.needed else ""
    return f"which version {sdk.function} has of {what.removeprefix('the SDK of ')} is not known{needed}"


class _Reading:
    """Reads files near a template, each once; never outside its repository."""

    def __init__(self, template: str) -> None:
        self.template = template

    def __call__(self, path: str) -> str | None:
        relative = os.path.relpath(path, os.path.dirname(self.template) or ".")
        try:
            text = read_text(path_beside(self.template, relative))
        except SourceError:
            return None
        return text if len(text) <= MAX_LETTERS else None


MAX_LETTERS = 5_000_000
"""No lock file that is read is longer."""


def _folders(source: HandlerSource) -> tuple[str, ...]:
    """The folders that may say which SDK a function has: that of the handler, and those above it in the repository."""
    if source.kind not in ("local", "asset", "image"):
        return ()
    home = os.path.dirname(source.file)
    within = os.path.dirname(source.handler) if source.kind == "local" else ""
    where = source.where if source.kind != "image" or source.dockerfile else ""
    folder = os.path.normpath(os.path.join(home, where, within))
    top = os.path.abspath(code_root(source.file))
    found = [folder]
    while os.path.abspath(folder) != top and os.path.abspath(folder).startswith(os.path.join(top, "")):
        folder = os.path.normpath(os.path.join(folder, ".."))
        found.append(folder)
    return tuple(found)


def _given(name: Text) -> str:
    """A name that the template gives; nothing where CloudFormation makes one."""
    made = any(isinstance(part, Symbol) and part.kind == "random" for part in name)
    return "" if made else render(name)


def called(name: str, answers: Iterable[FunctionAnswer]) -> tuple[FunctionAnswer, ...]:
    """The functions that ``name`` may mean: a logical id, a name, an ARN, a name that CloudFormation has made.

    The first of these ways by which one is found counts. A function of the logical id ``Worker`` is called
    ``stack-Worker-1A2B3C4D5E6F`` where the template says nothing, with less of both where that is too long.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
    """
    found = _FUNCTION.search(name)
    plain = found[1] if found else name
    known = tuple(answers)
    ways = (
        [one for one in known if plain in (one.name, one.name.rpartition("/")[2])],
        [one for one in known if one.given and one.given == plain],
        [one for one in known if one.given and _pattern(one.given).fullmatch(plain)],
        [one for one in known if not one.given and _made_of(one.name.rpartition("/")[2], plain)],
    )
    return tuple(next((way for way in ways if way), ()))


def _pattern(given: str) -> re.Pattern[str]:
    """What a name with ``${…}`` in it may become; one that is all a parameter says nothing."""
    parts = re.split(r"\$\{[^}]*\}", given)
    return re.compile(".+".join(map(re.escape, parts)) if any(parts) else r"(?!)")


def _made_of(logical_id: str, name: str) -> bool:
    """Is ``name`` what CloudFormation makes of a logical id?"""
    stem, *_ = _RANDOM.split(name)
    last = stem.rpartition("-")[2]
    short = len(last) >= LEAST_LEFT and logical_id.startswith(last)
    return stem != name and "-" in stem and (last == logical_id or short)
