"""The formats that members are written in, each by the ending of its files.

A file is made of parts: a head, then the bytes of some rows after those of others. Written one
after another they are the file, or what the file is made from in one pass without asking for
any row again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segmentry.base.errors import UserError
from segmentry.exports import xlsx
from segmentry.exports.texts import csv_head, csv_rows, json_rows

PART = 100_000
"""How many rows are written, and put on disk, at a time."""


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself beside its rows, how many these are, and the store's currency."""

    facts: Mapping[str, str]
    rows: int
    currency: str


Join = Callable[[Path, Path, About], None]
"""Makes a file, the second, from the parts that stand in the first."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: what stands before its rows, and rows as bytes, given how many are before them.

    The parts are the file as they stand, where `join` does not make it from them. `refuse`
    looks whether a table fits.
    """

    name: str
    head: Callable[[pa.Table, About], bytes]
    part: Callable[[pa.Table, int], bytes]
    join: Join | None = None
    refuse: Callable[[pa.Table, int], None] | None = None


def _json_lines(table: pa.Table, before: int) -> bytes:
    lines = (json.dumps(row, ensure_ascii=False) for row in json_rows(table))
    return "".join(f"{line}\n" for line in lines).encode()


def _arrow_head(table: pa.Table, about: About) -> bytes:
    """The parts of Parquet are a stream of Arrow, which needs no end."""
    schema = _without_dictionaries(table.schema).with_metadata(about.facts)
    return schema.serialize().to_pybytes()  # type: ignore[no-any-return]  # no types there


def _arrow_rows(table: pa.Table, before: int) -> bytes:
    plain = table.cast(_without_dictionaries(table.schema)).combine_chunks()
    return b"".join(batch.serialize().to_pybytes() for batch in plain.to_batches())


def _parquet(parts: Path, out: Path, about: About) -> None:
    """A group of rows for each part, none but one of which is in memory."""
    with (
        pa.OSFile(str(parts)) as file,
        pa.ipc.open_stream(file) as stream,
        pq.ParquetWriter(out, stream.schema, compression="zstd") as writer,
    ):
        for batch in stream:
            writer.write_batch(batch)


def _without_dictionaries(schema: pa.Schema) -> pa.Schema:
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field
        for field in schema
    ]
    return pa.schema(fields)


FORMATS = {
    each.name: each
    for each in (
        Format("csv", lambda table, about: csv_head(table), lambda table, before: csv_rows(table)),
        Format(
            "xlsx",
            lambda table, about: xlsx.sheet_head(table, about.rows, about.currency),
            xlsx.sheet_rows,
            lambda parts, out, about: xlsx.write_book(parts, out, about.currency),
            xlsx.refuse_unfit,
        ),
        Format("parquet", _arrow_head, _arrow_rows, _parquet),
        Format("jsonl", lambda table, about: b"", _json_lines),
    )
}


def format_named(name: str) -> Format:
    """The format of a name, which is also the ending of its files. Refuses another."""
    found = FORMATS.get(name.lower().removeprefix("."))
    if found is None:
        raise UserError(f"'{name}' is no format of files. Formats: {', '.join(FORMATS)}.")
    return found
