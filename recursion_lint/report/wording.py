"""The sentences and the order that several formats share."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from recursion_lint.model.levels import severity_rank
from recursion_lint.model.loops import NO_SOURCE, FindingHop
from recursion_lint.model.report import Problem, Report, Summary
from recursion_lint.model.spans import Note, Span

if TYPE_CHECKING:
    from recursion_lint.model.findings import Cost, Finding, Remedy

_DETECTION = {
    "stops": "Lambda recursive loop detection stops it after about 16 invocations",
    "none": "Lambda recursive loop detection does not stop it",
    "off": "Lambda recursive loop detection is off (RecursiveLoop: Allow)",
}
"""https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""


_UNSTOPPED = "AWS does not stop it"


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Errors, then warnings, then info; inside one severity by place, so that a run always says the same."""
    return sorted(
        findings, key=lambda f: (severity_rank(f.severity), f.span, f.rule, f.message, f.fingerprint)
    )


def notes_in_order(notes: Iterable[Note]) -> list[Note]:
    return sorted(notes, key=lambda note: (note.span, note.message))


def circled(number: int) -> str:
    """The mark of a hop: ① to ⑳, then (21)."""
    return chr(0x2460 + number - 1) if 1 <= number <= 20 else f"({number})"


def path_pieces(finding: Finding) -> list[str]:
    """``A``, ``─①→ B``, ``─②→ A``: joined by blanks they tell the loop; a hop from elsewhere starts anew.

    The CDK's resources go by the names of their constructs, which are those of the app.
    """
    constructs = {node.resource: node.construct for node in finding.cycle if node.construct}

    def named(resource: str) -> str:
        # What is in a nested stack is told with that: Part/Worker.
        return one_line(constructs.get(resource) or constructs.get(resource.rpartition("/")[2]) or resource)

    pieces: list[str] = []
    at: str | None = None
    for number, hop in enumerate(finding.hops, 1):
        if hop.source != at:
            if pieces:
                pieces[-1] += ","
            pieces.append(named(hop.source))
        pieces.append(f"─{circled(number)}→ {named(hop.target)}")
        at = hop.target
    return pieces


def sentence(finding: Finding) -> str:
    """The message, with the conditions that the loop needs and the files that say the same, on one line."""
    copies = f"also in {', '.join(copy.file for copy in finding.copies)}" if finding.copies else ""
    return one_line("; ".join(filter(None, (finding.message, only_where(finding), copies))))


def only_where(finding: Finding) -> str:
    """``only where RecordObjects is true (default: false)``; nothing for a loop that is always there."""
    return f"only where {' and '.join(map(one_line, finding.only_where))}" if finding.only_where else ""


def repositories(finding: Finding) -> str:
    """``in acme/orders@1a2b3c4 (@acme/orders) and acme/mail``, with the day on which a store first saw the loop."""
    told = [
        f"{one.name}{'@' * bool(one.commit)}{one.commit[:7]}"
        + (f" ({', '.join(one.owners)})" if one.owners else "")
        for one in finding.repositories
    ]
    since = f", since {finding.since}" if finding.since else ""
    return one_line(f"in {' and '.join(told)}{since}") if told else ""


def loop_path(finding: Finding) -> str:
    return " ".join(path_pieces(finding))


def hop_label(number: int, hop: FindingHop) -> str:
    return f"{circled(number)} {one_line(hop.reason)}"


_SHOWN = {
    "writes-back": "calls {call} here",
    "conditional": "calls {call} here, on conditions",
    "on-error": "calls {call} here, on errors only",
    "stops-itself": "calls {call} here, but not in the next round",
    "elsewhere": "calls {call} here, which leads elsewhere",
}
"""The verdicts whose line in the handler's code is shown."""


def lines_of(hops: Sequence[FindingHop]) -> list[tuple[Span, str]]:
    """The lines that make the hops, each with its label: those of the template and, behind each, the handler's own."""
    found: list[tuple[Span, str]] = []
    for number, hop in enumerate(hops, 1):
        found.append((hop.span, hop_label(number, hop)))
        code = hop.code
        if code is not None and code.span is not None and code.verdict in _SHOWN:
            words = _SHOWN[code.verdict].format(call=one_line(code.call))
            found.append((code.span, f"{circled(number)} {one_line(hop.source)} {words}"))
    return found


def code_clauses(finding: Finding) -> list[str]:
    """What the handlers' code says of the hops, each in a clause with its place, for where no source is shown."""
    found: dict[str, None] = {}
    for hop in finding.hops:
        code = hop.code
        if code is None:
            continue
        if code.verdict == "never":
            found[f"the code of {one_line(hop.source)} makes no call that leads on"] = None
        elif code.span is not None and code.verdict in _SHOWN:
            words = _SHOWN[code.verdict].format(call=one_line(code.call)).replace(" here", "", 1)
            found[f"{one_line(hop.source)} {words} ({repository_path(code.span.file)}:{code.span.line})"] = (
                None
            )
    return list(found)


def unread_code(finding: Finding) -> str:
    """Of which function it is not known whether its code makes the call that it may make, and why.

    Empty where all was read, or where none of it is here: that tells itself.
    """
    for number, hop in enumerate(finding.hops, 1):
        if hop.code is not None and hop.code.verdict == "unread" and hop.code.reason not in ("", NO_SOURCE):
            return f"whether the code of {one_line(hop.source)} does {circled(number)}: {one_line(hop.code.reason)}"
    return ""


def is_loop(finding: Finding) -> bool:
    """Do events go round? A ring of references only keeps a stack from being created."""
    hops = finding.hops
    return bool(hops) and hops[0].source == hops[-1].target and hops[0].kind != "reference"


def runtime_line(finding: Finding) -> str:
    """Whether Lambda's detection stops the loop, and the safety nets; empty where neither applies."""
    nets = (f"{one_line(net)}, which ends no loop" for net in finding.safety_nets)
    parts = (detection_line(finding), *nets)
    return "; ".join(part for part in parts if part)


def detection_line(finding: Finding) -> str:
    """Would Lambda's recursive loop detection stop the loop? Empty for what is no loop.

    It is about functions: a loop without one is no business of it.
    """
    if not is_loop(finding):
        return ""
    return _DETECTION[finding.runtime_protection] if finding.through_function else _UNSTOPPED


def price_clause(finding: Finding) -> str:
    """What the loop costs, to stand behind ``detection_line``; empty where that is not known."""
    cost = finding.cost
    if cost is None:
        return ""
    if finding.runtime_protection == "stops":
        return f", {'under $0.01' if cost.low < _CENT else f'about {dollars(cost.low)}'} an event"
    return f": {_an_hour(cost)}{' until you do' if finding.runtime_protection == 'none' else ''}"


def price_line(finding: Finding) -> str:
    """What the loop costs an hour, and what that rests on; empty where it is not known."""
    cost = finding.cost
    return f"{_an_hour(cost)} ({one_line(cost.assumes)})" if cost is not None else ""


def _an_hour(cost: Cost) -> str:
    if cost.high < _CENT:
        return "under $0.01 an hour"
    if cost.low < _CENT:
        return f"up to about {dollars(cost.high)} an hour"
    if cost.low == cost.high:
        return f"about {dollars(cost.low)} an hour"
    return f"about {dollars(cost.low)}–{dollars(cost.high).removeprefix('$')} an hour"


_CENT = 0.01


def dollars(amount: float) -> str:
    """``$0.03``, ``$2,000``."""
    return f"${amount:,.0f}" if amount >= 1 else f"${amount:.{max(2, -math.floor(math.log10(amount)))}f}"


def applied_by(remedy: Remedy, finding: Finding) -> str:
    """Which options apply a remedy of ``finding``; empty where a person must, and where they apply another one."""
    if remedy == finding.applied(unsafe=False):
        return "--fix applies it"
    return "--fix --unsafe-fixes applies it; review it" if remedy == finding.applied(unsafe=True) else ""


def example(finding: Finding) -> str:
    """The witness in words, or nothing."""
    if finding.witness is None:
        return ""
    event = one_line(finding.witness.event)
    return event if finding.witness.key is None else f'{event} of "{printable(finding.witness.key)}"'


def remedy_line(remedy: Remedy, finding: Finding) -> str:
    """``title (breaks ②)``, with the steps where they are a sentence; a snippet is for ``explain`` and ``--diff``."""
    effect = "safety net" if remedy.breaks is None else f"breaks {circled(remedy.breaks)}"
    applied = applied_by(remedy, finding).partition(";")[0]
    if applied:
        effect += f", {applied}"
    first = remedy.steps.strip().split("\n\n")[0]
    told = remedy.cdk or len(first) <= MAX_STEPS or remedy == finding.remedies[0]
    brief = first if told else ""
    return f"{one_line(remedy.title)} ({effect})" + (f": {one_line(brief)}" if brief else "")


MAX_STEPS = 240
"""Of the best remedy all is told, whatever its length; of the others what is no longer than this."""
MOST_SKETCHED = 20


def sketched(remedy: Remedy) -> tuple[str, ...]:
    """The lines of a handler that a remedy sketches; none for one that has none, or a long piece of a template."""
    lines = remedy.steps.partition("\n\n")[2].splitlines() if remedy.applicability == "manual" else []
    return tuple(map(printable, lines)) if len(lines) <= MOST_SKETCHED else ()


def problem_line(problem: Problem, level: str = "") -> str:
    """``file:line: message``, for standard error and for the text report; ``level`` stands before the message."""
    told = f"{level}: {one_line(problem.message)}" if level else one_line(problem.message)
    return f"{place(problem.file, problem.line)}: {told}"


def place(file: str, line: int, column: int = 0) -> str:
    """``file:line:column``, as far as they are known."""
    known = [printable(file)] + [str(number) for number in (line, column) if number > 0]
    return ":".join(known)


def summary_line(report: Report, timed: bool = True) -> str:
    """The proof of work at the end: what was found, what was checked. Green only where all could be read.

    Without the time if it is not to be ``timed``, for what is compared from run to run.
    """
    summary = report.summary
    unread = _unread(report.problems)
    aside = [f"{summary.suppressed} suppressed"] if report.findings or summary.suppressed else []
    if summary.baselined:
        aside.append(f"{summary.baselined} baselined")
    if summary.unchanged:
        aside.append(f"{summary.unchanged} in files that have not changed")
    if summary.hidden:
        aside.append(f"{summary.hidden} below the level that is reported")
    if report.findings:
        found = f"{_count(summary.error, 'error')}, {_count(summary.warning, 'warning')}, {summary.info} info"
    elif not summary.templates:
        return f"Nothing was checked: {unread or 'there is no SAM or CloudFormation template here'}."
    else:
        none = "Nothing to report" if summary.hidden or summary.unchanged else "No loops found"
        found = f"Not all was checked: {unread}" if unread else none
    checked = _checked(summary, report.elapsed if timed else None)
    line = f"{found}{' (' + ', '.join(aside) + ')' if aside else ''}. {checked}"
    return f"{line} {unread[0].upper()}{unread[1:]}." if unread and report.findings else line


def _unread(problems: Sequence[Problem]) -> str:
    """How many files could not be read, or nothing."""
    named = sum(problem.named for problem in problems)
    found = len(problems) - named
    parts = [_count(named, "file")] if named else []
    if found:
        looks = "that looks like a template" if found == 1 else "that look like templates"
        parts.append(f"{_count(found, 'file')} {looks}")
    return f"{' and '.join(parts)} could not be read" if parts else ""


def _checked(summary: Summary, elapsed: float | None) -> str:
    time = "" if elapsed is None else f" in {_time(elapsed)}"
    facts = ", ".join(
        (
            _count(summary.resources, "resource"),
            _count(summary.triggers, "trigger"),
            _count(summary.writes, "write"),
        )
    )
    return f"Checked {_count(summary.templates, 'template')}: {facts}{time}."


def _time(elapsed: float) -> str:
    return f"{round(elapsed * 1000)} ms" if elapsed < 0.9995 else f"{elapsed:.1f} s"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def one_line(text: str) -> str:
    """``text`` on one line and without control characters; what is only blanks keeps them, to be something."""
    return printable(" ".join(text.split()) or text)


def printable(text: str) -> str:
    """Control, bidirectional and invisible characters replaced, and letters that look like Latin ones spelt out.

    A template must not steer the terminal that shows it, nor make one name look like another.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(letter if not _steers(letter) else "\ufffd" for letter in text)
    return re.sub(r"\w+", lambda word: _told_apart(word[0]), shown)


def _told_apart(word: str) -> str:
    """A word of Latin letters with its Greek and Cyrillic ones, and those of other widths, as escapes."""
    if word.isascii() or not any(letter.isascii() and letter.isalpha() for letter in word):
        return word
    return "".join(f"\\u{ord(letter):04x}" if _looks_latin(ord(letter)) else letter for letter in word)


def _looks_latin(code: int) -> bool:
    """Greek, Cyrillic, Armenian, Cherokee, full width, mathematical."""
    ranges = (0x370, 0x58F), (0x13A0, 0x13FF), (0xAB70, 0xABBF), (0xFF00, 0xFF5E), (0x1D400, 0x1D7FF)
    return any(first <= code <= last for first, last in ranges)


_INVISIBLE = frozenset(
    (0xAD, 0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFEFF, 0xFFA0, *range(0x200B, 0x200E))
) | frozenset(range(0x2060, 0x2065))


def _steers(letter: str) -> bool:
    code = ord(letter)
    bidirectional = 0x202A <= code <= 0x202E or 0x2066 <= code <= 0x2069 or code in (0x200E, 0x200F, 0x061C)
    line_break = code in (0x2028, 0x2029)
    return (
        code < 32
        or 127 <= code < 160
        or bidirectional
        or line_break
        or 0xD800 <= code <= 0xDFFF
        or code in _INVISIBLE
        or 0xE0000 <= code <= 0xE007F
    )


def repository_path(file: str) -> str:
    """The path as GitHub and GitLab want it: forward slashes, no leading ``./``."""
    path = file.replace(os.sep, "/")
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return path
