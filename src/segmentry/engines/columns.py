"""Values of attributes as Arrow columns, each type in one form.

Money is an exact decimal of the currency unit, a moment carries the store's zone, a list is
in order. What is said here one value after another, an engine may do faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.engines.base import CustomerValue
from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type

ID = "customer_id"
MONEY = pa.decimal128(38, 4)
LIST = pa.list_(pa.string())


def arrow_type(type: Type, zone: ZoneInfo) -> pa.DataType:
    """What a column of a type is in Arrow."""
    return {
        Type.MONEY: MONEY,
        Type.INTEGER: pa.int64(),
        Type.DECIMAL: pa.float64(),
        Type.DATE: pa.timestamp("us", tz=zone.key),
        Type.DAY: pa.date32(),
        Type.BOOLEAN: pa.bool_(),
        Type.LIST: LIST,
    }.get(type, pa.string())


def arrow_column(values: Iterable[CustomerValue], type: Type, zone: ZoneInfo) -> pa.Array:
    """Values of a type as a column."""
    found = [None if value is None else _value(type, value) for value in values]
    return pa.array(found, arrow_type(type, zone))


def table_of(
    ids: Sequence[str],
    values: Sequence[tuple[Attribute, Mapping[str, CustomerValue]]],
    zone: ZoneInfo,
) -> pa.Table:
    """One row an id: `customer_id`, then a column for each attribute."""
    columns = {ID: pa.array(ids, pa.string())}
    for attribute, of in values:
        columns[attribute.name] = arrow_column(map(of.get, ids), attribute.type, zone)
    return pa.table(columns)


def _value(type: Type, value: Any) -> Any:
    if type is Type.MONEY:
        return _money(value)
    if type is Type.DECIMAL:
        return _float(value)
    if type is Type.LIST:
        return sorted(value)
    return value


def _money(value: int | Fraction) -> Decimal:
    """An average that has no end in decimals is rounded half-even to ten-thousandths."""
    return Decimal(round(Fraction(value))).scaleb(-4)


def _float(value: int | Fraction) -> float | None:
    """The nearest machine number; one that is too large for any is missing."""
    try:
        return float(value)
    except OverflowError:
        return None
