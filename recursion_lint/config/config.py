"""What a run is asked to do, and the words for rules and levels that it takes."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from recursion_lint.model.levels import CONFIDENCES, FAIL_ON, SEVERITIES, Confidence, FailOn, Severity

Level = Literal["error", "warning", "info", "off"]
Fix = Literal["none", "diff", "apply"]

LEVELS: tuple[Level, ...] = (*SEVERITIES, "off")


class Deployment(NamedTuple):
    """What a file says of a deployment: the parameters of ``template``, or of each that has them where it is ""."""

    file: str
    template: str
    parameters: Mapping[str, str]

    def __hash__(self) -> int:
        return hash((self.file, self.template))


class Config(NamedTuple):
    """Everything a run can be told.

    Rules go by name. Globs are relative to ``root`` ("" is the current folder), ``baseline`` is a path that can be
    opened as it is. With ``advise_at_most`` a run of more findings than that names no remedies for an info, and
    does not verify the others: verifying lints each edited template again. ``jobs`` 0 leaves the number of
    processes to the linter. With ``only_templates`` a named file that does not look like a template is skipped, as
    one that a folder walk meets. With ``force_exclude`` the globs of ``exclude`` hold for named files too, without
    ``respect_gitignore`` folders are read whatever .gitignore says. With ``no_ignores`` suppressions in templates count
    for nothing. ``cache_dir`` is a folder that keeps what templates came to for the next run; it is no setting of a
    file, as a repository must not say where on a machine files are written. After ``timeout`` seconds (0: never) no
    further file is read and no further remedy verified; ``strict`` makes a failure of it. ``given_parameters`` are the
    names of those ``parameters`` that were given for this run, so that some template should declare them. ``code``:
    the handlers of functions on loops are read. Findings below ``min_severity`` or ``min_confidence`` are counted and
    not told. What is read from standard input is told at ``stdin_filename``, where that is not empty.
    With ``changed_since`` only findings count that touch a file which has changed since that commit of Git.
    ``parameter_files`` are the files of parameters that templates are deployed with, ``config_env`` is the environment
    of a ``samconfig.toml`` beside a template ("" for none); ``deployments`` is what a run makes of the former.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Level] = {}
    per_path: tuple[tuple[str, tuple[str, ...]], ...] = ()
    parameters: Mapping[str, str] = {}
    exclude: tuple[str, ...] = ()
    fail_on: FailOn = "warning"
    baseline: str | None = None
    require_reason: bool = False
    show_suppressed: bool = False
    jobs: int = 0
    only_templates: bool = False
    force_exclude: bool = False
    respect_gitignore: bool = True
    no_ignores: bool = False
    strict: bool = False
    fix: Fix = "none"
    unsafe_fixes: bool = False
    advise_at_most: int = 0
    root: str = ""
    cache_dir: str = ""
    code: bool = True
    timeout: float = 0.0
    given_parameters: tuple[str, ...] = ()
    min_severity: Severity = "info"
    min_confidence: Confidence = "weak"
    stdin_filename: str = ""
    changed_since: str = ""
    parameter_files: tuple[str, ...] = ()
    config_env: str = "default"
    deployments: tuple[Deployment, ...] = ()


_WORDS: Mapping[str, tuple[str, ...]] = {
    "fail_on": FAIL_ON,
    "min_severity": SEVERITIES,
    "min_confidence": CONFIDENCES,
}


class ConfigError(Exception):
    """A setting that is refused; the message names the file, the line and what was probably meant."""


def rule_names(given: Iterable[str]) -> tuple[str, ...]:
    """The rule names for names or codes in any case. Raises ``ConfigError`` for what is neither."""
    from recursion_lint.rules import all_rules

    known: dict[str, str] = {}
    for rule in all_rules():
        known[rule.name] = known[rule.code.lower()] = rule.name
    names: list[str] = []
    for one in given:
        name = known.get(one.strip().lower())
        if name is None:
            hint = did_you_mean(one.strip().lower(), known) or "; 'recursion-lint rules' lists them"
            raise ConfigError(f"unknown rule {one.strip()!r}{hint}")
        names.append(name)
    return tuple(dict.fromkeys(names))


def by_rule_name(config: Config) -> Config:
    """``config`` with every rule by its name; a program may give codes, and any case, as the command line.

    Raises ``ConfigError`` for a rule, a level or a severity that there is not, ``TypeError`` for one string in
    place of several: a run that selects nothing would be green.
    """
    given: tuple[object, ...] = (config.select, config.ignore)
    if any(isinstance(names, str) for names in given):
        raise TypeError("select and ignore are tuples of rule names, not one string")
    for name, words in _WORDS.items():
        word = getattr(config, name)
        if word not in words:
            raise ConfigError(f"{name} must be one of {', '.join(words)}{did_you_mean(word, words)}")
    for rule, level in config.severity.items():
        if level not in LEVELS:
            raise ConfigError(
                f"the severity of {rule} must be one of {', '.join(LEVELS)}{did_you_mean(level, LEVELS)}"
            )
    if not (config.select or config.ignore or config.severity or config.per_path):
        return config
    return config._replace(
        select=rule_names(config.select),
        ignore=rule_names(config.ignore),
        severity={rule_names([rule])[0]: level for rule, level in config.severity.items()},
        per_path=tuple((glob, rule_names(rules)) for glob, rules in config.per_path),
    )


def misnamed(given: Iterable[str]) -> str:
    """What ``rule_names`` has against a name among those ``given``, or nothing."""
    try:
        rule_names(given)
    except ConfigError as error:
        return str(error)
    return ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``, did you mean 'x'?`` for the nearest of ``known``, or nothing."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""
