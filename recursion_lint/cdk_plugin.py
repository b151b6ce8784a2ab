"""The rules as a validation plugin of the CDK, for apps in Python: what ``cdk synth`` writes is checked at once.

    app = App()
    Validations.of(app).add_plugins(RecursionLint())

https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html
"""

from __future__ import annotations

import os
from typing import Any

import jsii
from aws_cdk import (
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from recursion_lint.config import Config, load
from recursion_lint.model.findings import SEVERITIES, Finding
from recursion_lint.report import wording
from recursion_lint.rules import all_rules
from recursion_lint.run.app_source import at_app_source
from recursion_lint.run.lint import lint
from recursion_lint.version import __version__

NAME = "recursion-lint"
TRACES = "JSII_HOST_STACK_TRACES"
"""The variable by which jsii records the lines of Python that make constructs: https://github.com/aws/jsii/pull/5153"""
MAX_ADVISED = 10
"""The remedies of so many findings are verified; an app with more waits for none."""


@jsii.implements(IPolicyValidationPlugin)
class RecursionLint:
    """The plugin. Make it before the stacks: from then on the CDK records the lines that make constructs.

    ``config`` are the settings, those of the settings file if there are none. A variable ``JSII_HOST_STACK_TRACES``
    that is set already stays as it is. Raises ``ConfigError`` for settings that cannot be used.
    """

    def __init__(self, config: Config | None = None) -> None:
        os.environ.setdefault(TRACES, "1")
        self._config = (load() if config is None else config)._replace(advise_at_most=MAX_ADVISED)

    @property
    @jsii.member(jsii_name="name")
    def name(self) -> str:
        """What the report calls the plugin, and what acknowledged rules begin with."""
        return NAME

    @property
    @jsii.member(jsii_name="version")
    def version(self) -> str:
        """The version of recursion-lint."""
        return __version__

    @property
    @jsii.member(jsii_name="ruleIds")
    def rule_ids(self) -> list[str]:
        """The names of all rules."""
        return [rule.name for rule in all_rules()]

    def validate(self, context: Any) -> Any:
        """The report on the templates of an app or a stage: a violation for each error and warning.

        It fails as ``check`` does, at the level of ``fail_on``. Raises ``RuntimeError`` for a template that cannot be
        read.
        """
        report = at_app_source(lint(list(context.template_paths), self._config))
        if report.problems:
            raise RuntimeError(wording.problem_line(report.problems[0]))
        level = self._config.fail_on
        failing = SEVERITIES[: SEVERITIES.index(level) + 1] if level != "never" else ()
        findings = wording.worst_first(report.findings)
        success = not any(finding.severity in failing for finding in findings)
        told = [finding for finding in findings if finding.severity != "info"]
        if not success and not told:  # a failure says why
            told = findings
        return PolicyValidationPluginReport(success=success, violations=[_violation(one) for one in told])


def _violation(finding: Finding) -> Any:
    place, best = finding.template, next(iter(finding.remedies), None)
    resource = place.resource if place is not None else finding.cycle[0].resource
    file = place.span.file if place is not None else finding.span.file
    return PolicyViolation(
        rule_name=finding.rule,
        description=f"{wording.sentence(finding)}: {wording.loop_path(finding)}"
        if finding.hops
        else wording.sentence(finding),
        severity=finding.severity,
        violating_resources=[
            PolicyViolatingResource(
                resource_logical_id=resource, template_path=os.path.abspath(file), locations=[]
            )
        ],
        **({"fix": wording.remedy_line(best, finding)} if best is not None else {}),
        rule_metadata={"place": wording.place(finding.span.file, finding.span.line, finding.span.column)},
    )
