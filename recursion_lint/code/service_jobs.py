"""Jobs of other services that write objects: calls that may start one where the catalogue does not say so, and keys.

Which parameters name a bucket: the models of the services, https://github.com/boto/botocore/tree/master/botocore/data
"""

from __future__ import annotations

import re

from recursion_lint.code.calls import (
    Alternatives,
    CallSite,
    Concatenation,
    ListValue,
    Literal,
    ObjectValue,
    Value,
)
from recursion_lint.code.sdk_calls import operation
from recursion_lint.model.text import ANY, Text, text

_STARTS = re.compile(r"^(Start|Create|Export|Submit|Invoke)")
_READS = re.compile(r"^(Get|List|Describe|Head|Delete|Stop|Cancel|Tag|Untag)")
_GOING_OUT = re.compile(
    r"^(s3|job|log|processing|transform)?(output|destination|export|sink|resultconfig)", re.IGNORECASE
)
_NO_STORE = re.compile(r"phone|cidr|address|number|email|region|port|name$", re.IGNORECASE)
_BUCKET = re.compile(r"^(target)?(s3)?_?bucket(name)?$", re.IGNORECASE)
_MADE = re.compile(r"output|destination|export|result|deliver|report|archive|sink|(?<!a)log", re.IGNORECASE)
_PLACE = re.compile(r"s3|bucket", re.IGNORECASE)
_DEEPEST = 8

_PROGRAMS = frozenset(
    {
        ("s3control", "CreateJob"),
        ("emr", "AddJobFlowSteps"),
        ("emr", "RunJobFlow"),
        ("emrcontainers", "StartJobRun"),
        ("emrserverless", "StartJobRun"),
        ("sagemaker", "StartPipelineExecution"),
        ("sagemakerruntime", "InvokeEndpointAsync"),
        ("ssm", "SendCommand"),
        ("ssm", "StartAutomationExecution"),
        ("transfer", "StartFileTransfer"),
    }
)
"""What runs something that is declared elsewhere, or a program: where that writes no parameter has to say."""
_STATEMENTS = {
    ("redshiftdata", "ExecuteStatement"): "Sql",
    ("redshiftdata", "BatchExecuteStatement"): "Sqls",
    ("rdsdata", "ExecuteStatement"): "sql",
    ("rdsdata", "BatchExecuteStatement"): "sql",
    ("rdsdata", "ExecuteSql"): "sqlStatements",
    ("timestreamquery", "Query"): "QueryString",
}
"""Statements that may unload a table to a bucket, by the parameter that holds them.

https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/postgresql-s3-export.html
"""
_UNLOADS = re.compile(r"\bunload\b|\boutfile\b|s3_|_s3|s3://|\bcall\b", re.IGNORECASE)
_WORD = re.compile(r"^[\s(]*[a-z]+\b", re.IGNORECASE)


def may_write_objects(service: str, name: str, parameters: Value) -> bool:
    """May a call of an operation ``name`` make a service write objects to a bucket?

    ``parameters`` are those of the call. One that is not known tells nothing.
    """
    service = service.replace("-", "")
    if service == "s3" or _READS.match(name):
        return False
    if (service, name) in _PROGRAMS:
        return True
    known = parameters if isinstance(parameters, ObjectValue) else None
    if (service, name) in _STATEMENTS:
        return known is None or _unloads(known.get(_STATEMENTS[service, name]))
    if known is None:
        return False
    names = [field for field, _ in known.fields]
    if _STARTS.match(name) and any(_GOING_OUT.match(one) and not _NO_STORE.search(one) for one in names):
        return True
    named = name.startswith("Copy") or bool(_STARTS.match(name))
    return (named and any(map(_BUCKET.match, names))) or _holds_a_place(known, made=False)


def _holds_a_place(value: Value, made: bool, depth: int = 0) -> bool:
    """Is there a place in S3 below a field that is named after what a job makes?"""
    if depth > _DEEPEST:
        return made
    if isinstance(value, (ListValue, Alternatives)):
        parts = value.items if isinstance(value, ListValue) else value.options
        return any(_holds_a_place(part, made, depth + 1) for part in parts)
    if isinstance(value, ObjectValue):
        return any(
            (_PLACE.search(name) and (made or _MADE.search(name)))
            or _holds_a_place(part, made or bool(_MADE.search(name)), depth + 1)
            for name, part in value.fields
        )
    begin = value.parts[0] if isinstance(value, Concatenation) else value
    return made and isinstance(begin, Literal) and str(begin.value).startswith("s3://")


def _unloads(statement: Value | None) -> bool:
    """May a statement write to a bucket? Not where it begins with a plain word, and no part names such a thing."""
    if isinstance(statement, (ListValue, Alternatives)):
        several = statement.items if isinstance(statement, ListValue) else statement.options
        return not several or any(map(_unloads, several))
    parts = statement.parts if isinstance(statement, Concatenation) else (statement,)
    texts = [str(part.value) for part in parts if isinstance(part, Literal)]
    begins = isinstance(parts[0], Literal) and _WORD.match(str(parts[0].value))
    return not begins or any(map(_UNLOADS.search, texts))


_READS_ONLY = re.compile(
    r"^[\s(]*(?:--[^\n]*\n\s*)*(?:select|with|show|describe|desc|explain|values|alter|drop|msck|analyze|prepare|use"
    r"|create\s+(?:or\s+replace\s+)?(?:external|database|schema|view))\b",
    re.IGNORECASE,
)


def writes_tables(statement: Value | None) -> bool:
    """May a statement of Athena write to the place of a table, or one of its own, beside its results?

    ``UNLOAD``, ``INSERT INTO`` and ``CREATE TABLE AS`` do: https://docs.aws.amazon.com/athena/latest/ug/unload.html
    """
    if isinstance(statement, Alternatives):
        return any(map(writes_tables, statement.options))
    begin = statement.parts[0] if isinstance(statement, Concatenation) else statement
    return not (isinstance(begin, Literal) and _READS_ONLY.match(str(begin.value)))


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
