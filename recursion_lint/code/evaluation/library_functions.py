"""What functions of libraries of both languages have in common: JSON, paths, addresses, programs."""

import re

from recursion_lint.code.calls import (
    UNMARSHALLED,
    Alternatives,
    CallResult,
    Concatenation,
    Environment,
    EventPath,
    ListValue,
    Literal,
    Pure,
    Unknown,
    Value,
)
from recursion_lint.code.evaluation.frames import Arguments
from recursion_lint.code.evaluation.heap import (
    ANY,
    OPEN,
    REST,
    Record,
    Sequence,
    V,
    join,
    options_of,
)
from recursion_lint.code.evaluation.machine import Machine
from recursion_lint.code.evaluation.recording import here, record, split_uri
from recursion_lint.code.sdk_calls import operation
from recursion_lint.code.syntax.tree import At
from recursion_lint.code.values import NOTHING, inner


def parsed(m: Machine, value: V, at: At) -> V:
    """What a text says, read as JSON."""
    if isinstance(value, (EventPath, CallResult)):
        return m.field(value, "json", at)
    if isinstance(value, Pure) and value.name == "json":
        return m.thaw(value.arguments[0])
    if isinstance(value, (Record, Sequence)):
        return value
    if isinstance(value, Environment):
        return Unknown("parsed environment variable", frozenset({"environment"}))
    return Unknown("parsed text", m.sources(value))


def parse_json(m: Machine, name: str, arguments: Arguments, at: At) -> V:
    """``JSON.parse(text)`` and ``json.loads(text)``."""
    del name
    given = arguments.positional
    return join(parsed(m, value, at) for value in options_of(given[0])) if given else NOTHING


def unmarshalled(m: Machine, value: V, at: At) -> V:
    """Attributes of a table's items without their types: a record's image, a part of it, or an object of such parts.

    https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-aws-sdk-util-dynamodb/
    """
    if len(options_of(value)) > 1:
        return join(unmarshalled(m, option, at) for option in options_of(value))
    if isinstance(value, Record) and not {OPEN, REST, ANY} & value.cell.keys():
        fields = {name: part for name, part in value.cell.items() if isinstance(name, str)}
        if fields.keys() == {"M"}:
            return unmarshalled(m, fields["M"], at)
        return m.record({name: unmarshalled(m, part, at) for name, part in fields.items()})
    typed = isinstance(value, EventPath) and _IMAGES & set(value.path) and UNMARSHALLED not in value.path
    return m.field(value, UNMARSHALLED, at) if typed else value


_IMAGES = frozenset({"Keys", "NewImage", "OldImage"})


_SHELLS = frozenset(
    [
        *("aws", "s3cmd", "s5cmd", "rclone", "curl"),
        *("sh", "bash", "dash", "ash", "ksh", "zsh", "busybox", "env", "make", "sudo", "xargs", "parallel"),
        *("nice", "nohup", "time", "timeout"),
        *("python", "python3", "node", "npm", "npx", "deno", "bun", "perl", "php", "ruby", "java"),
    ]
)
"""Programs that write to AWS, or run others, by their names."""
_SCRIPTS = (".sh", ".py", ".js", ".mjs", ".rb", ".pl", ".php")
_AWS = re.compile(r"(?<![\w.-])(?:\S*/)?aws(?![\w.-])")


def may_run_aws(command: Value) -> bool:
    """May a command run the AWS command line? Not if its program is known, and no shell."""
    if isinstance(command, Alternatives):
        return any(map(may_run_aws, command.options))
    if names_aws(command):
        return True
    first = command.items[0] if isinstance(command, ListValue) and command.items else command
    parts = first.parts if isinstance(first, Concatenation) else (first,)
    begin = parts[0]
    if isinstance(begin, Unknown) and _OF_PACKAGE.match(begin.reason) and "aws" not in begin.reason:
        # A package that brings a program along gives the path of it: that of ffmpeg is none of the shells.
        return len(parts) > 1 and not (isinstance(parts[1], Literal) and str(parts[1].value).startswith(" "))
    if not isinstance(begin, Literal) or not isinstance(begin.value, str):
        return True
    program = begin.value.split()[0].rpartition("/")[2] if begin.value.split() else ""
    known = len(parts) == 1 or " " in begin.value
    return not known or program in _SHELLS or program.endswith(_SCRIPTS)


def names_aws(value: Value) -> bool:
    """Does a text in a command call the AWS command line?"""
    if isinstance(value, Literal):
        return bool(_AWS.search(str(value.value)))
    return any(map(names_aws, inner(value)))


_OF_PACKAGE = re.compile(r"library (?!process\b|sys\b|os\b|shutil\b|child_process\b)")


def write_to_address(m: Machine, value: Value, at: At, name: str) -> bool:
    """Notes a write to ``s3://bucket/key``; whether it was such an address."""
    bucket, key = split_uri(value)
    if isinstance(bucket, Unknown):
        return False
    record(m, operation("s3.PutObject"), m.record({"Bucket": bucket, "Key": key}), here(m, at, name))
    return True


FILE_WRITERS = frozenset(
    ("to_csv", "to_parquet", "to_json", "to_excel", "to_pickle", "to_feather", "to_orc", "to_xml", "to_stata")
) | frozenset(("write_csv", "write_parquet", "write_ndjson", "write_ipc"))
"""Methods of tables (pandas, Polars) that write to the path or address that they are given."""


def write_table(m: Machine, name: str, arguments: Arguments, at: At) -> bool:
    """Notes what a table, of which nothing is known, writes to an address of S3; whether it does.

    A path that begins with a known word is a file, and so is what is no text at all.
    https://pandas.pydata.org/docs/user_guide/io.html#reading-writing-remote-files
    """
    for value in arguments.every():
        path = m.freeze(value)
        if write_to_address(m, path, at, name):
            return True
        first = path.parts[0] if isinstance(path, Concatenation) else path
        if isinstance(first, (Environment, EventPath)):
            m.gap(f"{name} may write to S3", at)
    return False
