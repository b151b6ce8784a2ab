"""The first screen of the README is what the tool prints, and its set-up commands are the ones that CI runs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class
from click.testing import CliRunner

from recursion_lint.cli.commands import program
from recursion_lint.cli.main import main
from recursion_lint.config import load

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.compile(r"(?ms)^```console\n\$ recursion-lint ([^\n]*)\n(.*?)^```$")
ELAPSED = re.compile(r"in (?:\d+ ms|\d+\.\d s)\.")


def without_time(text: str) -> str:
    """``text`` with the one thing that differs from run to run made equal."""
    assert len(ELAPSED.findall(text)) == 1
    return ELAPSED.sub("in N ms.", text)


def test_the_report_in_the_readme_is_the_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ((arguments, shown),) = CONSOLE.findall(README)
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert main(arguments.split()) == 1
    printed = capsys.readouterr().out
    if os.environ.get("UPDATE_GOLDENS") == "1" and without_time(shown) != without_time(printed):
        (ROOT / "README.md").write_text(README.replace(shown, printed), encoding="utf-8", newline="\n")
    else:
        assert without_time(shown) == without_time(printed)


SETTINGS = re.search(r"(?ms)^## Settings\n.*?^```toml\n(.*?)^```", README)


@pytest.mark.parametrize("name", ["pyproject.toml", ".recursion-lint.toml"])
def test_the_settings_work_as_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert SETTINGS is not None
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(SETTINGS[1], encoding="utf-8")
    for folder in ("app", "vendor"):
        Path(folder).mkdir()
        Path(folder, "t.yaml").write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}\n")
    assert main(["check"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("No loops found. Checked 1 template")
    assert printed.err == ""
    # Each line does what its comment says.
    config = load()
    assert (config.fail_on, config.ignore, config.exclude) == ("error", ("logs-loop",), ("vendor/**",))
    assert (config.strict, config.require_reason, config.severity) == (True, True, {"sqs-loop": "warning"})
    assert config.parameters == {"BucketName": "photos"}
    Path("app/t.yaml").unlink()
    assert main(["check"]) == 3
    # A baseline that is not there is told by its name.
    Path(name).write_text(SETTINGS[1].replace("# baseline", "baseline"), encoding="utf-8")
    capsys.readouterr()
    assert main(["check"]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == (
        "",
        f"error: the baseline {tmp_path / 'accepted.json'} cannot be used: no such file\n",
    )


def test_the_loop_is_on_the_first_screen() -> None:
    first_screen = "\n".join(README.splitlines()[:16])
    assert "error[sqs-loop]" in first_screen
    assert "①" in first_screen


def test_the_set_up_commands_stand_there_once_each() -> None:
    for part in ("&& .venv/bin/recursion-lint check", ".venv/bin/python -m pytest"):
        assert [part in line for line in README.splitlines()].count(True) == 1, part


def test_the_commands_of_the_table_are_the_commands() -> None:
    table = README.partition("## Commands")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `recursion-lint ([\w-]+)", table, re.MULTILINE)) == set(program.commands)


PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "docs").rglob("*.md")),
]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    text = re.sub(r"(?ms)^```.*?^```", "", file.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            found = (file.parent / path).resolve() if path else file
            assert found.exists(), f"{page}: {target}"
            if anchor:
                assert anchor in anchors(found.read_text(encoding="utf-8")), f"{page}: {target}"


def anchors(text: str) -> set[str]:
    """What links into a page may name: its titles as GitHub writes them, and what HTML names."""
    titles = re.findall(r"(?m)^#+ (.*)$", re.sub(r"(?ms)^```.*?^```", "", text))
    named = re.findall(r'<a (?:id|name)="([^"]+)"', text)
    return {*named, *(re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles)}


def test_a_dead_anchor_is_noticed() -> None:
    assert anchors("# A b\n```sh\n# no title\n```\n## `c` d-e, f\n") == {"a-b", "c-d-e-f"}


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = {file.name for file in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= set(re.findall(r"\]\(([\w-]+\.md)\)", index))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_variable_for_completion_is_the_one_of_the_readme(shell: str) -> None:
    variable = "_RECURSION_LINT_COMPLETE"
    assert f"{variable}={shell}_source recursion-lint" in README
    completion = get_completion_class(shell)
    assert completion is not None
    assert "recursion-lint" in completion(program, {}, "recursion-lint", variable).source_template % {
        "complete_func": "f",
        "complete_var": variable,
        "prog_name": "recursion-lint",
    }
    answer = CliRunner().invoke(
        program,
        prog_name="recursion-lint",
        env={
            variable: f"{shell}_complete",
            "COMP_WORDS": "recursion-lint ba",
            "COMP_CWORD": "1" if shell != "fish" else "ba",
        },
    )
    assert "baseline" in answer.output
