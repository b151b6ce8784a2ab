"""How bad and how sure a finding is, what a hop rests on, and the one order of each."""

from typing import Literal, get_args

Severity = Literal["error", "warning", "info"]
"""How bad a finding is, worst first."""
FailOn = Literal["error", "warning", "info", "never"]
"""The least severity to fail on."""
Confidence = Literal["certain", "likely", "possible", "weak"]
"""How sure a finding is, surest first."""
EvidenceName = Literal["declared", "defined", "coded", "granted", "assumed", "broad"]
"""What a hop of a loop rests on, strongest first."""
WitnessKind = Literal["variable", "write-only", "other-variable"]
"""What speaks for a granted hop, and (the last) against it."""
CodeVerdict = Literal[
    "writes-back", "conditional", "may", "on-error", "stops-itself", "elsewhere", "never", "unread"
]
"""What a handler's code says of a step that its function is permitted."""
Applicability = Literal["safe", "unsafe", "manual"]
RuntimeProtection = Literal["stops", "none", "off"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
FAIL_ON: tuple[FailOn, ...] = get_args(FailOn)
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
EVIDENCE: tuple[EvidenceName, ...] = get_args(EvidenceName)


def severity_rank(severity: Severity) -> int:
    """0 for the worst."""
    return SEVERITIES.index(severity)


def lesser(one: Severity, other: Severity) -> Severity:
    """The one that is less bad."""
    return max(one, other, key=severity_rank)


def confidence_rank(confidence: Confidence) -> int:
    """0 for the surest."""
    return CONFIDENCES.index(confidence)


def evidence_rank(evidence: EvidenceName) -> int:
    """0 for the strongest."""
    return EVIDENCE.index(evidence)
