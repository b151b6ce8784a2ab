"""What cfn-lint's directory loader (``cfn-lint -a rules``) finds; it runs every file here as a module of its own."""

from importlib import import_module

# Only this file exposes the classes: cfn-lint refuses a class that it meets twice.
globals().update(import_module("recursion_lint.cfn_lint_plugin").rule_classes())
