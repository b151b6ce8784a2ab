"""Event patterns against partly known events, with a brute-force matcher of whole events as the oracle."""

from __future__ import annotations

import itertools
import json
import pickle
import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recursion_lint.model.text import ANY, ONE, Symbol, Text, either_case, text
from recursion_lint.patterns.entries import parse
from recursion_lint.patterns.events import (
    UNKNOWN,
    Doc,
    Glob,
    Items,
    Match,
    OneOf,
    overlap,
    string_constraints,
)
from recursion_lint.patterns.fields import choices, may_match
from recursion_lint.patterns.keys import decide
from recursion_lint.patterns.narrowing import narrowed
from recursion_lint.patterns.operators import Undecided

S = Symbol("parameter", "Stage", "t")
R = Symbol("parameter", "Other", "t")

# --- the oracle: a whole event against a whole pattern, None where AWS does not say -------------------------


class Malformed(Exception):
    pass


def match_event(pattern: dict[str, Any], event: dict[str, Any]) -> bool | None:
    """AWS's way: rules by path, and one element of each array at a time; absence is looked for in all."""
    views = list(_views(event))
    absent = {path for view in views for path in _leaves(view)}
    return _any(
        _all(_any(_entry(e, view, path, absent, event) for e in entries) for path, entries in rule.items())
        for rule in _rules(pattern, [{}], ())[0]
        for view in views
    )


def repeats(pattern: dict[str, Any]) -> bool:
    """Whether a path is constrained twice, so that the later one wins."""
    return _rules(pattern, [{}], ())[1]


def _any(verdicts: Any) -> bool | None:
    found = list(verdicts)
    return True if True in found else None if None in found else False


def _all(verdicts: Any) -> bool | None:
    found = list(verdicts)
    return False if False in found else None if None in found else True


def _rules(pattern: Any, rules: list[Any], path: tuple[str, ...]) -> tuple[list[Any], bool]:
    repeated = False
    for key, part in pattern.items():
        if key == "$or":
            forks = [_rules(branch, [dict(rule) for rule in rules], path) for branch in part]
            rules = [rule for fork, _ in forks for rule in fork]
            again = any(flag for _, flag in forks)
        elif isinstance(part, dict):
            rules, again = _rules(part, rules, (*path, key))
        else:
            again = any((*path, key) in rule for rule in rules)
            rules = [{**rule, (*path, key): part} for rule in rules]
        repeated = repeated or again
    return rules, repeated


def _views(value: Any) -> Iterator[Any]:
    """``value`` with each array replaced by one of its elements, in all ways; ... is nothing at all."""
    if isinstance(value, list):
        yield from itertools.chain.from_iterable(map(_views, value)) if value else [...]
    elif isinstance(value, dict):
        for chosen in itertools.product(*(list(_views(part)) for part in value.values())):
            yield {key: part for key, part in zip(value, chosen, strict=True) if part is not ...}
    else:
        yield value


def _leaves(view: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(view, dict):
        for key, part in view.items():
            yield from _leaves(part, (*path, key))
    else:
        yield path


def _at(view: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        view = view.get(key, ...) if isinstance(view, dict) else ...
    return view


def _entry(entry: Any, view: Any, path: tuple[str, ...], present: set[tuple[str, ...]], event: Any) -> Any:
    value = _at(view, path)
    if isinstance(entry, dict) and "exists" in entry:
        if _at(event, path) == []:
            return None
        if isinstance(value, dict):
            return None if entry["exists"] else path not in present
        return (value is not ...) if entry["exists"] else path not in present
    return False if value is ... or isinstance(value, dict) else _scalar(entry, value)


def _scalar(entry: Any, value: Any) -> bool | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not isinstance(entry, dict):
        return json.dumps(entry) == json.dumps(value) or (
            number and not isinstance(entry, (str, bool, type(None))) and entry == value
        )
    ((name, operand),) = entry.items()
    if name == "anything-but":
        nested = isinstance(operand, dict)
        if not isinstance(value, str) and (not number or nested):
            return None
        inner, values = next(iter(operand.items())) if nested else ("", operand)
        values = values if isinstance(values, list) else [values]
        return not any(_scalar({inner: each} if inner else each, value) for each in values)
    if name == "numeric":
        return number and all(
            {"=": value == n, "<": value < n, "<=": value <= n, ">": value > n, ">=": value >= n}[op]
            for op, n in zip(operand[::2], operand[1::2], strict=True)
        )
    if not isinstance(value, str):
        return False
    return _string(name, operand, value)


def _string(name: str, operand: Any, value: str) -> bool:
    if isinstance(operand, dict):
        operand, value = operand["equals-ignore-case"].lower(), value.lower()
    if name == "cidr":
        return value[:1].isdigit() and ip_address(value) in ip_network(operand)
    if name == "wildcard":
        if re.search(r"\*\*|\\[^*\\]|\\$", operand.replace("\\\\", "").replace("\\*", "")):
            raise Malformed
        pieces = re.findall(r"\\.|[^\\]", operand)
        return bool(re.fullmatch("".join(".*" if p == "*" else re.escape(p[-1]) for p in pieces), value))
    return {
        "prefix": value.startswith(operand),
        "suffix": value.endswith(operand),
        "equals-ignore-case": value.lower() == operand.lower(),
    }[name]


# --- random patterns, random events, and what is left of an event when parts of it are hidden --------------

WORDS = ["", "x", "y", "xy", "yx", "X", "xY", "x*", "10.0.0.1"]
SCALARS: list[Any] = [*WORDS, 0, 1, 1.0, 2.5, True, False, None]


def _entries(word: Any, nonempty: Any, wild: Any) -> st.SearchStrategy[Any]:
    """Any operator."""

    def several(one: Any) -> Any:
        return one | st.lists(one, min_size=1, max_size=2)

    def of(name: str, operand: Any) -> Any:
        return operand.map(lambda value: {name: value})

    folded = of("equals-ignore-case", word)
    ranges = [["=", 1], [">", 0], [">=", 1], ["<", 1], ["<=", 1], [">", 0, "<=", 2.5], [">=", 0, "<", 1]]
    excluded = st.one_of(
        several(word),
        several(st.sampled_from([0, 1, 2.5])),
        of("prefix", several(nonempty)),
        of("suffix", several(nonempty)),
        of("wildcard", several(wild)),
        of("equals-ignore-case", several(word)),
    )
    return st.one_of(
        word,
        st.sampled_from([0, 1, 2.5, True, False, None]),
        of("prefix", word | folded),
        of("suffix", word | folded),
        folded,
        of("wildcard", wild),
        of("anything-but", excluded),
        of("numeric", st.sampled_from(ranges)),
        of("cidr", st.sampled_from(["10.0.0.0/8", "10.0.0.1/32", "11.0.0.0/24"])),
        of("exists", st.booleans()),
    )


def _objects() -> st.SearchStrategy[dict[str, Any]]:
    """Any structure, over few operators."""
    entry = st.sampled_from(
        [
            "x",
            "y",
            1,
            {"exists": True},
            {"exists": False},
            {"anything-but": "x"},
            {"prefix": ""},
            ("x", S),
            (S,),
        ]
    )
    leaf = st.lists(entry, min_size=1, max_size=2)

    def level(inner: Any) -> Any:
        plain = st.dictionaries(KEYS, inner, min_size=1, max_size=2)
        branches = st.lists(plain, min_size=2, max_size=2)
        either = branches.map(lambda given: {"$or": given})
        mixed = st.tuples(plain, either).map(lambda both: {**both[0], **both[1]})
        return plain | mixed | st.tuples(either, plain).map(lambda both: {**both[0], **both[1]})

    return level(leaf | level(leaf))


def _events() -> st.SearchStrategy[dict[str, Any]]:
    scalar = st.sampled_from(["x", "y", "xy", "xx", 1, None])
    flat = st.dictionaries(KEYS, scalar | st.lists(scalar, max_size=2), max_size=2)
    array = st.lists(scalar | flat | st.lists(scalar, max_size=1), max_size=2)
    return st.dictionaries(KEYS, scalar | flat | array, min_size=1, max_size=2)


KEYS = st.sampled_from(["a", "b"])
WORD = st.sampled_from(WORDS)
WILD = st.sampled_from(["x*", "*", "*y", "x\\*", "*x*", "a*b", "x*y", "x\\\\"])
LEAF = st.lists(_entries(WORD, st.sampled_from(WORDS[1:]), WILD), min_size=1, max_size=2)
SYMBOLIC_WORDS = [(S,), (S, "y"), ("x", S), (R,), (S, R), ("x", S, "y"), ("x",), ()]
SYMBOLIC_LEAF = st.lists(
    _entries(
        WORD | st.sampled_from(SYMBOLIC_WORDS),
        st.sampled_from(["x", (S, "y"), ("x", S)]),
        WILD | st.sampled_from([(S, "y"), ("x", S), ("x", S, "*y")]),
    ),
    min_size=1,
    max_size=2,
)
BINDING = st.fixed_dictionaries(
    {S: st.sampled_from(["", "x", "y", "xy", "X", "*"]), R: st.sampled_from(["x", "y"])}
)


def concrete(part: Any, binding: dict[Symbol, str]) -> Any:
    if isinstance(part, tuple):
        return "".join(binding[p] if isinstance(p, Symbol) else p for p in part)
    if isinstance(part, dict):
        return {key: concrete(value, binding) for key, value in part.items()}
    return [concrete(value, binding) for value in part] if isinstance(part, list) else part


def known(value: Any) -> Any:
    """A whole event as a closed description."""
    if isinstance(value, dict):
        return Doc({key: known(part) for key, part in value.items()})
    return Items(tuple(map(known, value))) if isinstance(value, list) else value


def hide(value: Any, draw: Any, binding: dict[Symbol, str], choices: bool) -> Any:
    """A description that ``value`` fits; ``choices`` allows alternatives that it does not have."""
    how = draw(st.integers(0, 9))
    if isinstance(value, dict):
        return hide_fields(value, draw, binding, choices)
    if how == 0:
        return UNKNOWN
    if isinstance(value, list):
        kept = value[1:] if value and how == 1 else value
        values = tuple(hide(part, draw, binding, choices) for part in kept)
        return Items(values, open=len(kept) < len(value) or how == 2)
    leaf = hide_word(value, draw, binding, how) if isinstance(value, str) else value
    if choices and how in (7, 8):
        others = draw(st.lists(st.sampled_from(SCALARS), max_size=2))
        return OneOf((*others, leaf) if how == 7 else (leaf, *others))
    return leaf


def hide_fields(value: dict[str, Any], draw: Any, binding: dict[Symbol, str], choices: bool = True) -> Doc:
    dropped = set(value) & {draw(st.sampled_from(["a", "b", "", "", "", ""]))}
    fields = {key: hide(part, draw, binding, choices) for key, part in value.items() if key not in dropped}
    return Doc(fields, open=bool(dropped) or draw(st.integers(0, 9)) == 0)


def hide_word(value: str, draw: Any, binding: dict[Symbol, str], how: int) -> Any:
    start = draw(st.integers(0, len(value)))
    end = draw(st.integers(start, len(value)))
    if how in (1, 2):
        return Glob(text((value[:start], ANY, value[end:])))
    if how == 3 and end > start:
        return Glob(text((value[:start], *[ONE] * (end - start), value[end:])))
    for symbol, bound in binding.items():
        if how >= 4 and bound and bound in value:
            head, _, tail = value.partition(bound)
            return text((head, symbol, tail))
    return (value,) if value and how == 9 else value


def _has_array(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and any(map(_has_array, value.values())))


# No judgement by the clock: the machine may be busy.
settled = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
thorough = settings(settled, max_examples=500)


@thorough
@given(leaf=SYMBOLIC_LEAF, value=st.sampled_from(SCALARS), binding=BINDING, data=st.data())
def test_operators_on_half_known_values(leaf: Any, value: Any, binding: Any, data: Any) -> None:
    try:
        real = match_event({"a": concrete(leaf, binding)}, {"a": value})
    except Malformed:
        return
    doc = Doc({"a": hide(value, data.draw, binding, choices=False)})
    found = overlap({"a": leaf}, doc)
    assert found.verdict != "disjoint" or real is not True, found.reason
    assert found.verdict != "matches" or real is True, found.reason


@settled
@given(pattern=_objects(), event=_events(), binding=BINDING, data=st.data())
def test_what_can_match_is_never_called_disjoint(pattern: Any, event: Any, binding: Any, data: Any) -> None:
    found = overlap(pattern, hide_fields(event, data.draw, binding))
    assert found.verdict != "disjoint" or match_event(concrete(pattern, binding), event) is not True


@settled
@given(pattern=_objects(), event=_events(), binding=BINDING, data=st.data())
def test_what_is_said_to_match_does(pattern: Any, event: Any, binding: Any, data: Any) -> None:
    found = overlap(pattern, hide_fields(event, data.draw, binding, choices=False))
    assert found.verdict != "matches" or match_event(concrete(pattern, binding), event) is True


EXPECTED = {True: "matches", False: "disjoint", None: "unknown"}


@settled
@given(pattern=_objects(), event=_events(), binding=BINDING)
def test_a_known_event_is_decided_exactly(pattern: Any, event: Any, binding: Any) -> None:
    pattern = concrete(pattern, binding)
    found = overlap(pattern, known(event)).verdict
    across = any(word in json.dumps(pattern) for word in ('"exists": false', '"$or"'))
    if found != "unknown" or not (repeats(pattern) or (across and _has_array(event))):
        assert found == EXPECTED[match_event(pattern, event)]


@thorough
@given(leaf=LEAF, value=st.sampled_from(SCALARS))
def test_operators_on_known_values(leaf: Any, value: Any) -> None:
    assert overlap({"a": leaf}, Doc({"a": value})).verdict == EXPECTED[match_event({"a": leaf}, {"a": value})]


@settled
@given(pattern=_objects(), event=_events(), binding=BINDING)
def test_choices_accept_what_the_pattern_accepts(pattern: Any, event: Any, binding: Any) -> None:
    pattern = concrete(pattern, binding)
    accepted = _any(match_event(choice, event) for choice in choices(pattern))
    assert repeats(pattern) or accepted == match_event(pattern, event)


FIELDS = st.dictionaries(KEYS, st.sampled_from(["x", "y", "xy"]), min_size=1)


@settled
@given(pattern=_objects(), fields=FIELDS | st.dictionaries(KEYS, FIELDS, min_size=1))
def test_a_question_about_some_fields_is_one_about_an_open_event(pattern: Any, fields: Any) -> None:
    inner = {key: Doc(part, open=True) if isinstance(part, dict) else part for key, part in fields.items()}
    assert may_match(pattern, fields) == (overlap(pattern, Doc(inner, open=True)).verdict != "disjoint")


@settled
@given(leaf=LEAF, word=WORD)
def test_string_constraints_say_which_strings_pass(leaf: Any, word: str) -> None:
    pairs = string_constraints(leaf)
    if pairs is not None:
        value = (word,) if word else ()
        passes = any(decide([value, *yes], no).verdict == "overlaps" for yes, no in pairs)
        assert passes is match_event({"a": leaf}, {"a": word})


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.just((S, "x")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["a", "a.b", "$or", "prefix", "anything-but", "numeric", "cidr", "wildcard", "exists"]
            )
            | st.sampled_from(["equals-ignore-case", "suffix", "?"]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=8,
)


@settled
@given(
    pattern=JSONISH, value=st.sampled_from([*SCALARS, 10**400, 1e308, (S,), OneOf(()), Items(()), UNKNOWN])
)
def test_nothing_raises(pattern: Any, value: Any) -> None:
    found = overlap(pattern, Doc({"a": value, "b": Items((value, Doc({"a": value})))}))
    assert isinstance(found, Match)
    assert found.reason
    string_constraints(pattern)
    string_constraints([pattern])


# --- examples -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "matching", "other"),
    [
        ("x", "x", "X"),
        ("", "", "x"),
        ("", (), None),
        (None, None, ""),
        (True, True, 1),
        (1, 1.0, True),
        (1, 1, "1"),
        ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
        ("::1", "0:0:0:0:0:0:0:1", "::2"),
        # https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html: to 10^9, five digits after the point
        (0, 0, 0.00001),
        (5, 5, 1e9),
        (10**9, 1e9, 5.0),
        (10**20, 10**20, 10**20 + 1),
        ({"prefix": "out/"}, "out/a", "in/out/a"),
        ({"prefix": ""}, "", None),
        ({"prefix": {"equals-ignore-case": "OUT/"}}, "Out/a", "in/"),
        ({"suffix": ".png"}, "a.png", "a.PNG"),
        ({"suffix": {"equals-ignore-case": ".png"}}, "a.PNG", "a.jpg"),
        ({"equals-ignore-case": "Alice"}, "aLICE", "alicE "),
        ({"equals-ignore-case": "1/2"}, "1/2", "1/3"),
        ({"wildcard": "a/*/c*"}, "a/b/cd", "a/c"),
        ({"wildcard": "a\\*b\\\\"}, "a*b\\", "axb\\"),
        ({"anything-but": "x"}, "y", "x"),
        ({"anything-but": "x"}, 5, "x"),
        ({"anything-but": ["x", "y"]}, "z", "y"),
        ({"anything-but": 1}, 2, 1.0),
        ({"anything-but": [1, 2]}, "1", 2),
        ({"anything-but": {"prefix": "out/"}}, "in/a", "out/a"),
        ({"anything-but": {"prefix": ["out/", "tmp/"]}}, "in/a", "tmp/a"),
        ({"anything-but": {"suffix": ".png"}}, "a.jpg", "a.png"),
        ({"anything-but": {"suffix": [".png", ".gif"]}}, "a.jpg", "a.gif"),
        ({"anything-but": {"wildcard": "*/lib/*"}}, "a/b", "a/lib/b"),
        ({"anything-but": {"wildcard": ["*.a", "*.b"]}}, "x.c", "x.b"),
        ({"anything-but": {"equals-ignore-case": "x"}}, "y", "X"),
        ({"anything-but": {"equals-ignore-case": ["x", "y"]}}, "z", "Y"),
        ({"numeric": ["=", 5]}, 5.0, "5"),
        ({"numeric": [">", 0, "<=", 5]}, 5, 0),
        ({"numeric": [">=", 0, "<", 5]}, 0, 5),
        ({"numeric": ["<", 0]}, -1, 0),
        ({"numeric": ["<", 0]}, -1, 1),
        ({"numeric": ["<=", 5]}, 5, 6),
        ({"numeric": [">=", 5]}, 5, 4),
        ({"numeric": [">", 0, "<=", 5]}, 3, -1),
        ({"numeric": [">", 0, "<=", 5]}, 3, 6),
        ({"numeric": ["<=", 10**9]}, 5, "5"),
        ({"numeric": [">", 5]}, 10**9, 4),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.7", "10.0.1.7"),
        ({"cidr": "2001:db8::/32"}, "2001:db8::1", "2001:db9::1"),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.7", "out/a"),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.7", "cafe"),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.7", 5),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.7", "2001:db8::1"),
        ({"cidr": "10.0.0.7/24"}, "10.0.0.9", "10.0.1.9"),
        ({"cidr": "45.67.89.0/24"}, "45.67.89.123", "45.67.80.1"),
        ({"cidr": "2001:db8:abcd:ef00::/56"}, "2001:DB8:ABCD:EF67::1", "2001:db8:abcd:ee67::1"),
        ({"exists": True}, None, ...),
        ({"exists": False}, ..., "x"),
    ],
)
def test_each_operator(entry: Any, matching: Any, other: Any) -> None:
    def verdict(value: Any) -> str:
        return overlap({"a": [entry]}, Doc({} if value is ... else {"a": value})).verdict

    assert verdict(matching) == "matches"
    assert verdict(other) == "disjoint"
    operator = parse(entry)
    assert not isinstance(operator, Undecided)
    for value, expected in ((matching, "matches"), (other, "disjoint")):
        assert value is ... or operator.test(value) == expected
    assert overlap({"a": [entry]}, Doc({"a": UNKNOWN})) == Match("unknown", "a cannot be decided")
    assert overlap({"a": [entry]}, Doc({}, open=True)) == Match("unknown", "a cannot be decided")
    assert verdict(OneOf((other, matching)) if ... not in (other, matching) else matching) == "matches"
    if entry != {"exists": False}:
        assert verdict(...) == "disjoint"


@pytest.mark.parametrize(
    ("entry", "glob", "expected"),
    [
        ("out/a", ("out/", ANY), "unknown"),
        ("out/a", ("in/", ANY), "disjoint"),
        ("ab", ("a", ONE, ONE), "disjoint"),
        ({"prefix": "out/"}, ("out/x", ANY), "matches"),
        ({"prefix": "out/"}, ("o", ANY), "unknown"),
        ({"suffix": ".png"}, (ANY, ".jpg"), "disjoint"),
        ({"suffix": ".png"}, (ANY, "x.png"), "matches"),
        ({"equals-ignore-case": "OUT"}, ("o", ANY), "unknown"),
        ({"equals-ignore-case": "OUT"}, ("X", ANY), "disjoint"),
        ({"prefix": {"equals-ignore-case": "OUT"}}, ("Out/", ANY), "matches"),
        ({"wildcard": "a/*/z"}, ("a/", ANY, "/y/z"), "matches"),
        ({"wildcard": "a/*/z"}, ("b", ANY), "disjoint"),
        ({"anything-but": {"prefix": "out/"}}, ("out/", ANY), "disjoint"),
        ({"anything-but": {"prefix": "out/"}}, ("in/", ANY), "matches"),
        ({"anything-but": {"prefix": "out/"}}, (ANY,), "unknown"),
        ({"anything-but": {"equals-ignore-case": "out"}}, ("OUT",), "disjoint"),
        ({"anything-but": ["out"]}, ("in", ANY), "matches"),
        ({"anything-but": 5}, (ANY,), "matches"),
        ({"numeric": [">", 5]}, (ANY,), "disjoint"),
        ({"cidr": "10.0.0.0/8"}, (ANY,), "unknown"),
        ({"exists": True}, (ANY,), "matches"),
        # symbols: the same one is the same text, another may or may not be
        ((S, ".in"), (S, ".in"), "matches"),
        ((S, ".in"), (S, ".out"), "disjoint"),
        ((S, ".in"), (R, ".in"), "unknown"),
        ((S, ".in"), ("a.out",), "disjoint"),
        ({"prefix": (S, "/in/")}, (S, "/in/", ANY), "matches"),
        ({"prefix": (S, "/in/")}, (S, "/out/", ANY), "disjoint"),
        ({"anything-but": (S,)}, (S,), "disjoint"),
        ({"anything-but": (S,)}, (R,), "unknown"),
        ({"equals-ignore-case": (S, "a")}, ("xA",), "unknown"),
        ({"equals-ignore-case": (S, "a")}, ("xB",), "disjoint"),
        # the value of a symbol may hold a star
        ({"wildcard": (S, "/in/*")}, (S, "/in/a"), "unknown"),
        ({"wildcard": (S, "a*")}, (S, "ba"), "unknown"),
        ({"wildcard": (S, "/in")}, ("a/out",), "disjoint"),
        ({"wildcard": (S, "/in")}, ("a/in",), "unknown"),
        ({"anything-but": {"wildcard": (S, "/in")}}, (S, "/in"), "unknown"),
        # a wildcard in a pattern's own text is something the template does not say
        (("x", ANY), ("xy",), "unknown"),
        (("x", ANY), ("z",), "disjoint"),
        ({"prefix": ("x", ANY)}, ("xy",), "unknown"),
        ({"prefix": ("x", ANY)}, ("z",), "disjoint"),
        ({"suffix": {"equals-ignore-case": (S, "X")}}, ("yx",), "unknown"),
        ({"suffix": {"equals-ignore-case": (S, "X")}}, ("xy",), "disjoint"),
        ({"anything-but": ("x", ANY)}, ("xy",), "unknown"),
        ({"anything-but": ("x", ANY)}, ("z",), "matches"),
    ],
)
def test_strings_that_are_partly_known(entry: Any, glob: Text, expected: str) -> None:
    assert overlap({"a": [entry]}, Doc({"a": Glob(glob)})).verdict == expected
    assert overlap({"a": [entry]}, Doc({"a": glob})).verdict == expected


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"prefx": "x"},
        {"prefix": "x", "suffix": "y"},
        {"prefix": 5},
        {"prefix": ["x"]},
        {"prefix": {"wildcard": "x"}},
        {"prefix": {"equals-ignore-case": "é"}},
        {5: "x"},
        {"suffix": None},
        {"equals-ignore-case": ["x"]},
        {"equals-ignore-case": "é"},
        {"wildcard": "a**b"},
        {"wildcard": "a\\b"},
        {"wildcard": "a\\"},
        {"wildcard": 5},
        {"anything-but": []},
        {"anything-but": ["x", 5]},
        {"anything-but": None},
        {"anything-but": {"prefix": ""}},
        {"anything-but": {"prefix": ["x", ""]}},
        {"anything-but": {"suffix": ""}},
        {"anything-but": {5: "x"}},
        {"anything-but": {"prefix": 5}},
        {"anything-but": {"numeric": [">", 5]}},
        {"anything-but": {"prefix": "x", "suffix": "y"}},
        {"numeric": []},
        {"numeric": [">", "5"]},
        {"numeric": [">", True]},
        {"numeric": ["~", 5]},
        {"numeric": [">", 0, "<"]},
        {"numeric": [">", 5, "<", 1]},
        {"numeric": ["<", 5, ">", 1]},
        {"numeric": [">=", 5, "<=", 5]},
        {"cidr": "10.0.0.0"},
        {"cidr": "10.0.0.0/99"},
        {"cidr": (S, "/8")},
        {"exists": "true"},
        ["x"],
        object(),
    ],
)
def test_malformed_and_unknown_operators_are_undecided(entry: Any) -> None:
    undecided = Match("unknown", "a cannot be decided")
    for value in ("x", 5, None, Doc({}), Items(("x",)), OneOf(("x", "y"))):
        assert overlap({"a": [entry]}, Doc({"a": value})) == undecided
    assert overlap({"a": [entry]}, Doc({})) == undecided
    assert overlap({"a": [entry, "x"]}, Doc({"a": "x"})).verdict == "matches"
    assert overlap({"a": [entry, "x"]}, Doc({"a": "y"})) == undecided
    assert overlap({"a": [entry], "b": ["x"]}, Doc({"b": "y"})).verdict == "disjoint"
    assert string_constraints([entry]) is None


@pytest.mark.parametrize("part", [[], {}, "x", None, 5, (S,)])
def test_a_field_that_is_neither_list_nor_object_is_undecided(part: Any) -> None:
    assert overlap({"a": {"b": part}}, Doc({})) == Match("unknown", "a.b cannot be decided")


@pytest.mark.parametrize("pattern", [None, [], "x", (S,), 5])
def test_a_pattern_that_is_no_object(pattern: Any) -> None:
    assert overlap(pattern, Doc({})) == Match("unknown", "the pattern cannot be read")


def test_a_pattern_that_contains_itself() -> None:
    endless: dict[str, Any] = {"a": ["x"]}
    endless["b"] = endless
    assert overlap(endless, Doc({})).verdict == "unknown"
    wide: Any = ["x"]
    for _ in range(30):
        wide = {"a": wide, "b": wide}
    assert overlap(wide, Doc({})).verdict == "unknown"


def test_the_empty_pattern_accepts_everything() -> None:
    assert overlap({}, Doc({"a": UNKNOWN})) == Match("matches", "the pattern accepts every event")


@pytest.mark.parametrize(
    ("pattern", "fields", "reason"),
    [
        (
            {"source": ["my.input"]},
            {"source": "my.output"},
            'source: produced "my.output", accepted "my.input"',
        ),
        (
            {"source": ["a", {"prefix": "b"}]},
            {"source": OneOf(("x", ("y.", S)))},
            'source: produced "x" or "y.${Stage}", accepted "a" or starting with "b"',
        ),
        (
            {"detail": {"status": [{"exists": True}]}},
            {"detail": Doc({})},
            "detail.status: produced no such field, accepted any value",
        ),
        (
            {"a": [{"exists": False}]},
            {"a": Items((1, None))},
            "a: produced [1, null], accepted no such field",
        ),
        (
            {"a": [{"numeric": [">", 0, "<", 5]}]},
            {"a": True},
            "a: produced true, accepted a number > 0 and < 5",
        ),
        (
            {"a": [{"anything-but": ["x", "y"]}]},
            {"a": "x"},
            'a: produced "x", accepted anything but "x" or "y"',
        ),
        (
            {"a": [{"anything-but": {"prefix": "x"}}, {"cidr": "10.0.0.0/8"}]},
            {"a": "xy"},
            'a: produced "xy", accepted anything but starting with "x" or an address in 10.0.0.0/8',
        ),
        ({"a": ["p", "q", "r", "s", "t"]}, {"a": "x"}, 'a: produced "x", accepted "p", "q", "r" or 2 others'),
        ({"a": ["p", "q", "r", "s"]}, {"a": 5}, 'a: produced 5, accepted "p", "q", "r" or "s"'),
        ({"a": ["p"]}, {"a": Doc({})}, 'a: produced an object, accepted "p"'),
        ({"a": [{"wildcard": "p*"}]}, {"a": Glob(("x", ANY))}, 'a: produced "x*", accepted like "p*"'),
        (
            {"$or": [{"a": [1]}, {"b": [2]}]},
            {"a": 3, "b": 3},
            "a: produced 3, accepted 1; b: produced 3, accepted 2",
        ),
    ],
)
def test_a_disjoint_reason_names_the_field_and_both_sides(pattern: Any, fields: Any, reason: str) -> None:
    assert overlap({"zz": [{"exists": False}], **pattern}, Doc(fields)) == Match("disjoint", reason)


def test_the_reason_is_that_of_the_deciding_field() -> None:
    pattern = {"source": ["x"], "detail": {"status": ["done"], "kind": ["k"]}}
    half = Doc({"source": "x", "detail": Doc({"kind": "k"}, open=True)})
    assert overlap(pattern, half) == Match("unknown", "detail.status cannot be decided")
    decided = Doc({"source": "x", "detail": Doc({"kind": "l"}, open=True)})
    assert overlap(pattern, decided).reason == 'detail.kind: produced "l", accepted "k"'
    partly = Doc({"source": "x", "detail": Doc({"kind": "k", "status": Glob((ANY,))})})
    assert overlap(pattern, partly).reason == 'detail.status cannot be decided: produced "*", accepted "done"'
    full = Doc({"source": "x", "detail": Doc({"kind": "k", "status": OneOf(("failed", "done"))})})
    assert overlap(pattern, full).verdict == "matches"
    assert 'detail.kind: produced "k", accepted "k"' in overlap(pattern, full).reason


def test_alternatives() -> None:
    assert overlap({"a": ["x"]}, Doc({"a": OneOf(("y", "x"))})).verdict == "matches"
    assert overlap({"a": ["x"]}, Doc({"a": OneOf(("y", Glob((ANY,))))})).verdict == "unknown"
    assert overlap({"a": ["x"]}, Doc({"a": OneOf(("y", Glob(("z", ANY)), 5))})).verdict == "disjoint"
    assert overlap({"a": {"b": [{"exists": False}]}}, Doc({"a": OneOf(("{}", 5))})).verdict == "matches"
    assert overlap({"a": {"b": ["x"]}}, Doc({"a": OneOf(("{}",))})).verdict == "unknown"
    nothing = overlap({"a": {"b": [{"exists": False}]}}, Doc({"a": OneOf(())}))
    assert nothing == Match("disjoint", "a: nothing is produced")


def test_arrays() -> None:
    def verdict(part: Any, *values: Any, more: bool = False) -> str:
        return overlap({"a": part}, Doc({"a": Items(values, open=more)})).verdict

    assert verdict(["x"], "y", Items(("x",))) == "matches"
    assert verdict(["x"], "x", Items(("y",))) == "matches"
    assert verdict(["x"], "y") == "disjoint"
    assert verdict(["x"]) == "disjoint"
    assert verdict(["x"], "y", more=True) == "unknown"
    assert verdict(["x"], "y", Items((), open=True)) == "unknown"
    assert verdict(["x"], "y", Items((), perhaps=("x",))) == "unknown"
    assert verdict(["x"], "y", UNKNOWN) == "unknown"
    assert verdict([{"anything-but": "x"}], "x", "y") == "matches"
    assert verdict([{"anything-but": "x"}], "x") == "disjoint"
    assert verdict([{"exists": True}]) == "unknown"
    assert verdict([{"exists": False}]) == "unknown"
    assert verdict([{"exists": True}], Items(())) == "unknown"
    assert verdict([{"exists": True}], Doc({}), "x") == "matches"
    both = {"b": ["x"], "c": ["y"]}
    assert verdict(both, Doc({"b": "x", "c": "y"})) == "matches"
    assert verdict(both, Doc({"b": "x", "c": "z"}), Doc({"b": "z", "c": "y"})) == "disjoint"
    assert verdict(both, Doc({"b": "z"}), more=True) == "unknown"
    # One element has no b, but the other one has: AWS sees a field a.b.
    assert verdict({"b": [{"exists": False}]}, Doc({"c": "x"}), Doc({"b": "x"})) == "unknown"
    assert verdict({"b": [{"exists": False}, "z"]}, Doc({"c": "x"}), Doc({"b": "x"})) == "unknown"
    assert verdict({"b": [{"exists": False}]}) == "matches"
    partly = overlap({"a": ["x"]}, Doc({"a": Items(("y", UNKNOWN))}))
    assert partly.reason == 'a cannot be decided: produced ["y", anything], accepted "x"'


def test_arrays_of_what_may_be_there() -> None:
    def verdict(part: Any, *values: Any, perhaps: tuple[Any, ...] = ("x",)) -> str:
        return overlap({"a": part}, Doc({"a": Items(values, perhaps=perhaps)})).verdict

    assert verdict(["x"], "x") == "matches"
    assert verdict(["x"], "y") == verdict(["x"]) == "unknown"
    assert verdict(["x"], "y", perhaps=("z", "x")) == verdict(["x"], "y", perhaps=("x", "z")) == "unknown"
    assert verdict(["x"], "y", perhaps=("z",)) == "disjoint"
    assert verdict(["x"], "y", perhaps=(Glob((ANY,)),)) == "unknown"
    assert verdict(["z"], Items(("y",), perhaps=("x",))) == "unknown"
    assert verdict([{"anything-but": "y"}], "y") == "unknown"
    assert verdict([{"exists": True}]) == verdict([{"exists": False}]) == "unknown"
    assert verdict([{"exists": True}], "y") == "matches"
    part = {"b": ["x"]}
    assert verdict(part, perhaps=(Doc({"b": "x"}),)) == "unknown"
    assert verdict(part, Doc({"b": "y"}), perhaps=(Doc({"b": "x"}),)) == "unknown"
    assert verdict(part, Doc({"b": "x"}), perhaps=(Doc({"b": "y"}),)) == "matches"
    inner = Items((Items((Doc({"b": "y"}),), perhaps=(Doc({"b": "x"}),)),))
    assert overlap({"a": part}, Doc({"a": inner})).verdict == "unknown"
    assert overlap({"a": part}, Doc({"a": Items((Doc({"b": "y"}),))})).verdict == "disjoint"


def test_strings_that_a_filter_let_through_may_be_an_object_for_another() -> None:
    left = Doc({}, open=True)
    for entry in ({"prefix": ("a",)}, {"suffix": ("b",)}):
        known = narrowed(left, {"source": [entry]})
        assert known is not None
        left = known
    assert overlap({"source": [("ac",)]}, left).verdict == "disjoint"
    assert overlap({"source": {"b": [{"exists": False}]}}, left).verdict == "unknown"
    assert overlap({"source": {"b": [("x",)]}}, left).verdict == "unknown"


def test_a_pattern_for_an_object_against_something_else() -> None:
    def verdict(value: Any, part: Any = {"b": ["x"]}) -> str:  # noqa: B006
        return overlap({"a": part}, Doc({"a": value})).verdict

    assert [verdict(value) for value in (None, 5, "X", "", Glob(("arn:", ANY)))] == ["disjoint"] * 5
    # Lambda and Pipes read a body that is JSON
    assert [verdict(value) for value in (' {"b": 1}', ("[", S), (S,), Glob((" ", ANY)))] == ["unknown"] * 4
    assert overlap({"a": {"b": ["x"]}}, Doc({"a": UNKNOWN})) == Match("unknown", "a.b cannot be decided")
    assert verdict(5, {"b": [{"exists": False}]}) == "matches"
    assert overlap({"a": {"b": [{"exists": False}]}}, Doc({})).verdict == "matches"
    assert overlap({"a": {"b": [{"exists": False}]}}, Doc({}, open=True)).verdict == "unknown"


def test_exists_looks_at_leaves() -> None:
    doc = Doc({"a": Doc({"b": "x"})})
    assert overlap({"a": [{"exists": False}]}, doc).verdict == "matches"
    assert overlap({"a": [{"exists": True}]}, doc).verdict == "unknown"


def test_booleans_are_not_read_as_operators() -> None:
    assert overlap({"a": [False]}, Doc({})).verdict == "disjoint"
    assert overlap({"a": [0]}, Doc({})).verdict == "disjoint"
    assert string_constraints([True]) is None


def test_or() -> None:
    doc = Doc({"a": "x", "b": UNKNOWN, "c": "z"})
    both = {"a": ["y"]}, {"c": ["y"]}
    assert overlap({"$or": [*both, {"a": ["x"]}]}, doc).verdict == "matches"
    assert overlap({"$or": [*both, {"b": ["x"]}]}, doc) == Match("unknown", "b cannot be decided")
    assert overlap({"$or": [*both]}, doc).verdict == "disjoint"
    assert overlap({"c": ["z"], "$or": [{"a": ["x"]}, {"a": ["y"]}]}, doc).verdict == "matches"
    for odd in (
        [{"a": ["y"]}],
        {"a": ["y"]},
        [{"a": ["y"]}, {}],
        [{"a": ["y"]}, {"prefix": ["y"]}],
        ["a", "b"],
    ):
        assert overlap({"$or": odd}, doc) == Match("unknown", "$or cannot be decided")


# The field names that keep EventBridge's own matcher, https://github.com/aws/event-ruler, from reading $or.
RESERVED = """
exactly prefix suffix wildcard anything-but numeric cidr exists equals-ignore-case not-equals-ignore-case not-wildcard
regex = < <= > >= date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range
ip-address-not-in-range
"""


@pytest.mark.parametrize("name", RESERVED.split())
def test_a_reserved_name_keeps_or_from_being_a_choice(name: str) -> None:
    for branches in ([{"a": ["y"]}, {name: ["y"]}], [{name: ["y"], "a": ["y"]}, {"a": ["y"]}]):
        assert overlap({"$or": branches}, Doc({"a": "x"})) == Match("unknown", "$or cannot be decided")


def test_a_pattern_beyond_all_measure_is_not_read() -> None:
    def nested(deep: int) -> dict[str, Any]:
        pattern: dict[str, Any] = {"z": ["x"]}
        for _ in range(deep):
            pattern = {"a": pattern}
        return pattern

    unread = Match("unknown", "the pattern cannot be read")
    tall, long = nested(1000), {"a": list(range(30_000))}
    wide = {str(at): ["x"] for at in range(30_000)}
    for pattern in (
        tall,
        long,
        wide,
        {"$or": [{"b": ["x"]}, tall]},
        {**tall, "b": ["x"]},
        {"b": ["x"], **tall},
    ):
        assert overlap(pattern, Doc({"b": "y"})) == unread
    assert overlap(nested(20), Doc({})).verdict == "disjoint"
    assert overlap({"a": list(range(1000))}, Doc({"a": 999})).verdict == "matches"


def test_fields_that_a_symbol_may_name_or_a_choice_names_again() -> None:
    assert may_match({"source": [("x",), (S,)]}, {"source": "y"})
    assert may_match({"source": ["x"], "$or": [{"source": ["y"]}, {"a": ["z"]}]}, {"source": "y"})
    assert not may_match({"source": [("x",)]}, {"source": "y"})


def test_one_element_must_satisfy_what_is_under_or_and_beside_it() -> None:
    pattern = {"o": {"a": ["x"]}, "$or": [{"o": {"b": ["y"]}}, {"c": ["z"]}]}
    apart = Items((Doc({"a": "x"}), Doc({"b": "y"})))
    assert overlap(pattern, Doc({"o": apart})) == Match("unknown", "o cannot be decided")
    assert overlap(pattern, Doc({"o": Doc({"a": "x", "b": "y"})})).verdict == "matches"
    inner = {"d": pattern["o"]}, [{"d": {"b": ["y"]}}, {"c": ["z"]}]
    deep = Doc({"o": Doc({"d": apart})})
    assert overlap({"o": inner[0], "$or": [{"o": inner[1][0]}, inner[1][1]]}, deep).verdict == "unknown"


def test_the_later_of_two_constraints_on_a_path_wins() -> None:
    doc = Doc({"a": "x", "o": Doc({"a": "x"}), "c": "z"})
    assert overlap({"a": ["y"], "$or": [{"a": ["x"]}, {"c": ["y"]}]}, doc).verdict == "unknown"
    assert overlap({"o": {"a": ["y"]}, "$or": [{"o": {"a": ["x"]}}, {"c": ["y"]}]}, doc).verdict == "unknown"
    assert overlap({"o": {"a": ["y"]}, "o.a": ["x"]}, doc).verdict == "unknown"
    flat = Doc({"p.q.r": "x"})
    assert overlap({"p.q.r": ["y"], "p.q": {"r": ["x"]}}, flat).verdict == "unknown"
    assert overlap({"a": ["y"], "c": ["y"], "$or": [{"a": ["x"]}, {"a": ["z"]}]}, doc).verdict == "disjoint"


def test_names_with_dots() -> None:
    flat = Doc({"com.acme.kind": "x"})
    assert overlap({"com.acme.kind": ["x"]}, flat).verdict == "matches"
    assert overlap({"com.acme.kind": ["y"]}, flat).verdict == "disjoint"
    assert overlap({"com.acme.other": ["y"]}, flat).verdict == "disjoint"
    assert overlap({"com": {"acme": {"kind": ["x"]}}}, flat).verdict == "unknown"
    assert overlap({"detail.kind": ["x"]}, Doc({"detail": Doc({"kind": "x"})})).verdict == "unknown"


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        (1, 1.000001),
        ({"numeric": ["<", 1]}, 0.999999),
        ({"numeric": ["=", 10**10]}, 10**10),
        ({"numeric": [">", 5]}, 10**10),
        ({"numeric": ["<", 10**10]}, -5),
        (10**20, 1e20 + 2**20),
        ({"anything-but": "x"}, None),
        ({"anything-but": 5}, True),
        ({"anything-but": 1}, 1.000001),
        (5, 1e10),
        (1e10, 5),
        ({"anything-but": {"prefix": "x"}}, 5),
        ({"equals-ignore-case": "k"}, "\u212a"),
        ({"cidr": "10.0.0.0/8"}, "::ffff:10.0.0.1"),
        ({"cidr": "::ffff:10.0.0.0/104"}, "10.0.0.1"),
        ({"cidr": "10.0.0.0/8"}, "010.0.0.1"),
        ("10.0.0.1", ("10.0.0.", S)),
    ],
)
def test_what_aws_leaves_open_is_undecided(entry: Any, value: Any) -> None:
    assert overlap({"a": [entry]}, Doc({"a": value})).verdict == "unknown"


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        (["in/a"], [([("in/a",)], [])]),
        (["", (S, "/a")], [([()], []), ([(S, "/a")], [])]),
        ([{"prefix": "in/"}, {"suffix": ".png"}], [([("in/", ANY)], []), ([(ANY, ".png")], [])]),
        ([{"wildcard": "in/*.p\\*g"}], [([("in/", ANY, ".p*g")], [])]),
        ([{"anything-but": {"prefix": "out/"}}], [([(ANY,)], [("out/", ANY)])]),
        ([{"anything-but": {"suffix": [".a", ".b"]}}], [([(ANY,)], [(ANY, ".a"), (ANY, ".b")])]),
        ([{"anything-but": ["x", "y"]}], [([(ANY,)], [("x",), ("y",)])]),
        ([{"equals-ignore-case": "1/2"}], [([("1/2",)], [])]),
        ([{"exists": True}], [([(ANY,)], [])]),
        ([{"exists": True}, "x"], [([(ANY,)], []), ([("x",)], [])]),
        ([{"exists": True}, 5], None),
        ([{"exists": False}], None),
        ([{"equals-ignore-case": "a1"}], [([(either_case("a"), "1")], [])]),
        ([{"prefix": {"equals-ignore-case": "A/"}}], [([(either_case("a"), "/", ANY)], [])]),
        ([{"suffix": {"equals-ignore-case": ".A"}}], [([(ANY, ".", either_case("a"))], [])]),
        ([{"anything-but": {"equals-ignore-case": ["A", "/"]}}], [([(ANY,)], [(either_case("a"),), ("/",)])]),
        ([{"equals-ignore-case": "ä"}], None),
        ([{"wildcard": (S, "*")}], None),
        ([("x", ANY)], None),
        ([{"numeric": ["=", 5]}], None),
        ([{"cidr": "10.0.0.0/8"}], None),
        (["x", 5], None),
        ([None], None),
        (["x", {"prefx": "y"}], None),
        ([], None),
        ("x", None),
    ],
)
def test_string_constraints(leaf: Any, expected: Any) -> None:
    assert string_constraints(leaf) == expected


def test_an_s3_rule_on_keys_is_decided_against_a_grant() -> None:
    pairs = string_constraints([{"anything-but": {"prefix": "out/"}}])
    assert pairs is not None
    ((required, excluded),) = pairs
    assert decide([("out/", ANY), *required], excluded).verdict == "disjoint"
    assert decide([(ANY,), *required], excluded).verdict == "overlaps"


def test_descriptions_travel_between_processes() -> None:
    doc = Doc({"a": UNKNOWN, "b": OneOf(("x", Glob(("y", ANY)))), "c": Items((Doc({}, open=True),))})
    again = pickle.loads(pickle.dumps(doc))
    assert again == doc
    assert overlap({"a": ["x"]}, again).verdict == "unknown"
    assert overlap({"b": ["yz"]}, again).verdict == "unknown"


def test_descriptions_are_equal_when_they_say_the_same_of_the_same_kind() -> None:
    made = [
        Glob(("a",)),
        Glob(("b",)),
        OneOf(("a",)),
        OneOf(()),
        Items((("a",),)),
        Items((("a",),), open=True),
        Doc({"a": ("b",)}),
        Doc({"a": ("b",)}, open=True),
        Doc({"a": OneOf(("b",))}),
    ]
    again: list[Any] = pickle.loads(pickle.dumps(made))
    for at, one in enumerate(made):
        assert [one == other for other in again] == [at == there for there in range(len(again))]
        assert (one != again[at], one == one._fields(), one == ("a",)) == (False, False, False)
    assert len({Glob(("a",)), Glob(("a",)), Glob(("b",)), OneOf(("a",))}) == 3
    assert len({hash(one) for one in made[:4]}) == 4
    assert repr(made[5]) == "Items(True, (), (('a',),))"
