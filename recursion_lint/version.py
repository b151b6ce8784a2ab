"""The version of recursion-lint and the address of its pages, each in its one place."""

from functools import cache

__version__ = "0.1.0"
_LABEL = "Rules"


def page_of(rule: str) -> str:
    """The address of a rule's page, or nothing as long as none is known."""
    return f"{rule_pages()}{rule}.md" if rule_pages() else ""


@cache
def rule_pages() -> str:
    """Where the pages of the rules lie, with a slash at the end: the URL ``Rules`` of the package, or nothing.

    Whoever publishes the package says so in ``[project.urls]``, and no settings file can: a repository must not choose
    where a finding leads to. https://packaging.python.org/en/latest/specifications/well-known-project-urls/
    """
    # It takes longer to load than a small run takes; only reports with links ask.
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("recursion-lint").get_all("Project-URL") or ()
    except PackageNotFoundError:
        return ""
    for url in urls:
        label, _, address = url.partition(",")
        address = address.strip()
        if label.strip() == _LABEL and address.startswith("https://"):
            return f"{address.rstrip('/')}/"
    return ""
