"""Where cfn-lint is not there, or is one that takes no rules in Python: that is said, and nothing else breaks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def told(code: str) -> str:
    """What ``code`` prints in a process of its own where nobody finds cfn-lint 1; the last line of an error."""
    absent = "import sys; sys.modules['cfnlint'] = None\n"
    command = [sys.executable, "-c", absent + code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


def test_the_classes_say_what_they_need() -> None:
    words = told("from recursion_lint.rules import ER1200")
    assert words.startswith(
        "ImportError: the rules are for cfn-lint 1 (pip install 'recursion-lint[cfn-lint]', or '.[cfn-lint]' in a clone)"
    )
    assert told("import recursion_lint.cfn_lint_plugin") == words


def test_the_rules_are_there_without_them() -> None:
    # `find_spec` raises for a module that is None; what is looked for must be missing, not broken.
    code = "del sys.modules['cfnlint']; import importlib.util as u; u.find_spec = lambda name: None\n"
    code += "import recursion_lint.rules as r; print([n for n in dir(r) if n.startswith('ER')], len(r.all_rules()) > 10)"
    assert told(code) == "[] True"
