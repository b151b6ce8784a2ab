"""The tables of a store as Parquet, for engines that run on many machines: docs/company.md says what each column is.

A table is a folder of files, one for each run that wrote some of its rows, so that what many repositories write beside
each other is one table. https://parquet.apache.org/docs/file-format/
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from recursion_lint.fleet.facts_file import packed
from recursion_lint.fleet.known_loops import known_as
from recursion_lint.fleet.shared_names import shared_names
from recursion_lint.fleet.taking_in import Update, row_of
from recursion_lint.model.codec import Codec
from recursion_lint.model.findings import Finding
from recursion_lint.patterns.described import DOCUMENTS

if TYPE_CHECKING:
    import pyarrow as pa

TABLES: Mapping[str, Mapping[str, str]] = {
    "repositories": {
        **dict.fromkeys(("name", "commit_id", "account", "region"), "string"),
        **dict.fromkeys(("stacks", "templates", "resources", "triggers", "writes"), "int64"),
        "aside": "string",
    },
    "facts": {"repository": "string", "lines": "binary"},
    "names": {**dict.fromkeys(("kind", "name", "source", "repository"), "string"), "part": "int64"},
    "loops": {
        **dict.fromkeys(("known_as", "rule", "severity", "confidence", "message"), "string"),
        "repositories": "list<string>",
        "first": "string",
        "finding": "string",
    },
}
"""The columns of each table, with the types of Arrow. Only ``aside`` may be null."""
AT_ONCE = {"facts": 500}
MANY = 50_000
"""Rows that are written together, and are in memory until then: of a table of which nothing else is said so many."""
_CODEC = Codec(DOCUMENTS)


class NoArrow(Exception):
    """Parquet is written by pyarrow, which is not installed; the message is for the user."""


class Tables:
    """Writes the tables below ``folder``, in files that are called ``file``. Raises ``NoArrow`` and ``OSError``."""

    def __init__(self, folder: str, file: str) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise NoArrow(
                "Parquet needs pyarrow: pip install 'recursion-lint[fleet]', or '.[fleet]' in a clone"
            ) from None
        self._parquet = pyarrow.parquet
        self._schemas = {name: schema_of(name) for name in TABLES}
        self._waiting: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
        self._writers: dict[str, Any] = {}
        self._folder, self._file = folder, f"{file}.parquet"

    def __enter__(self) -> Tables:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in TABLES if kind is None else ():
            self._write(name)
        for writer in self._writers.values():
            writer.close()

    def put(self, update: Update) -> None:
        """Write a repository with its facts and its names."""
        repository = update.repository
        name = repository.origin.repository
        self._add("repositories", [row_of(repository)])
        self._add("facts", [(name, packed(update.lines))])
        named = sorted(shared_names(repository))
        self._add("names", [(row.kind, row.name, row.source, name, row.part) for row in named])

    def loops(self, findings: Iterable[Finding], today: str) -> None:
        """Write what was found. ``today`` stands for the day of those of which none is known."""
        self._add("loops", [_loop(one, today) for one in findings])

    def _add(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self._waiting[table] += rows
        if len(self._waiting[table]) >= AT_ONCE.get(table, MANY):
            self._write(table)

    def _write(self, table: str) -> None:
        rows, schema = self._waiting[table], self._schemas[table]
        if not rows:
            return
        if table not in self._writers:
            folder = os.path.join(self._folder, table)
            os.makedirs(folder, exist_ok=True)
            path = os.path.join(folder, self._file)
            self._writers[table] = self._parquet.ParquetWriter(path, schema, compression="zstd")
        columns = [list(column) for column in zip(*rows, strict=True)]
        self._writers[table].write_table(_table(columns, schema))
        self._waiting[table] = []


def schema_of(table: str) -> pa.Schema:
    """The schema of a table. Needs pyarrow."""
    import pyarrow

    types = {
        "string": pyarrow.string(),
        "int64": pyarrow.int64(),
        "binary": pyarrow.binary(),
        "list<string>": pyarrow.list_(pyarrow.string()),
    }
    return pyarrow.schema(
        [pyarrow.field(name, types[kind], nullable=name == "aside") for name, kind in TABLES[table].items()]
    )


def _table(columns: list[list[Any]], schema: pa.Schema) -> pa.Table:
    import pyarrow

    arrays = [pyarrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pyarrow.Table.from_arrays(arrays, schema=schema)


def _loop(finding: Finding, today: str) -> tuple[Any, ...]:
    return (
        known_as(finding),
        finding.rule,
        finding.severity,
        finding.confidence,
        finding.message,
        [at.name for at in finding.repositories],
        finding.since or today,
        json.dumps(_CODEC.written(Finding, finding)),
    )


def file_name(repository: str) -> str:
    """How the files of one repository are called in all tables."""
    return repository.replace("/", "__")
