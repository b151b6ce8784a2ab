"""How long the page of a large system takes in headless Chromium: to be usable, to search, to filter, to draw all.

    .venv/bin/python benchmarks/page.py

Times are those of the machine. Chromium is driven over a pipe (https://chromedevtools.github.io/devtools-protocol/).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import shapes

from recursion_lint.config import Config
from recursion_lint.report import render
from recursion_lint.run.lint import lint

PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
STEPS = {
    "usable, from the start of the navigation": "performance.getEntriesByName('interactive')[0].startTime",
    "first search": """(() => { const search = document.getElementById('search'), start = performance.now();
        search.value = 'worker7'; search.dispatchEvent(new Event('input'));
        return performance.now() - start; })()""",
    "first filter, painted": f"""(async () => {{ const start = performance.now();
        document.querySelector('[value=info]').click(); await {PAINTED}; return performance.now() - start; }})()""",
    "the loops and what is near, painted": f"""(async () => {{ const start = performance.now();
        document.querySelector('[name=only]').click(); await {PAINTED}; return performance.now() - start; }})()""",
    "all resources, painted": f"""(async () => {{ const more = document.getElementById('more'); let last = 0;
        while (!document.getElementById('missing').hidden) {{ const start = performance.now(); more.click();
        await {PAINTED}; last = performance.now() - start; }} return last; }})()""",
}


def system(folder: Path) -> None:
    """Some 4,000 resources: stacks without a loop, rings of all lengths, a bus with many rules, a hundred loops."""
    texts = [shapes.sparse(320) for _ in range(10)]
    texts += [shapes.ring(functions) for functions in range(2, 17)]
    texts += [shapes.hub(60), shapes.complete(6), *map(shapes.small, range(100))]
    for at, text in enumerate(texts):
        (folder / f"stack{at}").mkdir()
        (folder / f"stack{at}" / "template.yaml").write_text(text, encoding="utf-8")


class Browser:
    """Chromium with one page."""

    def __init__(self, program: str, profile: str) -> None:
        theirs, self._out = os.pipe()
        self._in, answers = os.pipe()
        # The browser reads from 3 and writes to 4.
        words = f'exec 3<&{theirs} 4>&{answers}; exec "$0" "$@"'
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1280,800",
            "--remote-debugging-pipe",
        ]
        command = ["bash", "-c", words, program, *flags, f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(command, pass_fds=(theirs, answers), stderr=subprocess.DEVNULL)  # noqa: S603
        self._numbers, self._left, self._session = count(1), b"", ""
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def open(self, address: str) -> None:
        self._call("Page.enable")
        self._call("Page.navigate", url=address)
        while self._read().get("method") != "Page.loadEventFired":
            pass

    def value(self, expression: str) -> Any:
        told = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return told["result"]["value"]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        session = {"sessionId": self._session} if self._session else {}
        message = json.dumps({"id": number, "method": method, "params": params, **session})
        os.write(self._out, message.encode() + b"\0")
        while (answer := self._read()).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            part = os.read(self._in, 1 << 16)
            if not part:
                raise RuntimeError("the browser has ended")
            self._left += part
        text, self._left = self._left.split(b"\0", 1)
        message: dict[str, Any] = json.loads(text)
        return message


def main() -> None:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise SystemExit("no Chromium is installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        stacks, page = Path(folder, "stacks"), Path(folder, "page.html")
        stacks.mkdir()
        system(stacks)
        page.write_text(render(lint(stacks, Config(code=False)), "html"), encoding="utf-8")
        browser = Browser(program, str(Path(folder, "profile")))
        try:
            browser.open(page.as_uri())
            resources = browser.value("JSON.parse(document.getElementById('data').textContent).nodes.length")
            print(f"{page.stat().st_size / 1e6:.1f} MB, {resources} resources")
            for name, step in STEPS.items():
                print(f"{round(browser.value(step)):>6} ms  {name}")
            print(browser.value("document.getElementById('count').textContent"))
        finally:
            browser.close()


if __name__ == "__main__":
    main()
