"""Facts as JSON Lines: the same data are the same bytes, and what is read is what may stand there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recursion_lint.model.codec import Codec
from recursion_lint.model.codec_forms import Undecodable
from recursion_lint.model.facts import Facts
from recursion_lint.patterns.described import DOCUMENTS
from recursion_lint.run.extract import facts_of
from recursion_lint.template.yaml.files import Beside, read_text

CODEC = Codec(DOCUMENTS)
FIXTURES = Path(__file__).parent.parent / "fixtures"
SAMPLES = [
    facts_of(str(path), read_text(str(path)), {}, {}, Beside())
    for rule in ("s3-loop", "eventbridge-loop", "stepfunctions-loop", "sns-loop")
    for path in sorted((FIXTURES / rule).rglob("template.yaml"))
]
LINES = [json.loads(line) for one in SAMPLES for line in CODEC.dumps(one).splitlines()[1:]]


def test_the_same_facts_are_the_same_bytes() -> None:
    for one in SAMPLES:
        data = CODEC.dumps(one)
        again = Codec(DOCUMENTS).loads(data)
        assert again == one
        assert CODEC.dumps(again) == data


def test_every_annotation_of_the_facts_has_a_form() -> None:
    """A field of a new kind is noticed here rather than by whoever uses a cache."""
    seen: set[Any] = set()

    def visit(hint: Any) -> None:
        if hint in seen or hint is Ellipsis:
            return
        seen.add(hint)
        for inside in get_args(hint) if get_origin(hint) is not None and isinstance(hint, object) else ():
            if not isinstance(inside, str):
                visit(inside)
        if hasattr(hint, "_fields"):
            CODEC._form(hint)
            for one in get_type_hints(hint).values():
                visit(one)

    visit(Facts)
    assert len([hint for hint in seen if hasattr(hint, "_fields")]) > 20


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.sampled_from(["t", "c", "Doc", "d", "e"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=6,
)


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_whatever_is_altered_is_facts_or_undecodable(data: st.DataObject) -> None:
    line = json.loads(json.dumps(data.draw(st.sampled_from(LINES))))
    here = line
    for _ in range(data.draw(st.integers(0, 8))):
        places = [at for at, one in enumerate(here) if isinstance(one, list) and one]
        if not places:
            break
        here = here[data.draw(st.sampled_from(places))]
    here[data.draw(st.integers(0, len(here) - 1))] = data.draw(JUNK)
    head = b'{"format":"recursion-lint facts","version":1}\n'
    try:
        found = CODEC.loads(head + json.dumps(line).encode() + b"\n")
    except Undecodable:
        return
    assert CODEC.loads(CODEC.dumps(found)) == found


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"{}\n", b'{"format":"recursion-lint facts","version":2}\n', b"[" * 9999]
)
def test_what_is_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(Undecodable):
        CODEC.loads(data)


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(Undecodable, match="has no form"):
        CODEC.dumps([Facts("t", "t", "t", conditions={"a": object()})])
