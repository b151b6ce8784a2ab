"""A loop through sns."""

from recursion_lint.ruleset import rule

RULE = rule("sns-loop", "R1300", ("error", "warning", "info"), __doc__)
