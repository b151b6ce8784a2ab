"""Symbolic evaluation of the tree: statements, expressions, and values that can change. Nothing is run."""
