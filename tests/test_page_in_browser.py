"""The page in a real browser, without a network: what it shows, what a person can do, what a template cannot do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from graph_samples import HOSTILE, edge, hostile_scene, loop, node, wide_scene
from report_samples import clean_report, full_report

from recursion_lint.model.findings import Copy, Finding, FindingHop, HopCode, Note, Remedy, Span, Witness
from recursion_lint.model.report import Problem, Report
from recursion_lint.report import render
from recursion_lint.report.graph import html
from recursion_lint.report.graph.scene import Node, Scene
from recursion_lint.report.wording import worst_first
from recursion_lint.run.lint import draw, lint

ROOT = Path(__file__).parents[1]
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1400,900", "--force-prefers-reduced-motion",
    "--virtual-time-budget=5000", "--enable-logging=stderr", "--v=0",
)  # fmt: skip

Open = Callable[..., str]


@pytest.fixture
def show(tmp_path: Path) -> Open:
    """Open a page in the browser and return its elements afterwards, as text. Nothing may be logged as an error."""

    def call(text: str, address: str = "") -> str:
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8", newline="\n")
        command = [
            str(BROWSER),
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            file.as_uri() + address,
        ]
        done = subprocess.run(command, capture_output=True, timeout=90, check=True)
        said = re.findall(r'CONSOLE.*?\] (".*)', done.stderr.decode("utf-8", "replace"))
        assert said == []
        return done.stdout.decode("utf-8")

    return call


@pytest.fixture
def drive(show: Open) -> Callable[[str, str], list[object]]:
    """Open a page, run a program on it as a person would act, and return what the program noted with ``note()``."""

    def call(text: str, program: str) -> list[object]:
        # The page's own policy keeps out what is added here, so it has to go.
        text = re.sub(r"<meta http-equiv.*", "", text)
        script = f"""<script>
          const notes = [], note = value => notes.push(value), at = selector => document.querySelector(selector);
          const all = selector => [...document.querySelectorAll(selector)];
          const press = (key, target = document.body) =>
            target.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true }}));
          const click = target => target.dispatchEvent(new MouseEvent("click", {{ bubbles: true }}));
          {program}
          const output = document.createElement("output");
          output.textContent = JSON.stringify(notes);
          document.documentElement.append(output);
        </script></body>"""
        dom = show(text.replace("</body>", script))
        match = re.search(r"<output>(.*)</output>", dom)
        assert match is not None
        from html import unescape

        notes: list[object] = json.loads(unescape(match[1]))
        return notes

    return call


def fixture_page(name: str) -> str:
    return draw([str(ROOT / "fixtures" / name / "template.yaml")], format="html")


def report_page(name: str) -> str:
    return render(lint(ROOT / "fixtures" / name / "template.yaml"), "html")


def text_of(dom: str) -> str:
    from html import unescape

    body = re.sub(r"<script.*?</script>|<style>.*?</style>", "", dom, flags=re.S)
    return unescape(re.sub(r"<[^>]+>", "", body))


def test_a_loop_by_its_address_shows_the_lines_of_each_hop(show: Open) -> None:
    dom = show(fixture_page("sqs-loop/pipe-back"), "#finding=1")
    text = text_of(dom)
    assert dom.count('class="hop-card"') == 4
    assert "14      Source: !GetAtt Inbox.Arn" in text
    assert "<mark>!GetAtt Inbox.Arn</mark>" in dom
    assert "Forth passes what it reads on to Outbox" in text
    assert "trigger · declared" in text
    assert dom.count('class="link looped error lit hop"') == 4
    assert sorted(re.findall(r'class="badge error".*?<text[^>]*>(\d)</text>', dom)) == ["1", "2", "3", "4"]


def test_without_an_address_all_is_shown_and_nothing_is_chosen(show: Open) -> None:
    dom = show(fixture_page("sqs-loop/pipe-back"))
    assert len(re.findall(r'class="node looped error', dom)) == 4
    assert re.search(r'<section id="panel"[^>]* hidden', dom)
    assert "1 loop · 4 resources drawn" in text_of(dom)


def test_hostile_words_stay_words(show: Open) -> None:
    dom = show(html.draw(hostile_scene(), lambda file: f"\n  {HOSTILE[0]}\n"), "#finding=1")
    assert "<title>recursion-lint</title>" in dom
    assert "<img" not in dom
    assert f"{HOSTILE[0]} → {HOSTILE[1]}" in text_of(dom)


def test_the_policy_keeps_out_what_is_not_the_program(show: Open, tmp_path: Path) -> None:
    text = fixture_page("sqs-loop/pipe-back").replace(
        "</body>", "<script>document.title = 'broken in'</script></body>"
    )
    with pytest.raises(AssertionError, match="Content Security Policy"):
        show(text)


def four_thousand() -> Scene:
    """Chains that begin at a hub, with 300 loops of two beside them."""
    loops, nodes, edges = [], [], []
    for at in range(1, 301):
        first, second = 2 * at - 1, 2 * at
        nodes += [node(first, f"Queue{at}", at), node(second, f"Worker{at}", at)]
        pair = [edge(first, first, second, at), edge(second, second, first, at)]
        edges += pair
        loops.append(loop(at, *pair, message=f"Worker{at} feeds itself"))
    nodes += [node(at, f"Resource{at}") for at in range(601, 4001)]
    edges += [edge(at, at - 1 if at % 9 else 601, at) for at in range(602, 4001)]
    return Scene(tuple(nodes), tuple(edges), tuple(loops))


def test_of_four_thousand_the_loops_are_drawn_first_and_the_rest_is_said(
    drive: Callable[[str, str], list[object]],
) -> None:
    notes = drive(
        html.draw(four_thousand(), lambda file: "line\n" * 4000),
        """
        const tell = () => note([at("#count").textContent, at("#missing").hidden ? "" : at("#missing-words").textContent, all(".node").length]);
        tell();
        note(all("#findings li").length);
        at("#more").click(); tell();
        at("[name=only]").click(); tell();
        at("#search").value = "resource3999"; at("#search").dispatchEvent(new Event("input")); press("Enter", at("#search"));
        note(at("#panel h2").textContent); tell();
        at("#more").click(); tell();
        for (let i = 0; i < 4; i++) if (!at("#missing").hidden) at("#more").click();
        tell();
        const places = new Set(all(".node").map(node => node.getAttribute("transform"))); note(places.size);
        """,
    )
    head = "300 loops · "
    assert notes == [
        [f"{head}200 of 4,000 resources drawn", "Not drawn yet: 200 loops, 400 resources", 200],
        101,
        [f"{head}600 of 4,000 resources drawn", "", 600],
        [f"{head}200 of 4,000 resources drawn", "Not drawn yet: 200 loops, 3,800 resources", 200],
        "Resource3999",
        [f"{head}3 of 4,000 resources drawn", "Only what is next to it is drawn", 3],
        [f"{head}200 of 4,000 resources drawn", "Not drawn yet: 200 loops, 3,800 resources", 200],
        [f"{head}4,000 resources drawn", "", 4000],
        4000,
    ]


def test_more_is_drawn_around_a_resource_when_asked_for(drive: Callable[[str, str], list[object]]) -> None:
    notes = drive(
        html.draw(four_thousand(), lambda file: None),
        """
        at("[name=only]").click();
        at("#search").value = "resource3999"; at("#search").dispatchEvent(new Event("input")); press("Enter", at("#search"));
        note(all(".node .name").map(name => name.textContent)); note(all(".more text").map(more => more.textContent));
        click(at(".more")); note(all(".node").length); note(at("#panel h2").textContent);
        """,
    )
    assert notes[:2] == [["Resource3998", "Resource3999", "Resource4000"], ["+1"]]
    assert notes[2:] == [4, "Resource3998"]


def test_no_two_cards_overlap(show: Open) -> None:
    edges = [edge(at, at // 3 + 1, at + 1) for at in range(1, 60)] + [
        edge(60, 60, 1),
        edge(61, 17, 4),
        edge(62, 9, 9),
    ]
    scene = Scene(tuple(node(at, f"R{at}") for at in range(1, 61)), tuple(edges), ())
    dom = show(html.draw(scene, lambda file: None))
    cards = re.findall(
        r'class="node[^>]*translate\(([-\d.]+) ([-\d.]+)\)[^>]*><rect class="card" width="(\d+)" height="(\d+)"',
        dom,
    )
    boxes = [tuple(map(float, card)) for card in cards]
    assert len(boxes) == 60
    for at, (x, y, w, h) in enumerate(boxes):
        for u, v, k, m in boxes[:at]:
            assert x + w <= u or u + k <= x or y + h <= v or v + m <= y


def test_a_person_searches_filters_and_follows_loops(drive: Callable[[str, str], list[object]]) -> None:
    text = html.draw(wide_scene(5), lambda file: "one\ntwo\nthree\n")
    notes = drive(
        text,
        """
        const count = () => at("#count").textContent;
        press("/"); note(document.activeElement.id);
        at("#search").value = "worker"; at("#search").dispatchEvent(new Event("input"));
        note(all("#hits button").map(hit => hit.firstChild.textContent));
        press("Enter", at("#search")); note(at("#panel h2").textContent); note(location.hash);
        press("Escape", at("#canvas")); note(at("#panel").hidden); note(location.hash);
        note(count()); at("[name=only]").click(); note(count()); note(all(".node").length);
        press("n"); note(location.hash); note(all("#findings [aria-current]").length);
        click(at(".hop-card button")); note(all(".link.chosen").length);
        at("[value=error]").click(); note(count()); note(at("#empty").hidden); note(at("#panel").hidden);
        at("[value=error]").click(); at("[name=only]").click();
        click(all(".link:not(.looped)")[0]); note(all(".hop-card").length);
        """,
    )
    assert notes == [
        "search",
        ["Worker"],
        *("Worker", "#node=n2"),
        *(True, ""),
        *("1 loop · 13 resources drawn", "1 loop · 2 of 13 resources drawn", 2),
        *("#finding=1", 1),
        1,
        *("0 loops · 0 of 13 resources drawn", False, True),
        1,
    ]


def test_a_person_zooms_pans_and_walks_with_the_keyboard(drive: Callable[[str, str], list[object]]) -> None:
    text = html.draw(wide_scene(3), lambda file: None)
    notes = drive(
        text,
        """
        const canvas = at("#canvas"), world = () => at("#canvas > g").getAttribute("transform");
        const scale = () => Number(world().match(/scale\\((.*)\\)/)[1]);
        const first = scale(), before = world();
        canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: -300, clientX: 700, clientY: 400, cancelable: true }));
        note(scale() > first); press("0"); note(world() === before);
        const pointer = (type, clientX, clientY) =>
          canvas.dispatchEvent(new PointerEvent(type, { clientX, clientY, pointerId: 1, bubbles: true }));
        canvas.setPointerCapture = () => {};
        pointer("pointerdown", 700, 400); pointer("pointermove", 740, 420); pointer("pointerup", 740, 420);
        const [x, y] = before.match(/-?[\\d.]+/g).map(Number), [u, v] = world().match(/-?[\\d.]+/g).map(Number);
        note([Math.round(u - x), Math.round(v - y)]);
        canvas.focus(); press("ArrowRight", canvas); note(canvas.getAttribute("aria-activedescendant"));
        press("ArrowRight", canvas); note(canvas.getAttribute("aria-activedescendant"));
        press("Enter", canvas); note(at("#panel h2").textContent);
        """,
    )
    assert notes == [True, True, [40, 20], "n1", "n2", "Worker"]


def test_a_report_opens_with_its_worst_finding_the_remedies_and_the_line_of_the_handler(
    drive: Callable[[str, str], list[object]],
) -> None:
    notes = drive(
        report_page("sqs-loop/requeues-what-is-not-ready"),
        """
        note(at("#panel h2").textContent); note(all("#findings [aria-current]").length);
        note(all(".remedy").map(remedy => remedy.open)[0]);
        note(all(".remedy .plus").map(row => row.textContent.trim()).filter(Boolean).length > 0);
        note(at(".handler summary").textContent); note(at(".handler .marked mark").textContent);
        press("Escape"); note(at("#panel").hidden);
        """,
    )
    assert notes[:4] == ["Check may re-trigger itself through Exports", 1, True, True]
    assert re.fullmatch(
        r"Code: Check calls queue.send_message, on conditions \S*worker/app.py:\d+", str(notes[4])
    )
    assert "queue.send_message" in str(notes[5])
    assert notes[6] is True


def test_the_findings_are_filtered_by_severity_rule_and_folder(
    drive: Callable[[str, str], list[object]],
) -> None:
    notes = drive(
        render(full_report(), "html"),
        """
        const rules = () => all("#findings small span").map(rule => rule.textContent);
        const change = (name, value) => { at(`[name=${name}]`).value = value; at("#filters").dispatchEvent(new Event("change")); };
        note(rules()); change("rule", "s3-loop"); note(rules());
        change("rule", ""); change("place", "stacks/"); note(rules()); note(all("[name=place] option").map(one => one.value));
        at("[value=info]").click(); note(rules()); at("[value=warning]").click(); note(at("#findings").textContent);
        at("#run").click(); note(at("#panel").textContent.includes("broken.yaml:3 mapping values are not allowed here"));
        note(at("#run").textContent);
        """,
    )
    assert notes == [
        ["sqs-loop", "s3-loop", "wildcard-in-s3-filter"],
        ["s3-loop"],
        ["s3-loop", "wildcard-in-s3-filter"],
        ["", "stacks/", "stacks/pictures.yaml", "stacks/role.yaml", "template.yaml"],
        ["s3-loop"],
        "Nothing fits the filters.",
        True,
        "1 file not read · 2 notes",
    ]


def test_a_name_is_found_before_a_kind_and_a_kind_before_a_path(
    drive: Callable[[str, str], list[object]],
) -> None:
    nodes = (
        node(1, "Reader", file="worker/t.yaml"),
        node(2, "MyWorker"),
        node(3, "WorkerQueue"),
        node(4, "Worker"),
        Node("n5", "Last", "AWS::Made::Worker", "sqs", "t.yaml", 5, ()),
        node(6, "Coworkers"),
    )
    edges = tuple(edge(at, at, at + 1) for at in range(1, 6))
    notes = drive(
        html.draw(Scene(nodes, edges, ()), lambda file: None),
        """
        at("#search").value = "worker"; at("#search").dispatchEvent(new Event("input"));
        note(all("#hits button").map(hit => hit.firstChild.textContent));
        """,
    )
    assert notes == [["Worker", "WorkerQueue", "MyWorker", "Coworkers", "Last", "Reader"]]


def test_equal_names_are_told_apart_by_their_files(drive: Callable[[str, str], list[object]]) -> None:
    nodes = (
        node(1, "Jobs", file="a/t.yaml"),
        node(2, "Jobs", file="b/t.yaml"),
        node(3, "Other"),
    )
    notes = drive(
        html.draw(Scene(nodes, (edge(1, 1, 3), edge(2, 3, 2)), ()), lambda file: None),
        """
        note(all(".node .kind").map(kind => kind.textContent));
        click(at("#n3")); note(all(".links button").map(link => link.firstChild.textContent));
        """,
    )
    assert notes == [
        ["SQS Queue · a/t.yaml", "SQS Queue · b/t.yaml", "SQS Queue"],
        ["Jobs (b/t.yaml)", "Jobs (a/t.yaml)"],
    ]


@pytest.mark.parametrize("size", [2, 7])
def test_the_numbers_of_hops_do_not_hide_each_other(
    size: int, drive: Callable[[str, str], list[object]]
) -> None:
    """A loop through all, with a wire from each resource to each other between them."""
    ring = [edge(at, at, at % size + 1, 1) for at in range(1, size + 1)]
    pairs = [(one, other) for one in range(1, size + 1) for other in range(1, size + 1) if one != other]
    edges = [*ring, *(edge(20 + at, *pair) for at, pair in enumerate(pairs))]
    nodes = tuple(node(at, f"R{at}", 1) for at in range(1, size + 1))
    notes = drive(
        html.draw(Scene(nodes, tuple(edges), (loop(1, *ring),)), lambda file: None),
        """
        click(at("[data-finding='1']"));
        const boxes = all(".badge rect").map(rect => rect.getBoundingClientRect());
        note(all(".badge .number").map(number => number.textContent).sort());
        const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
        note(boxes.filter((box, at) => boxes.some((other, index) => index < at && meet(box, other))).length);
        ["-", "-", "-"].forEach(key => press(key)); note(at(".badge rect").getBoundingClientRect().width > 12);
        """,
    )
    assert notes == [[str(at) for at in range(1, size + 1)], 0, True]


def test_numbers_and_words_on_wires_that_cross_keep_apart(drive: Callable[[str, str], list[object]]) -> None:
    notes = drive(
        html.draw(wide_scene(1), lambda file: None),
        """
        const wire = (a, b) => ({ course: route({ points: [a, b] }), words: "trigger", level: null });
        const crossing = () => [wire([0, 0], [400, 200]), wire([0, 200], [400, 0]), wire([0, 100], [400, 100])];
        const clear = (boxes, w, h) => boxes.every(([x, y], at) => boxes.every(([u, v], other) => at === other || Math.abs(x - u) >= w || Math.abs(y - v) >= h));
        note(new Set(crossing().map(one => one.course.at(0.5).join())).size);
        note(clear(placeBadges(crossing().map(link => ({ link, numbers: "1" })), Taken(), 1).map(badge => badge.at), 23, 23));
        const links = crossing(); placeWords(links, Taken());
        note(clear(links.map(link => link.spot), 40, 13)); note(links.some(link => link.crowded));
        const cards = Taken(); cards.add(200, 100, 60, 60);
        note(Math.abs(placeBadges([{ link: crossing()[2], numbers: "1" }], cards, 1)[0].at[0] - 200) >= 40);
        """,
    )
    assert notes == [1, True, True, False, True]


def test_on_paper_each_finding_has_its_loop_and_its_lines(drive: Callable[[str, str], list[object]]) -> None:
    notes = drive(
        render(full_report(), "html"),
        """
        dispatchEvent(new Event("beforeprint"));
        note(all("#paper h2").map(head => head.textContent)); note(all("#paper .rail").map(rail => rail.getAttribute("aria-label")));
        note(all("#paper .marked").length > 4); note(at("#paper").textContent.includes("Not read: broken.yaml:3: mapping values"));
        dispatchEvent(new Event("afterprint")); note(at("#paper").childElementCount);
        """,
    )
    assert notes == [
        [finding.message for finding in worst_first(full_report().findings)],
        ["JobQueue → Worker", "Pictures → Thumbnails"],
        True,
        True,
        0,
    ]


def test_hostile_words_in_a_report_stay_words(show: Open) -> None:
    evil = HOSTILE[0]
    span = Span(f"{evil}.yaml", 1, 1, 1, 9)
    code = HopCode("conditional", span, evil, evil, evil, (evil,), (evil,), evil)
    hops = (
        FindingHop(evil, "b", evil, "granted", evil, span, code),
        FindingHop("b", evil, evil, "declared", evil, span),
    )
    remedy = Remedy(evil, evil, 1, evil, "manual", f"{evil}\n{evil}", f"--- {evil}\n+{evil}\n")
    finding = Finding(
        evil, evil, "error", "likely", evil, span, (), hops, (evil,), Witness(evil, evil), (evil,), (evil,),
        "none", (remedy,), (evil,), only_where=(evil,), copies=(Copy(evil, 1, evil),),
    )  # fmt: skip
    report = Report(
        (finding,), (Note(span, evil),), (Problem(evil, 1, evil),), sources={span.file: f"{evil}\n"}
    )
    for address in ("", "#about", "#node=n1", "#edge=e1"):
        dom = show(render(report, "html"), address)
        assert "<title>recursion-lint</title>" in dom
        assert "broken in" in text_of(dom)


def test_a_report_without_findings_says_what_was_not_read(show: Open) -> None:
    clean = text_of(show(render(clean_report(), "html")))
    unread = text_of(show(render(Report(problems=(Problem("a.yaml", 1, "no"),)), "html")))
    assert "No loops found." in clean
    assert "No loops found" not in unread
    assert "Nothing was checked: 1 file could not be read." in unread
