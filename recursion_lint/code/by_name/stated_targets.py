"""Where calls in Java, Go, C#, Ruby and Rust write, as far as the call or its request says it by a text or a variable.

Every place where a writing operation stands by name is accounted for: it is a call whose target is stated, one whose
target cannot be told (``Unknown``), or no call at all (an import, a declaration, a type, a comment). A request that is
handed over stands for every request of its kind that the code makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recursion_lint.code.by_name.bound_names import Sources, definition
from recursion_lint.code.by_name.source_forms import (
    assigned_to,
    declares,
    imported,
    past_arguments,
    request_of,
    sets,
    target_typed,
)
from recursion_lint.code.by_name.spelled_operations import POSITIONS, places, spelled
from recursion_lint.code.by_name.stated_values import stated
from recursion_lint.code.by_name.tokens import Token, Tokens
from recursion_lint.code.calls import CallSite, Concatenation, Environment, Literal, Unknown, Value
from recursion_lint.code.sdk_calls import Operation, operations, spellings

_UNTOLD = Unknown("the call does not say where it writes")


class _Request(NamedTuple):
    """A request that is made: its place, all its tokens, and what it says of its target."""

    file: str
    at: int
    high: int
    targets: tuple[Value, ...]


def stated_targets(found: Sources, channel: str) -> tuple[CallSite, ...]:
    """The calls on channels of a service in the files that a handler is built from.

    One whose target cannot be told has an ``Unknown`` one.
    """
    asked = [entry for entry in operations().values() if entry.channel == channel]
    return tuple(site for entry in asked for site in _Search(found, entry).sites())


class _Search:
    """All places where one operation stands by name."""

    def __init__(self, found: Sources, entry: Operation) -> None:
        self._found = found
        self._entry = entry
        self._spelled = spelled(entry, found.language)
        self._words = spellings(entry, found.language)
        self._used: set[tuple[str, int]] = set()
        self._requests = tuple(self._made()) if self._spelled is not None else ()
        self._set_apart = tuple(self._set_later()) if self._requests or self._spelled is not None else ()

    def sites(self) -> Iterator[CallSite]:
        """The calls, with requests for the calls that they are handed to."""
        found_at = [
            (file, found.start(), found.end())
            for file, text in self._found.texts.items()
            for found in places(self._words, text)
        ]
        if not found_at:
            return
        for file, start, end in found_at:
            value = self._at(file, start, end)
            if value is not None:
                yield self._site(file, self._token(file, start, end), value)
        for request in self._requests:
            for value in request.targets or (_UNTOLD,):
                yield self._site(request.file, self._tokens(request.file).all[request.at], value)
        for file, at, value in self._set_apart:
            yield self._site(file, self._tokens(file).all[at], value)

    def _tokens(self, file: str) -> Tokens:
        return self._found.files[file]

    def _token(self, file: str, start: int, end: int) -> Token:
        """The token that a match is about, or one made of the match where it lies in a text."""
        read, text = self._tokens(file), self._found.texts[file]
        at = next((one for one in range(start, end) if one in read.by_place and text[one] != "."), None)
        if at is not None:
            return read.all[read.by_place[at]]
        return Token("word", text[start:end].strip(".( \t"), start, end, text.count("\n", 0, start) + 1)

    def _site(self, file: str, token: Token, value: Value) -> CallSite:
        text = self._found.texts[file]
        column = token.at - (text.rfind("\n", 0, token.at) + 1) + 1
        size = len(token.value)
        entry = self._entry
        target = None if value == Literal(None) else value
        return CallSite(
            file, token.line, column, token.line, column + size, token.value, entry.key,
            entry.events, target, None, (), (),
        )  # fmt: skip

    # --- one place ---------------------------------------------------------------------------------------------

    def _at(self, file: str, start: int, end: int) -> Value | None:
        """The target of what stands there by name; ``None`` where it is no call, or is told with its request."""
        read, spelled = self._tokens(file), self._spelled
        token = self._token(file, start, end)
        index = read.by_place.get(token.at)
        if index is None or imported(read, index):
            return None
        if spelled is None or token.value not in spelled.requests | spelled.methods:
            wrapped = self._entry.key == "events.PutEvents" and token.value.endswith(("Request", "Input"))
            return None if wrapped or (spelled and token.value.endswith(("Request", "Input"))) else _UNTOLD
        if token.value in spelled.requests and not read.is_sign(index - 1, "."):
            return None
        if token.value in spelled.requests and token.value not in spelled.methods:
            return None
        if declares(self._found.language, read, index):
            return None
        if not read.is_sign(index + 1, "("):
            return None if self._found.language == "go" and self._is_type(read, index) else _UNTOLD
        if not read.is_sign(index - 1, ".", "?.", "&.", "::"):
            return None if self._is_own_function(token.value) else _UNTOLD
        if self._is_own_object(read, index):
            return None
        return self._called(file, read, index)

    def _is_type(self, read: Tokens, index: int) -> bool:
        return read.all[index].value.endswith(("Input", "Request"))

    def _called(self, file: str, read: Tokens, index: int) -> Value | None:
        """The target of a call."""
        language, open_ = self._found.language, index + 1
        given = read.parts(open_ + 1, read.partner[open_], ",")
        if language == "rust":
            return self._either(self._in_chain(file, read, read.partner[open_] + 1, frozenset()))
        if language == "ruby":
            return self._by_keys(file, read, given)
        if self._entry.key == "events.PutEvents":
            return None if self._requests else _UNTOLD
        if language == "go" and len(given) > 1:
            given = given[1:]
        if not given:
            return _UNTOLD
        lambdas = self._in_lambda(file, read, *given[0])
        if lambdas is not None:
            return self._either(lambdas)
        if self._holds_request(file, *given[0]):
            return None
        least, place = POSITIONS.get(self._entry.key, (1, 0))
        if language != "go" and len(given) >= least and self._entry.key in POSITIONS:
            value = stated(self._found, file, *given[place])
            if isinstance(value, (Literal, Environment, Concatenation)):
                return value
            if language == "csharp" and place:
                return _UNTOLD
        return self._handed_over(file, read, *given[0])

    def _handed_over(self, file: str, read: Tokens, low: int, high: int) -> Value | None:
        """A request by name: one that is seen, or whichever of its kind the code makes."""
        while read.is_sign(low, "&", "*"):
            low += 1
        if high - low != 1 or not read.word(low):
            return _UNTOLD
        span = definition(self._found, file, read.word(low))
        if span is not None and self._holds_request(file, *span):
            return None
        return None if self._requests or self._set_apart else _UNTOLD

    def _holds_request(self, file: str, low: int, high: int) -> bool:
        """Is an expression a request of this operation, and nothing else?"""
        read = self._tokens(file)
        return any(
            one.file == file and low <= one.at < high <= one.high + 1 and one.at - low <= 5
            for one in self._requests
        ) and not read.is_sign(low, "?")

    def _is_own_function(self, name: str) -> bool:
        """Does the code declare a function of this name?"""
        return any(
            declares(self._found.language, read, at)
            for read in self._found.files.values()
            for at in read.words.get(name, ())
        )

    def _is_own_object(self, read: Tokens, index: int) -> bool:
        """Is the method that of an object whose type the code itself declares?"""
        if self._found.language not in ("java", "csharp") or not read.is_sign(index - 1, "."):
            return False
        name = read.word(index - 2)
        types = {
            read.word(at - 1)
            for at in read.words.get(name, ())
            if read.word(at - 1)[:1].isupper() and not read.is_sign(at - 2, ".")
        }
        return bool(types) and all(self._is_own_type(one) for one in types)

    def _is_own_type(self, name: str) -> bool:
        """Does the code declare a type, and not as a kind of client?"""
        declared = re.compile(rf"\b(?:class|interface|record|enum)\s+{re.escape(name)}\b([^{{;]*)")
        found = [head for text in self._found.texts.values() for head in declared.findall(text)]
        return bool(found) and not any("Client" in head or "Amazon" in head for head in found)

    # --- what a request says -----------------------------------------------------------------------------------

    def _made(self) -> Iterator[_Request]:
        """All requests of this kind that the code makes."""
        spelled = self._spelled
        for file in self._found.files if spelled is not None else ():
            read = self._tokens(file)
            for word in sorted(spelled.requests if spelled is not None else ()):
                for at in read.words.get(word, ()):
                    request = self._request(file, read, at)
                    if request is not None:
                        yield request

    def _request(self, file: str, read: Tokens, at: int) -> _Request | None:
        """The request that is made at a type's name, if one is."""
        language, after = self._found.language, at + 1
        if language == "java" and read.is_sign(after, ".") and read.word(after + 1) == "builder":
            start = read.partner.get(after + 2, after + 1) + 1
            return self._complete(file, read, at, self._in_chain(file, read, start, frozenset()), start)
        if language == "java" and read.word(at - 1) == "new" and read.is_sign(after, "("):
            close = read.partner[after]
            given = read.parts(after + 1, close, ",")
            least, place = POSITIONS.get(self._entry.key, (99, 0))
            told = [stated(self._found, file, *given[place])] if len(given) >= max(least, 2) else []
            chained = self._in_chain(file, read, close + 1, frozenset())
            return self._complete(file, read, at, [*told, *chained], close + 1)
        if language == "csharp":
            made = read.word(at - 1) == "new" or read.word(at - 2) == "new"
            brace = past_arguments(read, after) if made else None
            if brace is None:
                brace = target_typed(read, at)
            if brace is None:
                return None
            found = self._in_braces(file, read, brace)
            return self._complete(file, read, at, found, brace)
        if language == "go" and read.is_sign(after, "{"):
            return self._complete(file, read, at, self._in_braces(file, read, after), after)
        return None

    def _complete(self, file: str, read: Tokens, at: int, told: list[Value], end: int) -> _Request:
        """A request with what is put into it later under its name."""
        high = read.partner[end] if read.is_sign(end, "{") else end
        while read.is_sign(high, ".") and read.is_sign(high + 2, "("):
            high = read.partner[high + 2] + 1
        if read.is_sign(end, "."):
            high -= 1
        name = assigned_to(read, at)
        if not told and name:
            told = [*told, *self._put_into(file, read, name)]
        if not told and self._entry.key == "events.PutEvents":
            whole = self._found.language != "java" or read.word(high - 2) == "build"
            told = [Literal(None)] if whole and not name else []
        return _Request(file, at, high, tuple(told))

    def _put_into(self, file: str, read: Tokens, name: str) -> Iterator[Value]:
        """``name.setBucket(value)``, ``name.Bucket = value``."""
        setters = self._spelled.setters if self._spelled is not None else frozenset()
        for at in read.words.get(name, ()):
            if read.is_sign(at + 1, ".") and read.word(at + 2) in setters:
                value = self._set_at(file, read, at + 2)
                if value is not None:
                    yield value

    def _set_at(self, file: str, read: Tokens, at: int) -> Value | None:
        """The value that a setter at a place is given."""
        self._used.add((file, at))
        if read.is_sign(at + 1, "("):
            return stated(self._found, file, at + 2, read.partner[at + 1])
        if read.is_sign(at + 1, "=", ":"):
            end = at + 2
            while end < len(read.all) and not read.is_sign(end, ";", ",", ")", "}"):
                if (
                    self._found.language == "go"
                    and read.all[end].line > read.all[end - 1].line
                    and end > at + 2
                ):
                    break
                end = read.partner[end] + 1 if read.is_sign(end, "(", "[", "{") else end + 1
            return stated(self._found, file, at + 2, end)
        return None

    def _in_chain(self, file: str, read: Tokens, index: int, more: frozenset[str]) -> list[Value]:
        """What the setters of ``.a(…).b(…)`` are given."""
        setters = (self._spelled.setters if self._spelled is not None else frozenset()) | more
        found: list[Value] = []
        while read.is_sign(index, ".", "?"):
            if read.is_sign(index, "?"):
                index += 1
                continue
            if read.word(index + 1) in setters and read.is_sign(index + 2, "("):
                value = self._set_at(file, read, index + 1)
                found += [value] if value is not None else []
            index = read.partner[index + 2] + 1 if read.is_sign(index + 2, "(") else index + 2
        return found

    def _in_braces(self, file: str, read: Tokens, brace: int) -> list[Value]:
        """What ``{ Bucket = value }`` and ``{Bucket: value}`` say."""
        setters = self._spelled.setters if self._spelled is not None else frozenset()
        found: list[Value] = []
        if not read.is_sign(brace, "{"):
            return found
        for low, _ in read.parts(brace + 1, read.partner[brace], ","):
            if read.word(low) in setters:
                value = self._set_at(file, read, low)
                found += [value] if value is not None else []
        return found

    def _in_lambda(self, file: str, read: Tokens, low: int, high: int) -> list[Value] | None:
        """``r -> r.bucket(value)``; ``None`` where there is no such thing."""
        arrow = low + 1 if read.word(low) else low + 3
        if not read.is_sign(arrow, "->") or arrow >= high or not read.word(arrow + 1):
            return None
        return self._in_chain(file, read, arrow + 2, frozenset())

    def _by_keys(self, file: str, read: Tokens, given: list[tuple[int, int]]) -> Value:
        """``queue_url: value`` among the arguments, or in the only hash that is handed over."""
        spelled = self._spelled
        setters = spelled.setters if spelled is not None else frozenset()
        if len(given) == 1:
            low, high = given[0]
            stars = low
            while read.is_sign(stars, "*"):
                stars += 1
            if read.word(stars) and high - stars == 1:
                span = definition(self._found, file, read.word(stars))
                if span is None:
                    return _UNTOLD
                low = span[0]
            if read.is_sign(low, "{"):
                given = read.parts(low + 1, read.partner[low], ",")
        if any(read.is_sign(low, "*") for low, _ in given):
            return _UNTOLD
        found: list[Value] = []
        for low, high in given:
            key = low + 1 if read.is_sign(low, ":") else low
            if (read.word(key) or read.all[key].value) in setters:
                begin = key + 2 if read.is_sign(key + 1, ":") or read.is_sign(key + 1, "=>") else high
                found.append(stated(self._found, file, begin, high))
        return self._either(found)

    def _either(self, found: list[Value]) -> Value:
        return found[0] if len(found) == 1 else _UNTOLD

    def _set_later(self) -> Iterator[tuple[str, int, Value]]:
        """What is put into requests whose making is not seen; other kinds of requests do not count."""
        spelled = self._spelled
        if spelled is None or not spelled.requests:
            return
        for file in self._found.files:
            read = self._tokens(file)
            for word in sorted(spelled.setters):
                for at in read.words.get(word, ()):
                    if (file, at) in self._used or request_of(self._found.language, read, at):
                        continue
                    value = self._set_at(file, read, at) if sets(read, at) else None
                    if value is not None:
                        yield file, at, value
