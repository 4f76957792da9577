"""Arrow tables to arrays: numbers, moments, coded texts, and whose rows they are."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.live.columns import NONE, Coded, Dates, Numbers, Words
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.keys import Keys


def numbers(column: pa.ChunkedArray) -> Numbers:
    """A column of whole numbers."""
    return Numbers(_filled(column, 0), _known(column))


def dates(column: pa.ChunkedArray) -> Dates:
    """A column of moments or days."""
    if pa.types.is_date32(column.type):
        return Dates(_filled(column.cast(pa.int32()), 0), _known(column), days=True)
    return Dates(_filled(column.cast(pa.int64()), 0), _known(column))


def truths(column: pa.ChunkedArray) -> Mask:
    """Where a column of booleans is true."""
    truth: Mask = column.fill_null(False).to_numpy()
    return truth


def coded(column: pa.ChunkedArray) -> Coded:
    """A column of texts or booleans."""
    encoded = column.combine_chunks().dictionary_encode()
    return Coded(_filled(encoded.indices, NONE), Words(encoded.dictionary.to_pylist()))


def not_empty(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts, of which an empty one is missing."""
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)


def owned(table: pa.Table, key: str, among: Keys) -> tuple[pa.Table, Whole]:
    """The rows whose key stands among the owners', and the owner of each."""
    owners = among.rows_of(table.column(key))
    kept = owners != NONE
    if kept.all():
        return table, owners
    return table.filter(pa.array(kept)), owners[kept]


def in_order(owners: Whole, moments: Whole, ids: pa.ChunkedArray) -> Whole:
    """The rows of owners there are, by owner, time and id."""
    rows = np.lexsort((moments, owners))
    rows = rows[np.searchsorted(owners[rows], 0) :]  # NONE comes first
    return _ties_by_id(rows, (owners[rows], moments[rows]), ids)


def _ties_by_id(rows: Whole, keys: tuple[Whole, Whole], ids: pa.ChunkedArray) -> Whole:
    """Rows that are sorted by keys, those with equal keys sorted by their ids."""
    if len(rows) < 2:
        return rows
    same = np.logical_and.reduce([key[1:] == key[:-1] for key in keys])
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    if len(tied):
        group = np.cumsum(np.append(True, ~same))[tied].tolist()
        texts = ids.take(pa.array(rows[tied])).to_pylist()
        order = sorted(range(len(tied)), key=lambda place: (group[place], texts[place]))
        rows[tied] = rows[tied[order]]
    return rows


def _filled(column: pa.ChunkedArray | pa.Array, missing: int) -> Whole:
    filled: Whole = column.cast(pa.int64()).fill_null(missing).to_numpy()
    return filled


def _known(column: pa.ChunkedArray) -> Mask:
    known: Mask = np.asarray(pc.is_valid(column))
    return known
