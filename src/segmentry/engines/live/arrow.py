"""Columns of values to Arrow, without a look at single values wherever that is exact."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from segmentry.engines.columns import ID, LIST, MONEY, arrow_column, arrow_type
from segmentry.engines.live.columns import Coded, Column, Dates, Lists, Numbers
from segmentry.engines.live.exact import Mask, Whole, count_by
from segmentry.engines.live.groups import grouped
from segmentry.facts.operators import Type

_EXACT = 2**53
"""Whole numbers up to here are machine numbers, and so is the nearest to their quotient."""
_HALVED = 2**62


def to_arrow(column: Column, type: Type, zone: ZoneInfo) -> pa.Array:
    """All values of a column of a type."""
    match column:
        case Numbers() if _small(column.top, _HALVED) and _small(column.bottom, _HALVED):
            found = _numbers(column, type)
        case Dates():
            found = _dates(column, zone)
        case Coded():
            found = _coded(column, arrow_type(type, zone))
        case Lists():
            found = _lists(column)
        case _:
            found = None
    if found is None:
        found = arrow_column(column.listed(np.arange(len(column.known))), type, zone)
    return found


def in_order(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables of different customers as one, in the order of their ids; each is in order."""
    return tables[0] if len(tables) == 1 else pa.concat_tables(tables).sort_by(ID)


def _numbers(column: Numbers, type: Type) -> pa.Array | None:
    top, bottom = column.top, column.bottom
    if type is Type.MONEY:
        return _decimals(top if _is_one(bottom) else _rounded(top, bottom), column.known)
    if type is Type.INTEGER and _is_one(bottom):
        return pa.array(top, pa.int64(), mask=~column.known)
    if type is Type.DECIMAL and _small(top, _EXACT) and _small(bottom, _EXACT):
        return pa.array(top / bottom, pa.float64(), mask=~column.known)
    return None


def _small(numbers: Whole | int, limit: int) -> bool:
    if isinstance(numbers, int):
        return numbers < limit
    return numbers.dtype != object and bool((np.abs(numbers) < limit).all())


def _is_one(bottom: Whole | int) -> bool:
    return isinstance(bottom, int) and bottom == 1


def _rounded(top: Whole, bottom: Whole | int) -> Whole:
    """The nearest whole numbers, of two the even one."""
    whole, rest = np.divmod(top, bottom)
    odd = whole % 2 == 1
    return np.asarray(whole + ((2 * rest > bottom) | ((2 * rest == bottom) & odd)))


def _decimals(amounts: Whole, known: Mask) -> pa.Array:
    """Ten-thousandths as decimals: the same number in 128 bits, the sign in all upper ones."""
    wide = np.empty((len(amounts), 2), "<i8")
    wide[:, 0] = amounts
    wide[:, 1] = amounts >> 63
    return pa.Array.from_buffers(MONEY, len(amounts), [_valid(known), pa.py_buffer(wide)])


def _valid(known: Mask) -> pa.Buffer | None:
    """Where there is a value, as Arrow has it; None where there is one everywhere."""
    return None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))


def _dates(column: Dates, zone: ZoneInfo) -> pa.Array:
    if column.days:
        return pa.array(column.at.astype(np.int32), pa.int32(), mask=~column.known).view(
            pa.date32()
        )
    return pa.array(column.at, pa.int64(), mask=~column.known).view(
        arrow_type(Type.DATE, zone),
    )


def _coded(column: Coded, type: pa.DataType) -> pa.Array:
    places = pa.array(column.codes, pa.int64(), mask=~column.known)
    return pa.array(column.words.values, type).take(places)


def _lists(column: Lists) -> pa.Array:
    """Each row's different values in the order of texts."""
    words = sorted(set(column.words.values))
    rank = {word: place for place, word in enumerate(words)}
    ranks = np.array([rank[word] for word in column.words.values], np.int64)[column.codes]
    pairs, _ = grouped(column.owners, ranks)
    counts = count_by(column.owners[pairs], column.size)
    starts = np.append(0, np.cumsum(counts)).astype(np.int32)
    values = pa.array(words, pa.string()).take(pa.array(ranks[pairs]))
    buffers = [_valid(counts > 0), pa.py_buffer(starts)]
    return pa.Array.from_buffers(LIST, column.size, buffers, children=[values])
