"""What a repository says of how a template is deployed: files of parameters, Git sync, ``samconfig.toml``.

https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/git-sync-concepts-terms.html
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from recursion_lint.config import Config, ConfigError, Deployment
from recursion_lint.run.discovery import shortest
from recursion_lint.template.yaml.files import SourceError, path_beside, read_text, repository_of
from recursion_lint.template.yaml.nodes import Node, parse

MAX_CHARACTERS = 1_000_000
"""Longer files are refused: a stack has at most 200 parameters of at most 4,096 bytes."""
MAX_FILES = 20
MAX_PARAMETERS = 1_000
SAMCONFIG = "samconfig.toml"
_DEFAULT_TEMPLATES = ("template.yaml", "template.yml", "template.json")
_ASSIGNMENT = r"[A-Za-z0-9]+="
_ONE_BY_ONE = r"(?s)ParameterKey=([^,]+),ParameterValue=(.*)"


def systems(config: Config) -> tuple[Config, ...]:
    """The settings of each system that the parameter files of a run describe; ``config`` where there are none.

    Files for one template, or for none in particular, are different deployments of it. Raises ``ConfigError``.
    """
    if not config.parameter_files:
        return (config,)
    if len(config.parameter_files) > MAX_FILES:
        raise ConfigError(f"more than {MAX_FILES} parameter files: check some of the deployments at a time")
    read = [_deployment(file) for file in dict.fromkeys(map(shortest, config.parameter_files))]
    by_template: dict[str, list[Deployment]] = {}
    for one in read:
        by_template.setdefault(one.template, []).append(one)
    found: dict[tuple[Deployment, ...], None] = {}
    covered: set[str] = set()
    for one in read:
        if one.file not in covered:
            chosen = (
                one if template == one.template else _nearest(one, files)
                for template, files in by_template.items()
            )
            together = tuple(sorted(chosen, key=lambda one: one.template))
            found[together] = None
            covered.update(other.file for other in together)
    return tuple(config._replace(deployments=together) for together in found)


def _nearest(one: Deployment, files: Sequence[Deployment]) -> Deployment:
    """The one of another template's files that is named most like it: both for production, say."""
    return max(files, key=lambda other: len(_words(one.file) & _words(other.file)))


def _words(path: str) -> set[str]:
    return set(re.split(r"[^A-Za-z0-9]+", path))


def parameters_of(path: str, config: Config) -> Mapping[str, str]:
    """What the parameters of the template at ``path`` are, by the command line, files, ``samconfig.toml``, settings."""
    sam = samconfig(path, config.config_env)
    if not config.deployments and not sam.parameters:
        return config.parameters
    known = {**config.parameters, **sam.parameters}
    for one in config.deployments:
        if one.template in ("", path):
            known.update(one.parameters)
    known.update(
        (name, config.parameters[name]) for name in config.given_parameters if name in config.parameters
    )
    return known


# -- files of parameters -----------------------------------------------------------------------------------


def _deployment(file: str) -> Deployment:
    """What a file of parameters says. Raises ``ConfigError`` with its line."""
    try:
        text = read_text(file)
        if len(text) > MAX_CHARACTERS:
            raise SourceError(f"over {MAX_CHARACTERS:,} characters: no file of parameters is that long")
        found = _read(text, file)
        if len(found.parameters) > MAX_PARAMETERS:
            raise SourceError(f"more than {MAX_PARAMETERS:,} parameters")
        return found
    except SourceError as error:
        place = f"{file}:{error.line}" if error.line else file
        raise ConfigError(f"{place}: cannot be used as a parameter file: {error.message}") from None


def _read(text: str, file: str) -> Deployment:
    lines = [line.strip() for line in text.splitlines()]
    told = next((line for line in lines if line and not line.startswith("#")), "")
    if re.match(_ASSIGNMENT, told) or re.match(_ONE_BY_ONE, told):
        return Deployment(file, "", dict(_assignments(lines)))
    root = parse(text, file)
    if root.kind == "list":
        return Deployment(file, "", dict(_listed(root)))
    target = root.get("template-file-path")
    below = root.get("Parameters") or root.get("parameters")
    if target is not None:
        if not target.text:
            raise SourceError("template-file-path must be a path", target.span.line)
        return Deployment(
            file, _template(file, target.text), dict(_mapped(below)) if below is not None else {}
        )
    if below is not None:
        return Deployment(file, "", dict(_mapped(below)))
    if root.kind == "map" and root.get("Resources") is None:
        return Deployment(file, "", dict(_mapped(root)))
    raise SourceError("it holds no parameters of CloudFormation or SAM", root.span.line)


def _assignments(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """``Key=value`` line by line, or several on a line as a shell splits them."""
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        try:
            words = _split(line)
        except ValueError:
            words = [line]
        if not all(re.match(_ASSIGNMENT, word) for word in words):
            words = [line]
        for word in words:
            yield _assignment(word, number)


def _split(text: str) -> list[str]:
    """The words of a text, as a shell splits it. Raises ``ValueError``."""
    import shlex

    return shlex.split(text)


def _assignment(word: str, line: int) -> tuple[str, str]:
    one = re.fullmatch(_ONE_BY_ONE, word)
    key, equals, value = (one[1], "=", one[2]) if one else word.partition("=")
    if not key.isalnum() or not equals:
        raise SourceError(f"{word[:80]!r} is not Key=value", line)
    return key, value


def _listed(root: Node) -> Iterator[tuple[str, str]]:
    """``[{"ParameterKey": …, "ParameterValue": …}]``, or ``["Key=value"]``."""
    for item in root.elements():
        if item.text is not None:
            yield _assignment(item.text, item.span.line)
            continue
        key, value = item.get("ParameterKey"), item.get("ParameterValue")
        if key is None or not key.text:
            raise SourceError("an entry has no ParameterKey", item.span.line)
        previous = item.get("UsePreviousValue")
        if value is None and previous is not None and previous.boolean:
            continue
        if value is None:
            raise SourceError(f"{key.text[:80]!r} has no ParameterValue", item.span.line)
        yield key.text, _value(key.text, value)


def _mapped(table: Node) -> Iterator[tuple[str, str]]:
    if table.kind != "map":
        raise SourceError("the parameters are no map of names and values", table.span.line)
    for name, value in table.items():
        yield name, _value(name, value)


def _value(name: str, node: Node) -> str:
    """A value as CloudFormation is given it; a list goes with commas between."""
    texts = [item.text for item in node.each()]
    if node.kind == "map" or any(text is None for text in texts):
        raise SourceError(f"the value of {name[:80]!r} is no text", node.span.line)
    return ",".join(text for text in texts if text is not None)


def _template(file: str, path: str) -> str:
    """The template that a deployment file of Git sync names, which it does from the root of the repository."""
    folders = repository_of(file), os.path.dirname(file)
    whole = [os.path.join(folder, path) for folder in folders]
    return shortest(next((one for one in whole if os.path.isfile(one)), whole[0]))


# -- samconfig.toml ----------------------------------------------------------------------------------------


class SamConfig(NamedTuple):
    """What ``samconfig.toml`` beside a template sets, and what is wrong with it, in a sentence."""

    parameters: Mapping[str, str] = {}
    problem: str = ""
    known: bool = False
    """Whether it has the environment that was asked for."""


def samconfig(template: str, environment: str) -> SamConfig:
    """What ``sam deploy`` gives to the template at this path in an environment; nothing where ``environment`` is ""."""
    folder, name = os.path.split(template)
    file = os.path.join(folder, SAMCONFIG)
    if not environment or not os.path.isfile(file):
        return SamConfig()
    try:
        # It is found, not named: a link must not lead out of the repository.
        text = read_text(path_beside(template, SAMCONFIG))
        if len(text) > MAX_CHARACTERS:
            raise SourceError(f"over {MAX_CHARACTERS:,} characters")
        tables = _tables(text, environment)
        if tables is None:
            return SamConfig()
        meant = next((str(table["template_file"]) for table in tables if "template_file" in table), "")
        known = tuple(_DEFAULT_TEMPLATES)
        if meant and os.path.isfile(os.path.join(folder, meant)):
            known = (os.path.normpath(meant),)
        overrides = next(
            (table["parameter_overrides"] for table in tables if "parameter_overrides" in table), None
        )
        parameters = dict(_overrides(overrides)) if name in known else {}
        return SamConfig(parameters, known=True)
    except SourceError as error:
        return SamConfig(problem=f"{file}: its parameters are not used: {error.message}")


def _tables(text: str, environment: str) -> list[Mapping[str, Any]] | None:
    """The tables that count for ``sam deploy``, the first wins; ``None`` for an environment that is not there."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"not valid TOML: {error}") from None
    own = document.get(environment)
    if not isinstance(own, dict):
        return None
    commands = (own.get(command) for command in ("deploy", "global"))
    tables = (command.get("parameters") for command in commands if isinstance(command, dict))
    return [table for table in tables if isinstance(table, dict)]


def _overrides(value: Any) -> Iterator[tuple[str, str]]:
    """``parameter_overrides``: a text that a shell would split, a list of such, or a table."""
    if isinstance(value, dict):
        yield from ((str(name), _scalar(one)) for name, one in value.items())
        return
    for text in value if isinstance(value, list) else [value] if value is not None else []:
        if not isinstance(text, str):
            raise SourceError("parameter_overrides is no text, no list of texts and no table")
        try:
            words = _split(text)
        except ValueError as error:
            raise SourceError(f"parameter_overrides: {error}") from None
        for word in words:
            yield _assignment(word, 0)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(_scalar, value))
    if not isinstance(value, (str, int, float)):
        raise SourceError("a value of parameter_overrides is no text")
    return str(value)


def complaints(config: Config, declared: Mapping[str, frozenset[str]], hint: Any) -> Iterator[str]:
    """What is odd about the files: parameters that no template declares, templates that are none of the run.

    ``declared`` are the names of parameters by the templates of the run, ``hint`` gives the name that is meant.
    """
    for one in config.deployments:
        if one.template and one.template not in declared:
            yield f"{one.file}: {one.template} is no template of this run"
            continue
        known = {name for root, names in declared.items() if one.template in ("", root) for name in names}
        for name in one.parameters:
            if name not in known:
                yield f"{one.file}: no template declares the parameter {name!r}{hint(name, known)}"
    found = {os.path.dirname(root): samconfig(root, config.config_env) for root in declared}
    yield from dict.fromkeys(one.problem for one in found.values() if one.problem)
    if config.config_env not in ("", "default") and not any(one.known for one in found.values()):
        yield f"no {SAMCONFIG} beside a template has the environment {config.config_env!r}"
