"""The language server under a real client: what an editor is told while somebody types."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from recursion_lint.cli.main import main

pytest.importorskip("pytest_lsp", reason="needs pip install -e '.[test]'")
pytest.importorskip("pygls", reason="needs pip install -e '.[server]'")

import pytest_asyncio
from lsprotocol import types
from pytest_lsp import LanguageClient

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
LOOP = (FIXTURES / "sqs-loop/wrong-variable/template.yaml").read_text(encoding="utf-8")
READER = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Forward:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      CodeUri: src/
      Policies:
        - SQSSendMessagePolicy: {QueueName: back}
      Events:
        In: {Type: SQS, Properties: {Queue: !GetAtt Out.Arn}}
  Out: {Type: AWS::SQS::Queue, Properties: {QueueName: out}}
"""
WRITER = (
    READER.replace("Forward", "Return").replace("Out", "Back").replace("QueueName: out", "QueueName: back")
)
WRITER = WRITER.replace("SQSSendMessagePolicy: {QueueName: back}", "SQSSendMessagePolicy: {QueueName: out}")
HANDLER = """\
import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/111122223333/out", MessageBody="again")
"""

pytestmark = pytest.mark.asyncio


class Editor:
    """A client with what an editor does around it."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.published: list[types.PublishDiagnosticsParams] = []
        self._news = asyncio.Condition()

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def published(client: LanguageClient, params: types.PublishDiagnosticsParams) -> None:
            async with self._news:
                self.published.append(params)
                client.diagnostics[params.uri] = params.diagnostics
                self._news.notify_all()

        @client.feature(types.WINDOW_SHOW_MESSAGE)
        async def shown(client: LanguageClient, params: types.ShowMessageParams) -> None:
            async with self._news:
                client.messages.append(params)
                self._news.notify_all()

    async def start(self, capabilities: types.ClientCapabilities | None = None, **options: Any) -> None:
        await self.client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities or CAPABILITIES,
                workspace_folders=[types.WorkspaceFolder(self.folder.as_uri(), "here")],
                initialization_options=options or None,
            )
        )

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    async def open(self, name: str, text: str, language: str = "yaml") -> list[types.Diagnostic]:
        """Open a file, which is on disk as it is opened, or was never saved where its folder is not there."""
        uri = self.uri(name)
        path = self.folder / name
        if path.parent.is_dir() and not path.exists():
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
        self.texts[name], self.versions[name] = text, 1
        document = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        return await self.told(name)

    def type(self, name: str, text: str) -> None:
        self.texts[name] = text
        self.versions[name] += 1
        identifier = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))

    async def change(self, name: str, text: str) -> list[types.Diagnostic]:
        self.type(name, text)
        return await self.told(name)

    def save(self, name: str) -> None:
        identifier = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(identifier))

    def close(self, name: str) -> None:
        identifier = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))

    async def told(self, name: str) -> list[types.Diagnostic]:
        """The diagnostics of the text as it is now."""
        uri, version = self.uri(name), self.versions.get(name)
        await self.until(lambda: any((one.uri, one.version) == (uri, version) for one in self.published))
        return self.now(name)

    def now(self, name: str) -> list[types.Diagnostic]:
        return list(self.client.diagnostics.get(self.uri(name), ()))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(holds), 30)

    async def actions(
        self, name: str, place: types.Range, only: list[str] | None = None
    ) -> list[types.CodeAction]:
        identifier = types.TextDocumentIdentifier(self.uri(name))
        context = types.CodeActionContext([], only=list(only) if only else None)  # type: ignore[arg-type]
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(identifier, place, context)
        )
        return [one for one in found or () if isinstance(one, types.CodeAction)]

    def applied(self, action: types.CodeAction) -> dict[str, str]:
        """The texts after an action."""
        assert action.edit is not None
        found = {}
        for change in action.edit.document_changes or ():
            assert isinstance(change, types.TextDocumentEdit)
            name = Path(change.text_document.uri.removeprefix(self.folder.as_uri())).as_posix().lstrip("/")
            assert change.text_document.version == self.versions.get(name)
            text = self.texts.get(name) or (self.folder / name).read_text(encoding="utf-8")
            found[name] = text_after(text, change.edits)
        return found


def text_after(text: str, edits: Any) -> str:
    lines = text.splitlines(keepends=True)

    def offset(place: types.Position) -> int:
        line = lines[place.line] if place.line < len(lines) else ""
        units = line.encode("utf-16-le")[: 2 * place.character].decode("utf-16-le")
        return sum(map(len, lines[: place.line])) + len(units)

    for edit in sorted(edits, key=lambda edit: offset(edit.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


CAPABILITIES = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=True),
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
    ),
    workspace=types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True)
    ),
)
EVERYWHERE = types.Range(types.Position(0, 0), types.Position(1000, 0))


@pytest_asyncio.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    (tmp_path / ".git").mkdir()
    client = LanguageClient()
    await client.start_io(
        sys.executable, "-m", "recursion_lint", "server", "--stdio", cwd=str(tmp_path.parent)
    )
    yield Editor(client, tmp_path)
    await asyncio.wait_for(client.shutdown_session(), 30)
    await client.stop()


def place(one: types.Diagnostic | types.DiagnosticRelatedInformation) -> tuple[int, int, int]:
    found = one.range if isinstance(one, types.Diagnostic) else one.location.range
    return found.start.line, found.start.character, found.end.character


def related(one: types.Diagnostic) -> dict[str, int]:
    return {
        f"{Path(hop.location.uri).name}:{hop.message[:1]}": hop.location.range.start.line
        for hop in one.related_information or ()
    }


async def test_an_open_template_is_told_its_loops(editor: Editor) -> None:
    await editor.start()
    (found,) = await editor.open("template.yaml", LOOP)
    assert (found.code, found.source, found.severity) == (
        "sqs-loop",
        "recursion-lint",
        types.DiagnosticSeverity.Error,
    )
    assert place(found) == (24, 8, 11)
    assert found.message.splitlines()[:2] == [
        "Worker may re-trigger itself through Jobs (likely)",
        "Jobs ─①→ Worker ─②→ Jobs",
    ]
    assert related(found) == {"template.yaml:①": 24, "template.yaml:②": 21}
    assert await editor.change("template.yaml", LOOP.replace("!GetAtt Jobs.Q", "!GetAtt Results.Q")) == []


async def test_hops_lie_in_other_files_and_in_the_handlers_code(editor: Editor) -> None:
    (editor.folder / "src").mkdir()
    (editor.folder / "src/app.py").write_text(HANDLER, encoding="utf-8")
    await editor.start()
    assert await editor.open("one.yaml", READER) == []
    await editor.open("two.yaml", WRITER)
    await editor.until(lambda: bool(editor.now("one.yaml") or editor.now("two.yaml")))
    (found,) = [*editor.now("one.yaml"), *editor.now("two.yaml")]
    files = {Path(hop.location.uri).name for hop in found.related_information or ()}
    assert files == {"one.yaml", "two.yaml", "app.py"}
    in_code = next(hop for hop in found.related_information or () if hop.location.uri.endswith("app.py"))
    assert place(in_code)[0] == 6
    assert "sqs.send_message" in in_code.message
    # What is typed in a template and what is closed count at once for all that hangs on it.
    editor.close("two.yaml")
    await editor.until(lambda: not editor.now("one.yaml") and not editor.now("two.yaml"))


async def test_an_open_document_wins_over_its_file(editor: Editor) -> None:
    (editor.folder / "src").mkdir()
    (editor.folder / "src/app.py").write_text("def handler(event, context):\n    pass\n", encoding="utf-8")
    (editor.folder / "child.yaml").write_text(LOOP, encoding="utf-8")
    parent = "Resources: {C: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}}\n"
    await editor.start()
    assert await editor.open("parent.yaml", parent) == []
    await editor.until(lambda: bool(editor.now("child.yaml")))
    await editor.open("child.yaml", LOOP.replace("!GetAtt Jobs.Q", "!GetAtt Results.Q"))
    assert editor.now("child.yaml") == []
    editor.close("child.yaml")
    await editor.until(lambda: bool(editor.now("child.yaml")))


async def test_an_open_handler_wins_over_its_file(editor: Editor) -> None:
    (editor.folder / "src").mkdir()
    (editor.folder / "src/app.py").write_text(HANDLER, encoding="utf-8")
    itself = READER.replace("{QueueName: back}", "{QueueName: !GetAtt Out.QueueName}").replace(
        "name: back", "name: out"
    )
    await editor.start()
    (found,) = await editor.open("template.yaml", itself)
    assert found.severity == types.DiagnosticSeverity.Error
    await editor.open("src/app.py", "🚀 = 1\n", "python")
    await editor.change("src/app.py", "def handler(event, context):\n    pass\n")
    await editor.until(
        lambda: editor.now("template.yaml")[0].severity == types.DiagnosticSeverity.Information
    )
    await editor.change("src/app.py", f"\n\n{HANDLER}")
    await editor.until(lambda: editor.now("template.yaml")[0].severity == types.DiagnosticSeverity.Error)
    assert "app.py:②" in related(editor.now("template.yaml")[0])
    assert related(editor.now("template.yaml")[0])["app.py:②"] == 8


async def test_positions_are_counted_as_the_editor_counts(editor: Editor) -> None:
    line = "      Events: {'🚀': {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}, Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}\n"
    text = LOOP[: LOOP.index("      Events:")].replace(
        "source\n", "source\u2028# a line for YAML, none for an editor\n"
    )
    text = text.replace("\n", "\r\n") + line.replace(
        "'🚀': {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}",
        "'🚀': {Type: Schedule, Properties: {Schedule: rate(1 day)}}",
    )
    await editor.start()
    (found,) = await editor.open("template.yaml", text)
    number = text.count("\n") - 1
    start = text.splitlines()[-1].index("Job:") + 1
    assert place(found) == (number, start, start + 3)


async def test_positions_in_bytes_where_the_editor_wants_them(editor: Editor) -> None:
    utf8 = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf8])
    )
    await editor.start(utf8)
    text = (
        LOOP[: LOOP.index("      Events:")]
        + "      Events: {'🚀': {}, Job: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}\n"
    )
    (found,) = await editor.open("template.yaml", text)
    start = len(text.splitlines()[-1].partition("Job:")[0].encode())
    assert place(found)[1:] == (start, start + 3)
    assert found.related_information is None


async def test_broken_yaml_keeps_what_was_known(editor: Editor) -> None:
    await editor.start()
    (before,) = await editor.open("template.yaml", LOOP)
    broken = LOOP.replace("  Results:\n", "  Results: {\n  # more\n")
    told, kept = await editor.change("template.yaml", broken)
    assert (told.code, told.severity) == ("unreadable", types.DiagnosticSeverity.Error)
    assert told.message.startswith("not checked: is neither valid YAML nor JSON: ")
    assert 8 <= place(told)[0] <= 12
    assert (kept.code, place(kept)[0]) == ("sqs-loop", place(before)[0] + 1)
    assert [hop.location.range.start.line for hop in kept.related_information or ()] == [25, 22]
    # No edit is offered of a text that is not there any more.
    assert await editor.actions("template.yaml", EVERYWHERE) == []
    # What stood on the line that is being typed is not told.
    (alone,) = await editor.change("template.yaml", LOOP.replace("        Job:\n", "        Job: {\n"))
    assert alone.code == "unreadable"
    (after,) = await editor.change("template.yaml", LOOP)
    assert place(after) == place(before)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Resources",
        "Resources:\n",
        "Resources: {A: {Type: AWS::",
        "[" * 9_999,
        "{" * 30_000,
        "\0",
        "a: \ud83d",
        "&a [*a]",
    ],
)
async def test_anything_may_be_typed(editor: Editor, text: str) -> None:
    await editor.start()
    await editor.open("template.yaml", LOOP)
    await editor.change("template.yaml", text)
    (found,) = await editor.change("template.yaml", LOOP)
    assert found.code == "sqs-loop"


async def test_a_document_that_is_no_template_is_left_alone(editor: Editor) -> None:
    await editor.start()
    assert await editor.open("values.yaml", "a: [\n") == []
    assert await editor.open("notes.md", "Resources of Type AWS::S3::Bucket: [", "markdown") == []
    (found,) = await editor.open("new.yaml", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    {\n")
    assert found.code == "unreadable"
    assert "as of when" not in found.message


async def test_other_files_are_read_only_if_asked_for(editor: Editor) -> None:
    (editor.folder / "two.yaml").write_text(WRITER, encoding="utf-8")
    await editor.start()
    assert await editor.open("one.yaml", READER) == []
    assert not editor.now("two.yaml")
    settings = {"recursion-lint": {"scan": True}}
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
    await editor.until(lambda: bool(editor.now("one.yaml") or editor.now("two.yaml")))


async def test_a_scan_at_the_start(editor: Editor) -> None:
    (editor.folder / "template.yaml").write_text(LOOP, encoding="utf-8")
    (editor.folder / "left-out.yaml").write_text(LOOP, encoding="utf-8")
    (editor.folder / ".gitignore").write_text("left-out.yaml", encoding="utf-8")
    await editor.start(scan=True)
    await editor.until(lambda: bool(editor.now("template.yaml")))
    assert not editor.now("left-out.yaml")


async def test_the_settings_of_the_repository_hold(editor: Editor) -> None:
    settings = editor.folder / "pyproject.toml"
    settings.write_text('[tool.recursion-lint]\nignore = ["sqs-loop"]\n', encoding="utf-8")
    await editor.start()
    assert await editor.open("app/template.yaml", LOOP) == []
    settings.write_text('[tool.recursion-lint.severity]\nsqs-loop = "info"\n', encoding="utf-8")
    editor.save("app/template.yaml")
    await editor.until(lambda: bool(editor.now("app/template.yaml")))
    assert editor.now("app/template.yaml")[0].severity == types.DiagnosticSeverity.Information
    settings.write_text('[tool.recursion-lint]\nexclude = ["app/"]\n', encoding="utf-8")
    event = types.FileEvent(settings.as_uri(), types.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await editor.until(lambda: not editor.now("app/template.yaml"))
    settings.write_text('[tool.recursion-lint]\nignroe = ["sqs-loop"]\n', encoding="utf-8")
    editor.save("app/template.yaml")
    await editor.until(lambda: bool(editor.client.messages))
    assert "did you mean 'ignore'" in editor.client.messages[0].message
    settings.unlink()
    editor.save("app/template.yaml")
    await editor.until(lambda: bool(editor.now("app/template.yaml")))


async def test_a_baseline_knows_findings_as_the_command_does(
    editor: Editor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (editor.folder / "template.yaml").write_text(LOOP, encoding="utf-8")
    monkeypatch.chdir(editor.folder)
    assert main(["baseline", "template.yaml", "-o", "accepted.json"]) == 0
    (editor.folder / ".recursion-lint.toml").write_text('baseline = "accepted.json"\n', encoding="utf-8")
    await editor.start()
    assert await editor.open("template.yaml", LOOP) == []


async def test_hovering_shows_the_page_of_the_rule(editor: Editor) -> None:
    await editor.start()
    await editor.open("template.yaml", LOOP)
    identifier = types.TextDocumentIdentifier(editor.uri("template.yaml"))

    async def hover(line: int, character: int) -> types.Hover | None:
        at = types.HoverParams(identifier, types.Position(line, character))
        return await editor.client.text_document_hover_async(at)

    found = await hover(24, 9)
    assert found is not None
    assert isinstance(found.contents, types.MarkupContent)
    assert found.contents.kind == types.MarkupKind.Markdown
    assert "Worker may re-trigger itself through Jobs" in found.contents.value
    assert f"(<{editor.uri('template.yaml')}#L22>)" in found.contents.value
    assert "## How to break it" in found.contents.value
    assert await hover(0, 0) is None


async def test_quick_fixes_are_the_verified_edits(editor: Editor) -> None:
    await editor.start()
    text = LOOP.replace("\n", "\r\n")
    (found,) = await editor.open("template.yaml", text)
    first, *others = await editor.actions("template.yaml", found.range)
    assert (
        first.title == "Set TARGET_QUEUE (line 20) to Results, not to Jobs (may change behaviour: review it)"
    )
    assert first.kind == types.CodeActionKind.QuickFix
    assert [one.message for one in first.diagnostics or ()] == [found.message]
    assert others
    for action in (first, *others):
        assert (await editor.change("template.yaml", text))[0].message == found.message
        (action,) = [
            one for one in await editor.actions("template.yaml", found.range) if one.title == action.title
        ]
        (after,) = editor.applied(action).values()
        assert after.count("\n") == after.count("\r\n")
        left = await editor.change("template.yaml", after)
        assert not [one for one in left if one.severity == types.DiagnosticSeverity.Error]
    assert (
        await editor.actions("template.yaml", types.Range(types.Position(0, 0), types.Position(0, 5))) == []
    )


async def test_all_safe_remedies_at_once(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FIXTURES / "sqs-loop/grant-left-over", editor.folder, dirs_exist_ok=True)
    text = (editor.folder / "template.yaml").read_text(encoding="utf-8")
    await editor.start()
    (found,) = await editor.open("template.yaml", text)
    (fix,) = await editor.actions("template.yaml", EVERYWHERE, ["source.fixAll"])
    assert fix.kind == "source.fixAll.recursion-lint"
    after = editor.applied(fix)
    monkeypatch.chdir(editor.folder)
    main(["check", "--fix", "template.yaml"])
    assert after == {"template.yaml": (editor.folder / "template.yaml").read_text(encoding="utf-8")}
    assert after["template.yaml"] != text
    (quick, *_) = await editor.actions("template.yaml", found.range, ["quickfix"])
    assert quick.is_preferred
    assert await editor.change("template.yaml", after["template.yaml"]) == []
    assert await editor.actions("template.yaml", EVERYWHERE, ["source.fixAll"]) == []


async def test_actions_are_of_the_text_as_it_is_now(editor: Editor) -> None:
    await editor.start(debounce=5_000)
    await editor.open("template.yaml", LOOP)
    editor.type("template.yaml", f"# one line more\n{LOOP}")
    place_below = types.Range(types.Position(25, 8), types.Position(25, 8))
    first, *_ = await editor.actions("template.yaml", place_below)
    assert editor.applied(first)["template.yaml"].startswith("# one line more\n")


async def test_only_the_last_text_counts(editor: Editor) -> None:
    await editor.start()
    await editor.open("template.yaml", LOOP)
    for at in range(100):
        editor.type("template.yaml", f"{'#' * at}\n{LOOP}")
    (found,) = await editor.change("template.yaml", f"\n\n{LOOP}")
    assert place(found) == (26, 8, 11)
    assert len([one for one in editor.published if one.uri == editor.uri("template.yaml")]) < 50


async def test_closing_takes_the_diagnostics_away(editor: Editor) -> None:
    await editor.start()
    assert await editor.open("template.yaml", LOOP)
    editor.close("template.yaml")
    await editor.until(lambda: not editor.now("template.yaml"))


async def test_a_document_without_a_file(editor: Editor) -> None:
    await editor.start()
    for uri in ("untitled:Untitled-1", "file://", "git:/a/template.yaml?{}", "file:///a%00b.yaml", "%%"):
        document = types.TextDocumentItem(uri, "yaml", 1, LOOP)
        editor.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    (found,) = await editor.open("not/there/yet.yaml", LOOP)
    assert found.code == "sqs-loop"


async def test_wrong_settings_of_the_server_are_told(editor: Editor) -> None:
    await editor.start(scan="yes", debounce=True)
    assert await editor.open("template.yaml", LOOP)
    assert sorted(one.message for one in editor.client.messages) == [
        "recursion-lint: the setting debounce of the server must be milliseconds up to 10,000",
        "recursion-lint: the setting scan of the server must be true or false",
    ]
