"""Keys and names: emptiness and witnesses, against regular-expression oracles."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interegular import parse_pattern
from interegular.fsm import FSM

from recursion_lint.model.text import ANY, ONE, Part, Symbol, Text, either_case, glob, render, text
from recursion_lint.patterns.keys import (
    Undecided,
    covers,
    decide,
    ends_with,
    meet,
    shortest,
    starts_with,
    verdict,
)
from recursion_lint.patterns.keys import (
    matches as is_matched,
)

S = Symbol("parameter", "Source")
T = Symbol("pseudo", "AWS::StackName")
# How the oracles spell an opaque symbol: a letter that the generated patterns do not use.
OPAQUE = {S: "Σ", T: "Τ"}
ORDINARY = "[^ΣΤ\\n]"  # the automata know no newline: it is outside their `.`
ENTANGLED = (glob(("*a" + "?" * 25,)), glob(("*b" + "?" * 24,)))

CHARS: tuple[Part, ...] = ("a", "b", "/", ".", ANY, ANY, ONE)
PLAIN = st.lists(st.sampled_from(CHARS), max_size=6).map(text)
SHORT = st.lists(st.sampled_from(CHARS), max_size=3).map(text)
CASED = st.lists(
    st.sampled_from((either_case("a"), either_case("b"), "a", "A", "b", ANY, ONE)), max_size=5
).map(text)
SYMBOLIC = st.lists(st.sampled_from((*CHARS, S, S, T)), max_size=6).map(text)
VALUES = st.fixed_dictionaries({S: st.text("ab/.", max_size=3), T: st.text("ab/.", max_size=3)})


def regex(pattern: Text) -> str:
    out = ""
    for part in pattern:
        if isinstance(part, str):
            out += re.escape(part)
        elif part.wild:
            out += ".*" if part == ANY else ORDINARY if part == ONE else part.name
        else:
            out += OPAQUE[part]
    return out


def opaque(word: Text) -> str:
    assert not any(isinstance(part, Symbol) and part.wild for part in word)
    return "".join(part if isinstance(part, str) else OPAQUE[part] for part in word)


def matches(pattern: Text, word: Text) -> bool:
    return re.fullmatch(regex(pattern), opaque(word), re.DOTALL) is not None


def assign(pattern: Text, values: dict[Symbol, str]) -> Text:
    return text(values.get(part, part) if isinstance(part, Symbol) else part for part in pattern)


def language(expression: str) -> FSM:
    return parse_pattern(expression).to_fsm()


def empty(automaton: FSM) -> bool:
    return bool(automaton.empty())  # type: ignore[no-untyped-call]


def oracle(required: list[Text], excluded: list[Text]) -> FSM:
    """The automaton of the question; a symbol of no required pattern is no letter of an answer."""
    known = {part for pattern in required for part in pattern}
    barred = "".join(letter for symbol, letter in OPAQUE.items() if symbol not in known)
    result = language(f"[^{barred}\\n]*" if barred else ".*")
    for pattern in required:
        result = result & language(regex(pattern))
    for pattern in excluded:
        result = result - language(regex(pattern))
    return result


def check_shortest(required: list[Text], excluded: list[Text]) -> None:
    word = shortest(required, excluded)
    expected = oracle(required, excluded)
    if word is None:
        assert empty(expected)
        return
    assert word == text(word)
    assert all(matches(pattern, word) for pattern in required)
    assert not any(matches(pattern, word) for pattern in excluded)
    assert len(opaque(word)) == len(next(expected.strings()))  # type: ignore[no-untyped-call]


@settings(max_examples=200, deadline=None)
@given(st.lists(PLAIN, max_size=3), st.lists(PLAIN, max_size=2))
def test_shortest_agrees_with_interegular(required: list[Text], excluded: list[Text]) -> None:
    check_shortest(required, excluded)
    word = shortest(required, excluded)
    assert decide(required, excluded) == ("disjoint" if word is None else "overlaps", word)


@settings(max_examples=200, deadline=None)
@given(st.lists(CASED, max_size=3), st.lists(CASED, max_size=2), CASED)
def test_letters_of_either_case_agree_with_interegular(
    required: list[Text], excluded: list[Text], narrow: Text
) -> None:
    check_shortest(required, excluded)
    assert covers(required, narrow) == all(empty(oracle([narrow], [pattern])) for pattern in required)


def test_letters_of_either_case() -> None:
    folder = text(map(either_case, "in/"))
    assert render(folder) == "[iI][nN]/"
    assert decide([text((*folder, ANY)), ("in/x",)]) == ("overlaps", ("in/x",))
    assert decide([text((*folder, ANY)), starts_with(("iN",)), starts_with((S,))]).verdict == "unknown"
    assert decide([text((*folder, ANY)), starts_with(("on/",))]) == ("disjoint", None)
    assert decide([(S, "/", *folder), (S, "/", "out/")]) == ("disjoint", None)
    assert decide([(S, "x", ANY)], [(ANY, S, either_case("x"), ANY)]) == ("disjoint", None)
    assert either_case("1") == "1"
    assert either_case("ß") == "ß"


@settings(max_examples=200, deadline=None)
@given(st.lists(SYMBOLIC, max_size=3), st.lists(SYMBOLIC, max_size=2))
def test_opaque_symbols_agree_with_interegular(required: list[Text], excluded: list[Text]) -> None:
    check_shortest(required, excluded)


@settings(max_examples=200, deadline=None)
@given(PLAIN, PLAIN, PLAIN, PLAIN)
def test_prefixes_and_suffixes_agree_with_interegular(a: Text, b: Text, c: Text, d: Text) -> None:
    fixed = [text(part for part in pattern if isinstance(part, str)) for pattern in (a, b, c, d)]
    required = [starts_with(fixed[0]), ends_with(fixed[1]), (*fixed[2], ANY, *fixed[3])]
    check_shortest([text(pattern) for pattern in required], [])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(SHORT, min_size=1, max_size=2),
    st.lists(SHORT, max_size=2),
)
def test_the_first_word_in_reading_order_is_chosen(required: list[Text], excluded: list[Text]) -> None:
    named = [
        letter
        for pattern in (*required, *excluded)
        for part in pattern
        if isinstance(part, str)
        for letter in part
    ]
    filler = next(letter for letter in "abc" if letter not in named)
    alphabet = [filler, *dict.fromkeys(letter for letter in named if letter != "/"), "/"]
    for size in range(5):
        for letters in product(alphabet, repeat=size):
            word = text(letters)
            if all(matches(p, word) for p in required) and not any(matches(p, word) for p in excluded):
                assert shortest(required, excluded) == word
                return


@settings(max_examples=200, deadline=None)
@given(st.lists(SYMBOLIC, min_size=1, max_size=3), st.lists(SYMBOLIC, max_size=2), VALUES)
def test_verdicts_hold_for_values_of_the_symbols(
    required: list[Text], excluded: list[Text], values: dict[Symbol, str]
) -> None:
    verdict, witness = decide(required, excluded)
    assert (witness is not None) == (verdict == "overlaps")
    if witness is not None:
        word = assign(witness, values)
        assert all(matches(assign(pattern, values), word) for pattern in required)
    opened = [text(ANY if part in OPAQUE else part for part in pattern) for pattern in required]
    if empty(oracle(opened, excluded)):
        assert verdict == "disjoint"
    if verdict == "disjoint":
        concrete = [assign(pattern, values) for pattern in required]
        assert empty(oracle(concrete, [assign(pattern, values) for pattern in excluded]))


@settings(max_examples=200, deadline=None)
@given(
    SYMBOLIC,
    SHORT,
    SHORT,
    st.booleans(),
)
def test_a_common_end_changes_nothing(end: Text, left: Text, right: Text, leading: bool) -> None:
    fixed = text(part for part in end if not (isinstance(part, Symbol) and part.wild))
    pair = [text((*fixed, *side) if leading else (*side, *fixed)) for side in (left, right)]
    assert decide(pair).verdict == decide([left, right]).verdict
    assert decide([*pair, (ANY,)]).verdict == decide([left, right]).verdict


@settings(max_examples=200, deadline=None)
@given(st.lists(SYMBOLIC, max_size=2), SYMBOLIC, VALUES)
def test_covers_agrees_with_interegular(wide: list[Text], narrow: Text, values: dict[Symbol, str]) -> None:
    covered = covers(wide, narrow)
    assert covered == all(empty(oracle([narrow], [pattern])) for pattern in wide)
    if covered:
        concrete = language(regex(assign(narrow, values)))
        assert all(empty(concrete - language(regex(assign(pattern, values)))) for pattern in wide)


@settings(max_examples=200, deadline=None)
@given(PLAIN, PLAIN, PLAIN)
def test_covers_agrees_with_interegular_for_prefix_and_suffix(a: Text, b: Text, narrow: Text) -> None:
    lead, tail = (text(part for part in pattern if isinstance(part, str)) for pattern in (a, b))
    for wide in (starts_with(lead), ends_with(tail), text((*lead, ANY, *tail))):
        assert covers([wide], narrow) == empty(oracle([narrow], [wide]))


def test_prefix_and_suffix_share_characters() -> None:
    both = [starts_with(("data.txt",)), ends_with((".txt",))]
    assert decide(both) == ("overlaps", ("data.txt",))
    assert shortest([("aab", ANY), (ANY, "abb")]) == ("aabb",)


def test_one_pattern_keeps_its_ends_apart() -> None:
    assert shortest([("aba", ANY, "aba")]) == ("abaaba",)
    assert shortest([("ab", ANY, "ba"), ("a", ANY, "aba")]) == ("ababa",)


def test_grant_of_the_whole_bucket_meets_the_prefix() -> None:
    assert decide([glob(("*",)), starts_with(("original/",))]) == ("overlaps", ("original/",))


def test_grant_of_another_folder_is_disjoint() -> None:
    assert decide([glob(("out/*",)), starts_with(("in/",))]) == ("disjoint", None)
    assert decide([glob(("prefix/*",)), starts_with(("in/",)), ends_with((".txt",))]) == ("disjoint", None)


def test_suffixes_within_each_other_overlap_and_others_do_not() -> None:
    assert decide([ends_with(("jpg",)), ends_with(("pg",))]) == ("overlaps", ("jpg",))
    assert decide([ends_with((".jpg",)), ends_with((".png",))]) == ("disjoint", None)


def test_a_name_is_checked_against_all_patterns() -> None:
    assert decide([("in/a.txt",), glob(("i?/*",))]) == ("overlaps", ("in/a.txt",))
    assert decide([("in/a.txt",), glob(("i?a*",))]) == ("disjoint", None)
    assert decide([("in/a.txt",)], [ends_with((".txt",))]) == ("disjoint", None)


def test_no_pattern_at_all_is_matched_by_the_empty_string() -> None:
    assert decide([]) == ("overlaps", ())
    assert decide([], [()]) == ("overlaps", ("a",))
    assert decide([()], []) == ("overlaps", ())


def test_excluded_patterns_are_avoided() -> None:
    not_out = [starts_with(("out/",))]
    assert decide([glob(("out/*",))], not_out) == ("disjoint", None)
    assert decide([glob(("o*",)), ends_with((".txt",))], not_out) == ("overlaps", ("o.txt",))
    assert decide([starts_with(("in/",))], [("in/",), glob(("in/.*",))]) == ("overlaps", ("in/a",))


def test_free_places_are_readable() -> None:
    assert shortest([glob(("in/?",))]) == ("in/a",)
    assert shortest([glob(("data/?",))]) == ("data/b",)
    assert shortest([glob(("?",))], [glob(("a",)), ("b",)]) == ("c",)
    spent = "abcdefghijklmnopqrstuvwxyz0123456789"
    assert shortest([(ONE,)], [(letter,) for letter in spent]) == ("À",)
    assert shortest([(ONE, ONE), (ANY, "/", ANY)]) == ("a/",)
    assert shortest([(ANY, ONE, ANY), (S, ANY)]) == (S, "a")
    assert shortest([(ANY, "/", ANY), (ANY, "b", ANY)]) == ("b/",)
    assert shortest([(ANY, S, ANY), (ANY, "b", ANY)]) == ("b", S)
    assert shortest([(ANY, S, ANY), (ANY, "/", ANY)]) == ("/", S)
    assert shortest([(ANY,)], [(), (ONE,), (S, "x")]) == ("aa",)


def test_a_symbol_meets_any_text() -> None:
    assert decide([(S, ANY), glob(("*",))]) == ("overlaps", (S,))
    assert decide([(S, "/in/", ANY), ends_with((".txt",))]) == ("overlaps", (S, "/in/.txt"))
    assert decide([("arn:", S, ":b/", ANY), ("arn:", S, ":", ANY, ".txt")]) == (
        "overlaps",
        ("arn:", S, ":b/.txt"),
    )


def test_a_symbol_and_other_text_are_unknown() -> None:
    assert decide([(S, ANY), glob(("out/*",))]) == ("unknown", None)
    assert decide([(S,), (T,)]) == ("unknown", None)
    assert decide([(S,), (ONE,)]) == ("unknown", None)
    assert decide([("x", S), starts_with(("y",))]) == ("disjoint", None)
    assert decide([(S, "x"), ends_with(("y",))]) == ("disjoint", None)
    assert decide([(S, "/a", ONE), (ANY, "/a")]) == ("disjoint", None)


def test_a_common_symbol_is_one_value() -> None:
    assert decide([(S, "/in/", ANY), (S, "/out/", ANY)]) == ("disjoint", None)
    assert decide([(ANY, "/in/", S), (ANY, "/out/", S)]) == ("disjoint", None)
    assert decide([("b-", S, "/in/", T), ("b-", S, "/out/", T)]) == ("disjoint", None)
    assert decide([(S, "a", ANY, "b", T), (S, ANY, "c", T)]) == ("disjoint", None)
    assert decide([(S, "/in/", ANY), (T, "/out/", ANY)]) == ("unknown", None)
    # The wildcard before them takes away what they share.
    assert decide([(ANY, S, "a"), (ANY, T, "ba")]).verdict == "unknown"


def test_two_patterns_that_contradict_each_other_are_enough() -> None:
    assert decide([(S, "/in/", ANY), (S, "/out/", ANY), (T, ANY)]) == ("disjoint", None)


def test_the_same_symbol_does_not_overlap_itself() -> None:
    """Taking off the common beginning leaves nothing of the short pattern to compare at the end."""
    assert decide([(S,), (S, "x", S)]) == ("disjoint", None)
    assert decide([(S, S), (S, T, S)]) == ("unknown", None)


def test_excluded_symbols() -> None:
    assert decide([(S, "/", ANY)], [(S, ANY)]) == ("disjoint", None)
    assert decide([(S, "/in/", ANY)], [(S, "/", ANY)]) == ("disjoint", None)
    assert decide([(S, "a")], [glob(("*a",))]) == ("disjoint", None)
    # What is taken away is all that one of the patterns asks for, whatever the other one is.
    assert decide([(S, "a"), (T, ANY)], [(S, ANY)]) == ("disjoint", None)
    assert decide([("b/", ANY), ("b/", S, ANY)], [("b/", S, ANY)]) == ("disjoint", None)
    assert decide([("b/", ANY), ("b/", S, ANY)], [("b/", T, ANY)]) == ("overlaps", ("b/", S))
    assert decide([(S, "a"), (T, ANY)], [(S, "b", ANY)]) == ("unknown", None)
    assert decide([glob(("in/*",))], [(S, ANY)]) == ("overlaps", ("in/",))
    assert decide([(S,)], [(ONE,)]) == ("overlaps", (S,))
    assert decide([(S, "a", ANY)], [(ANY, S, "a", ANY)]) == ("disjoint", None)
    longer = [(S, "b", ONE, ANY), (S, "b", S, ANY)]
    assert decide([(S, "b", ANY)], [*longer, glob(("*b",))]) == ("disjoint", None)
    assert decide([("b", S, "/in/", ANY)], [(ONE, S, ANY)]) == ("disjoint", None)
    # A symbol need not be one character: S = "xx" leaves the word that T may be.
    assert decide([(S, "ab"), (S, ANY), (T,)], [(ONE, "ab")]) == ("unknown", None)
    # The value of S may be empty, so the excluded pattern need not take the first two characters.
    assert decide([(S, "ab")], [(ONE, S, "ab")]) == ("overlaps", (S, "ab"))


def test_copied_wildcards_are_wildcards() -> None:
    """What another process has read holds equal, not identical, wildcards."""
    star = Symbol("wild", "*")
    assert decide([("in/", star), ("in/x",)]) == ("overlaps", ("in/x",))
    assert decide([("in/", star, star, "b"), (Symbol("wild", "?"), ANY, "/ab")]) == ("overlaps", ("in/ab",))


def test_many_wildcards_end_quickly() -> None:
    assert decide([glob(("a*" * 40 + "b",)), glob(("*a" * 40 + "c",))]) == ("disjoint", None)
    assert shortest([glob(("a*" * 40 + "b",)), glob(("?" * 60 + "*",))]) == ("a" + "c" * 19 + "a" * 39 + "b",)


def test_what_a_later_star_makes_superfluous_is_forgotten() -> None:
    """Remembering where the last fifteen letters held an ``a`` would take more states than the limit."""
    free = glob(("a" + "x" * 14 + "*" + "?" * 20 + "z",))
    assert shortest([free, glob(("*a" + "?" * 14 + "*z",))]) == ("a" + "x" * 14 + "b" * 20 + "z",)


def test_the_search_gives_up_on_entangled_patterns() -> None:
    with pytest.raises(Undecided):
        shortest(ENTANGLED, [glob(("*c*",)), glob(("*aa*",))])
    assert decide(ENTANGLED, [glob(("*c*",)), glob(("*aa*",))]) == ("unknown", None)
    assert not covers([glob(("*a" + "?" * 20 + "*b" + "?" * 20,))], glob(("*a" + "?" * 20 + "b" + "?" * 21,)))


def test_covers_all_that_a_grant_can_produce() -> None:
    trigger = [starts_with(("in/",)), ends_with((".txt",))]
    assert covers(trigger, glob(("in/*.txt",)))
    assert covers(trigger, ("in/a.txt",))
    assert covers(trigger, ("in/", S, ".txt"))
    assert not covers(trigger, glob(("in/*",)))
    assert not covers(trigger, glob(("*",)))
    assert not covers([("in/", ANY, "/x")], ("in/x",))
    assert covers([], glob(("*",)))
    assert covers([(ANY,)], (S, ANY))
    assert covers([(S, ANY)], (S, "/out/", ANY))
    assert not covers([(S, ANY)], (T, "/out/", ANY))
    assert not covers([(ONE, ANY)], (S,))
    assert covers([(ANY, ONE)], (S, "x"))


STARRED = st.lists(st.sampled_from(("a", "b", "/", ANY, ANY, S, ONE, either_case("a"))), max_size=8).map(text)
NAMES = st.lists(st.sampled_from(("a", "A", "b", "/", "ab", S, T)), max_size=6).map(text)


@given(STARRED, NAMES)
@settings(deadline=None, max_examples=500)
def test_a_name_is_matched_as_by_a_regular_expression(pattern: Text, name: Text) -> None:
    assert is_matched(pattern, name) == matches(pattern, name)


@given(st.lists(STARRED, min_size=1, max_size=3), st.lists(SHORT, max_size=1))
@settings(deadline=None, max_examples=500)
def test_what_is_told_by_the_ends_is_what_a_search_finds(required: list[Text], excluded: list[Text]) -> None:
    assert verdict(required, excluded) == decide(required, excluded).verdict
    assert meet(required) == (shortest(required) is not None)


def test_patterns_too_long_to_be_searched_are_met_by_a_word_that_is_put_together() -> None:
    """Forty stars each: no search ends, and still an example is shown that all of them match."""
    wanted = [
        glob(("in/" + "*".join("abcdefghij" * 4) + "*",)),
        glob(("*" + "*".join("jihgfedcba" * 4) + ".txt",)),
    ]
    found = decide(wanted)
    assert found.verdict == "overlaps"
    assert found.witness is not None
    assert all(matches(pattern, found.witness) for pattern in wanted)
