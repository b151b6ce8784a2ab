"""What a build writes is changed where it is written from: a report says where that is."""

from __future__ import annotations

import pytest

from recursion_lint.model.findings import Remedy
from recursion_lint.run.generated import for_a_person, perhaps_written_from


@pytest.mark.parametrize(
    ("file", "text", "source"),
    [
        ("app/cdk.out/Stack.template.json", "{}", "the CDK app"),
        ("deploy/stack.template", "  Jobs4B1E2DD9:\n    Type: AWS::SQS::Queue\n" * 3, "the CDK app"),
        ("deploy/stack.template", "  Jobs:\n    Type: AWS::SQS::Queue\n" * 3, ""),
        ("tests/output/cn/loop.json", "{}", "tests/input/loop.yaml"),
        ("tests/output/cn/alone.json", "{}", ""),
    ],
)
def test_what_a_template_is_written_from(file: str, text: str, source: str) -> None:
    assert perhaps_written_from(file, text, {"tests/input/loop.yaml": "Resources: {}"}.get) == source


def test_a_remedy_by_hand_says_that_the_template_is_generated() -> None:
    remedy = Remedy(
        "one-notification", "Make the filters exclude each other", 1, "none", steps="give each a prefix"
    )
    (told,) = for_a_person((remedy,), {}, "tests/input/loop.yaml")
    assert told.steps == (
        "this template is generated, make the change in tests/input/loop.yaml; give each a prefix"
    )
    assert for_a_person((remedy,), {}) == (remedy,)
    # Code is written by no build of a template.
    counter = remedy._replace(id="round-counter")
    assert for_a_person((counter,), {}, "the CDK app") == (counter,)
