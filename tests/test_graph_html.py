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

from recursion_lint.report.graph import html
from recursion_lint.report.graph.scene import Scene
from recursion_lint.run.lint import draw

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
        file = tmp_path / "graph.html"
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


def text_of(dom: str) -> str:
    from html import unescape

    body = re.sub(r"<script.*?</script>|<style>.*?</style>", "", dom, flags=re.S)
    return unescape(re.sub(r"<[^>]+>", "", body))


def test_a_loop_by_its_address_shows_the_lines_of_each_hop(show: Open) -> None:
    dom = show(fixture_page("sqs-loop/pipe-back"), "#loop=1")
    text = text_of(dom)
    assert dom.count('class="hop-card"') == 4
    assert "14      Source: !GetAtt Inbox.Arn" in text
    assert "<mark>!GetAtt Inbox.Arn</mark>" in dom
    assert "Forth passes what it reads on to Outbox" in text
    assert "trigger · declared" in text
    assert dom.count('class="link looped error lit hop"') == 4
    assert sorted(re.findall(r'class="badge">.*?<text[^>]*>(\d)</text>', dom)) == ["1", "2", "3", "4"]


def test_without_an_address_all_is_shown_and_nothing_is_chosen(show: Open) -> None:
    dom = show(fixture_page("sqs-loop/pipe-back"))
    assert len(re.findall(r'class="node looped error', dom)) == 4
    assert re.search(r'<section id="panel"[^>]* hidden', dom)
    assert "1 loop · 4 resources shown" in text_of(dom)


def test_hostile_words_stay_words(show: Open) -> None:
    dom = show(html.draw(hostile_scene(), lambda file: f"\n  {HOSTILE[0]}\n"), "#loop=1")
    assert "<title>recursion-lint: who triggers whom</title>" in dom
    assert "<img" not in dom
    assert f"{HOSTILE[0]} → {HOSTILE[1]}" in text_of(dom)


def test_the_policy_keeps_out_what_is_not_the_program(show: Open, tmp_path: Path) -> None:
    text = fixture_page("sqs-loop/pipe-back").replace(
        "</body>", "<script>document.title = 'broken in'</script></body>"
    )
    with pytest.raises(AssertionError, match="Content Security Policy"):
        show(text)


def test_a_thousand_resources(show: Open) -> None:
    """Chains with loops in them, and a hub: what is on loops is shown first, an address brings in the rest."""
    nodes = [node(at, f"Resource{at}", *([1] if at < 3 else [])) for at in range(1, 1001)]
    edges = [edge(1, 1, 2, 1), edge(2, 2, 1, 1)]
    edges += [edge(at, at - 1 if at % 9 else 1, at) for at in range(3, 1001)]
    scene = Scene(tuple(nodes), tuple(edges), (loop(1, *edges[:2]),))
    text = html.draw(scene, lambda file: "line\n" * 1000)
    few, everything = show(text), show(text, "#node=n900")
    assert "1 loop · 2 of 1000 resources shown" in text_of(few)
    assert len(re.findall(r'<g id="n\d+" class="node', few)) == 2
    assert "1 loop · 1000 resources shown" in text_of(everything)
    places = re.findall(
        r'<g id="n\d+" class="node[^"]*"[^>]* transform="translate\(([-\d.]+) ([-\d.]+)\)"', everything
    )
    assert len(places) == len(set(places)) == 1000


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
        press("n"); note(location.hash); note(all("#loops [aria-current]").length);
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
        *("1 loop · 13 resources shown", "1 loop · 2 of 13 resources shown", 2),
        *("#loop=1", 1),
        1,
        *("0 loops · 0 of 13 resources shown", False, True),
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
