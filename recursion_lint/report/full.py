"""A finding with all that is known of it: the loop, each file's lines, why, and every remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from recursion_lint.model.findings import Finding, Span
from recursion_lint.report import wording
from recursion_lint.report.brief import headline
from recursion_lint.report.columns import display_width, wrap
from recursion_lint.report.paint import WIDTH, Paint
from recursion_lint.report.snippet import Frame, Marker, draw, source_lines


def finding_text(finding: Finding, sources: Mapping[str, str], paint: Paint, width: int = WIDTH) -> str:
    """One finding: headline, the loop as a path, the lines that make it, and what to do."""
    frame = Frame(_gutter(finding), width, paint, finding.severity)
    lines = headline(finding, paint, width)
    lines += _conditions(finding, frame)
    lines += _path(finding, frame)
    lines += _pictures(finding, sources, frame)
    lines += _advice(finding, frame)
    return "".join(line.rstrip() + "\n" for line in lines)


def _conditions(finding: Finding, frame: Frame) -> Iterator[str]:
    """Under what the loop exists at all, before anything else is said of it."""
    for told in (wording.repositories(finding), wording.only_where(finding)):
        for row in wrap(told, frame.width - frame.gutter):
            if row:
                yield " " * frame.gutter + row


def _gutter(finding: Finding) -> int:
    """Columns for the largest line number; the line below a marked one may be shown too."""
    spans = [finding.span, *(span for span, _ in wording.lines_of(finding.hops))]
    return max(2, *(len(str(span.line + 1)) for span in spans))


def _path(finding: Finding, frame: Frame) -> Iterator[str]:
    """The loop as a path, broken before an arrow where it is too long for one line."""
    line = ""
    for piece in wording.path_pieces(finding):
        if line and frame.gutter + display_width(line) + 1 + display_width(piece) > frame.width:
            yield " " * frame.gutter + line
            line = "  " + piece
        else:
            line = f"{line} {piece}" if line else piece
    if line:
        yield " " * frame.gutter + line


def _pictures(finding: Finding, sources: Mapping[str, str], frame: Frame) -> Iterator[str]:
    """One block for each file, the finding's own first."""
    files: dict[str, list[tuple[Span, str]]] = {finding.span.file: []}
    for span, label in wording.lines_of(finding.hops):
        files.setdefault(span.file, []).append((span, label))
    for file, hops in files.items():
        own = file == finding.span.file
        at = finding.span if own else hops[0][0]
        arrow = frame.paint("-->" if own else ":::", "frame")
        yield f"{' ' * frame.gutter}{arrow} {wording.place(file, at.line, at.column)}"
        yield from _picture(finding if own else None, hops, sources.get(file), frame)


def _picture(
    finding: Finding | None, hops: list[tuple[Span, str]], source: str | None, frame: Frame
) -> Iterator[str]:
    lines = source_lines(source) if source is not None else ()
    spans: dict[Span, list[str]] = {}
    if finding is not None and 1 <= finding.span.line <= len(lines):
        spans[finding.span] = []
    unseen: list[str] = []
    for span, label in hops:
        if 1 <= span.line <= len(lines):
            spans.setdefault(span, []).append(label)
        else:
            unseen.append(f"{label} (line {span.line})" if span.line > 0 else label)
    if spans:
        primary = finding.span if finding is not None else None
        markers = [_marker(span, labels, span == primary) for span, labels in spans.items()]
        yield from draw(
            lines, markers, {span.line + 1 for span in spans if _goes_on(span, len(lines))}, frame
        )
    for label in unseen:
        for at, row in enumerate(wrap(label, frame.room)):
            yield frame.row("  " + row if at else row)


def _marker(span: Span, labels: list[str], primary: bool) -> Marker:
    end = span.end_column if span.end_line <= span.line else None
    return Marker(span.line, span.column, end, primary, tuple(labels))


def _goes_on(span: Span, lines: int) -> bool:
    """Whether a second line belongs to the span: it is shown, though only the first is underlined."""
    last = span.end_line if span.end_column > 1 else span.end_line - 1
    return last > span.line < lines


def _advice(finding: Finding, frame: Frame) -> Iterator[str]:
    for text in finding.because:
        yield from _entry("because", text, frame)
    if finding.witness is not None:
        yield from _entry("example", wording.example(finding), frame)
    for text in finding.guards:
        yield from _entry("guard", text, frame)
    unread = wording.unread_code(finding)
    if unread:
        yield from _entry("unread", unread, frame)
    for text in (wording.detection_line(finding), *finding.safety_nets):
        if text:
            yield from _entry("", text, frame)
    cost = wording.price_line(finding)
    if cost:
        yield from _entry("price", cost, frame)
    for remedy in finding.remedies:
        yield from _entry("help", wording.remedy_line(remedy, finding), frame, cost=remedy.trade_off)
        yield from (" " * (frame.gutter + 9) + line for line in wording.sketched(remedy))
    for text in finding.also:
        yield from _entry("also", text, frame)
    for copy in finding.copies:
        yield from _entry("also in", wording.place(copy.file, copy.line), frame)
    yield from _entry("docs", f"recursion-lint explain {finding.rule}", frame)


def _entry(key: str, text: str, frame: Frame, cost: str = "") -> Iterator[str]:
    """``= key: text``, later lines below the text's first word; the cost of a remedy on a line of its own."""
    head = f"{key}: " if key else ""
    hang = " " * (frame.gutter + 3 + len(head))
    room = max(frame.width - len(hang), 40)
    first, *rest = wrap(wording.printable(text) if key == "example" else wording.one_line(text), room)
    shown = frame.paint(head.rstrip(), "help" if key == "help" else "bold") + (" " if head else "")
    yield f"{' ' * (frame.gutter + 1)}{frame.paint('=', 'frame')} {shown}{first}"
    for line in rest:
        yield hang + line
    if cost:
        first, *rest = wrap("cost: " + wording.one_line(cost), room - 6)
        yield hang + frame.paint(first, "dim")
        for line in rest:
            yield hang + "      " + frame.paint(line, "dim")
