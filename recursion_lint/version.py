"""The version of recursion-lint, in its one place."""

__version__ = "0.1.0"
