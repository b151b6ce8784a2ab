"""The repositories that started this project, and the other public templates, where they lie beside the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from recursion_lint.model.findings import Finding
from recursion_lint.run.lint import lint

TEMPLATES = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "templates"
pytestmark = pytest.mark.skipif(
    not TEMPLATES.is_dir(), reason="the public templates are not beside this checkout"
)
PATTERNS = "aws-samples+s3-to-lambda-invocation-patterns"


def found(name: str) -> tuple[Finding, ...]:
    report = lint([str(TEMPLATES / name)])
    assert report.problems == ()
    return report.findings


def test_two_buckets_are_no_loop_and_the_repeated_id_is_noted() -> None:
    report = lint([str(TEMPLATES / PATTERNS / "1-preferred/template.yaml")])
    assert report.findings == ()
    assert any("BucketForImagePolicy is declared twice" in note.message for note in report.notes)


def test_a_guard_in_metadata_cannot_be_seen() -> None:
    (finding,) = found(f"{PATTERNS}/2-metadata/template.yaml")
    assert (finding.rule, finding.severity) == ("s3-loop", "warning")
    assert finding.witness is not None
    assert (finding.witness.key or "").endswith(".txt")


def test_a_prefix_is_overlapped_by_a_grant_on_the_whole_bucket() -> None:
    (finding,) = found(f"{PATTERNS}/3-prefix/template.yaml")
    assert (finding.rule, finding.severity) == ("s3-loop", "warning")
    assert finding.witness is not None
    key = finding.witness.key or ""
    assert key.startswith("original/")
    assert key.endswith(".txt")
    assert "at original/*.txt, deny it that" in finding.remedies[0].title


def test_a_table_whose_stream_function_may_write_nothing() -> None:
    assert found(f"{PATTERNS}/4-ddb/template.yaml") == ()


def test_the_sample_of_recursion_detection() -> None:
    (finding,) = found("aws-samples+aws-lambda-recursion-detection-sample/template.yaml")
    assert (finding.rule, finding.severity, finding.runtime_protection) == ("sqs-loop", "error", "stops")
    assert finding.because == ("TARGET_SQS_NAME is SqsSourceQueue (line 43)",)
    assert finding.safety_nets == ("SqsSourceQueue has a dead-letter queue (maxReceiveCount 5)",)


def test_a_deletion_is_no_creation() -> None:
    assert (
        found("chariotsolutions+aws-examples/two_buckets_and_a_lambda/cloudformation/cloudformation.yml")
        == ()
    )


def test_the_seven_loops_of_the_cdk_demonstration() -> None:
    findings = found(
        "Kenichiro-Wada+aws-lambda-recursion-detection/cdk.out/AwsLambdaRecursionDetectionStack.template.json"
    )
    assert sorted(finding.rule for finding in findings if finding.severity != "info") == [
        "s3-loop",
        "sns-loop",
        "sns-loop",
        "sqs-loop",
        "sqs-loop",
        "sqs-loop",
        "sqs-loop",
    ]
