"""The rules, one module each: a module's docstring is the rule's page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from recursion_lint.assessment.ruleset import Rule

NAMES = (
    "s3_loop",
    "sqs_loop",
    "sns_loop",
    "dynamodb_loop",
    "kinesis_loop",
    "firehose_loop",
    "eventbridge_loop",
    "lambda_loop",
    "stepfunctions_loop",
    "logs_loop",
    "iot_loop",
    "api_call_loop",
    "other_loop",
    "s3_access_log_loop",
    "cloudtrail_loop",
    "overlapping_notifications",
    "circular_notification",
    "wildcard_in_s3_filter",
    "recursion_detection_off",
    "unused_suppression",
)
CHECKING = ("overlapping_notifications", "circular_notification", "wildcard_in_s3_filter")
CHECKING_LOOPS = ("recursion_detection_off",)
"""The rules that look for something other than a loop, and those that say more about the loops that were found."""


@cache
def checking_rules(loops: bool) -> tuple[Rule, ...]:
    """The rules with a check of their own, those about loops only where there are ``loops``: others are not loaded."""
    return tuple(_rule(name) for name in ((*CHECKING, *CHECKING_LOOPS) if loops else CHECKING))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of its code."""
    return tuple(_rule(name) for name in NAMES)


def rule_named(name: str) -> Rule:
    """The rule ``s3-loop``, say; no other is loaded."""
    return _rule(name.replace("-", "_"))


@cache
def _rule(module: str) -> Rule:
    from importlib import import_module

    found: Rule = import_module(f"recursion_lint.rules.{module}").RULE
    return found


def __getattr__(name: str) -> Any:
    """The rules as classes of cfn-lint (``cfn-lint -a recursion_lint.rules``): ``ER1200`` for R1200 as an error.

    Made when asked for: importing the rules must not import cfn-lint.
    """
    if name not in _cfn_lint_names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    # By name, because the adapter stands above the rules and imports them.
    classes: dict[str, type] = import_module("recursion_lint.cfn_lint_plugin").rule_classes()
    return classes[name]


def __dir__() -> list[str]:
    """With the classes for cfn-lint, where it is installed: it looks here for what to load."""
    from importlib.util import find_spec

    return sorted({*globals(), *(_cfn_lint_names() if find_spec("cfnlint") else ())})


@cache
def _cfn_lint_names() -> frozenset[str]:
    return frozenset(f"{letter}{rule.code}" for rule in all_rules() for letter in "EWI")
