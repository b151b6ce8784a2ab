"""A loop through sqs."""

from recursion_lint.ruleset import rule

RULE = rule("sqs-loop", "R1200", ("error", "warning", "info"), __doc__)
