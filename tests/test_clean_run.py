"""What most runs are: one small template without a loop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CLEAN = """
Transform: AWS::Serverless-2016-10-31
Parameters: {In: {Type: String}, Out: {Type: String}}
Resources:
  Source: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref In}}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{S3ReadPolicy: {BucketName: !Ref In}}, {S3WritePolicy: {BucketName: !Ref Out}}]
      Events: {Upload: {Type: S3, Properties: {Bucket: !Ref Source, Events: 's3:ObjectCreated:*'}}}
"""
HEAVY = (
    "cfnlint",
    "click",
    "dataclasses",
    "inspect",
    "networkx",
    "ruamel.yaml",
    "pathspec",
    "hashlib",
    "concurrent.futures",
    "recursion_lint.remedies",
)


def test_it_loads_nothing_that_only_a_finding_needs(tmp_path: Path) -> None:
    (tmp_path / "clean.yaml").write_text(CLEAN)
    code = (
        "import sys\n"
        "from recursion_lint.cli.main import main\n"
        "status = main(['check', 'clean.yaml'])\n"
        f"print(status, sorted(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    first, last = done.stdout.splitlines()
    assert first.startswith("No loops found. Checked 1 template: 2 resources, 1 trigger")
    assert last == "0 []"


LATE = """
import re, sys
{before}
compile_now = re.compile
from recursion_lint.run.lint import lint
assert lint(["clean.yaml"]).summary.resources == 2
assert re.compile is compile_now
import yaml
print(isinstance(yaml.reader.Reader.NON_PRINTABLE, re.Pattern))
print(yaml.load("{{a: [1, 2020-01-01, 0x1F, yes, .inf, ~, 'b']}}", Loader=yaml.SafeLoader))
try:
    yaml.load("a: \\x00", Loader=yaml.SafeLoader)
except yaml.reader.ReaderError as refused:
    print(refused.reason)
"""


def after(before: str, folder: Path) -> list[str]:
    (folder / "clean.yaml").write_text(CLEAN)
    code = [sys.executable, "-W", "error", "-c", LATE.format(before=before)]
    return subprocess.run(code, capture_output=True, text=True, cwd=folder, check=True).stdout.splitlines()


def test_patterns_that_only_the_python_parser_needs_are_compiled_when_it_needs_them(tmp_path: Path) -> None:
    late, *read = after("", tmp_path)
    assert late == "False"
    assert read == [
        "{'a': [1, datetime.date(2020, 1, 1), 31, True, inf, None, 'b']}",
        "special characters are not allowed",
    ]


def test_another_thread_never_gets_such_a_pattern(tmp_path: Path) -> None:
    assert after("import threading", tmp_path)[0] == "True"
