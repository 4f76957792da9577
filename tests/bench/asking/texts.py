"""Descriptions as segment queries."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import assert_never

from .descriptions import (
    MONEY,
    Against,
    All,
    AnyOf,
    Dated,
    DatedBetween,
    Described,
    Filter,
    InSegment,
    Listed,
    Missing,
    Not,
    Number,
    Ranked,
    Records,
    Total,
    Window,
    Word,
)

_UNIT = 10_000


def name_of(number: int) -> str:
    """What a drawn segment is called."""
    return f"Segment {number}"


def text_of(described: Described) -> str:
    """The query of a segment."""
    match described:
        case Number(name, comparison, value):
            return f"{name} {comparison} {_number(name, value)}"
        case Dated(name, comparison, days):
            return f"{name} {comparison} {_day(days)}"
        case DatedBetween(name, first, last):
            return f"{name} BETWEEN {_day(first)} AND {_day(last)}"
        case Word(name, words):
            return f"{name} {_equal(words)}"
        case Listed(name, words):
            return f"{name} CONTAINS {_quoted(*words)}"
        case Missing(name):
            return f"{name} IS NULL"
        case Ranked(name, end, amount, percent):
            return f"{name} IN {end} {amount}{'%' if percent else ''}"
        case Against(name, comparison, factor, statistic):
            return f"{name} {comparison} {_decimal(factor)} * {statistic}"
        case Records():
            return f"{described.function} MATCHES ({', '.join(_limits(described))})"
        case InSegment(number):
            return f"segments CONTAINS '{name_of(number)}'"
        case Not(part):
            return f"NOT ({text_of(part)})"
        case All(parts):
            return " AND ".join(_grouped(part) for part in parts)
        case AnyOf(parts):
            return " OR ".join(_grouped(part) for part in parts)
    assert_never(described)


def _grouped(part: Described) -> str:
    return f"({text_of(part)})" if isinstance(part, All | AnyOf) else text_of(part)


def _limits(records: Records) -> Iterator[str]:
    if records.window:
        yield f"date {_within(records.window)}"
    for each in records.filters:
        yield _filter(each)
    if records.total:
        yield _total(records.total)


def _within(window: Window) -> str:
    if window.hours is not None:
        return f">= -{window.hours}h"
    if window.last is None:
        return f">= {_day(window.first)}"
    return f"BETWEEN {_day(window.first)} AND {_day(window.last)}"


def _filter(each: Filter) -> str:
    values = [_value(each.name, value) for value in each.values]
    if len(values) > 1:
        return f"{each.name} IN ({', '.join(values)})"
    return f"{each.name} {each.comparison} {values[0]}"


def _total(total: Total) -> str:
    return f"{total.name} {total.comparison} {_number(total.name, total.value)}"


def _value(name: str, value: str | int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else _number(name, value)


def _number(name: str, value: int | Fraction) -> str:
    return _decimal(Fraction(value, _UNIT) if name in MONEY else Fraction(value))


def _decimal(value: Fraction) -> str:
    """Without an exponent or a rounding: what is drawn has four decimals at most."""
    return f"{float(value):.4f}".rstrip("0").rstrip(".")


def _day(days: int) -> str:
    return f"-{days}d" if days else "today"


def _equal(words: tuple[str, ...]) -> str:
    return f"= '{words[0]}'" if len(words) == 1 else f"IN {_quoted(*words)}"


def _quoted(*words: str) -> str:
    quoted = ", ".join(f"'{word}'" for word in words)
    return quoted if len(words) == 1 else f"({quoted})"
