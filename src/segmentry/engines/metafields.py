"""The values of metafields, which sources give as JSON.

A value that is no JSON, or does not fit the declared type, counts as missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from segmentry.engines.base import CustomerValue
from segmentry.facts.operators import Type
from segmentry.query.dates import local_instant

_LARGEST_EXPONENT = 400
"""Beyond what any machine number has."""


def read_metafield(raw: str | None, type: Type, zone: ZoneInfo) -> CustomerValue:
    """The value of a metafield of a type; times without a zone are on the store's clock."""
    return typed(parsed(raw), type, zone)


def typed(found: Any, type: Type, zone: ZoneInfo) -> CustomerValue:
    """A value of JSON as one of a type; None where it does not fit."""
    try:
        return None if found is None else _READ[type](found, zone)
    except (ValueError, TypeError, OverflowError):
        return None


def read_texts(raw: str | None) -> frozenset[str] | None:
    """The texts of a list, blank ones left out."""
    return _texts(parsed(raw))


def parsed(raw: str | None) -> Any:
    """A JSON text, with exact numbers; None where it is none."""
    try:
        return None if raw is None else json.loads(raw, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _texts(value: Any) -> frozenset[str] | None:
    if not isinstance(value, list):
        return None
    texts = (str(item) for item in value if item is not None)
    return frozenset(text for text in texts if text.strip()) or None


def _text(value: Any, zone: ZoneInfo) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _number(value: Any, zone: ZoneInfo) -> Fraction | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    # A few characters such as 1e999999999 would take all memory as an exact fraction.
    if isinstance(value, Decimal) and abs(value.adjusted()) > _LARGEST_EXPONENT:
        return None
    return Fraction(value)


def _boolean(value: Any, zone: ZoneInfo) -> bool | None:
    return value if isinstance(value, bool) else None


def _day(value: Any, zone: ZoneInfo) -> date:
    return date.fromisoformat(value)


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else local_instant(moment, zone)


_READ: dict[Type, Callable[[Any, ZoneInfo], CustomerValue]] = {
    Type.TEXT: _text,
    Type.DECIMAL: _number,
    Type.BOOLEAN: _boolean,
    Type.DAY: _day,
    Type.DATE: _moment,
    Type.LIST: lambda value, zone: _texts(value),
}
