"""Paths → the facts of every template, with what could not be read set apart."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.config import Config
from recursion_lint.model.facts import Facts
from recursion_lint.model.findings import Note, Problem, Span
from recursion_lint.model.path_conditions import Alternatives
from recursion_lint.model.text import Text
from recursion_lint.run.discovery import Candidate, candidates
from recursion_lint.services.naming import endpoint_of
from recursion_lint.template.template import looks_like_template
from recursion_lint.template.yaml.files import Beside, SourceError, read_text
from recursion_lint.template.yaml.nodes import parse

if TYPE_CHECKING:
    from recursion_lint.graph.cross_stack import Imported

STDIN = "<stdin>"
MAX_IMPORT_CHAIN = 3
NO_TEMPLATE = "is not a CloudFormation or SAM template: it has no Resources"


class Intake(NamedTuple):
    """The facts of each root template with those of its nested stacks, by the root's path."""

    facts: Mapping[str, tuple[Facts, ...]]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...]

    def all_facts(self) -> list[Facts]:
        """The facts of all stacks; a template that is nested in another of this run counts there only."""
        nested = {found.file for root, group in self.facts.items() for found in group if found.file != root}
        return [found for root, group in self.facts.items() if root not in nested for found in group]


class _Outcome(NamedTuple):
    path: str
    facts: tuple[Facts, ...] = ()
    problem: Problem | None = None
    note: Note | None = None


def collect(
    paths: Sequence[str],
    config: Config,
    texts: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
) -> Intake:
    """Read the templates at ``paths``, with ``texts`` in place of files; ``-`` is the text of ``STDIN``.

    Nothing is raised for bad input. ``progress`` is called after each file with the number of files read so far and
    in all.
    """
    chosen = list(candidates([path for path in paths if path != "-"], config.exclude, config.root))
    if "-" in paths:
        chosen.append(Candidate(STDIN, True))
    outcomes: list[_Outcome] = []
    for outcome in _outcomes(chosen, config, texts):
        outcomes.append(outcome)
        if progress is not None:
            progress(len(outcomes), len(chosen))
    facts = {outcome.path: outcome.facts for outcome in outcomes if outcome.facts}
    return Intake(
        _with_imports(facts, config, texts),
        tuple(outcome.problem for outcome in outcomes if outcome.problem is not None),
        tuple(outcome.note for outcome in outcomes if outcome.note is not None),
    )


WORTH_A_PROCESS = 400
"""So many files keep a process busy for longer than it takes to start; below that, one process reads them all."""


def _outcomes(chosen: Sequence[Candidate], config: Config, texts: Mapping[str, str]) -> Iterator[_Outcome]:
    """What reading each file comes to, in order; large runs are read by several processes."""
    processes = min(config.jobs or os.cpu_count() or 1, len(chosen) // WORTH_A_PROCESS)
    read = partial(_read_candidate, config=config, texts=texts)
    if processes < 2:
        yield from map(read, chosen)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(read, chosen, chunksize=50)


def _read_candidate(candidate: Candidate, config: Config, texts: Mapping[str, str]) -> _Outcome:
    return _read(candidate.path, candidate.named and not config.only_templates, config, texts)


def _with_imports(
    facts: dict[str, tuple[Facts, ...]], config: Config, texts: Mapping[str, str]
) -> dict[str, tuple[Facts, ...]]:
    """``facts`` in which imports that another template of the run exports are known: those templates are read again."""
    stacks = [one for group in facts.values() for one in group]
    if not any(one.exports for one in stacks) or not any(one.imports for one in stacks):
        return facts
    from recursion_lint.graph.cross_stack import Exports

    for _ in range(MAX_IMPORT_CHAIN):
        exports = Exports(facts)
        known = {root: exports.imported(group) for root, group in facts.items()}
        importing = {root: imports for root, imports in known.items() if imports.values}
        if not importing:
            return facts
        again = {root: reread(root, config, texts, imports) for root, imports in importing.items()}
        facts = {**facts, **again}
        if Exports(facts).values == exports.values:
            return facts
    return facts


def reread(root: str, config: Config, texts: Mapping[str, str], imports: "Imported") -> tuple[Facts, ...]:
    """The facts of a root template and its nested stacks, with ``texts`` in place of files. Raises ``SourceError``."""
    found = _facts(root, _text(root, texts), config, texts, imports=imports.values)
    if not imports.guessed:
        return found
    guessed = {value: name for name in imports.guessed for value, _ in imports.values[name]}
    names = {endpoint_of(value, "").name: name for value, name in guessed.items()}
    return tuple(one._replace(guessed={**guessed, **names}) for one in found)


def _read(path: str, named: bool, config: Config, texts: Mapping[str, str]) -> _Outcome:
    try:
        content = _text(path, texts)
        if not looks_like_template(content):
            if named:
                parse(content, path)
                raise SourceError(NO_TEMPLATE, 1)
            return _Outcome(path)
        return _Outcome(path, _facts(path, content, config, texts, required=named))
    except SourceError as problem:
        if named:
            return _Outcome(path, problem=Problem(path, problem.line, problem.message))
        line = max(problem.line, 1)
        return _Outcome(path, note=Note(Span(path, line, 1, line, 1), f"not read: {problem.message}"))


def _text(path: str, texts: Mapping[str, str]) -> str:
    return texts[path] if path in texts else read_text(path)


def _facts(
    path: str,
    content: str,
    config: Config,
    texts: Mapping[str, str],
    required: bool = True,
    imports: Mapping[Text, Alternatives] = {},
) -> tuple[Facts, ...]:
    """The facts of a template's text; ``()`` for what is no template and need not be one. Raises ``SourceError``."""
    # Edited texts are not those of the next run.
    if config.cache_dir and not texts:
        facts = _kept(config.cache_dir, path, content, config.parameters, imports)
    else:
        from recursion_lint.run.extract import facts_of

        facts = facts_of(path, content, config.parameters, imports, Beside(texts))
    if required and not facts:
        raise SourceError(NO_TEMPLATE, 1)
    return facts


def _kept(
    folder: str, path: str, content: str, parameters: Mapping[str, str], imports: Mapping[Text, Alternatives]
) -> tuple[Facts, ...]:
    """The facts of a text as the cache in ``folder`` knows them, or else read and kept. Raises ``SourceError``."""
    from recursion_lint.run.cache import Subject, keep, recalled

    subject = Subject(path, content, parameters, imports)
    facts = recalled(folder, subject)
    if facts is None:
        from recursion_lint.run.extract import facts_of

        beside = Beside()
        facts = facts_of(path, content, parameters, imports, beside)
        keep(folder, subject, beside, facts)
    return facts
