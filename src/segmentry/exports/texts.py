"""Members as texts, for CSV and JSON: exact money, moments in ISO 8601 with the store's offset."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.base.formulas import FORMULA, neutral
from segmentry.engines.live.days import offsets
from segmentry.engines.live.exact import Whole
from segmentry.facts.zones import zone

_LONG = pa.large_string()
"""Texts that are longer together than 2 GB."""
_NONE, _COMMA, _NEWLINE, _APOSTROPHE, _QUOTE = (pa.scalar(each, _LONG) for each in ("", *",\n'\""))
_AT_ONCE = 10_000
_THREADS = 2
_SHARE = 50_000
"""How many rows one thread makes lines of."""
_SECOND = 1_000_000
_ENDS_A_CELL = (b'"', b",", b"\r", b"\n")


def csv_head(table: pa.Table) -> bytes:
    """The line of headings."""
    names = pa.array(map(neutral, table.column_names), _LONG)
    return (",".join(_quoted(names).to_pylist()) + "\n").encode()


def csv_rows(table: pa.Table) -> bytes:
    """The rows as lines of CSV, no text in them a formula to a spreadsheet."""
    batches = table.combine_chunks().to_batches(max_chunksize=_SHARE)
    with ThreadPoolExecutor(_THREADS) as threads:
        return b"".join(threads.map(_lines, batches))


def _lines(batch: pa.RecordBatch) -> bytes:
    cells = [pc.coalesce(_cell(column), _NONE) for column in batch.columns]
    lines = pc.binary_join_element_wise(*cells, _COMMA)
    ended = pc.binary_join_element_wise(lines, _NONE, _NEWLINE)
    return joined(ended)


def joined(column: pa.Array) -> bytes:
    """All texts of a column, one after another, as they stand in memory."""
    _, offsets, texts = column.buffers()
    if texts is None:
        return b""
    ends = memoryview(offsets).cast("q")
    return bytes(memoryview(texts)[ends[column.offset] : ends[column.offset + len(column)]])


def moments(column: pa.Array) -> pa.Array:
    """Moments as texts on the clock of their zone, such as 2024-01-31T16:00:00+01:00."""
    local, ahead = on_the_clock(column)
    texts = local.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    whole = pa.array(np.asarray(local.cast(pa.int64()).fill_null(0)) % _SECOND == 0)
    if not pc.all(whole, min_count=0).as_py():
        texts = pc.if_else(whole, texts, local.cast(pa.string()))
    texts = pc.binary_replace_slice(texts, start=10, stop=11, replacement="T")
    different, places = np.unique(ahead, return_inverse=True)
    words = [str(timezone(timedelta(microseconds=each)))[3:] for each in different.tolist()]
    signs = pa.array([each or "+00:00" for each in words], pa.string())
    return pc.binary_join_element_wise(texts, signs.take(pa.array(places)), "")


def on_the_clock(column: pa.Array) -> tuple[pa.Array, Whole]:
    """Moments as the clock of their zone shows them, and how far it is ahead of UTC.

    Arrow itself asks the computer for zones, which ends in 2037 and may know other ones.
    """
    numbers = np.asarray(column.cast(pa.int64()).fill_null(0))
    ahead = offsets(numbers, zone(column.type.tz))
    local = pa.array(numbers + ahead, pa.int64(), mask=np.asarray(column.is_null()))
    return local.view(pa.timestamp("us")), ahead


def json_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows as JSON has them: money and moments as texts; lists, numbers and truths as
    they are."""
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        columns = [_plain(column) for column in batch.columns]
        yield from pa.RecordBatch.from_arrays(columns, table.column_names).to_pylist()


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return _plain(column.dictionary).take(column.indices)
    if pa.types.is_timestamp(column.type):
        return moments(column)
    if pa.types.is_decimal(column.type) or pa.types.is_date(column.type):
        return column.cast(pa.string())
    return column


def _cell(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        return _cell(column.dictionary).take(column.indices)
    if pa.types.is_list(column.type):
        column = pc.binary_join(column, ", ")
    if not pa.types.is_string(column.type):
        return _plain(column).cast(_LONG)
    column = column.cast(_LONG)
    formula = pc.match_substring_regex(column, FORMULA)
    if pc.any(formula).as_py():
        column = pc.if_else(
            formula, pc.binary_join_element_wise(_APOSTROPHE, column, _NONE), column
        )
    return _quoted(column)


def _quoted(column: pa.Array) -> pa.Array:
    """Texts that hold what ends a cell, in quotes."""
    texts = joined(column)
    if not any(sign in texts for sign in _ENDS_A_CELL):
        return column  # most columns, and found much faster
    special = pc.match_substring_regex(column, '[",\r\n]')
    if not pc.any(special).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise(_QUOTE, doubled, _QUOTE, _NONE), column)
