"""The handlers of functions on loops, each found, read and interpreted once a run.

A function is read when a verdict on it is asked for, so that a run without a loop opens no file and loads no parser.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.model.facts import Endpoint, Facts, HandlerSource
from recursion_lint.model.findings import Span
from recursion_lint.model.text import Symbol, Text, text
from recursion_lint.template.yaml import files

if TYPE_CHECKING:
    from recursion_lint.code.by_name.names_only import NamesRead, NamesTold
    from recursion_lint.code.calls import Interpreted
    from recursion_lint.code.location.function_source import Located, NotLocated
    from recursion_lint.code.location.source_files import SourceTree

ReadText = Callable[[str], str]
"""The text of a file; raises ``SourceError``."""


class FunctionCode(NamedTuple):
    """What was read of one function. ``reason`` says why nothing was.

    ``calls`` is ``None`` in a language that is read by names alone. ``placeholders`` are words of inline code that
    stand for values of the template. ``whole``: it has no layer but those that were there to be read.
    """

    source: HandlerSource | None
    located: Located | None = None
    calls: Interpreted | None = None
    names: NamesRead | NamesTold | None = None
    placeholders: Mapping[str, Text] = {}
    reason: str = ""
    whole: bool = True

    @property
    def exact(self) -> bool:
        """Is it surely the code that runs?"""
        return self.located is not None and self.located.sure == "exact"


class ToldCode:
    """The code of functions that was read elsewhere: what facts of repositories tell of it, template by template.

    ``is_hub`` tells the channels that start too many consumers to see them all here.
    """

    def __init__(
        self,
        told: Mapping[Endpoint, Mapping[str, FunctionCode]],
        is_hub: Callable[[Endpoint], bool] = lambda channel: False,
    ) -> None:
        self._told = told
        self.is_hub = is_hub
        self._files: frozenset[str] | None = None

    def among(self, facts: Iterable[Facts]) -> ToldCode:
        """The same for a graph of these facts alone."""
        found = ToldCode(self._told, self.is_hub)
        found._files = frozenset(one.file for one in facts)
        return found

    def of(self, function: Endpoint) -> FunctionCode:
        """The code of a function. Never raises."""
        files = self._files
        told = [code for file, code in self._told.get(function, {}).items() if files is None or file in files]
        if not told:
            return FunctionCode(None, reason="nothing is told of its code")
        found = [code for code in told if code.located is not None]
        if len({(code.located.file, code.located.function) for code in found if code.located}) > 1:
            return FunctionCode(None, reason=OTHER_CODE)
        return next((code for code in found if code.exact), found[0] if found else told[0])


OTHER_CODE = "several templates say different things of its code"


class HandlerCode:
    """Reads the code of functions as the facts of a run tell where it is.

    What was read ``before`` is not read again where the facts say the same of it: remedies are verified by judging
    edited templates over and over.
    """

    def __init__(
        self, facts: Iterable[Facts], read_text: ReadText, before: HandlerCode | None = None
    ) -> None:
        found = tuple(facts)
        self._sources: dict[Endpoint, list[HandlerSource]] = {}
        for one in found:
            for source in one.sources:
                self._sources.setdefault(source.function, []).append(source)
        self._named: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for one in found:
            for source in one.sources:
                if source.kind == "inline":
                    continue
                places = self._named.setdefault(_handler(source), set())
                # Images that have no name may be as many as the functions.
                places.add((source.kind, source.where or (source.id if source.kind == "image" else "")))
        self._by_handler: dict[tuple[str, str], list[HandlerSource]] = {}
        for one in found:
            for source in one.sources:
                self._by_handler.setdefault((source.id, source.handler), []).append(source)
        self._layers = {layer.layer: layer for one in found for layer in one.layers}
        self._read_text = read_text
        self._read: dict[Endpoint, FunctionCode] = {}
        self._alike: dict[object, FunctionCode] = before._alike if before is not None else {}
        self._trees: dict[str, SourceTree] = before._trees if before is not None else {}

    def of(self, function: Endpoint) -> FunctionCode:
        """The code of a function. Never raises."""
        known = self._read.get(function)
        if known is None:
            known = self._read[function] = self._once(self._sources.get(function, ()))
        return known

    def told_by(self, function: Endpoint, file: str) -> FunctionCode:
        """The code of a function as one template tells of it. Never raises."""
        return self._once([one for one in self._sources.get(function, ()) if one.file == file])

    def _once(self, sources: Sequence[HandlerSource]) -> FunctionCode:
        """The code of a function whose template may have been edited above it: then only the lines are others."""
        told = tuple(
            (
                _place(source),
                self._distinct(source),
                self._layer_folders(source),
                self._before_packaging(source),
            )
            for source in sources
        )
        if told not in self._alike:
            self._alike[told] = self._of(sources)
        found = self._alike[told]
        here = (one for one in sources if found.source and _place(one) == _place(found.source))
        return found._replace(source=next(here, None))

    def _of(self, sources: Sequence[HandlerSource]) -> FunctionCode:
        """Templates may say the same function's code to be in a folder and, packaged, in S3: one file it must be.

        What one template says must be found whatever its conditions are.
        """
        if not sources:
            return FunctionCode(None, reason="the function is in no template of this run")
        from recursion_lint.code.location.function_source import Located

        tried = [(source, *self._located(source)) for source in sources]
        found = [(one, there, values) for one, there, values in tried if isinstance(there, Located)]
        if not found:
            reason = next(there.reason for _, there, _ in tried if not isinstance(there, Located))
            return FunctionCode(sources[0], reason=reason)
        told = {(one.file, one.id) for one, _, _ in found}
        lost = [
            one for one, there, _ in tried if not isinstance(there, Located) and (one.file, one.id) in told
        ]
        if lost:
            return FunctionCode(sources[0], reason="under some conditions its code is not found")
        if len({(one.file, one.function) for _, one, _ in found}) > 1:
            return FunctionCode(sources[0], reason=OTHER_CODE)
        source, located, values = min(found, key=lambda one: one[1].sure)
        return self._read_from(source, located, values)

    def _before_packaging(self, source: HandlerSource) -> tuple[HandlerSource, ...]:
        """What other templates of the repository say of the code that a command put into S3 by its hash: they have the
        same resource with the same handler.

        https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
        """
        if source.kind != "elsewhere" or not _HASH.fullmatch(source.where):
            return ()
        root = files.code_root(source.file)
        alike = self._by_handler.get((source.id, source.handler), ())
        return tuple(
            _place(one)
            for one in alike
            if one.kind == "local"
            and one.runtime[:4] == source.runtime[:4]
            and files.code_root(one.file) == root
        )

    def _located(self, source: HandlerSource) -> tuple[Located | NotLocated, Mapping[str, Text]]:
        from recursion_lint.code.location import function_source
        from recursion_lint.code.location.handlers import locate

        if source.kind != "inline" and not os.path.isfile(source.file):
            return function_source.NotLocated("the template is no file, so nothing lies beside it"), {}
        inline, placeholders = _plain_code(source.inline)
        asked = function_source.FunctionSource(
            file=source.file,
            id=source.id,
            runtime=source.runtime,
            handler=source.handler,
            kind=source.kind,
            where=inline if source.kind == "inline" else source.where,
            build=source.build,
            entry_points=source.entry_points,
            binary=source.binary,
            dockerfile=source.dockerfile,
            command=source.command,
            layers=self._layer_folders(source),
            distinct=self._distinct(source),
        )
        there = locate(asked, self._tree(source.file))
        before = self._before_packaging(source) if isinstance(there, function_source.NotLocated) else ()
        packaged = function_source.packaged_from([self._located(one)[0] for one in before])
        return packaged or there, placeholders

    def _distinct(self, source: HandlerSource) -> bool:
        """Is there no other code in the run with a handler of this name?"""
        return len(self._named.get(_handler(source), ())) < 2

    def _read_from(
        self, source: HandlerSource, located: Located, placeholders: Mapping[str, Text]
    ) -> FunctionCode:
        """Both readers' word, each with an allowance of its own."""
        from recursion_lint.code.by_name.names_only import names_read
        from recursion_lint.code.location.handlers import files_for

        tree = self._tree(source.file)
        names = names_read(located, files_for(located, tree))
        entry = located.entry()
        calls = None
        if entry is not None:
            from recursion_lint.code.interpreter import interpret

            try:
                calls = interpret(files_for(located, tree), entry)
            except RecursionError:
                return FunctionCode(source, reason="its code nests too deep")
        whole = all(layer in self._layers for layer in source.layers)
        return FunctionCode(source, located, calls, names, placeholders, whole=whole)

    def _tree(self, template: str) -> SourceTree:
        from recursion_lint.code.location import source_files

        def opened(path: str) -> str:
            try:
                return self._read_text(path)
            except files.SourceError as problem:
                raise source_files.Unreadable(problem.message) from None

        def unpacked(path: str, most: int) -> bytes:
            try:
                return files.read_plain_file(path, most)
            except files.SourceError as problem:
                raise source_files.Unreadable(problem.message.removeprefix(f"{path} ")) from None

        root = files.code_root(template)
        if root not in self._trees:
            self._trees[root] = source_files.SourceTree(root, opened, unpacked)
        return self._trees[root]

    def _layer_folders(self, source: HandlerSource) -> tuple[str, ...]:
        """The content of its layers, also of those that a sibling template declares, as seen from its own folder."""
        home = os.path.dirname(source.file)
        found = (self._layers[layer] for layer in source.layers if layer in self._layers)
        paths = (os.path.join(os.path.dirname(layer.file), layer.where) for layer in found)
        return tuple(os.path.relpath(path, home or ".") for path in paths)


def _handler(source: HandlerSource) -> tuple[str, str]:
    """What others may have too: the handler that the template or, of an image, its command names."""
    return source.runtime[:6], source.handler or source.command


_HASH = re.compile(r"[0-9a-f]{32,64}(?:\.zip)?|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What ``package`` and the Serverless Application Repository call what they upload."""
_NOWHERE = Span("", 0, 0, 0, 0)


def _place(source: HandlerSource) -> HandlerSource:
    return source._replace(code=_NOWHERE)


def _plain_code(inline: Text) -> tuple[str, dict[str, Text]]:
    """Inline code with words in place of the values that the template puts in, and these values by word."""
    whole = "".join(part for part in inline if isinstance(part, str))
    mark = "TemplateValue"
    while mark in whole:
        mark += "_"
    values: dict[str, Text] = {}
    parts: list[str] = []
    for part in inline:
        if isinstance(part, Symbol):
            word = f"{mark}{len(values)}x"
            values[word] = (part,)
            parts.append(word)
        else:
            parts.append(part)
    return "".join(parts), values


def with_values(word: str, placeholders: Mapping[str, Text]) -> Text:
    """A text of the code with the template's values in their places."""
    if not any(mark in word for mark in placeholders):
        return (word,) if word else ()
    pieces = re.split("(" + "|".join(map(re.escape, placeholders)) + ")", word)

    return text(part for piece in pieces for part in placeholders.get(piece, (piece,)))
