"""The rules as cfn-lint sees them: one class for each rule and severity, ``ER1200``, ``WR1200``, ``IR1200`` for R1200.

The template is read afresh from its file: until 1.53 cfn-lint rewrote SAM before its rules ran, since 1.54 it merges
Globals, and neither keeps the lines that were written. ``recursion_lint.rules`` exposes the classes.
https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/getting_started/rules.md
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

try:
    from cfnlint.rules import CloudFormationLintRule, RuleMatch
except ImportError as error:
    # Version 2, as far as it is public, is written in Rust, has no module of this name and loads no rules in Python.
    raise ImportError(
        "the rules are for cfn-lint 1 (pip install 'recursion-lint[cfn-lint]', or '.[cfn-lint]' in a clone); "
        "beside another cfn-lint run `recursion-lint check`"
    ) from error

from recursion_lint.assessment.ruleset import Rule
from recursion_lint.config import ConfigError, load
from recursion_lint.model.findings import CONFIDENCES, Confidence, Finding, FindingHop, Severity, Span
from recursion_lint.report import wording
from recursion_lint.rules import all_rules
from recursion_lint.run.collect import STDIN
from recursion_lint.run.discovery import shortest
from recursion_lint.run.lint import lint
from recursion_lint.template.yaml.files import SourceError, read_text
from recursion_lint.template.yaml.nodes import Node, parse
from recursion_lint.version import page_of

DEBUG = "RECURSION_LINT_DEBUG"
PREFIXES: Mapping[Severity, str] = {"error": "E", "warning": "W", "info": "I"}
LEAST: Confidence = "weak"
STACK = "AWS::CloudFormation::Stack"
IGNORED = ("Metadata", "cfn-lint", "config", "ignore_checks")

_LOGGER = logging.getLogger(__name__)


class _Linted(NamedTuple):
    """What one template gave: findings by severity and rule, or the settings that could not be used."""

    findings: Sequence[Finding] = ()
    refused: ConfigError | None = None


class _Matching:
    """What the rules share. cfn-lint makes one instance of each class and asks it about one template after another."""

    id = ""
    rule = ""
    level: Severity = "error"
    reports_settings = False
    config: Mapping[str, Any]

    def __init__(self) -> None:
        super().__init__()
        # For `configure_rules` and `-x WR1200:confidence=likely`.
        self.config_definition = {"confidence": {"default": LEAST, "type": "string"}}

    def match(self, cfn: Any) -> list[Any]:
        """The findings of this rule at this severity. cfn-lint makes an E0002 of what is raised for bad settings."""
        least = self.config.get("confidence", LEAST)
        if least not in CONFIDENCES:
            raise ValueError(f"confidence: {least!r} is not one of {', '.join(CONFIDENCES)}")
        linted = _linted(cfn)
        if linted.refused is not None and self.reports_settings:
            raise linted.refused
        try:
            sure = CONFIDENCES[: CONFIDENCES.index(least) + 1]
            mine = (one for one in linted.findings if one.rule == self.rule and one.severity == self.level)
            return [match for one in mine if one.confidence in sure for match in _matches(self.id, one, cfn)]
        except Exception as error:
            _tell(cfn, error)
            return []


@cache
def rule_classes() -> Mapping[str, type]:
    """The classes by their names, which are their ids too."""
    return {
        name: _rule_class(name, rule, severity)
        for rule in all_rules()
        for severity, name in ids(rule).items()
    }


def ids(rule: Rule) -> dict[Severity, str]:
    """The cfn-lint id of a rule for every severity: settings can give a rule any of them."""
    return {severity: f"{prefix}{rule.code}" for severity, prefix in PREFIXES.items()}


def _rule_class(name: str, rule: Rule, severity: Severity) -> type:
    link = re.search(r"https://docs\.aws\.amazon\.com/[^)\s]+", rule.page)
    return type(
        name,
        (_Matching, CloudFormationLintRule),
        {
            "__doc__": rule.summary,
            "id": name,
            "rule": rule.name,
            "level": severity,
            # Once is enough for a settings file that is refused.
            "reports_settings": rule == all_rules()[0] and severity == "error",
            "shortdesc": f"{rule.summary} ({rule.name}, {severity})",
            "description": f"{rule.summary}: 'recursion-lint explain {rule.name}' tells why and the ways out",
            "source_url": page_of(rule.name) or (link[0] if link else ""),
            "tags": ["recursion-lint", rule.name, severity],
        },
    )


# All rules ask about one template before cfn-lint turns to the next.
@lru_cache(maxsize=1)
def _linted(cfn: Any) -> _Linted:
    try:
        return _Linted(_findings(cfn))
    except ConfigError as error:
        return _Linted(refused=error)
    except Exception as error:
        _tell(cfn, error)
        return _Linted()


def _findings(cfn: Any) -> Sequence[Finding]:
    config = load()._replace(only_templates=True)
    if _named(cfn):
        return lint([_named(cfn)], config).findings
    # A template from a pipe: cfn-lint has read the text and kept only what it means.
    return lint(["-"], config, stdin=json.dumps(cfn.template, default=str)).findings


def _tell(cfn: Any, error: Exception) -> None:
    """A line on stderr: a fault of ours must not end the run of the host."""
    if os.environ.get(DEBUG):
        raise error
    _LOGGER.warning(
        "recursion-lint did not check %s: internal error: %s: %s (%s=1 shows where)",
        _named(cfn) or STDIN,
        type(error).__name__,
        error,
        DEBUG,
    )


def _file(cfn: Any) -> str:
    """The host's template as findings name it."""
    return shortest(_named(cfn)) if _named(cfn) else STDIN


def _named(cfn: Any) -> str:
    """The path of the host's template; empty where it comes from a pipe.

    ``sam validate --lint`` hands over what it has read, and the file is an option of its command.
    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-validate.html
    """
    if cfn.filename or "samcli" not in sys.modules:
        return str(cfn.filename or "")
    import click

    context = click.get_current_context(silent=True)
    path = context.params.get("template_file") if context is not None else None
    return path if isinstance(path, str) and os.path.isfile(path) else ""


def _matches(id_: str, finding: Finding, cfn: Any) -> list[Any]:
    """The match for a finding: at a line of the host's template; none where a nested template ignores the rule."""
    file = _file(cfn)
    if not finding.cycle and finding.span.file != file:
        # A stale entry of the baseline says nothing about this template.
        return []
    if any(_ignores(other, id_, finding) for other in {node.file for node in finding.cycle} - {file, ""}):
        return []
    spans = (finding.span, *(hop.span for hop in finding.hops))
    place = next((span for span in spans if span.file == file), None)
    # Without a location cfn-lint finds the line of the path itself: right also for the text of a pipe.
    where = {"location": _location(place)} if place is not None and file != STDIN else {}
    return [RuleMatch(_path(id_, finding, cfn), _message(finding, file), **where)]


def _path(id_: str, finding: Finding, cfn: Any) -> list[str]:
    """The path to a resource of the loop: to one that ignores the rule, if there is one.

    cfn-lint looks at that resource only; it drops the match, unless ``-m`` makes the rule mandatory.
    """
    file = _file(cfn)
    # A nested stack is a resource of the template around it; what counts there is not its own file.
    here = [node.resource for node in finding.cycle if node.file == file or node.type == STACK]
    ignoring = cfn.get_directives().get(id_, ())
    return ["Resources", *next(([one] for one in here if one in ignoring), here[:1])]


def _ignores(file: str, id_: str, finding: Finding) -> bool:
    """Does a resource of the loop in ``file``, a nested template, ignore the rule for cfn-lint?"""
    try:
        root = parse(read_text(file), file)
    except SourceError:
        return False
    nodes = (root.get("Resources", node.resource, *IGNORED) for node in finding.cycle if node.file == file)
    return any(id_ in _texts(node) for node in nodes if node is not None)


def _texts(node: Node) -> list[str]:
    return [one.text for one in node.each() if one.text]


def _location(span: Span) -> tuple[int, int, int, int]:
    return span.line - 1, span.column - 1, span.end_line - 1, span.end_column - 1


def _message(finding: Finding, file: str) -> str:
    """One line, in ASCII: cfn-lint prints it to terminals that know nothing else."""
    parts = [wording.sentence(finding)]
    if finding.hops:
        route = " -> ".join(_route(finding.hops))
        lines = ", ".join(dict.fromkeys(_line(hop.span, file) for hop in finding.hops))
        # In the text of a pipe no line is the author's.
        parts.append(
            route if file == STDIN else f"{route} ({'line' if lines.isdigit() else 'lines'} {lines})"
        )
    parts += wording.code_clauses(finding)
    parts += [runtime] if (runtime := wording.runtime_line(finding)) else []
    parts.append(f"Confidence: {finding.confidence}; see 'recursion-lint explain {finding.rule}'")
    return ". ".join(parts).encode("ascii", "backslashreplace").decode()


def _route(hops: Sequence[FindingHop]) -> Iterator[str]:
    at: str | None = None
    for hop in hops:
        if hop.source != at:
            yield wording.one_line(hop.source)
        yield wording.one_line(hop.target)
        at = hop.target


def _line(span: Span, file: str) -> str:
    return str(span.line) if span.file == file else f"{wording.repository_path(span.file)}:{span.line}"
