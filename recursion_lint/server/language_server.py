"""The server: what an editor tells it, and what it answers. Standard output belongs to the protocol.

https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from recursion_lint.run.discovery import shortest
from recursion_lint.server.actions import FIX_ALL, KINDS, wanted
from recursion_lint.server.documents import Document, path_of
from recursion_lint.server.hover import hover
from recursion_lint.server.linting import Linting, Shows
from recursion_lint.server.options import Options
from recursion_lint.server.view import Client
from recursion_lint.server.worker import Worker
from recursion_lint.version import __version__

_Answer = TypeVar("_Answer")

NAME = "recursion-lint"
WATCHED = "**/*.{yaml,yml,json,template,toml,py,js,mjs,cjs,ts,mts,cts,java,go,cs,rb}"
"""Templates, settings and code: a change of them on disk may change what an open document comes to."""


class Server(LanguageServer):
    """One editor's server: its documents, and the thread that lints them."""

    def __init__(self) -> None:
        super().__init__(NAME, __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.options = Options()
        self.linting = Linting(self._show, self._tell)
        self.worker = Worker(self._check)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._published: dict[str, list[types.Diagnostic]] = {}

    def started(self, params: types.InitializeParams) -> None:
        """Take up what an editor says of itself."""
        self._loop = asyncio.get_running_loop()
        self.linting.client = _client(params.capabilities, self.workspace.position_encoding)
        self.configure(params.initialization_options)
        self.take_folders()
        self.worker.begin()

    def configure(self, given: object) -> None:
        """Take up the settings of an editor for the server. What cannot be used is told and left as it was."""
        self.options, complaints = self.options.updated(given)
        for complaint in complaints:
            self._tell(complaint)
        self.worker.wait = self.options.debounce
        self.linting.scan = self.options.scan

    def take_folders(self) -> None:
        """The folders of the workspace are those that the editor names."""
        uris = [*self.workspace.folders] or ([self.workspace.root_uri] if self.workspace.root_uri else [])
        folders = (path_of(uri) for uri in uris)
        self.linting.folders = tuple(folder for folder in folders if folder and os.path.isdir(folder))

    def take(self, uri: str) -> None:
        """An open document has been opened or changed."""
        document = self.workspace.get_text_document(uri)
        self.linting.put(Document(uri, path_of(uri), document.source, document.version))
        self.worker.changed()

    async def asked(self, job: Callable[[], _Answer]) -> _Answer:
        """What a job gives, done by the thread that lints, once it has linted what is open now."""
        return await asyncio.wrap_future(self.worker.ask(job))

    def _check(self) -> None:
        self.linting.check(lambda: self.worker.superseded)

    def _show(self, shows: Shows) -> None:
        """Hand over to the thread of the protocol: only it writes."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._publish, shows)

    def _publish(self, shows: Shows) -> None:
        """Publish what is new: what has changed, what is of a text that has changed, and what is no more."""
        for uri in [*shows.diagnostics, *(uri for uri in self._published if uri not in shows.diagnostics)]:
            found = shows.diagnostics.get(uri, [])
            if uri in shows.changed or found != self._published.get(uri, []):
                version = shows.versions.get(uri)
                self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))
        for uri in shows.changed - shows.diagnostics.keys() - self._published.keys():
            version = shows.versions.get(uri)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, [], version))
        self._published = dict(shows.diagnostics)

    def _tell(self, message: str) -> None:
        """Show a message to whoever edits."""
        params = types.ShowMessageParams(types.MessageType.Error, f"recursion-lint: {message}")
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.window_show_message, params)


def _client(told: types.ClientCapabilities, encoding: object) -> Client:
    document, workspace = told.text_document, told.workspace
    published = document.publish_diagnostics if document else None
    pointed = document.hover if document else None
    edits = workspace.workspace_edit if workspace else None
    kinds = (pointed.content_format if pointed else None) or [types.MarkupKind.Markdown]
    return Client(
        encoding=str(getattr(encoding, "value", encoding) or "utf-16"),
        related=bool(published and published.related_information),
        versions=bool(edits and edits.document_changes),
        markdown=types.MarkupKind.Markdown in kinds,
    )


def server() -> Server:
    """A server with all that it can do."""
    made = Server()
    _add_documents(made)
    _add_workspace(made)
    _add_answers(made)
    return made


def _add_documents(made: Server) -> None:
    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(server: Server, params: types.DidOpenTextDocumentParams) -> None:
        server.linting.forget()
        server.take(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(server: Server, params: types.DidChangeTextDocumentParams) -> None:
        server.take(params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(server: Server, params: types.DidSaveTextDocumentParams) -> None:
        server.linting.forget()
        server.worker.changed()

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(server: Server, params: types.DidCloseTextDocumentParams) -> None:
        server.linting.remove(params.text_document.uri)
        server.worker.changed()


def _add_workspace(made: Server) -> None:
    @made.feature(types.INITIALIZE)
    def initialize(server: Server, params: types.InitializeParams) -> None:
        server.started(params)

    @made.feature(types.INITIALIZED)
    async def initialized(server: Server, params: types.InitializedParams) -> None:
        if server.options.scan:
            server.worker.changed()
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching and watching.dynamic_registration:
            options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(WATCHED)])
            files = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await server.client_register_capability_async(types.RegistrationParams([files]))

    @made.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def on_disk(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
        server.linting.forget()
        server.worker.changed()

    @made.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configured(server: Server, params: types.DidChangeConfigurationParams) -> None:
        given = params.settings
        server.configure(given.get(NAME, given) if isinstance(given, Mapping) else given)
        server.linting.forget()
        server.worker.changed()

    @made.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(server: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
        server.take_folders()
        server.linting.forget()
        server.worker.changed()

    @made.feature(types.SHUTDOWN)
    def shutdown(server: Server, *params: Any) -> None:
        server.worker.stop()


def _add_answers(made: Server) -> None:
    @made.feature(types.TEXT_DOCUMENT_HOVER)
    def pointed(server: Server, params: types.HoverParams) -> types.Hover | None:
        view = server.linting.view_of(params.text_document.uri)
        return hover(view, params.text_document.uri, params.position) if view is not None else None

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=list(KINDS)))
    async def actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, only = params.text_document.uri, params.context.only

        def job() -> list[types.CodeAction]:
            found: list[types.CodeAction] = []
            advice = server.linting.advice_on(uri)
            if advice is None:
                return found
            if wanted(types.CodeActionKind.QuickFix, only):
                found += advice.quick_fixes(uri, params.range)
            if wanted(FIX_ALL, only):
                found += advice.fix_all(uri, shortest(path_of(uri)))
            return found

        return await server.asked(job)


def serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Serve one editor until it says that it is done, or goes."""
    made = server()
    try:
        made.start_io(stdin, stdout)
    finally:
        made.worker.stop()
