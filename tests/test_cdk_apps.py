"""Real CDK apps, in TypeScript and Python: the loops planted in them, found by the command and by the plugin.

`scripts/check_cdk.sh` installs the CDK and runs these; without it they are skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from recursion_lint.services.registry import all_services

PACKAGE = Path(__file__).resolve().parent.parent / "integrations/cdk"
TOOLS = os.environ.get("RECURSION_LINT_CDK", "")
"""A folder with the ``node_modules`` of the CDK, and a ``venv`` with aws-cdk-lib and this package."""
SOURCES = {"typescript": "lib/shop.ts", "python": "lib/shop.py"}

needs_cdk = [
    pytest.mark.slow,
    pytest.mark.skipif(not TOOLS, reason="the CDK is not installed: run scripts/check_cdk.sh"),
]
Place = tuple[str, str, int]
"""A rule, a file, a line."""


class Synth(NamedTuple):
    """An app that was synthesised: its folder, the exit status, what was printed."""

    folder: Path
    status: int
    out: str
    err: str


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apps") / "cdk"
    shutil.copytree(PACKAGE, folder, ignore=shutil.ignore_patterns("node_modules", "cdk.out", "*.out"))
    (folder / ".git").mkdir()
    (folder / "node_modules").symlink_to(Path(TOOLS) / "node_modules")
    return folder / "test"


Synthesise = Callable[..., Synth]


@pytest.fixture(scope="module")
def synthesise(apps: Path) -> Synthesise:
    known: dict[tuple[Any, ...], Synth] = {}

    def made(
        language: str, *words: str, output: str = "cdk.out", quiet: bool = True, **variables: str
    ) -> Synth:
        key = (language, words, output, quiet, *sorted(variables.items()))
        if key not in known:
            options = ["-q"] if quiet else []
            command = ["cdk", "synth", *words, *options, "--no-notices", "--no-color", "-o", output]
            done = run(command, apps / language, **variables)
            known[key] = Synth(apps / language, done.returncode, done.stdout, done.stderr)
        return known[key]

    return made


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    paths = [f"{TOOLS}/venv/bin", f"{TOOLS}/node_modules/.bin", os.environ["PATH"]]
    env = {**os.environ, "PATH": os.pathsep.join(paths), "CDK_DISABLE_CLI_TELEMETRY": "1", **variables}
    # These make an app fail where it should say what is wrong: it would take itself for a test.
    env = {name: value for name, value in env.items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def planted(folder: Path, source: str) -> set[Place]:
    """The lines of an app that are marked with ``loop: RULE``."""
    marks = re.compile(r"(?:#|//) loop: ([a-z0-9-]+)$")
    lines = (folder / source).read_text(encoding="utf-8").splitlines()
    return {(mark[1], source, number) for number, line in enumerate(lines, 1) if (mark := marks.search(line))}


def checked(folder: Path, *paths: str) -> list[dict[str, Any]]:
    done = run(["recursion-lint", "check", "--format", "json", *paths], folder)
    assert done.returncode == 1, done.stderr
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return findings


def places(findings: list[dict[str, Any]]) -> list[Place]:
    return sorted((one["rule"], one["file"], one["line"]) for one in findings)


def violations(folder: Path, output: str = "cdk.out") -> list[dict[str, Any]]:
    """What the plugin has in the report that the CDK writes."""
    report = json.loads((folder / output / "validation-report.json").read_text(encoding="utf-8"))
    found = [one for one in report["pluginReports"] if one["pluginName"] == "recursion-lint"]
    assert [one["conclusion"] for one in found] == ["failure"]
    return list(found[0]["violations"])


def told(violation: dict[str, Any]) -> Place:
    file, line, _ = violation["ruleMetadata"]["place"].rsplit(":", 2)
    return violation["ruleName"], file, int(line)


def by_plugin(made: Synth, output: str = "cdk.out") -> list[Place]:
    assert made.status == 1, made.err
    return sorted(map(told, violations(made.folder, output)))


class TestFiveStacks:
    pytestmark = needs_cdk

    @pytest.mark.parametrize("language", SOURCES)
    def test_plugin_and_command_find_the_three_loops_at_their_lines(
        self, language: str, synthesise: Synthesise
    ) -> None:
        made = synthesise(language, PLUGIN="1")
        expected = sorted(planted(made.folder, SOURCES[language]))
        assert [rule for rule, *_ in expected] == ["s3-loop", "sns-loop", "sqs-loop"]
        assert by_plugin(made) == expected
        assert places(checked(made.folder, "cdk.out")) == expected
        # The CDK tells the line by itself, from the resource that the plugin names.
        for _, file, line in expected:
            assert re.search(rf"^{file}:{line}\b", made.err, re.MULTILINE), made.err

    @pytest.mark.parametrize("language", SOURCES)
    def test_a_permission_is_told_at_the_line_that_grants_it(
        self, language: str, synthesise: Synthesise
    ) -> None:
        """In TypeScript only with more frames than Node.js keeps, which the plugin asks for."""
        made = synthesise(language, PLUGIN="1")
        lines = (made.folder / SOURCES[language]).read_text(encoding="utf-8").splitlines()
        for finding in checked(made.folder, "cdk.out"):
            granted = [hop for hop in finding["hops"] if hop["kind"] == "write"]
            assert ["grant" in lines[hop["line"] - 1] for hop in granted] == [True]

    @pytest.mark.parametrize(
        ("language", "variables"), [("typescript", {}), ("python", {"JSII_HOST_STACK_TRACES": "1"})]
    )
    def test_without_the_plugin_the_command_finds_them_at_the_same_lines(
        self, language: str, variables: dict[str, str], synthesise: Synthesise
    ) -> None:
        made = synthesise(language, "Orders", output="plain.out", quiet=False, **variables)
        assert made.status == 0, made.err
        assert places(checked(made.folder, "plain.out")) == sorted(planted(made.folder, SOURCES[language]))

    def test_the_handlers_are_the_assets(self, synthesise: Synthesise) -> None:
        made = synthesise("typescript", PLUGIN="1")
        for finding in checked(made.folder, "cdk.out"):
            codes = [hop["code"] for hop in finding["hops"] if "code" in hop]
            assert [code["verdict"] for code in codes] == ["writes-back"]
            assert codes[0]["file"].startswith("cdk.out/asset.")

    def test_a_remedy_names_methods_of_the_app(self, synthesise: Synthesise) -> None:
        made = synthesise("typescript", PLUGIN="1")
        fixes = {one["ruleName"]: one["suggestedFix"] for one in violations(made.folder)}
        assert "the addEventNotification of Uploads" in fixes["s3-loop"]
        assert "Jobs.grantSendMessages(Worker)" in fixes["sqs-loop"]
        assert "Alarms.grantPublish(Escalate)" in fixes["sns-loop"]

    def test_what_synth_prints_is_read_from_standard_input(self, synthesise: Synthesise) -> None:
        made = synthesise("typescript", "Orders", output="plain.out", quiet=False)
        assert made.status == 0
        for words, place in (
            ((), "<stdin>:"),
            (("--stdin-filename", "plain.out/Orders.template.json"), "lib/shop.ts:"),
        ):
            done = subprocess.run(
                [f"{TOOLS}/venv/bin/recursion-lint", "check", "-", *words],
                cwd=made.folder,
                input=made.out,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 1
            assert done.stdout.startswith(place)
            assert "Orders/Jobs ─①→ Orders/Worker" in done.stdout


class TestStagesAndNestedStacks:
    pytestmark = needs_cdk

    def test_they_are_one_system(self, synthesise: Synthesise) -> None:
        words = ("Prod/*", "-a", "tsx bin/staged.ts")
        made = synthesise("typescript", *words, output="staged.out", PLUGIN="1")
        expected = sorted(planted(made.folder, "lib/staged.ts"))
        assert by_plugin(made, "staged.out") == expected
        (finding,) = checked(made.folder, "staged.out")
        assert places([finding]) == expected
        constructs = [node.get("construct") for node in finding["cycle"]]
        assert constructs == ["Prod/Topics/Topic", "Prod/Parts/Queue", None, "Prod/Parts/Part/Worker"]
        # Each hop is at a line of the app, also those in the nested stack.
        assert {hop["file"] for hop in finding["hops"]} == {"lib/staged.ts"}

    def test_the_cdk_can_acknowledge_a_finding(self, synthesise: Synthesise) -> None:
        words = ("Prod/*", "-a", "tsx bin/staged.ts")
        rule = "recursion-lint::sns-loop"
        made = synthesise("typescript", *words, output="known.out", PLUGIN="1", ACKNOWLEDGED=rule)
        assert made.status == 0, made.err
        assert "re-trigger" not in made.err


class TestThePackage:
    pytestmark = needs_cdk

    def test_the_types_are_those_of_the_cdk(self, apps: Path) -> None:
        done = run(["tsc", "-p", "."], apps / "typescript")
        assert done.returncode == 0, done.stdout

    def test_the_methods_that_remedies_name_are_there(self) -> None:
        """Those of the services, in the declarations of aws-cdk-lib."""
        folders = {"states": "stepfunctions", "firehose": "kinesisfirehose"}
        for service in all_services():
            if service.cdk is None:
                continue
            library = (
                Path(TOOLS) / "node_modules/aws-cdk-lib" / f"aws-{folders.get(service.name, service.name)}"
            )
            declared = "".join(file.read_text(encoding="utf-8") for file in (library / "lib").glob("*.d.ts"))
            for method in filter(None, service.cdk):
                assert f" {method}(" in declared, method


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_plugin_for_typescript_by_itself() -> None:
    done = subprocess.run(
        ["node", "--test", "test/plugin.test.js"], cwd=PACKAGE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
