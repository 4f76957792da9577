"""A table of members to a file: CSV, Parquet or JSON lines, by the file's ending.

A file is written aside and renamed, so that there is never half of one.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from segmentry.base.errors import UserError

_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_BATCH = 10_000


def write_table(table: pa.Table, path: Path) -> None:
    """Write the table in the format that the file's ending names. Refuses another ending,
    and a folder that is not there."""
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise UserError(f"{path.name} does not end in {', '.join(WRITERS)}.")
    if not path.parent.is_dir():
        raise UserError(f"{path.parent} is not a folder.")
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            write(table, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def csv_lines(table: pa.Table) -> Iterator[str]:
    """The table as lines of CSV, headings first, no cell of it a formula to a spreadsheet."""
    writer = csv.writer(echo := _Echo(), lineterminator="\n")
    writer.writerow(table.column_names)
    yield echo.line
    for row in _rows(table):
        writer.writerow([_cell(value) for value in row.values()])
        yield echo.line


class _Echo:
    """Gives back the line that a CSV writer writes."""

    line = ""

    def write(self, line: str) -> None:
        self.line = line


def json_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows as JSON has them: money as text, moments in ISO 8601."""
    for row in _rows(table):
        yield {name: _plain(value) for name, value in row.items()}


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=_BATCH):
        yield from batch.to_pylist()


def _cell(value: Any) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    text = ", ".join(plain) if isinstance(plain, list) else str(plain)
    typed = isinstance(value, str | list)
    return f"'{text}" if typed and text.startswith(_FORMULA_SIGNS) else text


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _write_csv(table: pa.Table, file: IO[bytes]) -> None:
    file.writelines(line.encode() for line in csv_lines(table))


def _write_json_lines(table: pa.Table, file: IO[bytes]) -> None:
    for row in json_rows(table):
        file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _write_parquet(table: pa.Table, file: IO[bytes]) -> None:
    pq.write_table(table, file, compression="zstd")


WRITERS: dict[str, Callable[[pa.Table, IO[bytes]], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".jsonl": _write_json_lines,
}
"""A writer for each ending of a file."""
