#!/usr/bin/env python3
"""How much longer `cdk synth` takes with the plugin, and how long `check cdk.out` takes after it.

    RECURSION_LINT_CDK=.cache/cdk python benchmarks/cdk_synth.py [--runs 5]

The app is that of integrations/cdk/test: five stacks, three loops. `scripts/check_cdk.sh` installs what it needs. Each
round runs them all one after another, so that what else the machine does falls on all of them; told are the
least and the median.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

APPS = Path(__file__).resolve().parent.parent / "integrations" / "cdk"
LANGUAGES = ("typescript", "python")
TRACES = {"JSII_HOST_STACK_TRACES": "1"}


def timed(command: list[str], folder: Path, env: Mapping[str, str]) -> tuple[float, float]:
    """Seconds by the clock, and of the processors."""
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, cwd=folder, env=dict(env), capture_output=True, check=False)  # noqa: S603
    elapsed, after = time.perf_counter() - started, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return elapsed, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--language", action="append", choices=LANGUAGES)
    asked = parser.parse_args()
    tools = Path(os.environ["RECURSION_LINT_CDK"]).resolve()
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / "cdk"
        shutil.copytree(APPS, root, ignore=shutil.ignore_patterns("node_modules", "*.out"))
        (root / "node_modules").symlink_to(tools / "node_modules")
        paths = [f"{tools}/venv/bin", f"{tools}/node_modules/.bin", os.environ["PATH"]]
        env = {**os.environ, "PATH": os.pathsep.join(paths), "CDK_DISABLE_CLI_TELEMETRY": "1"}
        synth = ["cdk", "synth", "-q", "--no-notices"]
        ways = {
            "synth": (synth, env),
            "synth with lines": (synth, {**env, **TRACES}),
            "synth with plugin": (synth, {**env, "PLUGIN": "1"}),
            "check cdk.out": (["recursion-lint", "check", "cdk.out"], env),
        }
        for language in asked.language or LANGUAGES:
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
            for turn in range(asked.runs + 1):
                for name, (command, variables) in ways.items():
                    took = timed(command, root / "test" / language, variables)
                    if turn:  # the first fills the caches
                        found[name].append(took)
            for name, times in found.items():
                told = (
                    f"{min(some):6.2f} to {statistics.median(some):6.2f}" for some in zip(*times, strict=True)
                )
                words = zip(told, ("s by the clock", "s of processors"), strict=True)
                print(f"{language:10}  {name:17}", *(" ".join(one) for one in words), sep="  ")


if __name__ == "__main__":
    main()
