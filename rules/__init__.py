"""The rules, one module each: a module's docstring is the rule's page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recursion_lint.ruleset import Rule

NAMES = (
    "s3_loop",
    "sqs_loop",
    "sns_loop",
    "dynamodb_loop",
    "lambda_loop",
)


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of its code."""
    from importlib import import_module

    return tuple(import_module(f"recursion_lint.rules.{name}").RULE for name in NAMES)
