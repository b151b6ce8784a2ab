"""Reading the source code of Lambda handlers: which SDK calls it makes, on what, with what, and under which conditions.

Nothing that is read is executed or imported. The package knows nothing of templates: it gets files and gives calls.
"""
