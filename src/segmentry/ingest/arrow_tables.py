"""Arrow tables that are to be canonical, looked over before they are taken in.

Whatever made them: a value that a column cannot hold would be found only when a question
meets it, long after the import. Raises DataError with table, column and first faulty row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.base.errors import DataError
from segmentry.base.money import LARGEST
from segmentry.facts.tables import DAY, FLOAT, MOMENT, Column, Table
from segmentry.ingest.cells import DEGREES, WORDS, is_id, is_money
from segmentry.query.dates import FIRST_DAY, LAST_DAY

_FIRST_MOMENT = datetime.combine(FIRST_DAY - timedelta(days=1), time(), UTC)
_LAST_MOMENT = datetime.combine(LAST_DAY + timedelta(days=2), time(), UTC)
"""A day more at either end: a moment is checked on the clock of its own zone, too."""


def looked_over(table: Table, found: pa.Table) -> pa.Table:
    """The table in the declared schema. Refuses other columns, types and values."""
    if found.schema.names != table.schema.names:
        raise DataError(f"The columns of '{table.name}' are {', '.join(table.schema.names)}.")
    columns = [_column(table, column, found.column(column.name)) for column in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)


def _column(table: Table, column: Column, found: pa.ChunkedArray) -> pa.ChunkedArray:
    where = f"{table.name}.{column.name}"
    if not _holds(found.type, column.type):
        money = ", ten-thousandths of a currency unit" if is_money(column) else ""
        raise DataError(f"{where} is {found.type}; it has to be {column.type}{money}.")
    try:
        found.validate(full=True)
        values = found.cast(column.type)
    except pa.ArrowException as error:
        raise DataError(f"{where} cannot be read as {column.type}: {error}") from error
    if column.required and values.null_count:
        raise DataError(f"{where} is empty in some rows; it is required.")
    for right, said in _rules(table, column):
        _check(where, values, right, said)
    return values


def _holds(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether one type says the same as another, in whatever width."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_null(found) or found == wanted:
        return True
    if pa.types.is_timestamp(found):
        return bool(wanted == MOMENT and found.tz)
    return any(kind(found) and kind(wanted) for kind in _KINDS)


def _is_text(kind: pa.DataType) -> bool:
    return any(
        (pa.types.is_string(kind), pa.types.is_large_string(kind), pa.types.is_string_view(kind))
    )


_KINDS = (_is_text, pa.types.is_integer, pa.types.is_floating, pa.types.is_date)


_Right = Callable[[pa.ChunkedArray], pa.ChunkedArray]


def _rules(table: Table, column: Column) -> Iterator[tuple[_Right, str]]:
    """What must hold for every value of a column, and what is said where it does not."""
    if words := WORDS.get((table.name, column.name)):
        allowed = pa.array(words)
        yield lambda v: pc.is_in(v, value_set=allowed), f"is not one of {', '.join(words)}"
    if is_id(column):
        yield (
            lambda v: pc.match_substring_regex(v, "^[^:]+:."),
            "is not an id with its source before it, as in shop:123",
        )
    if is_money(column):
        yield _between(-LARGEST, LARGEST), "has more than 14 digits before the decimal point"
    if column.type == FLOAT:
        bound = float(DEGREES[column.name])
        yield _between(-bound, bound), f"does not lie between -{bound:g} and {bound:g}"
    if column.type == MOMENT:
        lowest, highest = (pa.scalar(each, MOMENT) for each in (_FIRST_MOMENT, _LAST_MOMENT))
        yield _between(lowest, highest), f"does not lie between {FIRST_DAY} and {LAST_DAY}"
    if column.type == DAY:
        yield _between(FIRST_DAY, LAST_DAY), f"does not lie between {FIRST_DAY} and {LAST_DAY}"


def _between(low: object, high: object) -> _Right:
    return lambda values: pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))


def _check(where: str, values: pa.ChunkedArray, right: _Right, said: str) -> None:
    known = pc.is_valid(values)
    wrong = pc.and_(known, pc.invert(pc.fill_null(right(values), fill_value=False)))
    row = pc.index(wrong, value=True).as_py()
    if row >= 0:
        raise DataError(f"{where} row {row + 1}: the value {said}.")
