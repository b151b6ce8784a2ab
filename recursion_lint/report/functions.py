"""Functions and the loops that pass them: told of one, as a table of all, as JSON.

docs/schema/functions-v1.schema.json describes the JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from recursion_lint.model.findings import CodeVerdict, Finding, HopCode, Remedy
from recursion_lint.model.functions import FunctionAnswer, FunctionLoop
from recursion_lint.report import wording
from recursion_lint.report.columns import display_width, wrap
from recursion_lint.report.json_report import cost_per_hour
from recursion_lint.version import __version__

SCHEMA = 1
SINCE = "1 November 2026"
"""From then on no account is without the detection: docs/explain-function.md."""
_HEAD = 8
"""Columns of the words that begin a line."""
_ENDS: dict[CodeVerdict, str] = {
    "stops-itself": "yes",
    "elsewhere": "yes",
    "never": "yes",
    "conditional": "perhaps",
    "on-error": "perhaps",
    "writes-back": "no",
}
"""Does a verdict mean that the code ends the loop? What is not here cannot be told."""
_SAYS: dict[CodeVerdict, str] = {
    "writes-back": "calls {call} at {place}, and nothing there ends the loop",
    "conditional": "calls {call} at {place}, on conditions that may end the loop",
    "on-error": "calls {call} at {place}, on errors only",
    "stops-itself": "calls {call} at {place}, but not in the next round",
    "elsewhere": "calls {call} at {place}, which leads elsewhere",
    "never": "makes no call that would close the loop",
    "may": "may make the call: {reason}",
    "unread": "cannot be read: {reason}",
}


def explanation(answers: Sequence[FunctionAnswer], width: int) -> str:
    """What is known of some functions, for a person."""
    return "\n".join("".join(f"{line}\n" for line in _told(one, width)) for one in answers)


def _told(answer: FunctionAnswer, width: int) -> Iterator[str]:
    about = ", ".join(filter(None, (answer.type, answer.runtime, answer.given)))
    place = wording.place(answer.span.file, answer.span.line)
    yield f"{wording.one_line(answer.name)} ({wording.one_line(about)}) at {place}"
    if not answer.loops:
        yield from wrap(NO_LOOP.format(name=wording.one_line(answer.name)), width)
    for loop in answer.loops:
        yield ""
        yield from _loop(answer, loop, width)


ALLOWING = "allow-loop"
"""The remedy that says already what keeps a loop running that is meant."""
MEANT = "set RecursiveLoop: Allow on {name}, and let the code count the rounds"
NO_LOOP = (
    "No loop passes {name} in these templates. If AWS names it all the same, its loop goes through what they do not "
    "show: a resource that was made by hand or stands in another repository, or code that calls what no template "
    "grants. Give the other templates as further PATHs."
)


def _loop(answer: FunctionAnswer, loop: FunctionLoop, width: int) -> Iterator[str]:
    finding = loop.finding
    place = wording.place(finding.span.file, finding.span.line, finding.span.column)
    yield (
        f"{place}: {finding.severity}[{finding.rule}] {wording.one_line(finding.message)} ({finding.confidence})"
    )
    yield from _entry("loop", wording.loop_path(finding), width)
    if finding.only_where:
        yield from _entry("only", wording.only_where(finding).removeprefix("only "), width)
    yield from _entry("Lambda", _lambda(loop), width)
    yield from _entry("code", code_words(loop), width)
    if loop.accepted is not None:
        yield from _entry("accepted", loop.accepted or "no reason given", width)
    best = finding.remedies[0] if finding.remedies else None
    yield from _entry(
        "change", _change(best, finding) if best else f"recursion-lint explain {finding.rule}", width
    )
    allowing = best is not None and best.id == ALLOWING
    if loop.stops in ("yes", "perhaps") and finding.severity != "info" and not allowing:
        yield from _entry("meant?", MEANT.format(name=wording.one_line(answer.name)), width)


def _lambda(loop: FunctionLoop) -> str:
    """Would Lambda stop it, and why not."""
    why = "; ".join(map(wording.one_line, loop.why))
    if loop.stops == "yes":
        return f"stops it after about 16 rounds (since {SINCE} also in accounts that had this off)"
    if loop.stops == "off":
        return "does not stop it: RecursiveLoop: Allow switches that off"
    if loop.stops == "perhaps":
        return f"stops it after about 16 rounds if the SDK is new enough: {why or 'which one it is is not known'}"
    return f"does not stop it: {why}"


def code_words(loop: FunctionLoop) -> str:
    """What the function's code says of the loop."""
    if not loop.code:
        return "not asked: the template itself says what goes round"
    return "; ".join(dict.fromkeys(_verdict(code) for _, code in loop.code))


def _verdict(code: HopCode) -> str:
    place = wording.place(code.span.file, code.span.line) if code.span is not None else "an unknown place"
    words = _SAYS[code.verdict].format(
        call=wording.one_line(code.call), place=place, reason=wording.one_line(code.reason)
    )
    guards = " and ".join(f"`{wording.one_line(guard)}`" for guard in code.guards)
    return f"{words} ({guards})" if guards else words


def _change(remedy: Remedy, finding: Finding) -> str:
    applied = wording.applied_by(remedy, finding)
    return wording.one_line(remedy.title) + (f" ({applied})" if applied else "")


def ends(loop: FunctionLoop) -> str:
    """Does this function's code end the loop: ``yes``, ``perhaps``, ``no`` or ``unknown``? One step less is enough."""
    told = {_ENDS.get(code.verdict, "unknown") for _, code in loop.code}
    return next((word for word in ("yes", "perhaps", "unknown", "no") if word in told), "unknown")


def _entry(key: str, text: str, width: int) -> Iterator[str]:
    head = f"  {key.ljust(_HEAD)} "
    first, *rest = wrap(text, max(width - len(head), 40))
    yield head + first
    yield from (" " * len(head) + line for line in rest)


def table(answers: Sequence[FunctionAnswer]) -> str:
    """All functions in one line each, and what they come to."""
    rows: list[tuple[str, ...]] = [("FUNCTION", "LOOPS", "LAMBDA STOPS", "CODE ENDS", "SDK", "PLACE")]
    rows += [_row(answer) for answer in answers]
    widths = [max(display_width(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = ["  ".join([*map(_padded, row, widths), row[-1]]) for row in rows]
    on_loops = [one for one in answers if one.loops]
    count = f"{len(answers)} function{'' if len(answers) == 1 else 's'}"
    last = f"{count}, {len(on_loops)} on loops. recursion-lint explain-function NAME tells more of one."
    return "".join(f"{line}\n" for line in (*lines, "", last))


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - display_width(cell))


def _row(answer: FunctionAnswer) -> tuple[str, ...]:
    loops = answer.loops
    counted = (f"{sum(loop.finding.severity == level for loop in loops)} {level}" for level in _LEVELS)
    told = ", ".join(words for words in counted if not words.startswith("0 ")) or "-"
    stops = _worst([loop.stops for loop in loops], ("no", "off", "perhaps", "yes"))
    code = _worst([ends(loop) for loop in loops], ("no", "perhaps", "unknown", "yes"))
    return (
        wording.one_line(answer.name),
        told,
        stops,
        code,
        _sdk_words(answer),
        wording.place(answer.span.file, answer.span.line),
    )


_LEVELS = ("error", "warning", "info")


def _worst(words: Sequence[str], order: Sequence[str]) -> str:
    return next((word for word in order if word in words), "-")


def _sdk_words(answer: FunctionAnswer) -> str:
    sdk = answer.sdk
    words = {True: "new enough", False: "too old", None: "unknown"}[sdk.follows]
    version = wording.one_line(f"{sdk.name} {sdk.version}".strip()) if sdk.version else ""
    return f"{version}: {words}" if version else words


def as_json(answers: Sequence[FunctionAnswer]) -> str:
    """The same for programs, keys always in the same order."""
    document = {
        "schema": SCHEMA,
        "tool": {"name": "recursion-lint", "version": __version__},
        "functions": [_function(answer) for answer in answers],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _function(answer: FunctionAnswer) -> dict[str, Any]:
    sdk = answer.sdk
    return {
        "name": answer.name,
        "type": answer.type,
        "function_name": answer.given or None,
        "file": answer.span.file,
        "line": answer.span.line,
        "runtime": answer.runtime or None,
        "recursive_loop": "Allow" if answer.allows else "Terminate",
        "sdk": {
            "name": sdk.name or None,
            "version": sdk.version or None,
            "file": sdk.file or None,
            "follows": sdk.follows,
            "needed": sdk.needed or None,
        },
        "loops": [_loop_as_json(loop) for loop in answer.loops],
    }


def _loop_as_json(loop: FunctionLoop) -> dict[str, Any]:
    finding = loop.finding
    best = finding.remedies[0] if finding.remedies else None
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": finding.message,
        "file": finding.span.file,
        "line": finding.span.line,
        "path": [hop.source for hop in finding.hops] + [hop.target for hop in finding.hops[-1:]],
        "lambda_stops": loop.stops,
        "why": list(loop.why),
        "code_ends": ends(loop),
        "code": [
            {
                "channel": channel,
                "verdict": code.verdict,
                "file": code.span.file if code.span is not None else None,
                "line": code.span.line if code.span is not None else None,
                "call": code.call or None,
                "guards": list(code.guards),
                "reason": code.reason or None,
            }
            for channel, code in loop.code
        ],
        "accepted": loop.accepted,
        "cost_per_hour": cost_per_hour(finding),
        "change": {"id": best.id, "title": best.title, "applicability": best.applicability} if best else None,
        "fingerprint": finding.fingerprint,
    }
