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
