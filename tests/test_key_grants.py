"""A notification's prefix and suffix against a grant on keys: whole templates against a search by brute force."""

from __future__ import annotations

import json
import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recursion_lint.config import Config
from recursion_lint.model.text import Text, glob, text
from recursion_lint.patterns.keys import covers, decide, ends_with, starts_with
from recursion_lint.run.lint import lint

PIECES = st.lists(st.sampled_from("aa.//"), max_size=2).map("".join)
KEYS = st.lists(st.sampled_from(("a", "a", ".", "/", "*", "?")), min_size=1, max_size=4).map("".join)
BUCKETS = {
    "literal": ("photos", "arn:aws:s3:::photos"),
    "parameter": ({"Ref": "Name"}, {"Fn::Sub": "arn:aws:s3:::${Name}"}),
    "part": ({"Fn::Sub": "${Name}-photos"}, {"Fn::Sub": "arn:aws:s3:::${Name}-photos"}),
    "generated": (None, {"Fn::GetAtt": ["Photos", "Arn"]}),
}


def matches(pattern: str, word: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, word, re.DOTALL) is not None


def some_key(grant: str, prefix: str, suffix: str, denied: str = "") -> bool:
    """Is there a key that all three accept? With such short pieces no shortest one has more than six letters."""
    longest = len(grant) + len(prefix) + len(suffix)
    if "*" not in grant and "?" not in grant:
        words = [grant]
    else:
        words = [
            "".join(letters)
            for size in range(1, min(longest, 6) + 1)
            for letters in product("a./b", repeat=size)
        ]
    return any(
        word.startswith(prefix)
        and word.endswith(suffix)
        and matches(grant, word)
        and not (denied and matches(denied, word))
        for word in words
    )


def template(bucket: str, grant: str, prefix: str, suffix: str, denied: str = "") -> str:
    name, arn = BUCKETS[bucket]
    rules = [
        {"Name": kind, "Value": value} for kind, value in (("prefix", prefix), ("suffix", suffix)) if value
    ]
    notification = {"Event": "s3:ObjectCreated:*", "Function": {"Fn::GetAtt": ["Work", "Arn"]}}
    if rules:
        notification["Filter"] = {"S3Key": {"Rules": rules}}

    def statement(effect: str, key: str) -> dict[str, object]:
        return {"Effect": effect, "Action": "s3:PutObject", "Resource": {"Fn::Join": ["/", [arn, key]]}}

    statements = [statement("Allow", grant), *([statement("Deny", denied)] if denied else [])]
    properties: dict[str, object] = {"NotificationConfiguration": {"LambdaConfigurations": [notification]}}
    if name is not None:
        properties["BucketName"] = name
    policy = {"PolicyName": "p", "PolicyDocument": {"Statement": statements}}
    return json.dumps(
        {
            "Parameters": {"Name": {"Type": "String"}},
            "Resources": {
                "Photos": {"Type": "AWS::S3::Bucket", "Properties": properties},
                "Work": {
                    "Type": "AWS::Lambda::Function",
                    "Properties": {"FunctionName": "work", "Role": {"Fn::GetAtt": ["Role", "Arn"]}},
                },
                "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r", "Policies": [policy]}},
            },
        }
    )


def loops(source: str) -> bool:
    report = lint(["-"], Config(select=("s3-loop",)), stdin=source)
    assert not report.problems
    return bool(report.findings)


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize(
    ("prefix", "suffix", "key"),
    [
        ("data.txt", ".txt", "data.txt"),
        ("export/", "/part.csv", "export/part.csv"),
        ("a", "a", "a"),
        ("aab", "abb", "aabb"),
        ("", ".txt", "data.txt"),
        ("data.txt", "", "data.txt"),
    ],
)
def test_ends_may_share_characters_of_one_key(bucket: str, prefix: str, suffix: str, key: str) -> None:
    assert loops(template(bucket, key, prefix, suffix))
    assert not loops(template(bucket, "x" + key, prefix or "data", suffix))
    assert not loops(template(bucket, key + "x", prefix, suffix or ".txt"))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(BUCKETS)), KEYS, PIECES, PIECES)
def test_grants_agree_with_brute_force(bucket: str, grant: str, prefix: str, suffix: str) -> None:
    assert loops(template(bucket, grant, prefix, suffix)) == some_key(grant, prefix, suffix)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(BUCKETS)), KEYS, PIECES, PIECES, KEYS)
def test_denied_keys_agree_with_brute_force(
    bucket: str, grant: str, prefix: str, suffix: str, denied: str
) -> None:
    if not loops(template(bucket, grant, prefix, suffix, denied)):
        assert not some_key(grant, prefix, suffix, denied)


def pattern(word: str) -> Text:
    return glob(text([word]))


@settings(max_examples=150, deadline=None)
@given(KEYS, KEYS, PIECES, PIECES)
def test_three_patterns_at_once_agree_with_brute_force(
    one: str, other: str, prefix: str, suffix: str
) -> None:
    """The shortest word of patterns with at most four pieces each is short: all are tried."""
    required = [pattern(one), pattern(other), starts_with(text([prefix])), ends_with(text([suffix]))]
    found = decide(required)
    words = ["".join(letters) for size in range(7) for letters in product("a./b", repeat=size)]
    fits = [
        word
        for word in words
        if matches(one, word) and matches(other, word) and word.startswith(prefix) and word.endswith(suffix)
    ]
    if fits:
        assert found.verdict == "overlaps"
        assert len("".join(map(str, found.witness or ()))) == len(fits[0])
    elif found.verdict == "overlaps":
        assert len("".join(map(str, found.witness or ()))) > 6


@settings(max_examples=100, deadline=None)
@given(KEYS, PIECES, PIECES)
def test_what_covers_a_grant_lets_each_of_its_keys_through(grant: str, prefix: str, suffix: str) -> None:
    words = ("".join(letters) for size in range(6) for letters in product("a./b", repeat=size))
    stray = any(
        matches(grant, word) and not (word.startswith(prefix) and word.endswith(suffix)) for word in words
    )
    whole = covers([starts_with(text([prefix])), ends_with(text([suffix]))], pattern(grant))
    assert not (whole and stray)
    if "*" not in grant and "?" not in grant:
        assert whole == (grant.startswith(prefix) and grant.endswith(suffix))
