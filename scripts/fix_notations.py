#!/usr/bin/env python3
"""Fix templates in other notations, and see that each comes to the same fix and is still a template.

    python scripts/fix_notations.py --count 200 --seed 7      two hundred cases; it draws a seed if none is given
    python scripts/fix_notations.py --cfn-lint 50             of them fifty are given to cfn-lint as well

A case is a fixture that ``--fix --unsafe-fixes`` changes, in another notation (tests/notations.py) and fixed there.
What it comes to must parse; say what the fixed fixture says, in whatever order; lose and gain the same facts as that,
and no others; and pass the translator of SAM, and cfn-lint, where it did before, if they are installed. What
fails lies in ``--output``.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from notations import Items, Map, Notation, Scalar, Unfit, read, written  # noqa: E402
from sam_translation import Refused, is_sam, loaded, translated  # noqa: E402

from recursion_lint.config import Config  # noqa: E402
from recursion_lint.remedies.apply import Plan  # noqa: E402
from recursion_lint.run.extract import facts_of  # noqa: E402
from recursion_lint.run.lint import remedied  # noqa: E402
from recursion_lint.template.yaml.files import Beside  # noqa: E402

FIX = Config(unsafe_fixes=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100, help="how many cases (default 100)")
    parser.add_argument("--seed", type=int, help="the seed of the cases")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the number of the first case")
    parser.add_argument("--cfn-lint", type=int, default=0, help="how many of them cfn-lint looks at")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long at most (default 60)")
    parser.add_argument("--output", type=Path, default=Path("fixes"), help="where failing cases go")
    return parser.parse_args()


class Fixture(NamedTuple):
    """A template that is fixed: its text, what it says before and after, and the facts that are lost and gained."""

    path: Path
    text: str
    value: Map
    fixed: object
    lost: Counter[str]
    gained: Counter[str]


def fixtures() -> Iterator[Fixture]:
    """The fixtures that a fix changes."""
    for path in sorted((ROOT / "fixtures").rglob("*")):
        if path.suffix not in (".yaml", ".json") or path.stem.startswith("fixed-") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        try:
            value = read(text)
        except Unfit:
            continue
        after, plan = fixed(path, text)
        if after != text and list(plan.texts) and len(plan.texts) == 1:
            old, new = facts(text, path), facts(after, path)
            yield Fixture(path, text, value, said(read(after)), old - new, new - old)


def fixed(path: Path, text: str) -> tuple[str, Plan]:
    """A template's text after the fix, with the files of its case beside it."""
    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder, "case")
        shutil.copytree(path.parent, case)
        place = case / path.name
        place.write_bytes(text.encode("utf-8"))
        here = os.getcwd()
        os.chdir(case)
        try:
            _, plan = remedied([path.name], FIX)
        finally:
            os.chdir(here)
        return plan.texts.get(path.name, text), plan


def said(value: Any) -> object:
    """What a template says, in whatever order and form."""
    if isinstance(value, Map):
        found = {key.text: said(one) for key, one in value.entries}
        called = next(iter(found), "")
        if len(found) == 1 and called == "Fn::GetAtt" and isinstance(found[called], str):
            return frozenset({(called, tuple(str(found[called]).split(".", 1)))})
        return frozenset(found.items())
    if isinstance(value, Items):
        return tuple(map(said, value.elements))
    return _word(value)


def _word(value: Scalar) -> object:
    text = value.text
    if value.plain and text.lower() in ("", "~", "null"):
        return None
    return text.lower() if text.lower() in ("true", "false") else text


def facts(text: str, path: Path) -> Counter[str]:
    """The facts of a template, without their places."""
    found: Counter[str] = Counter()
    for one in facts_of(path.name, text, {}, {}, Beside()):
        for fact in (*one.declared, *one.triggers, *one.writes, *one.statements, *one.actors, *one.roles):
            found[re.sub(r"Span\([^)]*\)", "", repr(fact))] += 1
    return found


def translates(text: str) -> bool:
    """Does the translator take a template? ``True`` for what is none of SAM's, or where there is no translator."""
    if find_spec("samtranslator") is None:
        return True
    try:
        # The command line of SAM reads JSON as JSON, which may have tabs.
        template = json.loads(text) if text.lstrip().startswith("{") else loaded(text)
        if is_sam(template):
            translated(template)
    except Refused:
        return False
    return True


def complaints(text: str) -> set[str]:
    """The errors that cfn-lint has, by their rules."""
    from cfnlint.api import ManualArgs, lint

    found = lint(text, config=ManualArgs(regions=["us-east-1"]))
    return {one.rule.id for one in found if one.rule.id.startswith("E")}


def failures(fixture: Fixture, text: str, linting: bool) -> Iterator[str]:
    """What is wrong with the fix of a fixture in another notation."""
    after, _ = fixed(fixture.path, text)
    if after == text:
        yield "is not fixed"
        return
    try:
        value = read(after)
    except Unfit as unfit:
        yield f"after the fix it {unfit}"
        return
    if said(value) != fixture.fixed:
        yield "the fix says something else"
    old, new = facts(text, fixture.path), facts(after, fixture.path)
    for what, some, own in (("lost", old - new, fixture.lost), ("gained", new - old, fixture.gained)):
        if some != own:
            yield f"other facts are {what}: {next(iter((some - own) + (own - some)))[:200]}"
    if translates(text) and not translates(after):
        yield "the translator refuses it"
    if linting:
        new = complaints(after) - complaints(text)
        if new:
            yield f"cfn-lint complains: {', '.join(sorted(new))}"


def draw(pool: Sequence[Fixture], seed: int, number: int) -> tuple[Fixture, str]:
    """The fixture of a case and its text in another notation. Raises ``Unfit``."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311
    fixture = rng.choice(pool)
    # A fix in what an anchor shares would change all that share it: it is refused.
    how = Notation.draw(rng)._replace(anchors=0)
    return fixture, written(fixture.value, how, rng)


def main() -> int:
    asked = arguments()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**9)
    pool = list(fixtures())
    print(f"seed {seed}, {len(pool)} fixtures", flush=True)
    until = time.monotonic() + asked.minutes * 60
    number, done, linted, wrong = asked.first, 0, 0, 0
    while done < asked.count and time.monotonic() < until:
        try:
            fixture, text = draw(pool, seed, number)
        except Unfit:
            number += 1
            continue
        linting = linted < asked.cfn_lint
        found = list(failures(fixture, text, linting))
        done, linted = done + 1, linted + linting
        if found:
            wrong += 1
            place = asked.output / f"{number}{fixture.path.suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode("utf-8"))
            print(f"case {number}, {fixture.path.relative_to(ROOT)}: {'; '.join(found)}", flush=True)
        number += 1
    print(f"{done} cases, {linted} of them by cfn-lint, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
