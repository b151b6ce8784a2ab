"""Prefixes that a service takes for folders: ``out`` and ``out/`` are the same one."""

from recursion_lint.model.text import Text, text


def folder(prefix: Text) -> Text:
    """What keys in the folder begin with. What ends in a value that is not known may have its slash already."""
    last = prefix[-1] if prefix else ""
    return text([*prefix, "/"]) if isinstance(last, str) and last and not last.endswith("/") else prefix
