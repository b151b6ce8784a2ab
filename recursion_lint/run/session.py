"""Open documents, linted over and over as they are typed: with their neighbours on disk, and with what was known."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from recursion_lint.config import Config, load
from recursion_lint.model.findings import Finding, Remedy
from recursion_lint.model.report import Problem
from recursion_lint.run.collect import NO_TEMPLATE
from recursion_lint.run.discovery import Search, passed_over
from recursion_lint.run.lint import Found, found_in, settled
from recursion_lint.run.memory import Memory
from recursion_lint.template.template import claims_to_be_template, looks_like_template
from recursion_lint.template.yaml.files import MAX_BYTES, SourceError
from recursion_lint.template.yaml.nodes import parse

MOST_SECONDS = 20.0
"""After that no further file is read and no further remedy verified, where the settings say nothing else."""
SETTINGS_SECONDS = 2.0
"""Settings are read anew after so long: nobody may tell that their file has changed."""


class Checked(NamedTuple):
    """What one run came to. ``found`` is the run, of the settings ``config``.

    ``problems`` are files that cannot be read. For those of them that could be before, ``texts`` has the text that
    they had then, which their findings are of; of the other documents it has the text as it is.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    texts: Mapping[str, str]
    found: Found


class Session:
    """Lints the documents that are open in one folder, which must be the current one whenever it is asked.

    Paths are those that a run in that folder would name.
    """

    def __init__(self) -> None:
        self._memory = Memory()
        self._readable: dict[str, str] = {}
        self._left_out: dict[str, bool] = {}
        self._config: Config | None = None
        self._config_read = 0.0

    def forget(self) -> None:
        """Something else than an open document may have changed: settings, ignored files, code."""
        self._memory.forget()
        self._left_out.clear()
        self._config = None

    def check(
        self,
        opened: Mapping[str, str],
        scan: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> Checked:
        """Lint the ``opened`` documents, texts by path, with what each of them names, as one system.

        With ``scan`` everything below the folder too. Documents that are no templates stand for their files, which may
        be code. What ``progress`` raises ends the run. Raises ``ConfigError``.
        """
        config = self._settings()
        texts, problems = self._read(opened, config)
        templates = [
            path
            for path, text in texts.items()
            if (looks_like_template(text) or claims_to_be_template(text)) and not self._is_out(path, config)
        ]
        paths = [*templates, "."] if scan else templates
        found = self._run(paths, config, texts, progress)
        told = {problem.file for problem in problems}
        more = tuple(problem for problem in found.intake.problems if problem.file not in told)
        return Checked(found.accepted.findings, (*problems, *more), texts, found)

    def _run(
        self,
        paths: Sequence[str],
        config: Config,
        texts: Mapping[str, str],
        progress: Callable[[int, int], None] | None = None,
    ) -> Found:
        self._memory.begin(texts)
        found = found_in(paths, config, None, texts, progress, self._memory)
        self._memory.end()
        return found

    def advised(self, checked: Checked, finding: Finding) -> tuple[Remedy, ...]:
        """The remedies of a finding, those with edits verified: by linting again, which takes long."""
        from collections import Counter

        (advised,), _ = checked.found.adviser(Counter()).report([finding])
        return advised.remedies

    def fixed(self, checked: Checked, file: str) -> Mapping[str, str]:
        """The texts of files once all safe remedies of the findings in ``file`` are applied."""
        found = checked.found._replace(config=checked.found.config._replace(unsafe_fixes=False))
        paths = list(found.intake.facts)

        def again(edited: Mapping[str, str]) -> Found:
            return found_in(paths, found.config, None, {**checked.texts, **edited})

        return settled(found, again, lambda finding: finding.span.file == file).texts

    def _settings(self) -> Config:
        """The settings of the folder, for documents that nobody named as templates. Raises ``ConfigError``."""
        now = time.monotonic()
        if self._config is None or now - self._config_read > SETTINGS_SECONDS:
            found = load()
            if self._config is not None and found != self._config:
                self.forget()
            self._config, self._config_read = found, now
        return self._config._replace(
            only_templates=True, jobs=1, timeout=self._config.timeout or MOST_SECONDS, cache_dir=""
        )

    def _is_out(self, path: str, config: Config) -> bool:
        """Is a document left out as a walk would leave out its file?"""
        if path not in self._left_out:
            search = Search(config.exclude, config.root, True, config.respect_gitignore)
            self._left_out[path] = passed_over(path, search)
        return self._left_out[path]

    def _read(self, opened: Mapping[str, str], config: Config) -> tuple[dict[str, str], tuple[Problem, ...]]:
        """The documents, each as it was when it could last be read, and what is wrong with those that cannot be now."""
        self._readable = {path: text for path, text in self._readable.items() if path in opened}
        texts: dict[str, str] = {}
        problems: list[Problem] = []
        for path, text in opened.items():
            known = self._readable.get(path)
            if (
                text == known
                or (known is None and not looks_like_template(text))
                or self._is_out(path, config)
            ):
                texts[path] = text
                continue
            try:
                _readable(path, text)
                self._readable[path] = texts[path] = text
            except SourceError as problem:
                if known is not None or claims_to_be_template(text):
                    problems.append(Problem(path, problem.line, problem.message))
                if known is not None:
                    texts[path] = known
        return texts, tuple(problems)


def _readable(path: str, text: str) -> None:
    """Raises ``SourceError`` for a text that is no YAML or JSON, or holds no resources any more."""
    if len(text) > MAX_BYTES:
        raise SourceError(f"{len(text):,} letters: files over {MAX_BYTES:,} bytes are not read")
    root = parse(text, path)
    resources = root.get("Resources")
    if claims_to_be_template(text) and (resources is None or resources.kind != "map"):
        raise SourceError(NO_TEMPLATE, 1)
