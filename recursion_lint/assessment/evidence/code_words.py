"""What was read in a handler's code, in words."""

from __future__ import annotations

from recursion_lint.assessment.evidence.said import Said
from recursion_lint.assessment.evidence.verdicts_by_name import NOT_FOLLOWED
from recursion_lint.code.calls import (
    Alternatives,
    CallResult,
    CallSite,
    Concatenation,
    ContextPath,
    Environment,
    EventPath,
    Literal,
    Pure,
    Value,
)
from recursion_lint.model.findings import Span

MOST = 100
"""Letters of a description."""


def value_in_words(value: Value | None) -> str:
    """A value as a person would note it: ``QUEUE_URL``, ``event.Records[].s3.object.key + ".mp3"``."""
    found = _words(value, 0)
    return found if len(found) <= MOST else found[: MOST - 1] + "…"


def _words(value: Value | None, depth: int) -> str:
    if value is None or depth > 4:
        return "?"
    if isinstance(value, Literal):
        return f'"{value.value}"' if isinstance(value.value, str) else str(value.value)
    if isinstance(value, Environment):
        return value.name
    if isinstance(value, (EventPath, ContextPath)):
        root = "event" if isinstance(value, EventPath) else "context"
        return ".".join((root, *value.path)).replace(".[]", "[]")
    if isinstance(value, Concatenation):
        return " + ".join(_words(part, depth + 1) for part in value.parts)
    if isinstance(value, Alternatives):
        return " or ".join(_words(option, depth + 1) for option in value.options)
    if isinstance(value, CallResult):
        return f"what {value.service}.{value.operation} returns"
    if isinstance(value, Pure) and value.name == "kept_by_the_service":
        return "what the service keeps for itself"
    if isinstance(value, Pure):
        return f"{value.name}({', '.join(_words(part, depth + 1) for part in value.arguments)})"
    return "?"


def target_in_words(site: CallSite) -> str:
    """What a call writes to."""
    return value_in_words(site.target) if site.target is not None else ""


def content_in_words(site: CallSite) -> str:
    """What a call writes there, as far as it tells one event from another: a key, a source and a type."""
    if site.key is not None:
        return f"key {value_in_words(site.key)}"
    told = [
        f"{role.replace('_', '-')} {value_in_words(site.value(role))}"
        for role in ("source", "detail_type")
        if site.value(role) is not None
    ]
    return ", ".join(told)


def said_in_words(
    said: Said, actor: str, channel: str, span: Span | None, variable: str = "", denied: str = ""
) -> str:
    """One sentence on a verdict; empty where it says nothing of the loop. ``variable`` is what led there by mistake.

    ``denied`` is the action that the call needs and that nothing allows.
    """
    at = f"{span.file}:{span.line} " if span is not None else ""
    call = said.site.call if said.site is not None else said.named.word if said.named is not None else ""
    guards = " and ".join(said.guards[:2])
    at = f"{variable}, and {at}" if variable and said.verdict in ("writes-back", "conditional") else at
    if said.verdict == "writes-back":
        return f"{_refused(denied)}{at}calls {call} on {channel}"
    if said.verdict == "conditional":
        told = f" ({said.reason})" if said.reason else ""
        return f"{_refused(denied)}{at}calls {call} on {channel}{told}"
    if said.verdict == "may" and said.reason == NOT_FOLLOWED:
        return f"{at}names {channel} as what {call} writes to"
    if said.verdict == "on-error":
        return f"{at}calls {call} in an error handler only"
    if said.verdict == "stops-itself":
        held = (
            f" if {guards}, which does not hold in the next round"
            if guards
            else ", and not in the next round"
        )
        return f"{at}calls {call}{held}: one more invocation for each event"
    if said.verdict == "elsewhere":
        return f"the code of {actor} writes nothing to {channel} that starts it ({at.strip()}): permitted, not done"
    if said.verdict == "never" and said.named is not None:
        return f"no way through the code of {actor} leads to {call} ({at.strip()}): permitted, not done"
    if said.verdict == "never":
        return f"the code of {actor} makes no call that writes to {channel}: permitted, not done"
    return ""


def _refused(action: str) -> str:
    return f"no policy of its role here allows {action} (AccessDenied): " if action else ""
