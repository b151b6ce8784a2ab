"""A finding in at most a dozen lines: where, what, how sure, the lines that matter, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.model.findings import Copy, Finding, FindingHop, Remedy
from recursion_lint.report import wording
from recursion_lint.report.columns import display_width, fitted, shortened, wrap
from recursion_lint.report.paint import WIDTH, Paint
from recursion_lint.report.short_names import with_short_names
from recursion_lint.report.snippet import Frame, Marker, source_lines, underlined
from recursion_lint.version import page_of

MOST_LINES = 12
MOST_HOPS = 3
_HELP_LINES = 2
_LEAST_PICTURES = 4
_WHOLE = 4
"""Lines that who stops the loop and its price take at most in the narrowest terminal: no price is cut."""


class Style(NamedTuple):
    """How a report is set: its colours and the columns of the terminal."""

    paint: Paint
    width: int


def headline(finding: Finding, paint: Paint, width: int = WIDTH) -> list[str]:
    """``file:line:column: severity[rule] message (confidence)``: all that a tired engineer needs to go there.

    One line, for programs read it too; in a terminal of another width than a file's it is broken between words.
    """
    place = wording.place(finding.span.file, finding.span.line, finding.span.column)
    name = f"{finding.severity}[{finding.rule}]"
    level = paint(name, finding.severity)
    if paint.links:
        level = paint.link(level, page_of(finding.rule))
    message, ending = wording.one_line(finding.message), f" ({finding.confidence})"
    # The place and the level stay whole: a word as long as they are stands for them.
    before = "x" * display_width(f"{place}: {name}")
    lines = fitted(f"{before} {message}{ending}", width)
    lines[0] = lines[0].removeprefix(before).strip()
    last = lines[-1].removesuffix(ending.strip()).rstrip()
    shown = [f"    {paint(text, 'bold')}" for text in lines[1:-1]]
    if len(lines) == 1:
        return [f"{place}: {level} {paint(last, 'bold')}{ending}"]
    first = f"{place}: {level}" + (f" {paint(lines[0], 'bold')}" if lines[0] else "")
    return [first, *shown, "    " + (f"{paint(last, 'bold')}{ending}" if last.strip() else ending.strip())]


def finding_lines(
    finding: Finding, sources: Mapping[str, str], style: Style, told: dict[object, tuple[str, int]]
) -> Iterator[str]:
    """The lines of one error or warning. ``told`` is the help of the findings above: the same is not told twice."""
    finding = with_short_names(finding)
    gutter = max(3, *(len(str(hop.span.line)) for hop in finding.hops or (finding,)))
    frame = Frame(gutter, style.width, style.paint, finding.severity)
    path = [*_condition(finding, frame), *_path(finding, frame)]
    head = headline(finding, style.paint, style.width)
    below = _below(finding, frame, told, MOST_LINES - len(head) - len(path) - _LEAST_PICTURES)
    yield from head
    yield from path
    room = MOST_LINES - len(head) - len(path) - len(below)
    tried = (list(_pictures(finding, sources, frame, most)) for most in range(MOST_HOPS, 1, -1))
    fitting = next((lines for lines in tried if len(lines) <= room), None)
    yield from fitting if fitting is not None else _pictures(finding, sources, frame, 1)
    yield from below


def _below(finding: Finding, frame: Frame, told: dict[object, tuple[str, int]], room: int) -> list[str]:
    """The grounds and the help: in more lines where there is room for that, so that less of it is cut off."""
    best = finding.remedies[0] if finding.remedies else None
    # A template of its own has causes of its own, and its reader no reason to open another.
    file = finding.span.file
    key = None if best is None else (file, best.id, best.edits or best.title, best.steps)
    before = _above(finding, told.get(key))
    if key is not None:
        told.setdefault(key, (finding.span.file, finding.span.line))
    lines: list[str] = []
    for grounds, helping in (
        (2, _HELP_LINES + 1),
        (2, _HELP_LINES),
        (1, _HELP_LINES + 1),
        (1, _HELP_LINES),
        (1, 1),
    ):
        lines = [*_grounds(finding, frame, grounds), *_help(best, finding, before, frame, helping)]
        if len(lines) <= room:
            break
    unread = "" if finding.guards else wording.unread_code(finding)
    return [*_entry("unread", unread, frame, 1), *lines] if unread and len(lines) < room else lines


def _above(finding: Finding, place: tuple[str, int] | None) -> str:
    """Where the same help stands: nothing where it does not, or where the place would be this finding's own."""
    if place is None or place == (finding.span.file, finding.span.line):
        return ""
    return f"line {place[1]}" if place[0] == finding.span.file else wording.place(*place)


def info_line(finding: Finding, style: Style) -> str:
    """An info is a headline, and a second line for the repositories where several were linked."""
    where = wording.repositories(finding)
    told = headline(with_short_names(finding), style.paint, style.width)
    return "\n".join([*told, *([f"    {where}"] if where else [])])


def _condition(finding: Finding, frame: Frame) -> Iterator[str]:
    """Where and under what the loop exists at all, before anything else is said of it."""
    margin = " " * (frame.gutter + 1)
    for told in filter(None, (wording.repositories(finding), wording.only_where(finding))):
        yield margin + shortened(told, frame.width - len(margin))


def _path(finding: Finding, frame: Frame) -> Iterator[str]:
    """The loop as a path on at most two lines."""
    margin = " " * (frame.gutter + 1)
    lines = [""]
    for piece in wording.path_pieces(finding):
        if lines[-1] and len(margin) + display_width(lines[-1]) + 1 + display_width(piece) > frame.width:
            lines.append("  " + piece)
        else:
            lines[-1] = f"{lines[-1]} {piece}" if lines[-1] else piece
    if len(lines) > 2:
        lines = [lines[0], shortened("  … " + lines[-1].strip(), frame.width - len(margin))]
    yield from (margin + line for line in lines if line)


def _pictures(finding: Finding, sources: Mapping[str, str], frame: Frame, most: int) -> Iterator[str]:
    """The lines of the hops that matter most, in the order of the loop, each with its hop below it."""
    numbered = list(enumerate(finding.hops, 1))
    chosen = sorted(
        sorted(numbered, key=lambda one: _weight(one[1]))[:most], key=lambda one: _shown_at(one[1], finding)
    )
    file = finding.span.file
    for number, hop in chosen:
        lines = source_lines(sources[hop.span.file]) if hop.span.file in sources else ()
        label = wording.hop_label(number, hop)
        if not 1 <= hop.span.line <= len(lines):
            # The lines of another machine's files are not at hand.
            far = f" ({wording.place(hop.span.file, hop.span.line)})" if finding.repositories else ""
            yield f"{' ' * (frame.gutter + 1)}{label}{far}"
            continue
        if hop.span.file != file:
            yield f"{' ' * frame.gutter}{frame.paint(':::', 'frame')} {wording.place(hop.span.file, hop.span.line)}"
            file = hop.span.file
        end = hop.span.end_column if hop.span.end_line <= hop.span.line else None
        marker = Marker(hop.span.line, hop.span.column, end, hop.span == finding.span, (label,))
        yield from underlined(lines[hop.span.line - 1], marker, frame)


def _weight(hop: FindingHop) -> int:
    """What a reader looks at first: a permission can be taken away, a trigger is what the consumer is for."""
    return {"broad": 0, "granted": 0, "defined": 1, "declared": 2}.get(hop.evidence, 3)


def _shown_at(hop: FindingHop, finding: Finding) -> tuple[bool, str, int]:
    return hop.span.file != finding.span.file, hop.span.file, hop.span.line


def _grounds(finding: Finding, frame: Frame, most: int) -> Iterator[str]:
    """Why it is taken for a loop, what speaks against it, and who would stop it."""
    most = most if finding.guards else 2
    if finding.because:
        yield from _entry("because", "; ".join(finding.because[:2]), frame, most)
    for text in finding.guards[:1]:
        yield from _entry("against", text, frame, most)
    runtime = wording.detection_line(finding)
    if runtime:
        yield from _entry("", runtime + wording.price_clause(finding), frame, _WHOLE)
    if finding.copies:
        yield from _entry("also in", _copies(finding.copies), frame, 1)
    elif finding.also:
        yield from _entry("also", _also(finding.also), frame, 1)


def _also(also: Sequence[str]) -> str:
    return (
        also[0]
        if len(also) == 1
        else f"{len(also)} more of the same cause, {also[0]} among them (-v lists them)"
    )


def _copies(copies: Sequence[Copy]) -> str:
    first, *others = copies
    more = f" and {len(others)} more file{'' if len(others) == 1 else 's'} (-v lists them)" if others else ""
    return wording.place(first.file, first.line) + more


def _help(best: Remedy | None, finding: Finding, before: str, frame: Frame, most: int) -> Iterator[str]:
    """The best way out; where a finding above, at ``before``, has the same, only what it is and not how it is done."""
    if best is None:
        return
    title = wording.one_line(best.title)
    whole: list[str] = []
    for text in _advice(best, finding, title, before):
        whole = list(_entry("help", text, frame, most + 1))
        if len(whole) <= most:
            break
    else:
        whole = list(_entry("help", title, frame, most))
    yield from whole


def _advice(best: Remedy, finding: Finding, title: str, before: str) -> Iterator[str]:
    """A remedy in ever fewer words: a sentence that ends in the middle tells nobody what to do."""
    if before:
        yield f"{title} (as at {before})"
        return
    applied = wording.applied_by(best, finding)
    first = best.steps.strip().split("\n\n")[0]
    if applied or not first or "\n" in first:
        yield title + (f" ({applied})" if applied else "")
        return
    yield f"{title}: {first}"
    clause = first.partition("; ")[0]
    if clause != first:
        yield f"{title}: {clause} (-v tells the rest)"
    yield f"{title} (-v tells how)"


def _entry(key: str, text: str, frame: Frame, most: int) -> Iterator[str]:
    """``key: text`` on at most ``most`` lines, those after the first below its first word."""
    head = f"{key}: " if key else ""
    margin = " " * (frame.gutter + 1)
    room = max(frame.width - len(margin) - len(head), 40)
    lines = wrap(wording.one_line(text), room)
    if len(lines) > most:
        lines = [*lines[: most - 1], shortened(" ".join(lines[most - 1 :]), room)]
    shown = frame.paint(head.rstrip(), "help" if key == "help" else "bold") + (" " if head else "")
    yield f"{margin}{shown}{lines[0]}"
    yield from (f"{margin}{' ' * len(head)}{line}" for line in lines[1:])
