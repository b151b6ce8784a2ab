#!/usr/bin/env python3
"""Write recursion_lint/remedies/data/examples.json: the remedies that fit each rule, with worked examples.

    python scripts/generate_remedy_examples.py            write it
    python scripts/generate_remedy_examples.py --check    fail if it is stale

Which remedies fit is what findings on fixtures/*/*/template.* are offered. An example is the difference between such a
template and the `fixed-<remedy>` beside it; the steps stand for it where a person must carry a remedy out.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.remedies.catalogue import EXAMPLES, KINDS
from recursion_lint.run.lint import lint

ROOT = Path(__file__).resolve().parent.parent
CONTEXT = 2
SUFFIXES = (".yaml", ".yml", ".json", ".template")
APPLICABILITY = ("safe", "unsafe", "manual")


class Offered(NamedTuple):
    """A remedy as a case is offered it; ``diff`` is empty where nobody has written the fixed template."""

    case: Path
    rule: str
    remedy: Remedy
    diff: str


def offered() -> Iterator[Offered]:
    """Every remedy of every case. Only the first finding's has a fixed template."""
    for path in sorted(ROOT.glob("fixtures/*/*/template.*")):
        if path.suffix in SUFFIXES:
            for at, finding in enumerate(lint([str(path)]).findings):
                yield from of_finding(path, finding, first=at == 0)


def of_finding(path: Path, finding: Finding, first: bool) -> Iterator[Offered]:
    """The remedies of one finding; the first one of an id is the one that a fixed template shows."""
    for remedy in {one.id: one for one in reversed(finding.remedies)}.values():
        fixed = path.with_name(f"fixed-{remedy.id}{path.suffix}")
        yield Offered(path, finding.rule, remedy, difference(path, fixed) if first and fixed.exists() else "")


def difference(before: Path, after: Path) -> str:
    """A unified diff, short of what stands around it."""
    old, new = (path.read_text(encoding="utf-8").splitlines() for path in (before, after))
    lines = difflib.unified_diff(old, new, before.name, after.name, n=CONTEXT, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def entry(found: list[Offered]) -> dict[str, str]:
    """One remedy for one rule: the best that it can be there, and the case that shows it."""
    best = min((one.remedy.applicability for one in found), key=APPLICABILITY.index)
    shown = min(found, key=shortness)
    return {
        "id": shown.remedy.id,
        "applicability": best,
        "case": shown.case.parent.relative_to(ROOT / "fixtures").as_posix(),
        "diff": shown.diff,
        "steps": "" if best != "manual" or shown.diff else shown.remedy.steps,
    }


def shortness(one: Offered) -> tuple[object, ...]:
    """The order of examples: those with a diff first, then YAML, then the shorter one."""
    return not one.diff, one.case.suffix == ".json", len(one.diff or one.remedy.steps), one.case


def made() -> str:
    """The text of the data file."""
    found: dict[tuple[str, str], list[Offered]] = {}
    for one in offered():
        found.setdefault((one.rule, one.remedy.id), []).append(one)
    order = list(KINDS)
    rules: dict[str, list[dict[str, str]]] = {}
    for rule, name in sorted(found, key=lambda key: (key[0], order.index(key[1]))):
        rules.setdefault(rule, []).append(entry(found[rule, name]))
    return json.dumps(rules, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` compare it."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    text, stored = made(), Path(EXAMPLES)
    if arguments:
        if stored.exists() and stored.read_text(encoding="utf-8") == text:
            return 0
        print(f"{stored.name} is stale: run scripts/generate_remedy_examples.py", file=sys.stderr)
        return 1
    stored.parent.mkdir(exist_ok=True)
    stored.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
