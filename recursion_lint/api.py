"""The public interface: ``lint(paths, config) -> Report``. The command line is one caller of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from recursion_lint.config import Config
from recursion_lint.discovery import candidates
from recursion_lint.extract import facts_of
from recursion_lint.facts import Facts
from recursion_lint.findings import Finding, Note, Problem, Report, Severity, Span, Summary
from recursion_lint.graph import EventGraph, link
from recursion_lint.source import SourceError, parse, read_text
from recursion_lint.template import is_template, looks_like_template, read

STDIN = "<stdin>"


def lint(paths: Sequence[str], config: Config = Config(), *, stdin: str | None = None) -> Report:
    """Lint the templates at ``paths`` (files, folders; ``-`` is the text ``stdin``) as one system.

    Files that cannot be read are ``problems`` of the report; nothing is raised for bad input.
    """
    started = time.perf_counter()
    facts: list[Facts] = []
    problems: list[Problem] = []
    notes: list[Note] = []
    sources: dict[str, str] = {}
    for path, named in candidates([path for path in paths if path != "-"]):
        try:
            content = read_text(path)
            found = _facts(content, path, named, config)
        except SourceError as problem:
            if named:
                problems.append(Problem(path, problem.line, problem.message))
            else:
                notes.append(Note(Span(path, max(problem.line, 1), 1, max(problem.line, 1), 1), problem.message))
            continue
        if found is not None:
            facts.append(found)
            sources[path] = content
    if "-" in paths:
        sources[STDIN] = stdin or ""
        try:
            found = _facts(stdin or "", STDIN, True, config)
            facts += [found] if found is not None else []
        except SourceError as problem:
            problems.append(Problem(STDIN, problem.line, problem.message))
    graph = link(facts)
    findings, more = judged(graph)
    kept = tuple(finding for finding in findings if _selected(finding, config))
    notes += [note for found in facts for note in found.notes] + more
    return Report(
        kept,
        tuple(notes),
        tuple(problems),
        _summary(facts, kept),
        {file: sources[file] for finding in kept for file in _files(finding) if file in sources},
        time.perf_counter() - started,
    )


def _facts(content: str, path: str, named: bool, config: Config) -> Facts | None:
    """The facts of a text; ``None`` for what is no template. Raises ``SourceError`` for what cannot be read."""
    if not looks_like_template(content):
        if named:
            parse(content, path)
            raise SourceError("is not a CloudFormation or SAM template: it has no Resources", 1)
        return None
    root = parse(content, path)
    if not is_template(root):
        if named:
            raise SourceError("is not a CloudFormation or SAM template: it has no Resources", 1)
        return None
    return facts_of(read(root, path), config.parameters)


def judged(graph: EventGraph) -> tuple[list[Finding], list[Note]]:
    """Every finding of a graph, worst first, with codes and remedies; and notes on what was cut short."""
    from recursion_lint.judge import judge
    from recursion_lint.loops import find

    found = find(graph)
    notes = []
    findings = [judge(cycle, graph) for cycle in found.cycles]
    if found.truncated and findings:
        notes.append(Note(findings[0].span, found.truncated))
    from recursion_lint.rules import all_rules

    rules = {rule.name: rule for rule in all_rules()}
    for rule in rules.values():
        if rule.check is not None:
            findings += rule.check(graph)
    coded = (replace(finding, code=rules[finding.rule].code) for finding in findings)
    return sorted(coded, key=_order), notes


_WORST: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


def _order(finding: Finding) -> tuple[object, ...]:
    return _WORST[finding.severity], finding.span.file, finding.span.line, finding.span.column, finding.rule, finding.message


def _selected(finding: Finding, config: Config) -> bool:
    names = (finding.rule, finding.code)
    if config.select and not any(name in config.select for name in names):
        return False
    return not any(name in config.ignore for name in names)


def _files(finding: Finding) -> set[str]:
    return {finding.span.file, *(hop.span.file for hop in finding.hops)}


def _summary(facts: Sequence[Facts], findings: Sequence[Finding]) -> Summary:
    count = {level: sum(1 for finding in findings if finding.severity == level) for level in _WORST}
    return Summary(
        templates=len(facts),
        resources=sum(found.resources for found in facts),
        triggers=sum(len(found.triggers) for found in facts),
        writes=sum(len(found.writes) for found in facts),
        error=count["error"],
        warning=count["warning"],
        info=count["info"],
    )
