"""A loop through lambda."""

from recursion_lint.ruleset import rule

RULE = rule("lambda-loop", "R1800", ("error", "warning", "info"), __doc__)
