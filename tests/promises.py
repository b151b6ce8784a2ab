"""What holds for any input: run the program on a file, and say which promise it broke, if any."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
import traceback
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from doors import HANG, Hang, Ran, Twin, Watch, alarm, digest, ran
from jsonschema import Draft202012Validator
from mutants import ROOT, Mutant
from recursion_lint.rules import all_rules
from template_values import Unloadable, dumped, loaded

from recursion_lint.cli.outcome import DEBUG
from recursion_lint.model.report import Report
from recursion_lint.report import FORMATS, render
from recursion_lint.report.graph import FORMATS as DRAWINGS
from recursion_lint.run.lint import lint
from recursion_lint.template.template import is_template, looks_like_template
from recursion_lint.template.yaml.files import SourceError, decode
from recursion_lint.template.yaml.nodes import parse


def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "docs" / "schema" / name).read_text(encoding="utf-8")))


REPORT, GRAPH = _validator("report-v1.schema.json"), _validator("graph-v1.schema.json")


class Broken(NamedTuple):
    """A promise that was not kept. ``key`` is the same for the same mistake."""

    promise: str
    detail: str

    @property
    def key(self) -> str:
        """The promise, and for an exception its type and where it came from."""
        frames = re.findall(r'File "[^"]*/(recursion_lint|rules)/([^"]+)", line \d+, in (\w+)', self.detail)
        place = f" in {frames[-1][1]}:{frames[-1][2]}" if frames else ""
        error = re.findall(r"(?m)^(?:[a-z_]+\.)*(\w+(?:Error|Exception|Warning|Interrupt))\b", self.detail)
        return f"{self.promise}{': ' + error[-1] if error else ''}{place}"


class Promise(Exception):
    """Raised by a check: the promise, and what happened instead."""


class Room:
    """A folder in which mutants are tried, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.twin = Twin()
        self.watch = Watch()
        self.taken = 0.0
        self.seen: Counter[str] = Counter()

    def lay(self, mutant: Mutant, name: str) -> Path:
        """A clean folder with the mutant and the files beside it."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / ".git").mkdir(parents=True)
        for other, data in mutant.beside:
            (folder / other).parent.mkdir(parents=True, exist_ok=True)
            (folder / other).write_bytes(data)
        (folder / mutant.name).write_bytes(mutant.data)
        return folder

    def broken(self, mutant: Mutant) -> Broken | None:
        """The first promise that is not kept for the mutant."""
        before, here = os.environ.get(DEBUG), os.getcwd()
        os.environ[DEBUG] = "1"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                _keep(mutant, self)
        except Promise as promise:
            return Broken(str(promise.args[0]), str(promise.args[1]))
        except Hang:
            self.twin.stop()
            return Broken(f"ends within {HANG} s of work", traceback.format_exc()[-6000:])
        except Exception:
            return Broken("raises nothing", traceback.format_exc()[-6000:])
        finally:
            self.watch.inside = None
            os.chdir(here)
            os.environ.pop(DEBUG) if before is None else os.environ.update({DEBUG: before})
        return None


def _keep(mutant: Mutant, room: Room) -> None:
    folder = room.lay(mutant, "work")
    os.chdir(folder)
    with _watched(room, folder, "check and graph write nothing"):
        started = time.process_time()
        result = ran("check", "--format", "json", mutant.name)
        room.taken = time.process_time() - started
        document = _a_report(result)
        room.seen[
            "unreadable" if result.status == 3 else "findings" if document["findings"] else "clean"
        ] += 1
        _spans(document)
        with alarm():
            report = lint([mutant.name])
        _formats(report)
        _walk(mutant)
        _drawings(mutant)
        if mutant.whole:
            _the_same_in_json_and_yaml(mutant)
    if room.twin.digest(mutant.name) != digest(result):
        raise Promise(
            "two runs say the same",
            result.out[:3000] + ran("check", "--format", "json", mutant.name).out[:3000],
        )
    _remembered(mutant, room, result)
    if report.findings:
        _accepted(mutant, room)
        for options in ((), ("--unsafe-fixes",)):
            _fixes(mutant, room, options)


@contextlib.contextmanager
def _watched(room: Room, folder: Path, promise: str, may_change: tuple[str, ...] = ()) -> Iterator[None]:
    before = _content(folder)
    room.watch.wrong.clear()
    room.watch.inside = str(folder) + os.sep
    try:
        yield
    finally:
        room.watch.inside = None
    if room.watch.wrong:
        raise Promise("opens nothing outside the folder", "\n".join(room.watch.wrong[:5]))
    after = _content(folder)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if set(changed) - set(may_change):
        raise Promise(promise, f"changed: {changed}")


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _a_report(result: Ran) -> dict[str, Any]:
    """The JSON report: it holds to its schema, and the exit status says what it says."""
    document: dict[str, Any] = json.loads(result.out)
    for error in REPORT.iter_errors(document):
        raise Promise("the JSON report holds to its schema", f"{error.json_path}: {error.message}"[:2000])
    failing = any(one["severity"] != "info" for one in document["findings"])
    expected = 3 if result.err else 1 if failing else 0
    if result.status != expected or (result.err and not result.err.startswith("error: ")):
        raise Promise("the exit status is the contract's", f"{result.status} for {result.err!r}, {failing=}")
    _clean("the message", result.err)
    return document


def _spans(document: dict[str, Any]) -> None:
    """Each finding and each hop lies inside its file."""
    lines: dict[str, list[str]] = {}
    for finding in document["findings"]:
        for one in (finding, *finding["hops"], *finding["cycle"], *document["notes"]):
            file = one["file"]
            if not file:
                continue
            if file not in lines:
                lines[file] = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", decode(Path(file).read_bytes()))
            for line, column in (
                (one["line"], one.get("column")),
                (one.get("end_line"), one.get("end_column")),
            ):
                if line is None:
                    continue
                inside = 1 <= line <= len(lines[file]) and (
                    column is None or 1 <= column <= len(lines[file][line - 1]) + 1
                )
                if not inside:
                    raise Promise(
                        "spans lie inside the file", f"{line}:{column} of {file} in {json.dumps(one)[:1500]}"
                    )


def _formats(report: Report) -> None:
    """The report in every format: it renders, and whoever reads it gets what he can read."""
    for name in FORMATS:
        text = render(report, name, rules=all_rules() if name == "sarif" else ())
        text.encode("utf-8")
        if name in ("json", "sarif", "gitlab", "rdjson"):
            json.loads(text)
        elif name == "junit":
            ElementTree.fromstring(text)
        else:
            _clean(name, text)
            ours = re.compile(
                r"::(error|warning|notice) |(error|warning|info)(\[|: )|No |Not all was |Nothing was |\d+ (errors?|notices?), "
            )
            if name == "github" and (other := [line for line in text.splitlines() if not ours.match(line)]):
                raise Promise("each line of the GitHub report is ours", str(other)[:2000])
    _clean("text in colour", re.sub(r"\x1b\[[0-9;]*m", "", render(report, "text", color=True, width=60)))


def _clean(what: str, text: str) -> None:
    """No control characters, and none that turn the direction of writing: a terminal shows what the file holds."""
    for found in re.finditer(r"[^\n\t -~]", text):
        if (
            unicodedata.category(found[0]) in ("Cc", "Cs")
            or found[0] in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029"
        ):
            at = found.start()
            raise Promise(f"{what} holds no control characters", repr(text[max(0, at - 300) : at + 100]))


def _walk(mutant: Mutant) -> None:
    """In a folder it is read, or passed over; only what says that it is a template is worth a warning."""
    result = ran("check", "--format", "json", ".")
    if result.status not in (0, 1) or not all(
        line.startswith("warning: ") for line in result.err.splitlines()
    ):
        raise Promise("a folder walk skips what is no template", f"{result.status}: {result.err}")


def _drawings(mutant: Mutant) -> None:
    for name in DRAWINGS:
        result = ran("graph", "--format", name, mutant.name)
        if result.status not in (0, 3):
            raise Promise("a drawing is made", f"{result.status}: {result.err}")
        if result.status == 3 and not result.out:
            continue
        if name == "json":
            for error in GRAPH.iter_errors(json.loads(result.out)):
                raise Promise(
                    "the JSON drawing holds to its schema", f"{error.json_path}: {error.message}"[:2000]
                )
        else:
            _clean(f"the drawing ({name})", result.out)


def _anywhere(sentence: str) -> str:
    """A sentence without the lines that it names: they are others in each text."""
    return re.sub(r":\d+\b|\bline \d+", "", sentence)


_OF_LENGTH = re.compile("not (all )?verified")
"""What is verified depends on how long the texts are that must be parsed again."""


def _the_same_in_json_and_yaml(mutant: Mutant) -> None:
    seen = {}
    texts = {style: dumped(mutant.value, style) for style in ("json", "yaml", "short")}
    if not all(map(looks_like_template, texts.values())):
        return  # the only "::" of it was that of "Fn::"
    for style, text in texts.items():
        with alarm():
            report = lint(["-"], stdin=text)
        seen[style] = sorted(
            (one.rule, one.severity, one.confidence, one.message, [n.resource for n in one.cycle], [h.reason for h in one.hops],
             [_anywhere(said) for said in one.because], one.witness, one.guards, one.safety_nets, one.fingerprint)
            for one in report.findings
        ), sorted({note.message for note in report.notes if not _OF_LENGTH.search(note.message)}), [problem.message for problem in report.problems]  # fmt: skip
    for style in ("yaml", "short"):
        for what, one, other in zip(
            ("findings", "notes", "problems"), seen["json"], seen[style], strict=True
        ):
            if one != other:
                left, right = ([item for item in a if item not in b] for a, b in ((one, other), (other, one)))
                raise Promise(
                    f"the same {what} in JSON and YAML ({style})", f"JSON: {left}\n{style}: {right}"[:4000]
                )


def _remembered(mutant: Mutant, room: Room, plain: Ran) -> None:
    """A cache changes nothing, neither where an entry is made nor where it is found; others made it what it is."""
    for _ in range(2):
        cached = ran("check", "--format", "json", "--cache-dir", str(room.folder / "kept"), mutant.name)
        if digest(cached) != digest(plain):
            raise Promise("a cache changes nothing", f"{plain.out[:3000]}\n{cached.out[:3000]}")


def _accepted(mutant: Mutant, room: Room) -> None:
    """What the baseline accepts is not reported again."""
    folder = room.lay(mutant, "accepted")
    os.chdir(folder)
    with _watched(room, folder, "the baseline is all that is written", ("accepted.json",)):
        first = ran("baseline", "--output", "accepted.json", mutant.name)
        second = ran("check", "--format", "json", "--baseline", "accepted.json", mutant.name)
    if (first.status, second.status) != (0, 0) or json.loads(second.out)["findings"]:
        raise Promise(
            "the baseline accepts what is there", f"{first}\n{second.status}: {second.err}{second.out[:1500]}"
        )


def _fixes(mutant: Mutant, room: Room, options: tuple[str, ...]) -> None:
    """Fixing leaves a template that parses, in its encoding, and fixing again changes nothing."""
    folder = room.lay(mutant, "fixed")
    os.chdir(folder)
    names = tuple(str(path.relative_to(folder)) for path in folder.iterdir() if path.is_file())
    with _watched(room, folder, "fixing writes nothing else", names):
        first = ran("check", "--fix", *options, mutant.name)
        if first.status not in (0, 1, 2):
            raise Promise("fixing ends with a status of the contract", f"{first.status}: {first.err}")
        after = _content(folder)
        second = ran("check", "--fix", *options, mutant.name)
    again = _content(folder)
    room.seen["fixed"] += after[mutant.name] != mutant.data
    if again != after:
        raise Promise(
            "fixing again changes nothing",
            f"{first.err}\n{second.err}\n{after[mutant.name].decode('utf-8', 'replace')[:1500]}\n=====\n{again[mutant.name].decode('utf-8', 'replace')[:1500]}",
        )
    _still_a_template(mutant.name, mutant.data, after[mutant.name])


def _still_a_template(name: str, old: bytes, new: bytes) -> None:
    if new == old:
        return
    try:
        if not is_template(parse(decode(new), name)):
            raise Promise("fixing leaves a template", new.decode("utf-8", "replace")[:3000])
    except SourceError as problem:
        raise Promise(
            "fixing leaves a template", f"{problem}\n{new.decode('utf-8', 'replace')[:3000]}"
        ) from None
    try:
        loaded(old)
    except (Unloadable, UnicodeDecodeError):
        return
    try:
        loaded(new)
    except (Unloadable, UnicodeDecodeError) as problem:
        raise Promise("fixing leaves what other readers read", str(problem)) from None
