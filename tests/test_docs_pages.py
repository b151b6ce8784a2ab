"""The pages of docs/ show what the tool prints: every command in a ``console`` block is run at the root and compared.

``UPDATE_GOLDENS=1`` writes the output into the page; read the diff.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from recursion_lint.cli.commands import program
from recursion_lint.cli.main import main

ROOT = Path(__file__).resolve().parent.parent
DOCS = sorted(file for file in (ROOT / "docs").glob("*.md"))
CONSOLE = re.compile(r"(?ms)^```console\n\$ (recursion-lint [^\n]*)\n(.*?)^```$")
BLOCK = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
ELAPSED = re.compile(r"in (?:\d+ ms|\d+\.\d s)\.")
SHOWN = [
    (file.name, found[1], found[2])
    for file in DOCS
    for found in CONSOLE.finditer(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(
    ("page", "line", "shown"), SHOWN, ids=lambda word: word[:60].splitlines()[0] if word else ""
)
def test_what_a_page_shows_is_printed(
    page: str,
    line: str,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert main(shlex.split(line)[1:]) in (0, 1)
    printed = ELAPSED.sub("in 15 ms.", capsys.readouterr().out)
    if os.environ.get("UPDATE_GOLDENS") == "1" and printed != shown:
        file = ROOT / "docs" / page
        text = file.read_text(encoding="utf-8")
        before, after = f"$ {line}\n{shown}```", f"$ {line}\n{printed}```"
        assert text.count(before) == 1
        file.write_text(text.replace(before, after), encoding="utf-8", newline="\n")
    else:
        assert printed == shown


def commands() -> list[tuple[str, list[str]]]:
    """Every command line of the tool that a page has in a block: ``recursion-lint …``, without what follows a pipe."""
    found = []
    for file in [ROOT / "README.md", *DOCS]:
        text = file.read_text(encoding="utf-8")
        blocks = [block[2] for block in BLOCK.finditer(text)]
        blocks += re.findall(r"(?m)^    (?:\$ )?(recursion-lint .*)$", text)
        for block in blocks:
            for line in re.findall(r"(?m)(?:^|\| |&& )(?:\$ )?(?:\.venv/bin/)?(recursion-lint .*)$", block):
                words = shlex.split(re.split(r" [|>] | && |  #", line)[0], comments=True)
                found.append((f"{file.name}: {line}"[:90], words[1:]))
    return found


@pytest.mark.parametrize(("told", "words"), commands())
def test_the_options_of_every_command_are_there(told: str, words: list[str]) -> None:
    if words[0].startswith("-"):
        return
    command = program.commands[words[0]]
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {
        "--help"
    }
    assert {word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)} <= known


# -- commands of the AWS CLI, held against the models of the services --------------------------------------------

_SERVICES = {"s3api": "s3"}


def aws_commands() -> list[str]:
    """Every command of the AWS CLI in a block or between backticks of the pages."""
    found: dict[str, None] = {}
    for file in DOCS:
        text = file.read_text(encoding="utf-8")
        for line in re.findall(r"`(aws [^`\n]+ --[^`\n]+)`", text) + re.findall(r"(?m)^(aws .+)$", text):
            found[line] = None
    return list(found)


@pytest.mark.parametrize("line", aws_commands())
def test_the_aws_cli_has_such_a_command(line: str) -> None:
    session = pytest.importorskip("botocore.session").get_session()
    _, service, operation, *words = shlex.split(line)
    model = session.get_service_model(_SERVICES.get(service, service))
    called = "".join(word.capitalize() for word in operation.split("-"))
    (name,) = [one for one in model.operation_names if one.lower() == called.lower()]
    shape = model.operation_model(name).input_shape
    members = {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", one).lower(): one for one in shape.members}
    given = {word.removeprefix("--").removeprefix("no-") for word in words if word.startswith("--")} - {
        "query"
    }
    assert given <= set(members)
    assert {members[one] for one in given} >= set(shape.required_members)


def test_there_are_commands_to_look_at() -> None:
    assert len(aws_commands()) >= 14
    assert len(SHOWN) >= 8


# -- what stands nowhere yet -------------------------------------------------------------------------------------

HOWTO = [ROOT / "README.md", *DOCS, ROOT / "skills" / "recursion-lint" / "SKILL.md"]


@pytest.mark.parametrize("file", HOWTO, ids=lambda file: file.name)
def test_a_page_works_before_the_first_release_and_after_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    # A tag is there only once it was made: pages say where to find the one to take.
    assert not re.findall(r"(?:ref|rev): v?\d[\w.]*", text)
    for line in text.splitlines():
        for extra in re.findall(r"pip install 'recursion-lint\[([\w-]+)\]'", line):
            assert f"'.[{extra}]'" in line, line
