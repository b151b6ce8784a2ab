"""The version of recursion-lint and the address of its pages, each in its one place."""

__version__ = "0.1.0"
RULE_PAGES = ""
"""Where the page of a rule lies as ``<name>.md``, with a slash at its end; empty as long as no address is known."""


def page_of(rule: str) -> str:
    """The address of a rule's page, or nothing."""
    return f"{RULE_PAGES}{rule}.md" if RULE_PAGES else ""
