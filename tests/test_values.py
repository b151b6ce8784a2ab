"""Symbolic text: its normal form, and what takes texts apart and puts them together keeping it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from recursion_lint import lint
from recursion_lint.model.text import (
    ANY,
    ONE,
    Part,
    Symbol,
    as_text,
    concatenated,
    dynamic_references,
    glob,
    render,
    split_text,
    strip_prefix,
    text,
)
from recursion_lint.template.resource_types import arn_text

NAMES = (Symbol("parameter", "Name", "a.yaml"), Symbol("random", "Queue", "a.yaml"))
PARTS = st.one_of(st.text("ab:/*?", max_size=3), st.sampled_from([ANY, ONE, *NAMES]))
TEXTS = st.lists(PARTS, max_size=6).map(text)


def letters(value: tuple[Part, ...]) -> list[Part]:
    """One text in one way only: letters and symbols, of several ``*`` in a row the first."""
    single = [piece for part in value for piece in (part if isinstance(part, str) else [part])]
    return [one for at, one in enumerate(single) if not (one == ANY and at and single[at - 1] == ANY)]


@given(st.lists(PARTS, max_size=6))
def test_the_normal_form_says_the_same_in_the_fewest_parts(parts: list[Part]) -> None:
    value = text(parts)
    assert letters(value) == letters(tuple(parts))
    assert "" not in value
    assert not any(isinstance(a, str) and isinstance(b, str) for a, b in pairwise(value))
    assert text(value) == value


@given(TEXTS, TEXTS)
def test_two_texts_are_one_as_their_parts_are(left: tuple[Part, ...], right: tuple[Part, ...]) -> None:
    assert concatenated(left, right) == text((*left, *right))


FIELDS = st.lists(st.one_of(st.text("a:", max_size=4), st.sampled_from([ANY, *NAMES])), max_size=6).map(text)


@given(FIELDS, st.integers(-1, 4))
def test_fields_are_texts_in_normal_form_that_the_delimiter_joins(
    value: tuple[Part, ...], limit: int
) -> None:
    delimiter = ":"
    fields = split_text(value, delimiter, limit)
    assert all(field == text(field) for field in fields)
    joined = [part for field in fields for part in (delimiter, *field)][1:]
    assert letters(tuple(joined)) == letters(value)
    there = sum(part.count(delimiter) for part in value if isinstance(part, str))
    assert len(fields) - 1 == (there if limit < 0 else min(there, limit))
    assert not any(delimiter in part for field in fields[:-1] for part in field if isinstance(part, str))


@given(TEXTS, TEXTS)
def test_a_literal_beginning_is_taken_off(prefix: tuple[Part, ...], rest: tuple[Part, ...]) -> None:
    word = "".join(part for part in prefix if isinstance(part, str))
    assert strip_prefix(concatenated((word,) if word else (), rest), word) == rest
    assert strip_prefix((NAMES[0], *rest), "a") is None


@given(TEXTS)
def test_the_wildcards_of_a_pattern_are_those_of_its_letters(value: tuple[Part, ...]) -> None:
    signs = {"*": ANY, "?": ONE}
    assert glob(value) == text(signs.get(one, one) if isinstance(one, str) else one for one in letters(value))


@given(TEXTS)
def test_a_value_of_a_document_is_a_text_in_normal_form(value: tuple[Part, ...]) -> None:
    assert as_text(value) == value
    assert as_text((*value, "", *value)) == text((*value, *value))
    assert as_text(("",)) == as_text("") == ()
    assert as_text((1,)) is as_text(1) is None
    assert as_text("ab") == as_text(("a", "b")) == ("ab",)


def test_a_dynamic_reference_is_a_symbol_of_its_own() -> None:
    assert dynamic_references(("a-{{resolve:ssm:/name}}-b",)) == [
        (("a-",), False),
        (("resolve:ssm:/name",), True),
        (("-b",), False),
    ]
    stage = Symbol("parameter", "Stage")
    assert dynamic_references(("{{resolve:ssm:/", stage, "/x}}")) == [
        ((), False),
        (("resolve:ssm:/", stage, "/x"), True),
        ((), False),
    ]
    for plain in ((), ("a",), ("{{resolve:",), ("a{{resolve:b", stage)):
        found = dynamic_references(plain)
        assert text(part for piece, _ in found for part in piece) == plain
        assert not any(inside for _, inside in found)


def test_a_person_reads_names_and_wildcards() -> None:
    assert render(("a", NAMES[0], ANY, "b", ONE)) == "a${Name}*b?"


def test_an_arn_is_its_form_around_the_name() -> None:
    queue = arn_text("sqs:@:{}", ("jobs-", NAMES[0]))
    assert queue[0] == "arn:"
    assert queue[-2:] == (":jobs-", NAMES[0])
    assert arn_text("s3:::{}", ())[-1] == ":s3:::"
    assert arn_text("cloudfront::@:distribution/{}/x", ("a",))[-1] == ":distribution/a/x"


def test_a_function_that_is_not_known_and_an_action_by_parameter_are_noted(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    statement = "{Effect: Allow, Action: ACTION, Resource: RESOURCE}"
    text = (
        "Parameters: {Verb: {Type: String}}\n"
        "Resources:\n"
        "  Jobs: {Type: AWS::SQS::Queue}\n"
        "  Role:\n"
        "    Type: AWS::IAM::Role\n"
        "    Properties:\n"
        "      Policies: [{PolicyName: jobs, PolicyDocument: {Statement: " + statement + "}}]\n"
    )

    def notes(action: str, resource: str) -> list[str]:
        template.write_text(text.replace("ACTION", action).replace("RESOURCE", resource))
        return [note.message for note in lint([str(template)]).notes]

    assert notes("sqs:SendMessage", "!GetAtt Jobs.Arn") == []
    assert notes("sqs:SendMessage", "!Select [0, !GetAZs '']") == []
    assert notes("sqs:SendMessage", "{'Fn::Elsewhere': Jobs}") == [
        "Fn::Elsewhere is not a function that is known; what it returns was not seen"
    ]
    assert notes("!Ref Verb", "!GetAtt Jobs.Arn") == [
        "which actions a statement allows is not known; what they write was not seen"
    ]
    assert notes("'sqs:Send*'", "!GetAtt Jobs.Arn") == []
