"""Syntax: a small tree for Python, JavaScript and TypeScript, and the front ends that make it of source."""
