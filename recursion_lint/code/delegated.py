"""Objects that a service writes for a handler: under which keys."""

from __future__ import annotations

from recursion_lint.code.calls import CallSite
from recursion_lint.code.sdk_calls import operation
from recursion_lint.model.text import ANY, Text, text


def keys_of_job(site: CallSite, keys: list[Text]) -> list[Text]:
    """The keys that follow from those that a call names: a service appends names of its own.

    Transcribe takes a key that does not end with a slash as it is, and without one writes ``<job>.json`` at the root.
    https://docs.aws.amazon.com/transcribe/latest/APIReference/API_StartTranscriptionJob.html
    """
    if operation(site.operation).effect != "delegated":
        return keys
    if site.operation != "transcribe.StartTranscriptionJob":
        return [text([*key, ANY]) for key in keys]
    if site.key is None:
        return [(ANY, ".json")]
    plain = [isinstance(key[-1], str) and not key[-1].endswith("/") for key in keys]
    return [key if whole else text([*key, ANY]) for key, whole in zip(keys, plain, strict=True)]
