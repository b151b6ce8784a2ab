"""A loop through s3."""

from recursion_lint.ruleset import rule

RULE = rule("s3-loop", "R1100", ("error", "warning", "info"), __doc__)
