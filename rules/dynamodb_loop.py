"""A loop through dynamodb."""

from recursion_lint.ruleset import rule

RULE = rule("dynamodb-loop", "R1400", ("error", "warning", "info"), __doc__)
