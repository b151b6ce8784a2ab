"""The report for a terminal: goldens that were read by a person, and the corners of the picture."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import (
    clean_report,
    filter_finding,
    full_report,
    minified_report,
    s3_finding,
    span,
    sqs_finding,
    sqs_report,
)

from recursion_lint.model.findings import Cost, Finding, FindingHop, HopCode, Note, Remedy
from recursion_lint.model.report import Problem, Report, Summary
from recursion_lint.report import FORMATS, render
from recursion_lint.report.columns import display_width, window, wrap
from recursion_lint.report.snippet import source_lines
from recursion_lint.report.wording import circled, loop_path, place, problem_line


def hop(number: int, reason: str, line: int, column: int, end: int, file: str = "t.yaml") -> FindingHop:
    return FindingHop(
        f"N{number}", f"N{number + 1}", "write", "granted", reason, span(line, column, line, end, file)
    )


def one(*hops: FindingHop, source: str | None, at: int = 0) -> Report:
    """A report on one finding whose place is that of hop ``at``."""
    finding = Finding("sqs-loop", "R1200", "error", "likely", "loops", hops[at].span, (), hops)
    return Report((finding,), sources={} if source is None else {"t.yaml": source})


def picture(report: Report, width: int = 100) -> list[str]:
    """The lines between the place and the advice."""
    lines = render(report, "text", quiet=True, verbose=True, width=width).splitlines()
    start = next(at for at, line in enumerate(lines) if "-->" in line)
    stop = next(at for at, line in enumerate(lines) if line.lstrip().startswith("= "))
    return lines[start + 1 : stop]


def column_of(line: str, mark: str) -> int:
    """The display column at which ``mark`` starts, behind the gutter."""
    before = line.split("| ", 1)[1].split(mark)[0]
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in before)


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("sqs", sqs_report()),
        ("full", full_report()),
        ("clean", clean_report()),
        ("minified", minified_report()),
    ],
)
def test_golden(name: str, report: Report, golden: Callable[[str, str], None]) -> None:
    golden(f"report/{name}.txt", render(report, "text"))


def test_golden_narrow(golden: Callable[[str, str], None]) -> None:
    golden("report/full-narrow.txt", render(full_report(), "text", width=60))


def test_golden_color(golden: Callable[[str, str], None]) -> None:
    golden("report/sqs-color.txt", render(sqs_report(), "text", color=True))


def test_color_only_adds_escapes() -> None:
    plain, painted = (render(full_report(), "text", color=color) for color in (False, True))
    stripped = painted
    for code in ("1;31", "1;33", "1;34", "1", "34", "36", "1;32", "2", "0"):
        stripped = stripped.replace(f"\x1b[{code}m", "")
    assert stripped == plain
    assert "\x1b" not in plain
    assert "\x1b[1;31merror[sqs-loop]" in painted
    assert "\x1b[1;33mwarning[s3-loop]" in painted


def test_worst_first_then_file_then_line() -> None:
    later = sqs_finding()._replace(span=span(90, 1, 90, 2))
    before = sqs_finding()._replace(span=span(99, 1, 99, 2, "a.yaml"))
    report = Report((filter_finding(), later, s3_finding(), sqs_finding(), before))
    heads = [
        line.split(": ")[0]
        for line in render(report, "text").splitlines()
        if line.count(": ") and "[" in line.split(": ")[1]
    ]
    assert heads == [
        "a.yaml:99:1",
        "template.yaml:34:9",
        "template.yaml:90:1",
        "stacks/pictures.yaml:7:13",
        "stacks/pictures.yaml:7:13",
    ]


def test_order_of_input_does_not_matter() -> None:
    report = full_report()
    turned = report._replace(findings=report.findings[::-1], notes=report.notes[::-1])
    for name in FORMATS:
        assert render(turned, name) == render(report, name)


def test_quiet_keeps_findings_and_errors_only() -> None:
    text = render(full_report(), "text", quiet=True)
    assert "error[sqs-loop]" in text
    assert "info[wildcard-in-s3-filter]" in text
    assert "error: broken.yaml:3: mapping values" in text
    assert "note:" not in text
    assert "Checked" not in text
    assert render(clean_report(), "text", quiet=True) == ""


def test_a_clean_run_is_one_line_that_counts_what_was_not_seen() -> None:
    report = clean_report()._replace(notes=full_report().notes[:1])
    assert render(report, "text") == (
        "No loops found. Checked 2 templates: 1 resource, 0 triggers, 0 writes in 4 ms. "
        "1 note on what could not be resolved (-v).\n"
    )


def test_suppressed_and_baselined_are_told_in_a_clean_run_too() -> None:
    report = clean_report()._replace(summary=Summary(templates=1, suppressed=1, baselined=2))
    assert render(report, "text").startswith(
        "No loops found (1 suppressed, 2 baselined). Checked 1 template: "
    )


def test_an_unreadable_file_is_never_passed_over() -> None:
    report = clean_report()._replace(problems=(Problem("-", 0, "not a\ntemplate"),))
    text = render(report, "text")
    assert text.startswith("error: -: not a template\n")
    assert "\nNot all was checked: 1 file could not be read. Checked 2 templates: " in text
    found = sqs_report()._replace(problems=(Problem("-", 0, "no", named=False),))
    assert "\nwarning: -: no\n" in render(found, "text")
    assert render(found, "text").endswith(" 1 file that looks like a template could not be read.\n")


def test_a_run_without_a_template_says_so() -> None:
    empty = Report()
    assert render(empty, "text") == "Nothing was checked: there is no SAM or CloudFormation template here.\n"
    unread = Report(problems=(Problem("a", 1, "no"), Problem("b", 1, "no", named=False)))
    told = "Nothing was checked: 1 file and 1 file that looks like a template could not be read."
    assert render(unread, "text").splitlines()[-1] == told
    for report in (empty, unread):
        for format_ in ("text", "github", "junit"):
            assert "No loops found" not in render(report, format_)


def test_notes_are_counted_and_told_when_asked_for() -> None:
    notes = tuple(Note(span(line, 1, line, 2), "n") for line in range(1, 14))
    report = sqs_report()._replace(notes=notes)
    brief, all_of_it = render(report, "text"), render(report, "text", verbose=True)
    assert ": note: " not in brief
    assert brief.endswith(" 13 notes on what could not be resolved (-v).\n")
    assert all_of_it.count(": note: n\n") == 13


def test_a_finding_takes_a_dozen_lines_whatever_there_is_to_tell() -> None:
    line = "Queue: " + "x" * 300
    told = " ".join(["word"] * 200)
    hops = tuple(hop(number, told, number, 1, 6) for number in range(1, 30))
    (finding,) = one(*hops, source=line).findings
    (safe, *_) = s3_finding().remedies
    finding = finding._replace(
        because=(told,) * 9,
        guards=(told,) * 9,
        also=(told,) * 9,
        only_where=(told,) * 9,
        remedies=(safe._replace(title=told, steps=told),) * 9,
    )
    report = Report((finding,), sources={"t.yaml": f"{line}\n" * 40})
    lines = render(report, "text", quiet=True).splitlines()
    assert 8 < len(lines) <= 12
    assert all(display_width(row) <= 100 for row in lines[1:])
    assert "-loop]" in lines[0]


def test_an_info_is_one_line() -> None:
    info = sqs_finding()._replace(severity="info")
    assert len(render(Report((info, info)), "text", quiet=True).splitlines()) == 2


def test_the_same_change_is_told_once() -> None:
    later = sqs_finding()._replace(span=span(90, 1, 90, 2))
    text = render(Report((sqs_finding(), later)), "text")
    assert text.count("help: ") == 2
    first, second = (text.partition("help: ")[2], text.rpartition("help: ")[2])
    title = sqs_finding().remedies[0].title
    assert " ".join(first.split()).startswith(title)
    assert " ".join(second.split()).startswith(f"{title} (as at line 34)")


def test_no_change_is_told_by_its_own_line() -> None:
    text = render(Report((sqs_finding(), sqs_finding())), "text")
    assert "as at line" not in text


def test_names_in_nested_stacks_are_short() -> None:
    long = "Outer" * 6 + "/Inner/" + "Worker"
    finding = sqs_finding()
    actor = finding.hops[0].target
    hops = tuple(
        one._replace(
            source=one.source.replace(actor, long),
            target=one.target.replace(actor, long),
            reason=one.reason.replace(actor, long),
        )
        for one in finding.hops
    )
    remedy = finding.remedies[0]._replace(title=f"Let {long} stop in src/a/b/Worker.py", edits=(), steps="")
    told = finding._replace(message=f"{long} loops", hops=hops, remedies=(remedy,))
    text = render(Report((told,)), "text")
    assert "…/Worker loops" in text
    assert "help: Let …/Worker stop in src/a/b/Worker.py\n" in text
    assert long not in text
    twin = hops[0]._replace(source="Other/Inner/Worker")
    assert long in render(Report((told._replace(hops=(twin, *hops[1:])),)), "text")


def test_seconds_above_one() -> None:
    assert "in 1.0 s." in render(clean_report()._replace(elapsed=0.9999), "text")
    assert "in 999 ms." in render(clean_report()._replace(elapsed=0.999), "text")


def test_circled() -> None:
    assert [circled(number) for number in (1, 2, 20, 21)] == ["①", "②", "⑳", "(21)"]


def test_a_path_with_a_break_starts_anew() -> None:
    (broken,) = one(hop(1, "r", 1, 1, 2), hop(5, "r", 1, 1, 2), source="x").findings
    assert loop_path(broken) == "N1 ─①→ N2, N5 ─②→ N6"


def test_a_long_path_breaks_before_an_arrow() -> None:
    text = render(
        one(*(hop(number, "r", 1, 1, 2) for number in range(1, 16)), source="x"),
        "text",
        verbose=True,
        width=60,
    )
    path = [line for line in text.splitlines() if "─" in line]
    assert len(path) > 1
    assert all(display_width(line) <= 60 for line in path)
    assert all(line.startswith("    ─") for line in path[1:])
    assert " ".join(line.strip() for line in path).count("→") == 15


def test_runtime_line_only_for_loops() -> None:
    text = render(Report((filter_finding(),)), "text", verbose=True)
    assert "AWS" not in text
    none, off = (
        sqs_finding()._replace(runtime_protection="none"),
        sqs_finding()._replace(runtime_protection="off"),
    )
    assert "Lambda recursive loop detection does not stop it\n" in render(
        Report((none,)), "text", verbose=True
    )
    assert "is off (RecursiveLoop: Allow)" in render(Report((off,)), "text", verbose=True)


def test_only_a_diff_that_is_no_manual_one_promises_a_fix() -> None:
    safe, net = s3_finding().remedies

    def text(*remedies: Remedy) -> str:
        return render(Report((s3_finding()._replace(remedies=remedies),)), "text", verbose=True)

    assert "(breaks ②, --fix applies it)" in text(safe)
    assert "(breaks ②, --fix --unsafe-fixes applies it)" in text(safe._replace(applicability="unsafe"))
    assert "(safety net)" in text(net)
    for other in (safe._replace(applicability="manual"), safe._replace(diff=None, edits=()), net):
        assert "--fix" not in text(other)
    # Of two that may be applied, --fix applies the first one alone.
    both = text(safe, safe._replace(title="Another way"))
    assert both.count("--fix applies it") == 1
    assert "applies it" in both.partition("Another way")[0]


def test_a_terminal_shows_the_first_way_out_and_all_when_asked() -> None:
    safe, net = s3_finding().remedies
    shown = render(Report((s3_finding()._replace(remedies=(*[safe] * 4, net)),)), "text", verbose=True)
    assert shown.count("breaks ②") == 4
    assert "(safety net)" in shown
    brief = render(Report((s3_finding()._replace(remedies=(*[safe] * 4, net)),)), "text")
    assert brief.count("help: ") == 1


def test_hops_on_one_line_and_on_one_span() -> None:
    line = "Events: {Jobs: {Type: SQS}}"
    report = one(
        hop(1, "second", 1, 17, 21), hop(2, "first", 1, 1, 7), hop(3, "same", 1, 17, 21), source=line
    )
    assert picture(report) == [
        "   |",
        " 1 | " + line,
        "   | ------ ② first",
        "   |                 ^^^^ ① second",
        "   |                      ③ same",
    ]


def test_gaps_of_one_line_are_shown_and_longer_ones_are_dots() -> None:
    source = "\n".join(f"line{number}" for number in range(1, 10))
    report = one(hop(1, "a", 1, 1, 6), hop(2, "b", 3, 1, 6), hop(3, "c", 6, 1, 6), source=source)
    assert picture(report) == [
        "   |",
        " 1 | line1",
        "   | ^^^^^ ① a",
        " 2 | line2",
        " 3 | line3",
        "   | ----- ② b",
        "...",
        " 6 | line6",
        "   | ----- ③ c",
    ]


def test_a_span_of_many_lines_underlines_its_first_and_shows_its_second() -> None:
    step = FindingHop("A", "A", "write", "granted", "why", span(2, 3, 4, 8, "t.yaml"))
    source = "Policies:\n  - Allow:  \n      - a\n      - b\n"
    assert picture(one(step, source=source)) == [
        "   |",
        " 2 |   - Allow:",
        "   |   ^^^^^^^ ① why",
        " 3 |       - a",
    ]
    ends_before = step._replace(span=span(2, 3, 3, 1, "t.yaml"))
    assert picture(one(ends_before, source=source))[-1] == "   |   ^^^^^^^ ① why"


def test_tabs_and_wide_letters_keep_the_underline_below() -> None:
    line = '\t"名前é\t": "キュー",\t"Queue": 1'
    begin = line.index('"Queue"')
    shown, marks = picture(one(hop(1, "here", 1, begin + 1, begin + 8), source=line))[1:3]
    assert "\t" not in shown
    assert column_of(shown, '"Queue"') == column_of(marks, "^")
    assert marks.count("^") == 7


def test_tabs_reach_the_next_stop() -> None:
    assert picture(one(hop(1, "r", 1, 4, 5), source="ab\tc"))[1:] == [" 1 | ab  c", "   |     ^ ① r"]


def test_wide_letters_are_underlined_in_full() -> None:
    assert picture(one(hop(1, "here", 1, 4, 7), source="a: キュー"))[2] == "   |    ^^^^^^ ① here"


def test_combining_letters_take_no_column() -> None:
    assert display_width("e\u0301") == 1
    assert display_width("キ") == 2
    assert display_width("①→─") == 3


def test_a_line_of_100_kb_is_cut_around_each_far_off_hop() -> None:
    text = render(minified_report(), "text", verbose=True)
    assert len(text) < 3000
    assert all(display_width(line) <= 100 for line in picture(minified_report()))
    rows = text.splitlines()
    for key, mark in (('"Q"', "^^^"), ('"Last"', "------")):
        at = next(number for number, row in enumerate(rows) if key in row)
        assert column_of(rows[at], key) == column_of(rows[at + 1], mark)
        assert "…" in rows[at]


def test_labels_far_right_go_below() -> None:
    reason = "a rather long sentence that says why this step of the loop is one, and where it was seen"
    source = " " * 70 + "Key: x"
    lines = picture(one(hop(1, reason, 1, 71, 74), source=source), width=90)
    assert lines[2].endswith("^^^")
    assert lines[3].lstrip(" |").startswith("① a rather")
    assert all(display_width(line) <= 90 for line in lines)
    assert " ".join(line.strip(" |") for line in lines[3:]) == "① " + reason


def test_long_labels_are_wrapped_below_their_first_word() -> None:
    reason = " ".join(["word"] * 40)
    lines = picture(one(hop(1, reason, 1, 1, 4), source="Key: x"))
    assert lines[2].startswith("   | ^^^ ① word")
    assert all(line.startswith("   |       word") for line in lines[3:])
    assert " ".join(line.strip(" |^①") for line in lines[2:]) == reason
    assert all(len(line) <= 100 for line in lines)


@pytest.mark.parametrize("source", [None, "", "one\n"])
def test_without_the_line_the_reason_remains(source: str | None) -> None:
    assert picture(one(hop(1, "because so", 7, 1, 3), source=source)) == ["   | ① because so (line 7)"]


def test_a_known_and_an_unknown_line_in_one_file() -> None:
    lines = picture(one(hop(1, "seen", 1, 1, 4), hop(2, "unseen", 9, 1, 3), source="one"))
    assert lines == ["   |", " 1 | one", "   | ^^^ ① seen", "   | ② unseen (line 9)"]


def test_a_finding_beside_its_hops_has_its_own_mark() -> None:
    report = one(hop(1, "r", 1, 1, 4), source="one\ntwo")
    report = report._replace(findings=(report.findings[0]._replace(span=span(2, 1, 2, 4, "t.yaml")),))
    assert picture(report) == ["   |", " 1 | one", "   | --- ① r", " 2 | two", "   | ^^^"]


def test_the_gutter_grows_with_the_line_numbers() -> None:
    lines = picture(one(hop(1, "r", 9999, 1, 2), hop(2, "s", 1, 1, 2), source="x\n" * 9999))
    assert "    1 | x" in lines
    assert " 9999 | x" in lines
    assert {line.index("|") for line in lines if "|" in line} == {6}


def test_a_template_cannot_steer_the_terminal() -> None:
    report = one(hop(1, "\x1b[31mred\u202e", 1, 1, 4), source="a\x1b[2Jb\u202ec")
    report = report._replace(findings=(report.findings[0]._replace(message="\x1b[2J\nsecond line"),))
    text = render(report, "text")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.splitlines()[0] == "t.yaml:1:1: error[sqs-loop] \ufffd[2J second line (likely)"


def test_lines_are_those_of_yaml() -> None:
    assert source_lines("\ufeffa\r\nb\rc\x85d\u2028e\x0cf\n") == ("a", "b", "c", "d", "e\x0cf", "")


def test_place_and_problem() -> None:
    assert place("a b.yaml", 0) == "a b.yaml"
    assert place("t.yaml", 3, 4) == "t.yaml:3:4"
    assert problem_line(Problem("t.yaml", 3, " no\n good ")) == "t.yaml:3: no good"


def test_half_a_surrogate_pair_can_be_written() -> None:
    report = one(hop(1, "\ud83d", 1, 1, 2), source='"\ud83d"')
    for name in FORMATS:
        render(report, name).encode("utf-8")


def test_unknown_format() -> None:
    with pytest.raises(ValueError, match=r"xml.*sarif"):
        render(clean_report(), "xml")


LINES = st.text(st.sampled_from('ab "\tキé\u0301\u200b\x07'), max_size=300)


@given(LINES, st.integers(0, 320), st.integers(0, 40), st.integers(40, 120))
def test_a_window_shows_what_is_asked_for(line: str, begin: int, length: int, room: int) -> None:
    begin = min(begin, len(line))
    end = min(begin + length, len(line))
    shown = window(line, begin, end, room)
    assert display_width(shown.text) <= room
    assert shown.start <= begin
    assert min(end, begin + room // 8) <= shown.stop
    assert list(shown.offsets) == sorted(shown.offsets)
    assert shown.column(10**9) <= room
    if display_width(line.expandtabs(4)) <= room // 2:
        assert "…" not in shown.text


@given(st.lists(st.text("abキ", min_size=1, max_size=12), min_size=1), st.integers(1, 60))
def test_wrap_keeps_every_word(words: list[str], width: int) -> None:
    lines = wrap(" ".join(words), width)
    assert " ".join(lines) == " ".join(words)
    assert all(display_width(line) <= width or " " not in line for line in lines)


@given(LINES, st.integers(1, 330), st.integers(1, 330), st.booleans())
def test_any_span_can_be_drawn(line: str, column: int, end: int, multi: bool) -> None:
    step = FindingHop("A", "A", "write", "granted", "why", span(1, column, 2 if multi else 1, end, "t.yaml"))
    rows = picture(one(step, source=line))
    marks = next(row for row in rows if "^" in row)
    assert display_width(marks.rstrip()) <= 100 + len(" ① why")
    assert any("① why" in row for row in rows)


LONG = "take the first step; " + "and another step, " * 12 + "then the last one"


def test_whoever_asks_for_more_reads_every_step_of_the_best_remedy() -> None:
    best = Remedy("round-counter", "Count the rounds", 1, "some rounds", steps=LONG)
    other = Remedy("drop-grant", "Remove the permission", 1, "none", steps="or else: " + LONG)
    report = Report((sqs_finding()._replace(remedies=(best, other)),))
    brief, full = (" ".join(render(report, "text", verbose=more).split()) for more in (False, True))
    assert "-v tells the rest" in brief
    assert LONG in full
    assert "or else" not in full


def test_whoever_asks_for_more_reads_what_was_not_read() -> None:
    finding = sqs_finding()
    code = HopCode("unread", reason="eval is used (app.py:3)")
    finding = finding._replace(hops=(*finding.hops[:-1], finding.hops[-1]._replace(code=code)), guards=())
    for verbose in (False, True):
        assert "eval is used (app.py:3)" in render(Report((finding,)), "text", verbose=verbose)


def test_the_same_help_in_another_file_is_told_there() -> None:
    remedy = Remedy("round-counter", "Count the rounds", 1, "some rounds", steps="put a counter in")
    first = sqs_finding()._replace(remedies=(remedy,))
    again = first._replace(span=first.span._replace(line=first.span.line + 9))
    other = first._replace(span=first.span._replace(file="other.yaml"))
    assert "as at line" in render(Report((first, again)), "text")
    assert "as at" not in render(Report((first, other)), "text")


@pytest.mark.parametrize("width", [60, 72, 80, 120])
def test_a_terminal_breaks_lines_between_words_and_cuts_no_price(width: int) -> None:
    cost = Cost(0.02, 40.0, "batches of 10")
    base = sqs_finding()._replace(
        cost=cost, message="Worker and Billing and Shipping may wait for each other in turn"
    )
    for protection in ("stops", "none"):
        report = Report((base._replace(runtime_protection=protection),), summary=Summary(templates=1))
        wide = render(report, "text", width=100)
        (price,) = re.findall(r"about \$[\d.]+ an event|\$\S+ an hour", wide)
        shown = render(report, "text", width=width)
        assert price in " ".join(shown.split())
        finding_text = shown.split("\n\n")[0].splitlines()
        assert len(finding_text) <= 12
        assert max(map(len, shown.splitlines())) <= width
        words = set(base.message.split())
        assert words <= set(shown.split())


def test_colours_and_links_change_no_break() -> None:
    report = Report((sqs_finding(),), summary=Summary(templates=1))
    plain = render(report, "text", width=60)
    colored = render(report, "text", width=60, color=True, links=True)
    assert re.sub(r"\x1b\]8;;.*?\x1b\\|\x1b\[[\d;]*m", "", colored) == plain
