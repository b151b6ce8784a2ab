"""Which AWS SDK a function has, as the files beside its handler or its runtime say: does Lambda follow its calls?

Lambda's recursive loop detection counts rounds in a header that the SDK passes on, from these versions on.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html#invocation-recursion-supported
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

ReadFile = Callable[[str], "str | None"]
"""The text of a file; ``None`` where there is none that may be read."""

MINIMA = {
    "aws-sdk": "2.1147.0",
    "@aws-sdk": "3.105.0",
    "boto3": "1.24.46",
    "botocore": "1.27.46",
    "github.com/aws/aws-sdk-go-v2": "1.18.0",
}
"""Packages, and the first versions that pass the header on. Of Go it is the core module, whatever AWS's table says:
https://github.com/awsdocs/aws-lambda-developer-guide/issues/493
"""
OTHERS = {
    "java8": "AWS SDK for Java 2.17.135",
    "java11": "AWS SDK for Java 2.17.135",
    "java17": "AWS SDK for Java 2.20.81",
    "java": "AWS SDK for Java 2.21.24",
    "dotnet": "AWS SDK for .NET 3.7.293.0",
    "ruby": "AWS SDK for Ruby 3.134.0",
    "php": "AWS SDK for PHP 3.232.0",
}
"""Runtimes whose SDK is not looked for, and what it must be; the first that a runtime's name begins with counts."""
_BRINGS = re.compile(r"nodejs(1[89]|[2-9]\d)\.x|python3\.(9|\d\d)|ruby(3\.[2-9]|[4-9])")
"""Runtimes that come with an SDK that is new enough: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""
_CALLED = {"aws-sdk": "aws-sdk", "@aws-sdk": "@aws-sdk/*"}
MOST_FOLDERS = 8
_NUMBER = r"v?(\d+(?:\.\d+)*)"


class Sdk(NamedTuple):
    """What a function has: the package and its version, and the file that says so (nothing: the runtime brings it).

    ``follows``: does Lambda follow its calls? ``None`` where that cannot be told. ``needed`` is the least that it does.
    """

    name: str
    version: str = ""
    file: str = ""
    follows: bool | None = None
    needed: str = ""


def sdk_of(runtime: str, folders: Iterable[str], read: ReadFile) -> Sdk:
    """The SDK of a function with ``runtime``, by the files in ``folders``, the nearest first. Never raises."""
    found = [sdk for folder in list(folders)[:MOST_FOLDERS] for sdk in _in_folder(runtime, folder, read)]
    if found:
        # A range tells less than the lock file of the whole repository.
        return next((sdk for sdk in found if sdk.follows is not None), found[0])
    if _BRINGS.fullmatch(runtime):
        return Sdk(f"the SDK of {runtime}", follows=True)
    needed = next((words for name, words in OTHERS.items() if runtime.startswith(name)), "")
    return Sdk(f"the SDK of {runtime}" if runtime else "", needed=needed or _needed(runtime))


def _needed(runtime: str) -> str:
    names = [name for language, files in _FILES.items() if runtime.startswith(language) for name in files[0]]
    return " or ".join(f"{_CALLED.get(name, name)} {MINIMA[name]}" for name in names)


def _in_folder(runtime: str, folder: str, read: ReadFile) -> Iterator[Sdk]:
    """What the files of one folder say: lock files first, for they name the very version."""
    for language, (names, files) in _FILES.items():
        if not runtime.startswith(language):
            continue
        for file, versions in files.items():
            path = os.path.normpath(os.path.join(folder, file))
            text = read(path)
            found: dict[str, tuple[str, bool]] = {}
            for name, version in versions(text) if text is not None else ():
                if name not in found or _parts(version[0]) < _parts(found[name][0]):
                    found[name] = version
            told = [_judged(name, *found[name], path) for name in names if name in found]
            # Where both generations of an SDK are there, the one that Lambda does not follow counts.
            yield from sorted(told, key=lambda one: (one.follows is True, one.follows is None))[:1]


def _judged(name: str, version: str, exact: bool, path: str) -> Sdk:
    """A version held against its minimum; one that is no ``exact`` one is the least that may be installed."""
    shown, minimum = _CALLED.get(name, name), MINIMA[name]
    new = _parts(version) >= _parts(minimum) if version else None
    return Sdk(shown, version, path, new if exact or new else None, f"{shown} {minimum}")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part[:9]) for part in version.split(".")[:4] if part)


_Versions = Iterator[tuple[str, tuple[str, bool]]]
"""Packages of ``MINIMA``, each with its version and whether it is that very one."""


def _package_of(name: str) -> str:
    """``@aws-sdk/client-s3`` is one of many packages of one version. Types and helpers are none of them."""
    scoped = name.startswith(("@aws-sdk/client-", "@aws-sdk/lib-"))
    return "@aws-sdk" if scoped else name if name in MINIMA else ""


def _npm_lock(text: str) -> _Versions:
    """``package-lock.json``, of any version. https://docs.npmjs.com/cli/configuring-npm/package-lock-json"""
    data = _object(text)
    packages = data.get("packages") or data.get("dependencies")
    for key, told in packages.items() if isinstance(packages, dict) else ():
        package = _package_of(key.removeprefix("node_modules/"))
        version = told.get("version") if isinstance(told, dict) and told.get("dev") is not True else None
        if package and isinstance(version, str) and re.match(_NUMBER, version):
            yield package, (_number(version), True)


def _package_json(text: str) -> _Versions:
    """``package.json``: ``^3.400.0`` is at least that. What is only for development is not deployed."""
    dependencies = _object(text).get("dependencies")
    for key, asked in dependencies.items() if isinstance(dependencies, dict) else ():
        package = _package_of(key)
        if package and isinstance(asked, str):
            plain = re.fullmatch(r"=?\s*" + _NUMBER, asked.strip())
            least = re.match(r"\s*(?:\^|~|>=)\s*" + _NUMBER, asked)
            told = plain or least
            yield package, (told[1] if told else "", plain is not None)


def _yarn_or_pnpm(text: str) -> _Versions:
    """``yarn.lock`` of both kinds and ``pnpm-lock.yaml``: a line names the package, its version is there or below."""
    name = r"""["'/ ]*(aws-sdk|@aws-sdk/(?:client|lib)-[\w-]+)"""
    yarn = rf"""(?m)^{name}@[^\n]*:\n\s+"?version"?:?\s+"?{_NUMBER}"""
    pnpm = rf"""(?m)^\s+{name}[@/]{_NUMBER}[^\n]*:"""
    for pattern in (yarn, pnpm):
        for found in re.finditer(pattern, text):
            yield _package_of(found[1]), (found[2], True)


def _requirements(text: str) -> _Versions:
    """``requirements.txt``: ``==`` is that very one, ``>=`` and ``~=`` at least that."""
    for found in re.finditer(
        r"(?im)^\s*(boto3|botocore)(?:\[[^\]]*\])?\s*(?:(==|>=|~=)\s*" + _NUMBER + r")?", text
    ):
        yield found[1].lower(), (found[3] or "", found[2] == "==")


def _python_lock(text: str) -> _Versions:
    """``poetry.lock``, ``uv.lock``, ``Pipfile.lock``."""
    for found in re.finditer(r'name = "(boto3|botocore)"\nversion = "' + _NUMBER, text):
        yield found[1], (found[2], True)
    for found in re.finditer(r'"(boto3|botocore)":\s*\{[^{}]*"version":\s*"==' + _NUMBER, text):
        yield found[1], (found[2], True)


def _go_mod(text: str) -> _Versions:
    for found in re.finditer(r"(?m)^\s*(?:require\s+)?(github\.com/aws/aws-sdk-go-v2)\s+" + _NUMBER, text):
        yield found[1], (found[2], True)


def _object(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(version: str) -> str:
    found = re.match(_NUMBER, version)
    return found[1] if found else ""


_PYTHON_LOCKS = dict.fromkeys(("uv.lock", "poetry.lock", "Pipfile.lock"), _python_lock)
_FILES: dict[str, tuple[tuple[str, ...], dict[str, Callable[[str], _Versions]]]] = {
    "nodejs": (
        ("@aws-sdk", "aws-sdk"),
        {
            "package-lock.json": _npm_lock,
            "yarn.lock": _yarn_or_pnpm,
            "pnpm-lock.yaml": _yarn_or_pnpm,
            "package.json": _package_json,
        },
    ),
    "python": (("boto3", "botocore"), {**_PYTHON_LOCKS, "requirements.txt": _requirements}),
    "go": (("github.com/aws/aws-sdk-go-v2",), {"go.mod": _go_mod}),
    "provided": (("github.com/aws/aws-sdk-go-v2",), {"go.mod": _go_mod}),
}
"""Languages by the beginning of the runtime: the packages of the SDK, and the files that name them."""
