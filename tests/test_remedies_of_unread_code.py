"""What takes a permission away is advised under a condition, where nobody has read whether the code needs it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from recursion_lint.config import Config
from recursion_lint.model.findings import Remedy
from recursion_lint.run.lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Photos: {Type: AWS::S3::Bucket, Properties: {BucketName: photos-of-a-test}}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {VARIABLE: photos-of-a-test}}
      Policies: [POLICY]
      Events:
        New:
          Type: S3
          Properties: {Bucket: !Ref Photos, Events: s3:ObjectCreated:*FILTER}
"""
CRUD = "{S3CrudPolicy: {BucketName: photos-of-a-test}}"
IN_FOLDER = ", Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}"
QUEUE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Policies:
        - Statement: [{Effect: Allow, Action: [sqs:SendMessage, sqs:GetQueueUrl], Resource: !GetAtt Jobs.Arn}]
      Events: {Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def statement(keys: str, *actions: str) -> str:
    listed = ", ".join(f"s3:{one}" for one in actions)
    resource = f"arn:aws:s3:::photos-of-a-test/{keys}"
    return f"{{Statement: [{{Effect: Allow, Action: [{listed}], Resource: '{resource}'}}]}}"


def remedies(policy: str = CRUD, variable: str = "PHOTOS", where: str = "") -> Sequence[Remedy]:
    text = TEMPLATE.replace("POLICY", policy).replace("VARIABLE", variable).replace("FILTER", where)
    return advised(text)


def advised(text: str, config: Config | None = None) -> Sequence[Remedy]:
    Path("template.yaml").write_text(text, encoding="utf-8")
    return lint(["template.yaml"], config or Config()).findings[0].remedies


def code(text: str) -> None:
    Path("src").mkdir()
    Path("src/app.py").write_text(text, encoding="utf-8")


def test_a_grant_that_may_be_needed_is_taken_away_under_a_condition() -> None:
    first = remedies()[0]
    assert (first.id, first.title) == (
        "read-only-grant",
        "If Resize (code not found) only reads Photos, give it S3ReadPolicy instead of S3CrudPolicy (line 11); if not, "
        "have it write to another bucket",
    )
    # What only reads needs nothing else of the policy template either.
    assert "s3:" not in (first.diff or "s3:").partition("@@")[2].replace("s3:ObjectCreated", "")
    assert first.applicability == "unsafe"


def test_code_that_only_reads_needs_no_condition() -> None:
    code(
        "import boto3\ndef handler(event, context):\n    boto3.client('s3').get_object(Bucket='b', Key='k')\n"
    )
    Path("template.yaml").write_text(
        TEMPLATE.replace("POLICY", CRUD).replace("VARIABLE", "PHOTOS").replace("FILTER", ""), encoding="utf-8"
    )
    for finding in lint(["template.yaml"], Config()).findings:
        assert not any(one.title.startswith("If ") for one in finding.remedies)


def test_a_statement_that_names_its_action_loses_that_alone() -> None:
    first = remedies(statement("*", "GetObject", "PutObject", "DeleteObject"))[0]
    assert first.title == (
        "If Resize (code not found) never uses s3:PutObject on Photos, remove that (line 11); if it does, have it write "
        "to another bucket"
    )
    assert "+          - Effect: Allow" not in (first.diff or "")
    assert "s3:DeleteObject" in (first.diff or "")


BOTH = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Photos: {Type: AWS::S3::Bucket, Properties: {BucketName: photos-of-a-test}}
  Small: {Type: AWS::S3::Bucket}
  Resize:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {VARIABLE: !Ref Small}}
      Policies:
        - Statement:
            - Effect: Allow
              Action: [s3:GetObject, s3:PutObject]
              Resource: [!Sub 'arn:aws:s3:::photos-of-a-test/*', !Sub '${Small.Arn}/*']
      Events:
        New:
          Type: S3
          Properties: {Bucket: !Ref Photos, Events: s3:ObjectCreated:*}
"""


def test_a_statement_on_two_buckets_is_split() -> None:
    first = advised(BOTH.replace("VARIABLE", "OUTPUT_BUCKET"))[0]
    assert (first.id, first.title) == (
        "use-other-bucket",
        "If Resize (code not found) uses s3:PutObject on Small only, allow it there alone, not on Photos (line 15; "
        "reading stays)",
    )
    added = [line[1:].strip() for line in (first.diff or "").splitlines() if line.startswith("+ ")]
    assert added == [
        "Action: [s3:GetObject]",
        "- Effect: Allow",
        "Action: s3:PutObject",
        "Resource: !Sub '${Small.Arn}/*'",
    ]


def test_a_bucket_that_may_be_read_alone_may_need_no_write() -> None:
    title = advised(BOTH.replace("VARIABLE", "SMALL"))[0].title
    assert title.endswith("reading stays); if nowhere, remove it")


def test_code_that_writes_nowhere_loses_the_write_on_both() -> None:
    code(
        "import boto3\ns3 = boto3.client('s3')\ndef handler(event, context):\n"
        "    s3.get_object(Bucket='photos-of-a-test', Key='k')\n"
    )
    first = advised(BOTH.replace("VARIABLE", "SMALL"))[0]
    assert (first.id, first.applicability) == ("read-only-grant", "safe")
    added = [line[1:].strip() for line in (first.diff or "").splitlines() if line.startswith("+ ")]
    assert added == ["Action: [s3:GetObject]"]


def test_code_that_was_not_asked_for_is_no_code_that_was_not_found() -> None:
    text = TEMPLATE.replace("POLICY", CRUD).replace("VARIABLE", "PHOTOS").replace("FILTER", "")
    title = advised(text, Config(code=False))[0].title
    assert title.startswith("If the code of Resize only reads Photos, ")


def test_the_keys_of_the_trigger_are_denied_before_all_writes_are() -> None:
    found = remedies(where=IN_FOLDER)
    assert [one.id for one in found[:1]] == ["deny-trigger-keys"]
    assert found[0].title == (
        "If Resize (code not found) never uses s3:PutObject on Photos at in/*, deny it that; if it does, have it "
        "write other keys or accept the finding with what bounds its rounds"
    )
    assert "in/*" in (found[0].diff or "")


def test_a_filter_that_every_key_passes_is_none() -> None:
    every = IN_FOLDER.replace("in/", "''")
    assert remedies(where=every)[0].id == "read-only-grant"


def test_what_a_policy_lets_write_by_name_is_accepted_before_it_is_denied() -> None:
    policy = statement("in/small/*", "GetObject", "PutObject", "DeleteObject")
    found = remedies(policy, where=IN_FOLDER)
    assert [one.id for one in found[:2]] == ["accept-bounded", "deny-trigger-keys"]
    assert found[0].title == (
        "If Resize (code not found) writes to Photos at in/small/*, as its policy lets it, have it write outside "
        "in/*, or accept the finding with what bounds its rounds; if it never does, deny it s3:PutObject there"
    )


def test_a_policy_that_names_other_keys_as_well_is_no_such() -> None:
    policy = statement("*", "GetObject", "PutObject")
    assert remedies(policy, where=IN_FOLDER)[0].id == "deny-trigger-keys"


def test_what_may_only_be_written_is_moved() -> None:
    policy = statement("in/small/*", "PutObject")
    found = remedies(policy, "OUTPUT", IN_FOLDER)
    assert found[0].id == "two-buckets"
    assert "deny-trigger-keys" not in [one.id for one in found]


def test_a_variable_that_may_be_read_by_stays() -> None:
    moved = next(one for one in remedies() if one.id == "two-buckets")
    assert "PHOTOS: !Ref" not in (moved.diff or "")
    assert "OUTPUT_BUCKET: !Ref PhotosOutput" in (moved.diff or "")
    assert moved.applicability == "manual"
    told = next(one for one in remedies(variable="OUTPUT_BUCKET") if one.id == "two-buckets")
    assert "OUTPUT_BUCKET: !Ref PhotosOutput" in (told.diff or "")
    assert told.applicability == "unsafe"


def test_a_variable_for_results_sends_them_elsewhere() -> None:
    assert remedies(variable="OUTPUT_BUCKET")[0].id == "two-buckets"


def test_what_is_sent_is_looked_for_by_the_name_of_its_action() -> None:
    first = advised(QUEUE)[0]
    assert first.title == (
        "If Work (code not found) never uses sqs:SendMessage on Jobs, remove that (line 11); if it does, accept the "
        "finding with what bounds its rounds"
    )
