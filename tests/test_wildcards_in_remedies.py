"""What `lambda:*` allows is not written in the template, so it is not removed there: it is told what to put instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from recursion_lint.model.findings import Remedy
from recursion_lint.run.lint import lint

TEMPLATE = """\
Resources:
  Collect:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: collect-of-a-test
      Code: {S3Bucket: code, S3Key: code.zip}
      Handler: index.handler
      Runtime: nodejs22.x
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: collect
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: ['ACTION']
                Resource: arn:aws:lambda:eu-west-1:123456789012:function:collect-of-a-test
              - {Effect: Allow, Action: 'logs:*', Resource: '*'}
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def advised(action: str) -> Sequence[Remedy]:
    Path("template.yaml").write_text(TEMPLATE.replace("ACTION", action), encoding="utf-8")
    return lint(["template.yaml"]).findings[0].remedies


def test_a_wildcard_for_everything_is_replaced_by_what_is_called() -> None:
    pattern = "lambda:*"
    remedies = advised(pattern)
    assert (
        f"never invokes itself, list the actions that it calls in place of {pattern} (line 20)"
        in remedies[0].title
    )
    told = " ".join(f"{one.title} {one.steps}" for one in remedies)
    assert not re.search(r"([Rr]emove|leave|permission) lambda:\w+( |$)", told)


@pytest.mark.parametrize("written", ["lambda:InvokeFunction", "lambda:Invoke*"])
def test_what_is_written_and_allows_nothing_else_is_removed(written: str) -> None:
    assert f"remove {written} (line 20)" in advised(written)[0].title
