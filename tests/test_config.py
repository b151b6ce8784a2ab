"""Settings files: where they are found, what they may say, and how a mistake is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from recursion_lint.config import Config, ConfigError, as_toml, load, origins, rule_names


class FakeRule(NamedTuple):
    name: str
    code: str


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("recursion_lint.rules")
    known = (FakeRule("s3-loop", "R1100"), FakeRule("sqs-loop", "R1200"))
    module.all_rules = lambda: known  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "recursion_lint.rules", module)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a folder two levels down, which is the current one."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo" / "a" / "b")
    return tmp_path / "repo"


def own(folder: Path, text: str) -> Path:
    file = folder / ".recursion-lint.toml"
    file.write_text(text, encoding="utf-8")
    return file


def project(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str) -> str:
    own(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(folder)
    return str(caught.value)


def test_without_a_file_the_defaults_hold(repo: Path) -> None:
    assert load() == Config()
    assert Config().fail_on == "warning"


def test_every_key_is_read(repo: Path) -> None:
    own(
        repo,
        """
        select = ["S3-Loop", "R1200"]
        ignore = ["R1200"]
        exclude = ["vendor/**"]
        fail-on = "error"
        baseline = "ci/accepted.json"
        require-reason = true
        show-suppressed = true
        jobs = 2
        strict = true
        [severity]
        s3-loop = "off"
        r1200 = "info"
        [parameters]
        Bucket = "photos"
        Count = 3
        Live = true
        [per-path]
        "examples/**" = ["sqs-loop"]
        """,
    )
    assert load(repo) == Config(
        select=("s3-loop", "sqs-loop"),
        ignore=("sqs-loop",),
        exclude=("vendor/**",),
        fail_on="error",
        baseline=str(repo / "ci" / "accepted.json"),
        require_reason=True,
        show_suppressed=True,
        jobs=2,
        strict=True,
        severity={"s3-loop": "off", "sqs-loop": "info"},
        parameters={"Bucket": "photos", "Count": "3", "Live": "true"},
        per_path=(("examples/**", ("sqs-loop",)),),
        root=str(repo),
    )


def test_the_nearest_file_wins_and_the_own_file_before_pyproject(repo: Path) -> None:
    project(repo, '[tool.recursion-lint]\nfail-on = "info"\n')
    assert load().fail_on == "info"
    project(repo / "a", '[tool.recursion-lint]\nfail-on = "error"\n')
    assert load().fail_on == "error"
    own(repo / "a", 'fail-on = "never"')
    assert load().fail_on == "never"
    assert load(repo).fail_on == "info"


def test_a_pyproject_of_others_is_passed_by_even_when_it_is_broken(repo: Path) -> None:
    own(repo, "jobs = 3")
    project(repo / "a", "this is [not toml")
    assert load().jobs == 3
    project(repo / "a", '[project]\ndependencies = ["recursion-lint"]\n')
    assert load().jobs == 3
    project(repo / "a", "[tool.recursion-lint]\n")
    assert load().jobs == 0


def test_the_search_ends_at_the_repository(repo: Path) -> None:
    own(repo.parent, "jobs = 7")
    assert load().jobs == 0
    (repo / ".git").rmdir()
    assert load().jobs == 7


def test_a_file_named_by_hand_is_the_only_one_read(repo: Path) -> None:
    own(repo, "jobs = 3")
    other = repo / "other.toml"
    other.write_text("require-reason = true", encoding="utf-8")
    config = load(explicit=other)
    assert (config.jobs, config.require_reason, config.root) == (0, True, str(repo))


def test_a_file_named_by_hand_must_be_there_and_say_something(repo: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot read it: No such file"):
        load(explicit="nowhere.toml")
    project(repo, "[project]\n")
    with pytest.raises(ConfigError, match=r"has no \[tool\.recursion-lint\]"):
        load(explicit=repo / "pyproject.toml")


def test_a_byte_order_mark_is_no_error(repo: Path) -> None:
    own(repo, "\ufeffjobs = 4")
    assert load().jobs == 4


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('\nfail-onn = "error"', 2, "unknown key 'fail-onn', did you mean 'fail-on'?"),
        ("zzz = 1", 1, "unknown key 'zzz'; known are baseline, code, exclude, extend, fail-on"),
        (
            "[tool.recursion-lint]\njobs = 1\n[tool.other]\nx = 1",
            1,
            "unknown key 'tool'; in .recursion-lint.toml the keys stand at",
        ),
        ('exclude = ["vendor/**", "!"]', 1, "'!' is no pattern of files, such as 'vendor/**'"),
        ('[per-path]\n"!" = ["sqs-loop"]', 2, "'!' is no pattern of files"),
        (f"[parameters]\nSize = 0x{'f' * 5000}", 2, "the parameter 'Size' has too many digits"),
        ('strict = "yes"', 1, "'strict' must be true or false"),
        (
            'fail-on = "warn"',
            1,
            "'fail-on' must be one of error, warning, info, never, did you mean 'warning'?",
        ),
        ("fail-on = 3", 1, "'fail-on' must be one of"),
        ('require-reason = "yes"', 1, "'require-reason' must be true or false"),
        ("jobs = true", 1, "'jobs' must be a whole number, 0 or more"),
        ("jobs = -1", 1, "'jobs' must be a whole number, 0 or more"),
        ('select = "s3-loop"', 1, "'select' must be a list of strings"),
        ("exclude = [1]", 1, "'exclude' must be a list of strings"),
        ('\n\nignore = ["s3-lop"]', 3, "unknown rule 's3-lop', did you mean 's3-loop'?"),
        ('severity = "off"', 1, "'severity' must be a table"),
        ('[severity]\n"sqs-lop" = "off"', 2, "unknown rule 'sqs-lop', did you mean 'sqs-loop'?"),
        ('[severity]\nsqs-loop = "none"', 2, "'sqs-loop' must be one of error, warning, info, off"),
        ('[per-path]\n"a/**" = "sqs-loop"', 2, "'a/**' must be a list of strings"),
        ('[parameters]\nNames = ["a"]', 2, "the parameter 'Names' must be a string"),
        ('baseline = ""', 1, "'baseline' must be the path of a file"),
    ],
)
def test_mistakes_are_told_with_file_line_and_a_suggestion(
    repo: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, message: str
) -> None:
    monkeypatch.chdir(repo)
    assert f".recursion-lint.toml:{line}: {message}" in refusal(repo, text)


def test_a_table_in_pyproject_is_checked_too(repo: Path) -> None:
    project(repo, "[tool.other]\nslect = 1\n\n[tool.recursion-lint]\nslect = []\n")
    with pytest.raises(ConfigError, match=r"pyproject\.toml:5: unknown key 'slect', did you mean 'select'\?"):
        load()
    project(repo, '[tool]\nrecursion-lint = "x"\n')
    with pytest.raises(ConfigError, match=r"pyproject\.toml:2: must be a table"):
        load()


@pytest.mark.parametrize(
    "text", ["jobs = " + "9" * 5000, "[parameters]\nA = " + "9" * 5000, "x = " + "[" * 5000]
)
def test_a_settings_file_that_overwhelms_a_parser_is_refused(repo: Path, text: str) -> None:
    assert ".recursion-lint.toml: not valid TOML: " in refusal(repo, text)


def test_a_settings_file_that_is_far_too_long_is_refused(repo: Path) -> None:
    assert "over 1,000,000 bytes" in refusal(repo, "#" * 1_000_001)


def test_the_table_of_pyproject_may_stand_in_the_own_file(repo: Path) -> None:
    own(repo, "[tool.recursion-lint]\njobs = 3\n[tool.recursion-lint.severity]\ns3-loop = 'off'\n")
    assert (load(repo).jobs, load(repo).severity) == (3, {"s3-loop": "off"})


def test_what_is_no_toml_is_refused_with_the_place(repo: Path) -> None:
    assert "not valid TOML" in refusal(repo, "jobs = = 2")
    assert "line 1" in refusal(repo, "jobs = = 2")
    (repo / ".recursion-lint.toml").write_bytes(b"jobs = '\xff'")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load()


def test_the_path_shown_is_short_inside_the_current_folder_only(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusal(repo, "x = 1").startswith(str(repo) + os.sep)
    monkeypatch.chdir(repo)
    assert refusal(repo, "x = 1").startswith(".recursion-lint.toml:1:")


def test_rules_go_by_name_or_code_once_each_in_order() -> None:
    assert rule_names(["R1200", " s3-loop ", "SQS-LOOP"]) == ("sqs-loop", "s3-loop")
    with pytest.raises(ConfigError, match=r"unknown rule 'qqqqq'; 'recursion-lint rules' lists them"):
        rule_names(["qqqqq"])


def test_no_toml_parser_is_loaded_without_settings(repo: Path) -> None:
    project(repo, "[project]\n")
    code = "import sys; from recursion_lint.config import load; load(); print('tomllib' in sys.modules)"
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stdout == "False\n"


# -- settings that build on others -------------------------------------------------------------------------


def test_a_file_builds_on_another(repo: Path) -> None:
    (repo / "shared").mkdir()
    (repo / "shared" / "base.toml").write_text(
        'fail-on = "error"\njobs = 3\nbaseline = "b.json"\nignore = ["s3-loop"]\n'
        '[parameters]\nA = "1"\nB = "2"\n[severity]\ns3-loop = "info"\n'
        '[per-path]\n"a/**" = ["s3-loop"]\n"b/**" = ["s3-loop"]\n'
    )
    own(
        repo,
        'extend = "shared/base.toml"\njobs = 5\nignore = ["sqs-loop"]\n[parameters]\nB = "3"\n'
        '[severity]\nsqs-loop = "off"\n[per-path]\n"b/**" = ["sqs-loop"]\n',
    )
    assert load() == Config(
        fail_on="error",
        jobs=5,
        ignore=("sqs-loop",),
        baseline=str(repo / "shared" / "b.json"),
        parameters={"A": "1", "B": "3"},
        severity={"s3-loop": "info", "sqs-loop": "off"},
        per_path=(("a/**", ("s3-loop",)), ("b/**", ("sqs-loop",))),
        root=str(repo),
    )


def test_a_pyproject_can_be_built_on_and_build_on_others(repo: Path) -> None:
    project(repo, '[tool.recursion-lint]\nextend = "one.toml"\n')
    (repo / "one.toml").write_text('extend = "a/pyproject.toml"\nstrict = true')
    project(repo / "a", "[tool.recursion-lint]\njobs = 7\n")
    assert (load(repo).jobs, load(repo).strict) == (7, True)
    project(repo / "a", "[project]\n")
    with pytest.raises(ConfigError, match=r"has no \[tool\.recursion-lint\], and .*one\.toml extends it"):
        load(repo)


@pytest.mark.parametrize(
    "extended",
    ["../outside.toml", "/etc/hosts", "~/x.toml", "a/../../outside.toml", "link.toml", "c:x", "\\\\h\\x"],
)
def test_nothing_outside_of_the_repository_is_built_on(repo: Path, extended: str) -> None:
    (repo.parent / "outside.toml").write_text("jobs = 9")
    (repo / "link.toml").symlink_to(repo.parent / "outside.toml")
    assert "it must be a path relative to this file, in the same repository" in refusal(
        repo, f"extend = '{extended}'"
    )


def test_settings_do_not_build_on_themselves(repo: Path) -> None:
    (repo / "base.toml").write_text('\nextend = ".recursion-lint.toml"')
    message = refusal(repo, 'extend = "base.toml"')
    assert "base.toml:2: '.recursion-lint.toml' cannot be extended: it leads back to this file" in message
    assert "leads back" in refusal(repo, 'extend = "./.recursion-lint.toml"')


def test_settings_build_on_few_others(repo: Path) -> None:
    for number in range(12):
        (repo / f"{number}.toml").write_text(f'extend = "{number + 1}.toml"')
    assert "9.toml:1: more than 10 settings files build on each other" in refusal(repo, 'extend = "1.toml"')


def test_a_mistake_is_told_of_the_file_that_makes_it(repo: Path) -> None:
    (repo / "base.toml").write_text("\njobs = -1")
    assert "base.toml:2: 'jobs' must be" in refusal(repo, 'extend = "base.toml"')
    assert "gone.toml: cannot read it: No such file" in refusal(repo, 'extend = "gone.toml"')


def test_what_holds_and_where_from(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    (repo / "base.toml").write_text('jobs = 3\nfail-on = "error"\n[parameters]\nA = "x\\u001b"')
    own(repo, 'extend = "base.toml"\njobs = 4\n[per-path]\n"a" = ["s3-loop"]')
    text = as_toml(load(), {**origins(), "strict": "command line"})
    lines = text.splitlines()
    assert "jobs = 4  # .recursion-lint.toml" in lines
    assert 'fail-on = "error"  # base.toml' in lines
    assert "strict = false  # command line" in lines
    assert "# baseline is not set  # default" in lines
    assert text.isascii()
    assert "\x1b" not in text
    # It is a settings file that says the same.
    own(repo, text)
    assert load() == load(explicit=own(repo, text))
    assert (load().jobs, load().parameters, load().per_path) == (4, {"A": "x\x1b"}, (("a", ("s3-loop",)),))
    assert origins(explicit=repo / "base.toml") == {
        "jobs": "base.toml",
        "fail_on": "base.toml",
        "parameters": "base.toml",
    }
    assert origins(repo.parent) == {}
