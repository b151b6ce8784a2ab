"""Measure the language server while somebody types: from a change to the diagnostics of that very text.

usage: python benchmarks/editor.py [--ours recursion-lint] [--times 3]

A real process over pipes. A resource is typed at the end of one of the open templates, a letter at a time, each once
the diagnostics of the one before have come; most texts on the way are YAML, some are broken. The pause that the server
waits for further changes (10 ms) is in the figures. The first reading, when all are opened, stands apart.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from shapes import SHAPES

PUBLISHED = "textDocument/publishDiagnostics"
TYPED = """\
  Extra:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: extra-of-this-template
      VisibilityTimeout: 30
"""
LOOP = """\
  Jobs{0}:
    Type: AWS::SQS::Queue
  Again{0}:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.12
      Policies:
        - SQSSendMessagePolicy:
            QueueName: !GetAtt Jobs{0}.QueueName
      Events:
        FromQueue:
          Type: SQS
          Properties:
            Queue: !GetAtt Jobs{0}.Arn
"""
HANDLER = """\
import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/111122223333/next", MessageBody=record["body"])
"""


class Case(NamedTuple):
    """So many templates of so many resources each, the last two of them a loop of its own where there is one."""

    name: str
    templates: int
    resources: int
    loops: bool = False


CASES = (
    Case("10 templates of 100 resources", 10, 100),
    Case("10 templates of 100 resources, a loop in each", 10, 100, True),
    Case("2 templates of 500 resources", 2, 500),
    Case("1 template of 500 resources, CloudFormation's limit", 1, 500),
    Case("1 template of 1,000 resources", 1, 1_000),
    Case("1 template of 30 resources, a loop in it", 1, 30, True),
)


def texts(case: Case) -> Iterator[tuple[str, str]]:
    """The templates of a case by name, no logical id twice."""
    for number in range(case.templates):
        text = SHAPES["sparse"](case.resources - 2 * case.loops)
        for word in ("Queue", "Worker", "Results"):
            text = text.replace(f"  {word}", f"  {word}Of{number}x").replace(
                f"!GetAtt {word}", f"!GetAtt {word}Of{number}x"
            )
        for word in ("Queue", "Worker", "Results"):
            # Properties are called like that too.
            for end in (":", "Name:"):
                text = text.replace(f"{word}Of{number}x{end} !", f"{word}{end} !")
        yield f"service{number}/template.yaml", text + (LOOP.format(number) if case.loops else "")


class Server:
    """A server process, spoken to as an editor does."""

    def __init__(self, command: list[str], folder: Path) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe)  # noqa: S603 the given command
        if self.process.stdin is None or self.process.stdout is None:
            raise SystemExit("no pipes")
        self._to: IO[bytes] = self.process.stdin
        self._from: IO[bytes] = self.process.stdout
        self._told: dict[str, tuple[int | None, list[Any]]] = {}
        related = {"textDocument": {"publishDiagnostics": {"relatedInformation": True}}}
        folders = [{"uri": folder.as_uri(), "name": "here"}]
        given = {"processId": None, "rootUri": None, "capabilities": related, "workspaceFolders": folders}
        self.send("initialize", given, 1)
        self.until(lambda message: message.get("id") == 1)
        self.send("initialized", {})

    def send(self, method: str, params: Any, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": number} if number else {})
        body = json.dumps(message).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._to.flush()

    def until(self, holds: Any) -> dict[str, Any]:
        while True:
            length = 0
            while (header := self._from.readline().strip()) != b"":
                length = int(header.split(b":")[1]) if header.startswith(b"Content-Length") else length
            if not length:
                raise SystemExit("the server has gone")
            message: dict[str, Any] = json.loads(self._from.read(length))
            if holds(message):
                return message

    def diagnostics(self, uri: str, version: int) -> list[Any]:
        """Wait for the diagnostics of this text."""
        while self._told.get(uri, (0, []))[0] != version:
            told = self.until(lambda message: message.get("method") == PUBLISHED)["params"]
            self._told[told["uri"]] = told.get("version"), told["diagnostics"]
        return self._told[uri][1]

    def cpu(self) -> float:
        """Seconds of a processor that the server has had; 0 where the system does not tell."""
        try:
            fields = (
                Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            )
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        self.send("shutdown", None, 2)
        self.until(lambda message: message.get("id") == 2)
        self.send("exit", None)
        self.process.wait(10)


def typed(server: Server, uri: str, text: str, times: int) -> Iterator[float]:
    """Type, and take away again in one go: seconds for each letter."""
    version = 1
    for _ in range(times):
        for end in range(len(TYPED) + 1):
            version += 1
            changes = [{"text": text + TYPED[:end]}]
            began = time.perf_counter()
            told = {"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}
            server.send("textDocument/didChange", told)
            server.diagnostics(uri, version)
            yield time.perf_counter() - began


def measured(case: Case, command: list[str], times: int) -> str:
    """A row: what is open, the first reading, and of the letters the work, the median, the 95th of 100, the longest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / ".git").mkdir()
        server = Server(command, folder)
        opened = dict(texts(case))
        began = time.perf_counter()
        for file, text in opened.items():
            path = folder / file
            (path.parent / "src").mkdir(parents=True)
            (path.parent / "src" / "app.py").write_text(HANDLER, encoding="utf-8")
            path.write_text(text, encoding="utf-8")
            document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
            server.send("textDocument/didOpen", {"textDocument": document})
        found = [server.diagnostics(path.as_uri(), 1) for path in (folder / file for file in opened)]
        first = time.perf_counter() - began
        file, text = next(iter(opened.items()))
        spent = server.cpu()
        took = sorted(typed(server, (folder / file).as_uri(), text, times))
        spent = server.cpu() - spent
        server.end()
    p95 = statistics.quantiles(took, n=20)[18]
    figures = (first, spent / len(took), statistics.median(took), p95, took[-1])
    loops = sum(map(len, found))
    return f"| {case.name} | {loops} | " + " | ".join(f"{1000 * one:.0f}" for one in figures) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ours", default="recursion-lint")
    parser.add_argument("--times", type=int, default=2, help="how often the resource is typed")
    parser.add_argument("--case", type=int, help="only this one, counted from 0")
    options = parser.parse_args()
    command = [*shlex.split(options.ours), "server"]
    print("| Open | Findings | First reading | CPU a letter | Median | p95 | Longest (ms) |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for case in CASES if options.case is None else CASES[options.case : options.case + 1]:
        print(measured(case, command, options.times), flush=True)


if __name__ == "__main__":
    main()
