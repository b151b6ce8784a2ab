"""The options of the command line, each declared once: for the reader of a plain check and for click."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

from recursion_lint.model.levels import CONFIDENCES, FAIL_ON, SEVERITIES


class Kind(Enum):
    """What an option takes."""

    FLAG = auto()
    """Nothing: it is given or not."""
    DENIAL = auto()
    """Nothing: where it is given its key is false."""
    SWITCH = auto()
    """Nothing, under two names: ``--color`` and ``--no-color``."""
    PATH = auto()
    PATHS = auto()
    """A path, several times."""
    NAME = auto()
    CHOICE = auto()
    """One of ``choices``."""
    COUNT = auto()
    """A whole number, not below zero."""
    SECONDS = auto()
    RULES = auto()
    """Names or codes of rules with commas between them, several times."""
    ENTITY = auto()
    """An entity of Backstage."""
    ADDRESS = auto()
    """The address of a file, with ``{path}``."""
    PARAMETER = auto()
    """``KEY=VALUE``, several times."""


class Option(NamedTuple):
    """An option: its names as typed, what it takes, the line of ``--help``, and its key in what was given."""

    names: str
    kind: Kind
    help: str
    key: str
    metavar: str | None = None
    choices: Callable[[], Sequence[str]] | None = None
    default: str | None = None
    """What stands for an option that is not given, and that ``--help`` shows."""


def _option(
    names: str,
    kind: Kind,
    help: str,
    key: str = "",
    *,
    metavar: str | None = None,
    choices: Callable[[], Sequence[str]] | None = None,
    default: str | None = None,
) -> Option:
    first = names.split(",")[0].split("/")[0]
    return Option(names, kind, help, key or first.lstrip("-").replace("-", "_"), metavar, choices, default)


def _fail_on() -> Sequence[str]:
    return FAIL_ON


def _severities() -> Sequence[str]:
    return SEVERITIES


def _confidences() -> Sequence[str]:
    return CONFIDENCES


def _list_formats() -> Sequence[str]:
    return ("text", "json")


def _formats() -> Sequence[str]:
    from recursion_lint.report import FORMATS

    return tuple(FORMATS)


def _graph_formats() -> Sequence[str]:
    return ("mermaid", "dot", "html", "json", "graphml", "backstage")


def _link_formats() -> Sequence[str]:
    return (*_formats(), "graphml", "backstage", "parquet")


def _facts_formats() -> Sequence[str]:
    return ("jsonl", "parquet")


def _function_formats() -> Sequence[str]:
    return ("text", "json")


OUTPUT = _option("--output,-o", Kind.PATH, "Write to FILE, not to stdout.", metavar="FILE")
BASELINE_OUTPUT = _option("--output,-o", Kind.PATH, "Default: .recursion-lint-baseline.json", metavar="FILE")
COLOR = _option("--color/--no-color", Kind.SWITCH, "Default: on a terminal without NO_COLOR.")
GRAPH_FORMAT = _option(
    "--format,-f", Kind.CHOICE, "How to draw.", "format_", choices=_graph_formats, default="mermaid"
)
EXAMPLES = _option("--examples,-v", Kind.FLAG, "The whole page, with each remedy worked out.")
RULES_FORMAT = _option(
    "--format,-f", Kind.CHOICE, "How to list.", "format_", choices=_list_formats, default="text"
)
_PARAMETERS = (
    _option("--parameter", Kind.PARAMETER, "Set a template parameter. Repeatable.", metavar="KEY=VALUE"),
    _option(
        "--parameter-file",
        Kind.PATHS,
        "Parameters of a deployment (JSON, YAML, KEY=VALUE). Repeatable.",
        metavar="FILE",
    ),
    _option("--config-env", Kind.NAME, "Environment of samconfig.toml beside a template.", metavar="NAME"),
)
_SETTINGS = (
    _option("--config", Kind.PATH, "Settings to use in place of those found.", metavar="FILE"),
    _option("--isolated", Kind.FLAG, "No settings file: only what is given here."),
)
_READ = (
    _option(
        "--respect-gitignore/--no-respect-gitignore",
        Kind.SWITCH,
        "Whether what .gitignore names is left out of folders. Default: it is.",
    ),
    _option("--force-exclude", Kind.FLAG, "Apply `exclude` to named files too (for hooks)."),
    _option("--no-code", Kind.DENIAL, "Do not read the code of functions on loops.", "code"),
    _option(
        "--stdin-filename",
        Kind.PATH,
        "The path that - stands for.",
        metavar="FILE",
    ),
)
_WORK = (
    _option("--jobs", Kind.COUNT, "Processes; 0 (default) lets it choose.", metavar="N"),
    _option("--cache-dir", Kind.PATH, "Keep in DIR what was read: quicker next time.", metavar="DIR"),
)
SHARED = (*_PARAMETERS, *_SETTINGS, *_READ, *_WORK)
CHOICE = (
    _option("--select", Kind.RULES, "Only these rules, by name or code.", metavar="RULE,..."),
    _option("--ignore", Kind.RULES, "Not these rules.", metavar="RULE,..."),
)
GROUPS: Mapping[str, tuple[Option, ...]] = {
    "Report": (
        _option("--format,-f", Kind.CHOICE, "How to report. Default: text.", "format_", choices=_formats),
        OUTPUT,
        _option("--quiet,-q", Kind.FLAG, "Only the findings: no summary, no notes."),
        _option("--verbose,-v", Kind.FLAG, "All of each finding, and all notes."),
        _option("--statistics", Kind.FLAG, "Only how many findings each rule has."),
        COLOR,
    ),
    "Findings": (
        *CHOICE,
        _option("--min-severity", Kind.CHOICE, "Report none below it.", choices=_severities),
        _option("--min-confidence", Kind.CHOICE, "Report none below it.", choices=_confidences),
        _option("--baseline", Kind.PATH, "Leave out the findings accepted in FILE.", metavar="FILE"),
        _option(
            "--changed-since", Kind.NAME, "Only those that touch a file changed since REF.", metavar="REF"
        ),
        _option("--no-ignores", Kind.FLAG, "Suppressions in templates count for nothing."),
        _option("--require-reason", Kind.FLAG, "Accept only suppressions with a reason."),
        _option("--show-suppressed", Kind.FLAG, "Also report what was suppressed."),
    ),
    "Exit status": (
        _option("--fail-on", Kind.CHOICE, "Least severity to fail on. Default: warning.", choices=_fail_on),
        _option("--exit-zero", Kind.FLAG, "Findings do not change the exit status."),
        _option("--strict", Kind.FLAG, "Fail (3) if a template cannot be read, or there is none."),
    ),
    "Fixes": (
        _option("--fix", Kind.FLAG, "Apply the remedies that are safe to apply."),
        _option("--diff", Kind.FLAG, "Show, as a patch, what --fix would change."),
        _option("--unsafe-fixes", Kind.FLAG, "Also remedies that may change behaviour."),
    ),
    "Templates and their parameters": (
        *_PARAMETERS,
        *_READ,
        _option("--only-templates", Kind.FLAG, "Skip named files that look like no template (for hooks)."),
        _option("--show-files", Kind.FLAG, "Only list the templates that would be read."),
    ),
    "Settings": (
        *_SETTINGS,
        _option("--show-settings", Kind.FLAG, "Only print the settings that hold, and where from."),
        _option(
            "--report-settings",
            Kind.FLAG,
            "Warn of settings of the repository that are not in use (--strict: fail, 3).",
        ),
    ),
    "Work": (
        *_WORK,
        _option("--watch", Kind.FLAG, "Check again whenever a file changes, until Ctrl-C."),
        _option(
            "--timeout",
            Kind.SECONDS,
            "Stop reading then; what is left is named.",
            metavar="SECONDS",
        ),
    ),
}
"""The options of ``check``, as its help lists them."""
CHECK = tuple(option for options in GROUPS.values() for option in options)
CATALOGUE = (
    _option("--owner", Kind.ENTITY, "backstage: who owns what CODEOWNERS gives to nobody.", metavar="ENTITY"),
    _option("--lifecycle", Kind.NAME, "backstage: of components. Default: production.", metavar="NAME"),
    _option(
        "--source-url",
        Kind.ADDRESS,
        "backstage: the address of a file, with {repository}, {commit} and {path}.",
        metavar="URL",
    ),
)
GRAPH = (GRAPH_FORMAT, OUTPUT, *CATALOGUE, *SHARED)
FUNCTIONS = (
    _option(
        "--format,-f", Kind.CHOICE, "How to report.", "format_", choices=_function_formats, default="text"
    ),
    OUTPUT,
    *SHARED,
)
BASELINE = (BASELINE_OUTPUT, *CHOICE, *SHARED)

_ACCOUNT = (
    _option("--account", Kind.NAME, "The AWS account that it is deployed to.", metavar="ID"),
    _option("--region", Kind.NAME, "The AWS region that it is deployed to.", metavar="NAME"),
)
EXTRACT = (
    _option("--output,-o", Kind.PATH, "Write to FILE, packed where it ends in .gz.", metavar="FILE"),
    _option(
        "--format,-f",
        Kind.CHOICE,
        "How to write. parquet: tables in a folder.",
        "format_",
        choices=_facts_formats,
        default="jsonl",
    ),
    _option("--origin", Kind.NAME, "The repository's name. Default: by its remote.", metavar="NAME"),
    _option("--commit", Kind.NAME, "The commit. Default: what is checked out.", metavar="ID"),
    *_ACCOUNT,
    *(option for option in CHECK if option.key in ("baseline", "strict")),
    *SHARED,
)
LINK = (
    _option(
        "--format,-f",
        Kind.CHOICE,
        "How to report. Default: text.",
        "format_",
        choices=_link_formats,
    ),
    *(option for option in GROUPS["Report"] if option.key not in ("format_", "statistics")),
    _option("--only-across", Kind.FLAG, "Only what passes several repositories."),
    *_ACCOUNT,
    _option("--deployments", Kind.PATH, "The account and region of each repository.", metavar="FILE"),
    _option("--store", Kind.PATH, "The store to read and to update.", metavar="FILE"),
    _option(
        "--update", Kind.PATHS, "Facts to put in the place of a repository's. Repeatable.", metavar="FILE"
    ),
    _option("--remove", Kind.PATHS, "A repository to take out of the store. Repeatable.", metavar="NAME"),
    *CATALOGUE,
    _option("--history", Kind.FLAG, "Only list the loops that the store has known, and when."),
    *(option for option in GROUPS["Findings"] if option.key != "changed_since"),
    *(option for option in GROUPS["Exit status"]),
    *_SETTINGS,
)

_CONTRADICTORY = frozenset(
    {"fix", "diff", "unsafe_fixes", "show_files", "show_settings", "statistics", "watch"}
)
"""What is refused together with others, or runs otherwise: click's command says how."""


def plainly_given(
    words: Sequence[str], options: Sequence[Option]
) -> tuple[tuple[str, ...], Mapping[str, object]] | None:
    """The paths and the given ``options`` in ``words``, where that needs no more than their declarations.

    ``None`` for anything else: help, a mistake, an abbreviation, a value that is to be converted. Those are
    click's, which takes longer to load than a check takes.
    """
    by_name = {name: option for option in options for name in option.names.split(",")}
    paths: list[str] = []
    given: dict[str, object] = {}
    rest = iter(words)
    for word in rest:
        if word == "--":
            paths += rest
        elif not word.startswith("-") or word == "-":
            paths.append(word)
        else:
            read = _plain_value(word, by_name, rest)
            if read is None:
                return None
            given.update([read])
    return tuple(paths), given


def _plain_value(word: str, by_name: Mapping[str, Option], rest: Iterator[str]) -> tuple[str, object] | None:
    name, equals, value = word.partition("=")
    option = by_name.get(name)
    if option is None or option.key in _CONTRADICTORY:
        return None
    if option.kind in (Kind.FLAG, Kind.DENIAL):
        return None if equals else (option.key, option.kind is Kind.FLAG)
    # ``-o=x`` is the file ``=x``.
    if option.kind not in (Kind.PATH, Kind.CHOICE) or (equals and not name.startswith("--")):
        return None
    value = value if equals else next(rest, "")
    known = bool(value) if option.choices is None else value in option.choices()
    return (option.key, value) if known else None
