"""The plain search: which operations stand by name in what a handler's imports reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recursion_lint.code.by_name.names_only import NamesRead, names_read
from recursion_lint.code.location.function_source import Located, SourceLanguage
from recursion_lint.code.location.handlers import files_for
from recursion_lint.code.location.javascript_modules import javascript_modules
from recursion_lint.code.location.source_files import SourceTree

Search = Callable[..., NamesRead]


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Search:
    """Searches from the first file, after writing all of them below a folder that becomes the current one."""
    monkeypatch.chdir(tmp_path)

    def searched(
        language: SourceLanguage,
        texts: dict[str, str],
        roots: tuple[str, ...] = ("src",),
        **more: tuple[str, ...],
    ) -> NamesRead:
        for name, text in texts.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        tree = SourceTree(".", lambda path: Path(path).read_text(encoding="utf-8"))
        located = Located(language, next(iter(texts)), "handler", "", roots=roots, **more)  # type: ignore[arg-type]
        return names_read(located, files_for(located, tree))

    return searched


def operations(read: NamesRead, channel: str) -> set[str]:
    return {one.operation for one in read.on(channel)}


@pytest.mark.parametrize(
    ("language", "file", "text", "operation"),
    [
        ("python", "src/app.py", "boto3.client('sqs').send_message(QueueUrl=q)", "sqs.SendMessage"),
        ("python", "src/app.py", "table.batch_writer()", "dynamodb.BatchWriteItem"),
        ("javascript", "src/app.js", "new SendMessageCommand({QueueUrl})", "sqs.SendMessage"),
        ("javascript", "src/app.ts", "sqs.sendMessage({QueueUrl}).promise()", "sqs.SendMessage"),
        ("java", "src/App.java", "sqs.sendMessage(request);", "sqs.SendMessage"),
        ("go", "src/main.go", "client.SendMessage(ctx, &sqs.SendMessageInput{})", "sqs.SendMessage"),
        ("csharp", "src/App.cs", "await sqs.SendMessageAsync(request);", "sqs.SendMessage"),
        ("ruby", "src/app.rb", "sqs.send_message(queue_url: url)", "sqs.SendMessage"),
        ("rust", "src/main.rs", "client.send_message().queue_url(url).send().await", "sqs.SendMessage"),
    ],
)
def test_each_language_spells_it(
    search: Search, language: SourceLanguage, file: str, text: str, operation: str
) -> None:
    channel = operation.split(".")[0]
    assert operation in operations(search(language, {file: text}), channel)
    assert not operations(search(language, {file: "nothing"}), channel)


@pytest.mark.parametrize("text", ["my_send_message(x)", "send_messages_later()", "sendmessage"])
def test_a_part_of_a_word_is_no_name(search: Search, text: str) -> None:
    assert not operations(search("python", {"src/app.py": text}), "sqs")


CALL = "sqs.send_message(QueueUrl=q)\n"


@pytest.mark.parametrize(
    "statement",
    [
        "import queue_client",
        "import os, queue_client as q",
        "from queue_client import send",
        "from lib import sender",
        "from lib.sender import (\n    send,\n    other,\n)",
        "from .lib import sender",
        "def handler(e, c):\n    from lib.sender import send",
    ],
)
def test_imports_of_python_are_followed(search: Search, statement: str) -> None:
    texts = {
        "src/app.py": statement,
        "src/queue_client.py": CALL,
        "src/lib/__init__.py": "",
        "src/lib/sender.py": CALL,
    }
    assert operations(search("python", texts), "sqs") == {"sqs.SendMessage"}


def test_what_is_not_imported_does_not_count(search: Search) -> None:
    assert not operations(search("python", {"src/app.py": "import os", "src/other.py": CALL}), "sqs")


def test_modules_in_layers(search: Search) -> None:
    texts = {"src/app.py": "import shared", "layer/python/shared.py": CALL}
    assert operations(search("python", texts, layers=("layer",)), "sqs") == {"sqs.SendMessage"}


def test_a_missing_module_of_its_own_is_a_gap(search: Search) -> None:
    read = search("python", {"src/app.py": "\nfrom .gone import x\nimport requests"})
    assert [(gap.reason, gap.line) for gap in read.gaps] == [("the module .gone is missing", 2)]


SEND = "export const send = () => client.send(new SendMessageCommand({}));\n"


@pytest.mark.parametrize(
    "statement",
    [
        "import { send } from './lib/sender';",
        "import './lib/sender.js';",
        "export * from './lib/sender';",
        "const { send } = require('./lib/sender');",
        "const lib = await import('./lib/sender');",
        "import { send } from '@lib/sender';",
        "import { send } from '@acme/queue';",
        "import { send } from '@acme/queue/src/index';",
    ],
)
def test_imports_of_typescript_are_followed(search: Search, statement: str) -> None:
    texts = {
        "src/app.ts": statement,
        "src/lib/sender.ts": SEND,
        "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@lib/*": ["src/lib/*"],},}, // c\n}',
        "packages/queue/package.json": '{"name": "@acme/queue", "main": "dist/index.js"}',
        "packages/queue/src/index.ts": SEND,
    }
    read = search("javascript", texts)
    assert operations(read, "sqs") == {"sqs.SendMessage"}
    assert not read.gaps


@pytest.mark.parametrize(
    ("package", "imported", "wanted"),
    [
        ('{"main": "./lib/main", "name": "q"}', "../q", "q/lib/main.js"),
        ('{"name": "q"}', "../q", "q/index.js"),
        ('{"main": "./lib/main", "name": "q"}', "q", "q/lib/main.js"),
        ('{"name": "q", "exports": "./lib/main.js"}', "q", "q/lib/main.js"),
        ('{"name": "q", "exports": {"import": "./lib/main.js", "types": "./x.d.ts"}}', "q", "q/lib/main.js"),
        ('{"name": "q", "exports": {".": {"node": {"require": "./lib/main.js"}}}}', "q", "q/lib/main.js"),
        ('{"name": "q", "exports": {"./m": "./lib/main.js"}}', "q/m", "q/lib/main.js"),
        ('{"name": "q", "exports": {"./f/*": "./lib/*.js"}}', "q/f/main", "q/lib/main.js"),
    ],
)
def test_a_package_tells_its_files(search: Search, package: str, imported: str, wanted: str) -> None:
    texts = {
        "src/app.js": f"const q = require('{imported}');",
        "q/package.json": package,
        "q/lib/main.js": "",
        "q/index.js": "",
    }
    assert search("javascript", texts).files == ("src/app.js", wanted)


@pytest.mark.parametrize(
    ("root", "own", "linked"),
    [
        ('{"workspaces": ["*"]}', "{}", True),
        ("{}", '{"dependencies": {"q": "file:../q"}}', True),
        ("{}", '{"devDependencies": {"q": "workspace:*"}}', True),
        ("{}", '{"dependencies": {"q": "^1.0.0"}}', False),
    ],
)
def test_a_package_of_the_same_name_is_the_projects_own_where_it_is_linked(
    search: Search, root: str, own: str, linked: bool
) -> None:
    search(
        "javascript",
        {
            "src/app.js": "require('q');",
            "src/package.json": own,
            "package.json": root,
            "q/package.json": '{"name": "q"}',
            "q/index.js": "require('q');",
        },
    )
    tree = SourceTree(".", lambda path: Path(path).read_text(encoding="utf-8"))
    modules = javascript_modules(tree)
    assert modules.sure_file_of("q", "src/app.js") == ("q/index.js" if linked else None)
    assert modules.sure_file_of("q", "q/index.js") is None


def test_a_missing_file_is_a_gap_and_a_library_is_none(search: Search) -> None:
    read = search(
        "javascript", {"src/app.js": "require('./gone');\nrequire('lodash');\nrequire('./data.json');"}
    )
    assert [gap.reason for gap in read.gaps] == ["the module ./gone is missing"]


def test_go_modules(search: Search) -> None:
    texts = {
        "cmd/worker/main.go": 'package main\nimport (\n\t"fmt"\n\tq "example.com/acme/app/internal/queue"\n)\n',
        "go.mod": "module example.com/acme/app\n",
        "internal/queue/queue.go": "func Send() { c.SendMessage(ctx, in) }",
        "internal/queue/queue_test.go": "func T() { c.DeleteMessage() }",
    }
    read = search("go", texts)
    assert operations(read, "sqs") == {"sqs.SendMessage"}
    assert read.files == ("cmd/worker/main.go", "internal/queue/queue.go")
    gone = search(
        "go",
        {
            "cmd/worker/main.go": 'import "example.com/acme/other/x"\n',
            "go.mod": "module example.com/acme/app\n",
        },
    )
    assert [gap.reason for gap in gone.gaps] == ["the package example.com/acme/other/x is missing"]


def test_packages_of_java(search: Search) -> None:
    texts = {
        "app/src/main/java/com/acme/App.java": "package com.acme;\nimport com.acme.jobs.Sender;\nimport java.util.List;\n",
        "app/src/main/java/com/acme/jobs/Sender.java": "package com.acme.jobs;\nsqs.sendMessage(r);",
        "app/src/main/java/com/acme/other/Unused.java": "sns.publish(r);",
        "pom.xml": "<project/>",
    }
    read = search("java", texts)
    assert operations(read, "sqs") == {"sqs.SendMessage"}
    assert not operations(read, "sns")
    gone = search(
        "java", {"app/src/main/java/com/acme/App.java": "package com.acme;\nimport com.acme.gone.Sender;"}
    )
    assert [gap.reason for gap in gone.gaps] == ["the class com.acme.gone.Sender is missing"]


def test_classes_that_a_framework_puts_together_are_all_read(search: Search) -> None:
    texts = {
        "src/main/java/com/acme/App.java": "package com.acme;\nimport org.springframework.Bean;\n",
        "src/main/java/com/acme/other/Sender.java": "package com.acme.other;\nsqs.sendMessage(r);",
        "pom.xml": "<project/>",
    }
    assert operations(search("java", texts), "sqs") == {"sqs.SendMessage"}


def test_projects_of_csharp(search: Search) -> None:
    texts = {
        "app/Function.cs": "class Function {}",
        "app/App.csproj": '<ProjectReference Include="..\\lib\\Lib.csproj" />',
        "lib/Lib.csproj": "<Project/>",
        "lib/Sender.cs": "await sqs.SendMessageAsync(r);",
    }
    assert operations(search("csharp", texts), "sqs") == {"sqs.SendMessage"}


def test_crates_and_requires(search: Search) -> None:
    rust = {
        "app/src/main.rs": "mod sender;",
        "app/Cargo.toml": '[dependencies]\nlib = { path = "../lib" }\n',
        "lib/Cargo.toml": "",
        "lib/src/lib.rs": "client.send_message()",
    }
    assert operations(search("rust", rust), "sqs") == {"sqs.SendMessage"}
    ruby = {"src/app.rb": "require_relative 'lib/sender'", "src/lib/sender.rb": "sqs.send_message(x)"}
    assert operations(search("ruby", ruby), "sqs") == {"sqs.SendMessage"}


@pytest.mark.parametrize(
    ("language", "file", "text"),
    [
        ("java", "src/App.java", "new ProcessBuilder(args).start();"),
        ("go", "src/main.go", 'exec.Command("aws", "s3", "cp")'),
        ("python", "src/app.py", "from requests_aws4auth import AWS4Auth"),
        ("ruby", "src/app.rb", "client.public_send(name)"),
    ],
)
def test_what_a_search_cannot_see_through_is_a_gap(
    search: Search, language: SourceLanguage, file: str, text: str
) -> None:
    assert search(language, {file: text}).gaps


def test_the_same_question_is_looked_up_once(search: Search) -> None:
    """Every loop through a function asks, and so does each remedy that is verified."""
    read = search("java", {"src/main/java/App.java": 'class App { void h() { s3.putObject("out", k, v); } }'})
    assert read.on("s3")
    assert read.on("s3") is read.on("s3")
    assert read.targets("s3") is read.targets("s3")
