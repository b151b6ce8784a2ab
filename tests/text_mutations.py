"""Mutations of a template's bytes: what editors, merges, encodings and broken generators make of one."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

HUGE = (
    b"9" * 5000,
    b"1e999999",
    b"-0",
    b"0x7fffffffffffffffffff",
    b"1_000:30",
    b".inf",
    b".nan",
    b"0o17",
    b"2012-10-17",
    b"=",
    b"~",
)
TAGS = (
    b"!Ref", b"!Sub", b"!GetAtt", b"!If", b"!Join", b"!Select", b"!Split", b"!FindInMap", b"!ImportValue",
    b"!Transform", b"!Condition", b"!Base64", b"!Cidr", b"!GetAZs", b"!Not", b"!Equals", b"!And", b"!Or",
    b"!Length", b"!ToJsonString", b"!ForEach", b"!", b"!!binary", b"!!set", b"!!omap", b"!!python/object:os.system",
    b"!<tag:yaml.org,2002:int>", b"!Fn::Sub", b"!Nothing", b"!Ref!", b"!%20", b"! ", b"!!str", b"!!null", b"!!merge",
)  # fmt: skip
NOISE = (
    b"\t", b"\0", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\x85", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9",
    b"\x1b[31m", b"\x07", b"\x7f", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xc2\xa0", b"\xe2\x80\xae",
    b"\x0b", b"\x0c", b"\x1c", b"\xef\xbf\xbe", b"%", b"@", b"`", b"|", b">", b"---\n", b"...\n", b"? ", b"- ", b": ",
    b"#", b" #", b"{", b"}", b"[", b"]", b",", b"&a ", b"*a", b"<<: *a", b"'", b'"', b"\\", b"\\ud800", b"\\u0000", b"${",
    b"%YAML 1.2\n", b"%TAG ! x\n", b"# recursion-lint: ignore\n", b" # recursion-lint: ignore[s3-loop] until 9999-99-99",
)  # fmt: skip

Change = Callable[[bytes, random.Random], bytes]


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True) or [b"\n"]


def truncate(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def delete_lines(data: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    at = rng.randrange(len(lines))
    del lines[at : at + rng.choice((1, 1, 2, 5))]
    return b"".join(lines)


def duplicate_lines(data: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    at = rng.randrange(len(lines))
    piece = lines[at : at + rng.choice((1, 1, 3, 8, 20))]
    to = rng.choice((at, rng.randrange(len(lines) + 1)))
    return b"".join(lines[:to] + piece * rng.choice((1, 1, 2)) + lines[to:])


def swap_lines(data: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def indent(data: bytes, rng: random.Random) -> bytes:
    lines = _lines(data)
    at = rng.randrange(len(lines))
    step = rng.choice((-4, -2, -1, 1, 2, 4))
    for here in range(at, min(at + rng.choice((1, 1, 3, 8)), len(lines))):
        body = lines[here].lstrip(b" ")
        lines[here] = b" " * max(0, len(lines[here]) - len(body) + step) + body
    return b"".join(lines)


def noise(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 3))):
        at = rng.choice((0, len(data), rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
        data = data[:at] + rng.choice(NOISE) * rng.choice((1, 1, 1, 2, 50)) + data[at:]
    return data


def noise_in_words(data: bytes, rng: random.Random) -> bytes:
    """Inside a word: in the middle of names, where a text stays well-formed."""
    places = [match.start() + 1 for match in re.finditer(rb"[A-Za-z]{3,}", data)]
    at = rng.choice(places or [0])
    return data[:at] + rng.choice(NOISE) + data[at:]


def flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data or b" ")
    for _ in range(rng.choice((1, 1, 2, 8))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def line_ends(data: bytes, rng: random.Random) -> bytes:
    end = rng.choice((b"\r\n", b"\r", b"\n\n", b" \n", b"\xc2\x85", b"\xe2\x80\xa8"))
    if rng.random() < 0.6:
        return data.replace(b"\n", end)
    return b"".join(line.replace(b"\n", end) if rng.random() < 0.2 else line for line in _lines(data))


def encoding(data: bytes, rng: random.Random) -> bytes:
    name = rng.choice(("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp037"))
    text = data.decode("utf-8", "replace")
    made = text.encode(name, "replace")
    return b"\xfe\xff" + made if name == "utf-16-be" else made


def values(data: bytes, rng: random.Random) -> bytes:
    """The value of a line becomes a huge number, a tag, an anchor, an alias, another line's value."""
    found = list(re.finditer(rb"(?m)(?:: +|^ *- )([^\s#][^\n]*)$", data))
    if not found:
        return noise(data, rng)
    match, other = rng.choice(found), rng.choice(found)
    old = match[1]
    new = rng.choice(
        (
            rng.choice(HUGE),
            rng.choice(TAGS) + b" " + old,
            rng.choice(TAGS),
            rng.choice(TAGS) + b" [" + old + b", " + other[1] + b"]",
            b"&a " + old,
            b"*a",
            other[1],
            b"'" + old + b"'",
            b'"' + old + b'"',
            b"[" + old + b"]",
            b"{" + old + b": " + old + b"}",
            b"|\n" + old,
            b">-\n  " + old,
            b"",
            b"!!binary " + old,
        )
    )
    return data[: match.start(1)] + new + data[match.end(1) :]


def anchors(data: bytes, rng: random.Random) -> bytes:
    """A block gets an anchor, and an alias (or a merge of it) stands somewhere: below itself too."""
    blocks = list(re.finditer(rb"(?m)^( *)(- |)([\w:]+):( *)$", data))
    if not blocks:
        return values(data, rng)
    block = rng.choice(blocks)
    data = data[: block.start(4)] + b" &a" + data[block.end() :]
    keys = list(re.finditer(rb"(?m)^( +)([\w:]+):[^\n]*$", data))
    for match in sorted(rng.sample(keys, min(len(keys), rng.choice((1, 1, 2, 4)))), key=lambda m: -m.start()):
        if match.start() == block.start():
            continue
        line = rng.choice(
            (
                match[1] + match[2] + b": *a",
                match[1] + b"<<: *a",
                match[1] + b"<<: [*a, *a]",
                match[0] + b"\n" + match[1] + b"<<: *a",
            )
        )
        data = data[: match.start()] + line + data[match.end() :]
    return data


def duplicate_key(data: bytes, rng: random.Random) -> bytes:
    keys = list(re.finditer(rb"(?m)^( *)([\w:\"]+):", data))
    if not keys:
        return noise(data, rng)
    one, other = rng.choice(keys), rng.choice(keys)
    return data[: one.start(2)] + other[2] + data[one.end(2) :]


def nest(data: bytes, rng: random.Random) -> bytes:
    depth = rng.choice((10, 300, 399, 401, 1200, 20_000))
    one, other = rng.choice(
        ((b"[", b"]"), (b"{a: ", b"}"), (b"{'Fn::Sub': ", b"}"), (b"{'Fn::If': [A, ", b"]}"), (b"- ", b""))
    )
    found = list(re.finditer(rb"(?m): +([^\s#][^\n]*)$", data))
    if not found:
        return data + one * depth + other * depth
    match = rng.choice(found)
    return data[: match.start(1)] + one * depth + b"x" + other * depth + data[match.end(1) :]


def documents(data: bytes, rng: random.Random) -> bytes:
    return rng.choice(
        (data + b"\n---\n" + data, b"---\n" + data, data + b"\n...\n", b"%YAML 1.1\n---\n" + data, data * 2)
    )


CHANGES: tuple[Change, ...] = (
    truncate, delete_lines, delete_lines, duplicate_lines, duplicate_lines, swap_lines, indent, indent, noise, noise,
    noise_in_words, noise_in_words, flip, line_ends, encoding, values, values, values, anchors, anchors,
    duplicate_key, duplicate_key, nest, documents,
)  # fmt: skip


def mutated(data: bytes, rng: random.Random, story: list[str]) -> bytes:
    """``data`` after one to four changes, each told in ``story``."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        change = rng.choice(CHANGES)
        data = change(data, rng)
        story.append(change.__name__)
    return data
