"""recursion-lint: finds recursive loops in AWS SAM and CloudFormation templates before they are deployed."""

import os
import sys

if (
    sys.argv[:1] == ["-m"]
    and "recursion_lint" in sys.orig_argv
    and not getattr(sys.flags, "safe_path", False)
):
    # `python -m recursion_lint` looks for all that it imports in the current folder first, which is a stranger's.
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != os.getcwd()]

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recursion_lint.config import Config as Config
    from recursion_lint.model.report import Report as Report
    from recursion_lint.run.lint import lint as lint
    from recursion_lint.version import __version__ as __version__

__all__ = ["Config", "Report", "__version__", "lint"]

_PUBLIC = {"__version__": "version", "lint": "run.lint", "Config": "config", "Report": "model.report"}


def _also_look_beside() -> None:
    """In a checkout ``rules/`` lies beside this package, not inside: let ``recursion_lint.rules`` find it."""
    here = os.path.dirname(os.path.abspath(__file__))
    if os.path.isdir(os.path.join(here, "rules")):
        return
    beside = os.path.dirname(here)
    # pyproject.toml tells a checkout from a stranger's `rules` package in site-packages.
    if all(os.path.isfile(os.path.join(beside, name)) for name in ("pyproject.toml", "rules/__init__.py")):
        __path__.append(beside)


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that importing the package stays cheap."""
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})


_also_look_beside()
