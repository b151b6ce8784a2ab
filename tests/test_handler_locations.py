"""From what a template says of a function's code to the file and the function within it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from recursion_lint.code.location.function_source import FunctionSource, Located, NotLocated
from recursion_lint.code.location.handler_files import of_another_project
from recursion_lint.code.location.handlers import files_for, locate
from recursion_lint.code.location.source_files import (
    MAX_FILE_BYTES,
    MAX_FILES,
    ConfinedFiles,
    SourceTree,
    Unreadable,
)

Write = Callable[[dict[str, str]], SourceTree]
PYTHON = "def handler(event, context):\n    return event\n"
NODE = "exports.handler = async (event) => event;\n"


def opened(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Unreadable(str(problem)) from None


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes files below a folder that becomes the current one."""
    monkeypatch.chdir(tmp_path)

    def written(texts: dict[str, str]) -> SourceTree:
        for name, text in texts.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        return SourceTree(".", opened)

    return written


def source(runtime: str, handler: str, where: str = ".", **more: object) -> FunctionSource:
    given: dict[str, object] = {"file": "template.yaml", "id": "Worker", "kind": "local"}
    return FunctionSource(runtime=runtime, handler=handler, where=where, **{**given, **more})  # type: ignore[arg-type]


def found(tree: SourceTree, of: FunctionSource) -> tuple[str, str, str]:
    located = locate(of, tree)
    assert isinstance(located, Located), located
    return located.file, located.function, located.sure


def missed(tree: SourceTree, of: FunctionSource) -> str:
    located = locate(of, tree)
    assert isinstance(located, NotLocated), located
    return located.reason


@pytest.mark.parametrize(
    ("runtime", "handler", "where", "file", "function"),
    [
        ("python3.12", "app.handler", "src/", "src/app.py", "handler"),
        ("python3.12", "pkg.app.handler", "src", "src/pkg/app.py", "handler"),
        ("python3.12", "pkg/app.handler", "src", "src/pkg/app.py", "handler"),
        ("python3.12", "pkg.handler", "src", "src/pkg/__init__.py", "handler"),
        ("nodejs20.x", "app.handler", "src", "src/app.js", "handler"),
        ("nodejs20.x", "lib/deep.a.b", "src", "src/lib/deep.mjs", "a.b"),
        ("nodejs20.x", "typed.handler", "src", "src/typed.ts", "handler"),
        ("ruby3.3", "app.Worker.run", "src", "src/app.rb", "Worker.run"),
        ("java21", "com.acme.Worker::run", "src", "src/main/java/com/acme/Worker.java", "run"),
        ("java21", "com.acme.Worker", "src", "src/main/java/com/acme/Worker.java", "handleRequest"),
        ("dotnet8", "Acme::Acme.Jobs.Worker::Run", "src", "src/Jobs.cs", "Run"),
        ("go1.x", "bootstrap", "src", "src/cmd/main.go", "main"),
        ("provided.al2023", "bootstrap", "rusty", "rusty/src/main.rs", "main"),
    ],
)
def test_exact(write: Write, runtime: str, handler: str, where: str, file: str, function: str) -> None:
    tree = write(
        {
            "src/app.py": PYTHON,
            "src/pkg/app.py": PYTHON,
            "src/pkg/__init__.py": PYTHON,
            "src/app.js": NODE,
            "src/lib/deep.mjs": "export const a = {b: async () => 1};\n",
            "src/typed.ts": "export const handler = async () => 1;\n",
            "src/app.rb": "class Worker\n  def self.run(event:, context:)\n  end\nend\n",
            "src/main/java/com/acme/Worker.java": "package com.acme;\nclass Worker {}\n",
            "src/Jobs.cs": "namespace Acme.Jobs;\npublic class Worker { }\n",
            "src/cmd/main.go": "package main\nfunc main() { lambda.Start(run) }\n",
            "rusty/src/main.rs": "fn main() {}\n",
        }
    )
    assert found(tree, source(runtime, handler, where)) == (file, function, "exact")


def test_entry_points_of_esbuild_lie_below_their_common_folder(write: Write) -> None:
    tree = write({"app/src/orders/app.ts": NODE, "app/src/users/app.ts": NODE})
    one = source("nodejs20.x", "app.handler", "app", build="esbuild", entry_points=("src/orders/app.ts",))
    assert found(tree, one) == ("app/src/orders/app.ts", "handler", "exact")
    points = ("src/orders/app.ts", "src/users/app.ts")
    both = source("nodejs20.x", "users/app.handler", "app", build="esbuild", entry_points=points)
    assert found(tree, both) == ("app/src/users/app.ts", "handler", "exact")


def test_a_built_folder_is_told_by_the_last_folders_of_its_path(write: Write) -> None:
    tree = write({"src/lambdas/process-data/handler.ts": NODE, "src/lambdas/other/handler.ts": NODE})
    assert found(tree, source("nodejs20.x", "handler.handler", "dist/processData/")) == (
        "src/lambdas/process-data/handler.ts",
        "handler",
        "guess",
    )


def test_a_class_of_java_needs_no_runtime_and_lies_anywhere(write: Write) -> None:
    texts = {
        "a/b/c/d/t.yaml": "",
        "jobs/src/main/java/com/acme/Job.java": "package com.acme;\nclass Job {}\n",
    }
    tree = write(texts)
    of = source("", "com.acme.Job::run", "./jobs/build/jobs.zip", file="a/b/c/d/t.yaml")
    assert found(tree, of)[:2] == ("jobs/src/main/java/com/acme/Job.java", "run")
    assert missed(tree, of._replace(handler="com.acme.job")) == "no Runtime is set"
    assert "no class" in missed(tree, of._replace(handler="com.acme.Other::run"))
    tree = write({"more/src/main/java/com/acme/Job.java": "package com.acme;\nclass Job {}\n"})
    lie = "src/main/java/com/acme/Job.java"
    assert missed(tree, of) == f"2 files fit equally: look at jobs/{lie} or more/{lie}"


def test_a_generated_class_of_dotnet_stands_for_the_one_that_is_written(write: Write) -> None:
    tree = write({"src/Jobs.cs": "public class Jobs { }\n"})
    assert found(tree, source("dotnet8", "Acme::Acme.Jobs_Run_Generated::Run", "src"))[0] == "src/Jobs.cs"
    assert missed(tree, source("dotnet8", "Acme::Acme.Jobs_Stop_Generated::Run", "src"))


@pytest.mark.parametrize(
    ("archive", "fits"), [("x/JobLoader-2.8.3.zip", True), ("x/Resizer-2.8.3.zip", False)]
)
def test_an_archive_is_named_after_the_package_around_the_template(
    write: Write, archive: str, fits: bool
) -> None:
    tree = write({"index.js": NODE, "package.json": '{"name": "job-loader"}', "other/index.js": NODE})
    of = source("nodejs22.x", "index.handler", archive, kind="elsewhere")
    if fits:
        assert found(tree, of) == ("index.js", "handler", "guess")
    else:
        assert missed(tree, of)


def test_the_package_of_an_archive_s_name_lies_around_the_template_or_is_the_only_one(write: Write) -> None:
    package = '{"name": "@acme/job-loader"}'
    tree = write({"index.js": NODE, "package.json": package, "cfn/t.yaml": "", "other/index.js": NODE})
    of = source("nodejs22.x", "index.handler", "job-loader.zip", kind="elsewhere", file="cfn/t.yaml")
    assert found(tree, of) == ("index.js", "handler", "guess")
    write({"cfn/package.json": package, "cfn/index.js": NODE})
    assert found(SourceTree(".", opened), of)[0] == "cfn/index.js"
    write({"package.json": "{}", "cfn/package.json": "{}", "one/package.json": package, "one/index.js": NODE})
    assert found(SourceTree(".", opened), of)[0] == "one/index.js"
    write({"two/package.json": package, "two/index.js": NODE})
    assert missed(SourceTree(".", opened), of)
    write({"two/package.json": "{}", "one/template.yaml": ""})
    assert missed(SourceTree(".", opened), of)


def test_code_in_s3_is_the_only_file_of_its_handler_where_no_name_says_otherwise(write: Write) -> None:
    of = source("python3.13", "index.handler", "review-1.0.zip", kind="elsewhere", file="cfn/t.yaml")
    tree = write({"src/index.py": PYTHON, "cfn/t.yaml": "", "lib/index.py": "x = 1\n"})
    assert found(tree, of) == ("src/index.py", "handler", "guess")
    assert missed(tree, of._replace(distinct=False))
    assert missed(tree, of._replace(handler="index.main"))
    for more in ({"index.py": PYTHON}, {"index.py": "", "src/pyproject.toml": ""}, {"src/template.yaml": ""}):
        assert missed(write(more), of)
    tree = write({"orders/app.py": PYTHON, "index.py": ""})
    assert missed(tree, of._replace(handler="app.handler"))


def test_a_handler_of_ruby_that_no_file_defines_is_not_located(write: Write) -> None:
    tree = write({"a/jobs.rb": "def other\nend\n", "b/jobs.rb": "def other\nend\n"})
    assert missed(tree, source("ruby3.3", "jobs.run", "dist"))


def test_a_file_below_a_project_that_is_not_around_belongs_to_it(write: Write) -> None:
    tree = write({"one/template.yaml": "", "one/src/a.js": NODE, "two/template.yaml": ""})
    assert not of_another_project("one/src/a.js", "one/src", tree)
    assert not of_another_project("one/src/a.js", "one", tree)
    assert of_another_project("one/src/a.js", "two", tree)
    assert of_another_project("one/src/a.js", "", tree)


def test_of_files_that_fit_equally_none_is_taken(write: Write) -> None:
    tree = write({"a/jobs/handler.ts": NODE, "b/jobs/handler.ts": NODE})
    assert missed(tree, source("nodejs20.x", "handler.handler", "dist/jobs/")) == (
        "2 files fit equally: look at a/jobs/handler.ts or b/jobs/handler.ts"
    )


def test_a_file_of_another_function_is_not_taken_for_a_built_one(write: Write) -> None:
    tree = write({"src/lambdas/other/handler.ts": NODE})
    assert "no source file" in missed(tree, source("nodejs20.x", "handler.handler", "dist/processData/"))


def test_an_archive_has_its_source_beside_it(write: Write) -> None:
    tree = write({"worker/app.py": PYTHON, "worker.zip": "PK"})
    assert found(tree, source("python3.12", "app.handler", "worker.zip")) == (
        "worker/app.py",
        "handler",
        "guess",
    )


def test_code_in_s3_is_told_by_the_name_of_the_archive_or_a_name_that_only_one_file_has(write: Write) -> None:
    tree = write({"fns/orders/app.py": PYTHON, "fns/users/app.py": PYTHON, "fns/users/mailer.py": PYTHON})
    elsewhere = {"kind": "elsewhere"}
    assert (
        found(tree, source("python3.12", "app.handler", "orders.zip", **elsewhere))[0] == "fns/orders/app.py"
    )
    assert found(tree, source("python3.12", "mailer.handler", "", **elsewhere))[0] == "fns/users/mailer.py"
    several = missed(tree, source("python3.12", "app.handler", "", **elsewhere))
    assert several == "2 files fit equally: look at fns/orders/app.py or fns/users/app.py"
    write({"fns/mail/app.py": PYTHON, "fns/tax/app.py": PYTHON})
    several = missed(SourceTree(".", opened), source("python3.12", "app.handler", "", **elsewhere))
    assert several == "4 files fit equally: look at fns/mail/app.py, fns/orders/app.py or 2 more"


def test_a_name_that_two_functions_have_tells_no_file(write: Write) -> None:
    tree = write({"fns/orders/app.py": PYTHON})
    elsewhere = source("python3.12", "app.handler", "", kind="elsewhere")
    assert found(tree, elsewhere)[0] == "fns/orders/app.py"
    assert missed(tree, elsewhere._replace(distinct=False))


def test_an_archive_of_any_name_holds_the_project_around_it(write: Write) -> None:
    tree = write(
        {"jobs/src/queue_proxy.ts": NODE, "jobs/infra/template.yaml": "", "other/queue_proxy.ts": NODE}
    )
    packed = source("nodejs20.x", "queue_proxy.handler", "../bundle.zip", file="jobs/infra/template.yaml")
    assert found(tree, packed) == ("jobs/src/queue_proxy.ts", "handler", "guess")


def test_an_archive_is_named_after_several_folders(write: Write) -> None:
    tree = write({"src/rooms/src/make/app.py": PYTHON, "src/rooms/src/list/app.py": PYTHON, "cfn/t.yaml": ""})
    packed = source("python3.12", "app.handler", "rooms_make.zip", kind="elsewhere", file="cfn/t.yaml")
    assert found(tree, packed._replace(distinct=False))[0] == "src/rooms/src/make/app.py"


def test_an_image_copies_its_handler(write: Write) -> None:
    docker = (
        'FROM public.ecr.aws/lambda/python:3.12\nCOPY jobs/run.py ${LAMBDA_TASK_ROOT}\nCMD ["run.handler"]\n'
    )
    tree = write({"image/Dockerfile": docker, "image/jobs/run.py": PYTHON, "image/other/run.py": PYTHON})
    image = source("", "", "./image", kind="image", dockerfile="Dockerfile")
    assert found(tree, image) == ("image/jobs/run.py", "handler", "exact")
    assert found(tree, image._replace(command="run.main"))[1] == "main"


def test_an_image_copies_a_folder_into_a_package(write: Write) -> None:
    docker = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY src/ ./jobs/\nCMD [ "jobs.run.handler" ]\n'
    tree = write({"Dockerfile": docker, "src/run.py": PYTHON})
    assert found(tree, source("", "", ".", kind="image", dockerfile="Dockerfile"))[0] == "src/run.py"


def test_an_image_that_runs_a_program_of_its_own_is_not_read(write: Write) -> None:
    tree = write({"Dockerfile": "FROM ubuntu\nCMD python3 app.py\n", "app.py": PYTHON})
    assert missed(tree, source("", "", ".", kind="image", dockerfile="Dockerfile"))


def test_an_asset_that_is_not_there_is_not_guessed(write: Write) -> None:
    tree = write({"index.js": NODE, "asset.there/index.js": NODE})
    assert "asset" in missed(tree, source("nodejs20.x", "index.handler", "asset.gone", kind="asset"))
    there = source("nodejs20.x", "index.handler", "asset.there", kind="asset")
    assert found(tree, there) == ("asset.there/index.js", "handler", "exact")


def test_inline_code_is_a_file_of_its_own(write: Write) -> None:
    tree = write({"helper.py": "x = 1\n"})
    code = "import boto3\n" + PYTHON
    located = locate(source("python3.12", "index.handler", code, kind="inline"), tree)
    assert isinstance(located, Located)
    files = files_for(located, tree)
    assert files.read(located.file) == code
    assert not files.exists("helper.py")


LONG = "  # " + "x" * 200


@pytest.mark.parametrize(
    "code",
    [
        "exports.handler=async()=>0",
        "def handler(e, c):\n  pass  # placeholder" + LONG,
        "exports.handler = async () => console.log('Update code by deploy.sh') //" + LONG,
        "def handler(e, c):\n  return 'awaiting code deployment'" + LONG,
        "def handler(e, c):\n  pass  # TODO" + LONG,
    ],
)
def test_code_that_holds_a_place_is_not_read(write: Write, code: str) -> None:
    runtime = "nodejs20.x" if "exports" in code else "python3.12"
    assert "holds a place" in missed(write({}), source(runtime, "index.handler", code, kind="inline"))


@pytest.mark.parametrize(
    "code",
    [
        "def handler(e, c):\n  print('update', e['code'])" + LONG,
        "import boto3\ndef handler(e, c):\n  boto3.client('sns').publish()  # TODO" + LONG,
    ],
)
def test_code_that_does_its_work_is_read(write: Write, code: str) -> None:
    located = locate(source("python3.12", "index.handler", code, kind="inline"), write({}))
    assert isinstance(located, Located)


def test_layers_lie_beside_the_template(write: Write) -> None:
    tree = write({"src/app.py": PYTHON, "layer/python/shared.py": ""})
    located = locate(source("python3.12", "app.handler", "src", layers=("layer/", "gone")), tree)
    assert isinstance(located, Located)
    assert located.layers == ("layer",)


def test_nothing_outside_is_read(write: Write, tmp_path: Path) -> None:
    outside = tmp_path.parent / "outside"
    outside.mkdir(exist_ok=True)
    (outside / "app.py").write_text(PYTHON)
    tree = write({"inside.py": ""})
    os.symlink(outside, "linked")
    assert missed(tree, source("python3.12", "app.handler", "../outside"))
    assert missed(tree, source("python3.12", "app.handler", "linked"))
    files = ConfinedFiles(tree)
    assert files.read("../outside/app.py") is None
    assert files.read("linked/app.py") is None


def test_what_is_read_is_bounded(write: Write) -> None:
    many = {f"m{number}.py": "" for number in range(MAX_FILES + 1)}
    tree = write({**many, "big.py": "#" * (MAX_FILE_BYTES + 1), "binary.py": "a\0b"})
    files = ConfinedFiles(tree)
    assert files.read("big.py") is None
    assert files.read("binary.py") is None
    assert [files.read(name) for name in many].count("") == MAX_FILES
    assert {one.file for one in files.refused} == {"big.py", "binary.py", f"m{MAX_FILES}.py"}


def test_the_only_file_of_a_name(write: Write) -> None:
    files = ConfinedFiles(
        write({"a/shared/db.py": "", "b/queue.py": "", "c/queue.py": "", "node_modules/db.py": ""})
    )
    assert files.unique("shared/db.py") == "a/shared/db.py"
    assert files.unique("db.py") == "a/shared/db.py"
    assert files.unique("queue.py") is None


HOSTILE = (
    "",
    ".",
    "..",
    "a",
    "a.",
    ".a",
    "../../etc/passwd.x",
    "/etc/passwd.x",
    "a\0b.c",
    "a" * 5000 + ".b",
    "é.ü",
    "[.(",
    "::",
    "a::b",
    "a::b::c",
    "A::B.C::D",
    "*.*",
    "\\.\\",
)


@pytest.mark.parametrize(
    "runtime",
    ["python3.13", "nodejs22.x", "java21", "dotnet8", "go1.x", "ruby3.3", "provided.al2023", "x", ""],
)
@pytest.mark.parametrize("kind", ["inline", "local", "asset", "image", "elsewhere"])
def test_hostile_words_find_nothing_and_raise_nothing(write: Write, runtime: str, kind: str) -> None:
    tree = write(
        {
            "src/app.py": PYTHON,
            "Dockerfile": 'FROM python\nCOPY ../ /x\nCMD ["../a.b"]\n',
            "a.go": "",
            "b.rs": "",
            "c.cs": "",
        }
    )
    for handler in HOSTILE:
        for where in HOSTILE:
            of = source(
                runtime,
                handler,
                where,
                kind=kind,
                dockerfile="Dockerfile",
                layers=(where,),
                entry_points=(where,),
            )
            located = locate(of._replace(build="esbuild"), tree)
            if isinstance(located, Located):
                assert located.inline is not None or tree.inside(located.file)
