"""Methods of texts that give another text than their receiver, or another answer than it seems."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint import lint

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Files:
    Type: AWS::S3::Bucket
    Properties: {{BucketName: photos-of-ours}}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: {runtime}
      Policies: [S3CrudPolicy: {{BucketName: photos-of-ours}}]
      Environment: {{Variables: {{FOLDER: /raw/}}}}
      Events:
        New:
          Type: S3
          Properties:
            Bucket: !Ref Files
            Events: s3:ObjectCreated:*
            Filter: {{S3Key: {{Rules: [{{Name: prefix, Value: "{prefix}"}}]}}}}
"""
PYTHON = """\
import os, boto3
s3 = boto3.client("s3")
def handler(event, context):
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        {line}
        s3.put_object(Bucket=bucket, Key={key}, Body=b"")
"""
JAVASCRIPT = """\
const {{ S3Client, PutObjectCommand }} = require("@aws-sdk/client-s3");
const s3 = new S3Client({{}});
exports.handler = async (event) => {{
  for (const record of event.Records) {{
    const bucket = record.s3.bucket.name, key = record.s3.object.key;
    {line}
    await s3.send(new PutObjectCommand({{ Bucket: bucket, Key: {key}, Body: "" }}));
  }}
}};
"""


def verdict(folder: Path, language: str, line: str, key: str, prefix: str) -> str:
    """What is said of the step that writes to the bucket."""
    text, name, runtime = (
        (PYTHON, "app.py", "python3.13") if language == "python" else (JAVASCRIPT, "app.js", "nodejs22.x")
    )
    (folder / "src").mkdir()
    (folder / "src" / name).write_text(text.format(line=line or "pass;", key=key), encoding="utf-8")
    template = TEMPLATE.format(runtime=runtime, prefix=prefix)
    (folder / "template.yaml").write_text(template, encoding="utf-8")
    (finding,) = (one for one in lint([folder / "template.yaml"]).findings if one.rule == "s3-loop")
    return next(hop.code.verdict for hop in finding.hops if hop.code is not None)


@pytest.mark.parametrize(
    ("line", "key", "prefix", "expected"),
    [
        ("local = '/tmp/' + key", "local.lstrip('/tmp/')", "raw/", "conditional"),
        ("", "key.lstrip('raw/')", "raw/", "conditional"),
        ("", "os.environ['FOLDER'].strip('/') + '/' + key", "raw/", "conditional"),
        ("", "'./raw/'.lstrip('./') + key", "raw/", "writes-back"),
        ("if key.rstrip('0') == 'a0': continue", "'a0'", "a", "writes-back"),
        ("if key.rfind('x') == 0: continue", "'xx'", "x", "conditional"),
        ("if '{:.3}'.format(key) == 'out/': continue", "'out/'", "o", "conditional"),
        ("if f'{key!r}' == 'out': continue", "'out'", "o", "conditional"),
    ],
)
def test_of_python(tmp_path: Path, line: str, key: str, prefix: str, expected: str) -> None:
    assert verdict(tmp_path, "python", line, key, prefix) == expected


@pytest.mark.parametrize(
    ("line", "key", "prefix", "expected"),
    [
        ("if (key.search(/^thumbs/)) continue;", "'thumbs/' + key", "", "conditional"),
        ("if (key.lastIndexOf('x') === 0) continue;", "'xx'", "x", "conditional"),
        ("", r"'gr\xF6\u00dfe/' + key", "größe/", "writes-back"),
        ("", r"'\u{72}aw/' + key", "raw/", "writes-back"),
        ("", r"'\u{72}aw/' + key", "in/", "elsewhere"),
    ],
)
def test_of_javascript(tmp_path: Path, line: str, key: str, prefix: str, expected: str) -> None:
    assert verdict(tmp_path, "javascript", line, key, prefix) == expected
