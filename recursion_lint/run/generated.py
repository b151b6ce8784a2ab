"""Templates that a build writes anew each time: no edit of them lasts, so none is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from recursion_lint.model.findings import Remedy
from recursion_lint.template.cloud_assembly import PATH, is_synthesised

_FOLDERS = {
    "cdk.out": "the CDK app",
    ".aws-sam": "the template that `sam build` read",
    ".serverless": "serverless.yml",
}
_OUTPUT = {
    "output": "input",
    "out": "in",
    "generated": "source",
    "packaged": "source",
    "dist": "src",
    "build": "src",
}
"""What a folder of generated templates is called, and what its neighbour with those that they are written from."""
_SUFFIXES = ("yaml", "yml", "json", "template")
_IN_CODE = ("round-counter", "key-guard", "item-guard", "metadata-guard", "existing-items", "redeliver")
"""The remedies that change the code alone, which no build of a template writes."""


def written_from(file: str, text: str) -> str:
    """What a generated template is written from, in words; nothing for one that a person writes."""
    folders = file.replace("\\", "/").split("/")[:-1]
    return next((source for folder, source in _FOLDERS.items() if folder in folders), "") or (
        _FOLDERS["cdk.out"] if PATH in text else ""
    )


def perhaps_written_from(file: str, text: str, texts: Callable[[str], str | None]) -> str:
    """The same of what only looks generated, for words: no edit is held back for it.

    ``texts`` gives the text of a file: one of the same name in the folder of the sources is what it is written from.
    """
    known = written_from(file, text) or (_FOLDERS["cdk.out"] if is_synthesised(text) else "")
    return known or next((one for one in _sources(file) if texts(one)), "")


def _sources(file: str) -> Iterator[str]:
    """Where what a file in a folder for output is written from would lie: under the folder for input beside it."""
    *folders, name = file.replace("\\", "/").split("/")
    stem = name.rpartition(".")[0]
    for at, folder in enumerate(folders):
        if folder in _OUTPUT:
            begin = [*folders[:at], _OUTPUT[folder]]
            for further in (folders[at + 1 :], []):
                yield from ("/".join([*begin, *further, f"{stem}.{suffix}"]) for suffix in _SUFFIXES)


def for_a_person(
    remedies: tuple[Remedy, ...], generated: Mapping[str, str], source: str = ""
) -> tuple[Remedy, ...]:
    """The remedies without edits of ``generated`` files (by what each is written from): it says where to make them.

    ``source`` is what the template of the finding is written from, for those that have no edits.
    """
    return tuple(_by_hand(remedy, generated, source) for remedy in remedies)


def _by_hand(remedy: Remedy, generated: Mapping[str, str], template: str) -> Remedy:
    source = next((generated[edit.span.file] for edit in remedy.edits if generated.get(edit.span.file)), "")
    if remedy.cdk and source in ("", _FOLDERS["cdk.out"]):
        how = f"in the CDK app, {remedy.cdk}"
    elif source:
        how = f"make the change in {source}: this template is generated"
    elif template and not remedy.edits and remedy.id not in _IN_CODE and "the CDK app" not in remedy.steps:
        return remedy._replace(
            steps=f"this template is generated, make the change in {template}; {remedy.steps}"
        )
    else:
        return remedy
    return remedy._replace(applicability="manual", edits=(), steps=f"{how}\n\n{remedy.steps}")
