"""Values of attributes beside the members they belong to, as an Arrow table.

Money is an exact decimal of the currency unit, a moment carries the store's zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.base.money import SCALE
from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type

MONEY = pa.decimal128(19, 4)
_SMALLEST = Decimal("0.0001")


def with_columns(
    ids: Sequence[str],
    values: Sequence[tuple[Attribute, Mapping[str, Any]]],
    zone: ZoneInfo,
) -> pa.Table:
    """One row an id, `customer_id` first, then a column for each attribute."""
    columns = {"customer_id": pa.array(ids, pa.string())}
    for attribute, of in values:
        converted = [_value(attribute.type, of.get(each)) for each in ids]
        columns[attribute.name] = pa.array(converted, _arrow_type(attribute.type, zone))
    return pa.table(columns)


def _arrow_type(type: Type, zone: ZoneInfo) -> pa.DataType:
    return {
        Type.MONEY: MONEY,
        Type.INTEGER: pa.int64(),
        Type.DECIMAL: pa.float64(),
        Type.DATE: pa.timestamp("us", tz=zone.key),
        Type.DAY: pa.date32(),
        Type.BOOLEAN: pa.bool_(),
        Type.LIST: pa.list_(pa.string()),
    }.get(type, pa.string())


def _value(type: Type, value: Any) -> Any:
    if value is None:
        return None
    if type is Type.MONEY:
        return _money(value)
    if type is Type.DECIMAL:
        return float(value)
    if type is Type.LIST:
        return sorted(value)
    return value


def _money(value: int | Fraction) -> Decimal:
    """An average that has no end in decimals is rounded half-even to ten-thousandths."""
    exact = Fraction(value) / SCALE
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    return decimal.quantize(_SMALLEST, rounding=ROUND_HALF_EVEN)
