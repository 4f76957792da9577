"""The formats that members are written in, each by the ending of its files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segmentry.base.errors import UserError
from segmentry.exports.texts import csv_head, csv_rows, json_rows
from segmentry.exports.xlsx import refuse_unfit, write_xlsx

PART = 100_000
"""How many rows are written, and put on disk, at a time."""


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself beside its rows, and the store's currency."""

    facts: Mapping[str, str]
    currency: str


Whole = Callable[[pa.Table, Path, About, Callable[[float], None]], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A format. Its files are `head` and then rows, given by `rows`, so that one can be gone on
    with; or `whole` writes them at once. `refuse` looks whether a table fits."""

    name: str
    head: Callable[[pa.Table], bytes] = lambda table: b""
    rows: Callable[[pa.Table], bytes] | None = None
    whole: Whole | None = None
    refuse: Callable[[pa.Table], None] | None = None


def _json_lines(table: pa.Table) -> bytes:
    lines = (json.dumps(row, ensure_ascii=False) for row in json_rows(table))
    return "".join(f"{line}\n" for line in lines).encode()


def _parquet(table: pa.Table, path: Path, about: About, progress: Callable[[float], None]) -> None:
    plain = table.cast(_without_dictionaries(table.schema))
    plain = plain.replace_schema_metadata(about.facts)
    with pq.ParquetWriter(path, plain.schema, compression="zstd") as writer:
        for start in range(0, plain.num_rows, PART):
            writer.write_table(plain.slice(start, PART))
            progress(min(1.0, (start + PART) / plain.num_rows))


def _without_dictionaries(schema: pa.Schema) -> pa.Schema:
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in schema
    ]
    return pa.schema(fields)


def _xlsx(table: pa.Table, path: Path, about: About, progress: Callable[[float], None]) -> None:
    write_xlsx(table, path, about.currency, progress)


FORMATS = {
    each.name: each
    for each in (
        Format("csv", head=csv_head, rows=csv_rows),
        Format("xlsx", whole=_xlsx, refuse=refuse_unfit),
        Format("parquet", whole=_parquet),
        Format("jsonl", rows=_json_lines),
    )
}


def format_named(name: str) -> Format:
    """The format of a name, which is also the ending of its files. Refuses another."""
    found = FORMATS.get(name.lower().removeprefix("."))
    if found is None:
        raise UserError(f"'{name}' is no format of files. Formats: {', '.join(FORMATS)}.")
    return found
