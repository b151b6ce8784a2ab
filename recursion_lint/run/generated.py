"""Templates that a build writes anew each time: no edit of them lasts, so none is offered."""

from __future__ import annotations

from collections.abc import Mapping

from recursion_lint.model.findings import Remedy
from recursion_lint.template.cloud_assembly import PATH

_FOLDERS = {
    "cdk.out": "the CDK app",
    ".aws-sam": "the template that `sam build` read",
    ".serverless": "serverless.yml",
}


def written_from(file: str, text: str) -> str:
    """What a generated template is written from, in words; nothing for one that a person writes."""
    folders = file.replace("\\", "/").split("/")[:-1]
    return next((source for folder, source in _FOLDERS.items() if folder in folders), "") or (
        _FOLDERS["cdk.out"] if PATH in text else ""
    )


def for_a_person(remedies: tuple[Remedy, ...], generated: Mapping[str, str]) -> tuple[Remedy, ...]:
    """The remedies without edits of ``generated`` files (by what each is written from): it says where to make them."""
    return tuple(_by_hand(remedy, generated) for remedy in remedies)


def _by_hand(remedy: Remedy, generated: Mapping[str, str]) -> Remedy:
    source = next((generated[edit.span.file] for edit in remedy.edits if generated.get(edit.span.file)), "")
    if remedy.cdk and source in ("", _FOLDERS["cdk.out"]):
        how = f"in the CDK app, {remedy.cdk}"
    elif source:
        how = f"make the change in {source}: this template is generated"
    else:
        return remedy
    return remedy._replace(applicability="manual", edits=(), steps=f"{how}\n\n{remedy.steps}")
