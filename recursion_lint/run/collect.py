"""Paths → the facts of every template, with what could not be read set apart."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from recursion_lint.config import Config
from recursion_lint.model.facts import Facts
from recursion_lint.model.path_conditions import Alternatives
from recursion_lint.model.report import Problem
from recursion_lint.model.spans import Note, Span
from recursion_lint.model.text import Text
from recursion_lint.run.deployments import parameters_of
from recursion_lint.run.discovery import Candidate, Search, candidates, passed_over, shortest
from recursion_lint.services.naming import endpoint_of
from recursion_lint.template.template import claims_to_be_template, is_headless, looks_like_template
from recursion_lint.template.yaml.files import Beside, Ground, SourceError, glimpse, read_text
from recursion_lint.template.yaml.nodes import parse

if TYPE_CHECKING:
    from recursion_lint.graph.cross_stack import Imported
    from recursion_lint.run.memory import Memory

STDIN = "<stdin>"
MAX_IMPORT_CHAIN = 3
LEADS_OUT = "not read: it is a link out of the folders of this run; name it to have it read"
NO_TEMPLATE = "is not a CloudFormation or SAM template: it has no Resources"


class Intake(NamedTuple):
    """The facts of each root template with those of its nested stacks, by the root's path.

    ``unread`` are the files that the time was over for.
    """

    facts: Mapping[str, tuple[Facts, ...]]
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...]
    unread: tuple[str, ...] = ()
    ground: Ground = Ground()

    def all_facts(self) -> list[Facts]:
        """The facts of all stacks; a template that is nested in another of this run counts there only."""
        nested = {found.file for root, group in self.facts.items() for found in group if found.file != root}
        return [found for root, group in self.facts.items() if root not in nested for found in group]


class _Outcome(NamedTuple):
    path: str
    facts: tuple[Facts, ...] = ()
    problem: Problem | None = None
    note: Note | None = None


class _Reading(NamedTuple):
    """What the files of a run are read with: its settings, ``texts`` in place of some files, what it was given.

    ``memory`` is what the runs before it have read, where there is to be one.
    """

    config: Config
    texts: Mapping[str, str]
    ground: Ground
    memory: "Memory | None" = None

    def text(self, path: str) -> str:
        """The text of a file. Raises ``SourceError``."""
        if path in self.texts:
            return self.texts[path]
        return read_text(path) if self.memory is None else self.memory.text(path)


def collect(
    paths: Sequence[str],
    config: Config,
    texts: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
    memory: "Memory | None" = None,
) -> Intake:
    """Read the templates at ``paths``, with ``texts`` in place of files; ``-`` is the text at ``file_of_stdin``.

    Nothing is raised for bad input. ``progress`` is called after each file with the number of files read so far and
    in all. What ``memory`` knows is not read again.
    """
    choose = partial(chosen_files, paths, config)
    found = choose() if memory is None else memory.chosen(paths, choose)
    chosen = [candidate for candidate in found if not candidate.outside]
    reading = _Reading(config, texts, _ground(paths, chosen), memory)
    outcomes: list[_Outcome] = []
    until = time.perf_counter() + config.timeout if config.timeout else None
    for outcome in _outcomes(chosen, reading):
        outcomes.append(outcome)
        if until is not None and time.perf_counter() > until:
            break
        if progress is not None:
            progress(len(outcomes), len(chosen))
    facts = {outcome.path: outcome.facts for outcome in outcomes if outcome.facts}
    facts, reading = _with_fragments(facts, [one.path for one in chosen], reading)
    return Intake(
        _with_imports(facts, reading),
        tuple(outcome.problem for outcome in outcomes if outcome.problem is not None),
        (
            *(outcome.note for outcome in outcomes if outcome.note is not None),
            *(Note(Span(path, 1, 1, 1, 1), LEADS_OUT) for path, _, outside in found if outside),
        ),
        tuple(candidate.path for candidate in chosen[len(outcomes) :]),
        reading.ground,
    )


def chosen_files(paths: Sequence[str], config: Config) -> list[Candidate]:
    """The files that a run looks at, the text of standard input last; and the links that it does not follow."""
    search = Search(config.exclude, config.root, config.force_exclude, config.respect_gitignore)
    chosen = list(candidates([path for path in paths if path != "-"], search))
    if "-" not in paths:
        return chosen
    file = file_of_stdin(config)
    others = [one for one in chosen if one.path != file]
    # A name that is given for the text decides as that of a file which is found: an editor sends whatever is open.
    left_out = file != STDIN and passed_over(file, search)
    return chosen if left_out else [*others, Candidate(file, True)]


def file_of_stdin(config: Config) -> str:
    """What the text of standard input is told at."""
    return shortest(config.stdin_filename) if config.stdin_filename else STDIN


def template_files(paths: Sequence[str], config: Config) -> tuple[list[str], list[str]]:
    """The files at ``paths`` that are taken for templates: those that were named, and those that look like one.

    With them what is to be said of links that are not followed.
    """
    found, told = [], []
    for path, named, outside in chosen_files(paths, config):
        if outside:
            told.append(f"{path}: {LEADS_OUT}")
            continue
        with suppress(SourceError):
            if (named and not config.only_templates) or looks_like_template(read_text(path)):
                found.append(path)
    return found, told


def _ground(paths: Sequence[str], chosen: Sequence[Candidate]) -> Ground:
    files: dict[str, list[str]] = {}
    for path, *_ in chosen:
        files.setdefault(os.path.basename(path), []).append(path)
    folders = tuple(path for path in paths if os.path.isdir(path))
    return Ground(folders, {name: tuple(sorted(found)) for name, found in files.items()})


WORTH_A_PROCESS = 400
"""So many files keep a process busy for longer than it takes to start; below that, one process reads them all."""


def _outcomes(chosen: Sequence[Candidate], reading: _Reading) -> Iterator[_Outcome]:
    """What reading each file comes to, in order; large runs are read by several processes."""
    processes = min(reading.config.jobs or os.cpu_count() or 1, len(chosen) // WORTH_A_PROCESS)
    processes = processes if hasattr(os, "fork") else 1
    read = partial(_read_candidate, reading=reading)
    if processes < 2:
        yield from map(read, chosen)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A process that is started rather than forked would import from the current folder, which is a stranger's.
    pool = ProcessPoolExecutor(processes, get_context("fork"))
    try:
        yield from pool.map(read, chosen, chunksize=50)
    finally:  # whoever asks for no more does not wait for what was begun
        pool.shutdown(wait=False, cancel_futures=True)


def _with_fragments(
    facts: dict[str, tuple[Facts, ...]], files: Sequence[str], reading: _Reading
) -> tuple[dict[str, tuple[Facts, ...]], _Reading]:
    """``facts`` in which the fragments of one template are that template, by the path of the first of them."""
    headless = [root for root, group in facts.items() if group[0].headless]
    if len(headless) < 2:
        return facts, reading
    from recursion_lint.run.fragments import by_folder, merged_files

    nested = {one.file for root, group in facts.items() for one in group if one.file != root}
    found: dict[str, tuple[str, ...]] = {}
    for own, others in by_folder([path for path in headless if path not in nested], files).values():
        for group in merged_files(own, others, reading.text):
            found[group[0]] = group
    reading = reading._replace(ground=reading.ground._replace(merged=found))
    for lead, group in found.items():
        try:
            together = _facts(lead, reading.text(lead), reading)
        except SourceError:
            continue
        facts = {root: one for root, one in facts.items() if root not in group} | {lead: together}
    return facts, reading


def _read_candidate(candidate: Candidate, reading: _Reading) -> _Outcome:
    return _read(candidate.path, candidate.named, reading)


def _with_imports(facts: dict[str, tuple[Facts, ...]], reading: _Reading) -> dict[str, tuple[Facts, ...]]:
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
        again = {root: _again(root, reading, imports) for root, imports in importing.items()}
        facts = {**facts, **again}
        if Exports(facts).values == exports.values:
            return facts
    return facts


def reread(
    root: str, config: Config, texts: Mapping[str, str], ground: Ground, imports: "Imported"
) -> tuple[Facts, ...]:
    """The facts of a root template and its nested stacks, with ``texts`` in place of files. Raises ``SourceError``."""
    return _again(root, _Reading(config, texts, ground), imports)


def _again(root: str, reading: _Reading, imports: "Imported") -> tuple[Facts, ...]:
    found = _facts(root, reading.text(root), reading, imports=imports.values)
    if not imports.guessed:
        return found
    guessed = {value: name for name in imports.guessed for value, _ in imports.values[name]}
    names = {endpoint_of(value, "").name: name for value, name in guessed.items()}
    return tuple(one._replace(guessed={**guessed, **names}) for one in found)


def _read(path: str, named: bool, reading: _Reading) -> _Outcome:
    """What one file comes to. With ``only_templates`` a named file need not be a template, but must say so."""
    required = named and not reading.config.only_templates
    content = ""
    try:
        content = reading.text(path)
        if not looks_like_template(content):
            if required or claims_to_be_template(content):
                parse(content, path)
            if required:
                raise SourceError(NO_TEMPLATE, 1)
            return _Outcome(path)
        return _Outcome(path, _facts(path, content, reading, required=required))
    except SourceError as problem:
        if required or claims_to_be_template(content or glimpse(path)):
            return _Outcome(path, problem=Problem(path, problem.line, problem.message, named))
        line = max(problem.line, 1)
        return _Outcome(path, note=Note(Span(path, line, 1, line, 1), f"not read: {problem.message}"))


def _facts(
    path: str,
    content: str,
    reading: _Reading,
    required: bool = True,
    imports: Mapping[Text, Alternatives] = {},
) -> tuple[Facts, ...]:
    """The facts of a template's text; ``()`` for what is no template and need not be one. Raises ``SourceError``."""
    config, texts, ground, memory = reading
    # Edited texts are not those of the next run.
    if config.cache_dir and not texts and memory is None and path not in ground.merged:
        facts = _kept(config.cache_dir, path, content, reading, imports)
    else:
        from recursion_lint.run.extract import facts_of, facts_of_merged

        parameters = parameters_of(path, config)
        if path in ground.merged:
            files = {file: reading.text(file) for file in ground.merged[path]}
            return facts_of_merged(files, parameters, imports, Beside(texts, ground))
        read = partial(facts_of, path, content, parameters, imports)
        facts = (
            read(Beside(texts, ground))
            if memory is None
            else memory.facts(path, content, parameters, imports, ground, read)
        )
    if not facts and (required or _lacks_resources(path, content)):
        raise SourceError(NO_TEMPLATE, 1)
    return facts


def _lacks_resources(path: str, content: str) -> bool:
    """Has a text the header of a template, and ``Resources`` that are none?"""
    root = parse(content, path)
    resources = root.get("Resources")
    return not is_headless(root) and resources is not None and resources.value != ""


def _kept(
    folder: str, path: str, content: str, reading: _Reading, imports: Mapping[Text, Alternatives]
) -> tuple[Facts, ...]:
    """The facts of a text as the cache in ``folder`` knows them, or else read and kept. Raises ``SourceError``."""
    from recursion_lint.run.cache import Subject, keep, recalled

    parameters = parameters_of(path, reading.config)
    subject = Subject(path, content, parameters, imports, reading.ground)
    facts = recalled(folder, subject)
    if facts is None:
        from recursion_lint.run.extract import facts_of

        beside = Beside(ground=reading.ground)
        facts = facts_of(path, content, parameters, imports, beside)
        keep(folder, subject, beside, facts)
    return facts
